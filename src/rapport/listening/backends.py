"""Who reads: the small model that is shipped, or a larger one that an extra brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rapport.errors import Fault, Problem
from rapport.listening.heads import Heads
from rapport.listening.model import Model, read_model, shipped

SMALL, EMBED, TRANSFORMERS = "small", "embed", "transformers"


class Reader(Protocol):
    """What reads messages: `Small` and the others offer this."""

    @property
    def version(self) -> str:
        """Equal versions give equal answers."""

    @property
    def sure_from(self) -> float:
        """A sentiment that is less probable is unsure."""

    def read(
        self, texts: Sequence[object], languages: Mapping[str, float] | None
    ) -> dict[str, Any]:
        """Return the language and the probabilities of each text by name."""

    def is_there(self, name: str, chances: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Return where a kind counts as there."""


class Small:
    """The shipped model, or one trained in the same way."""

    def __init__(self, model: Model) -> None:
        self.model = model

    @property
    def heads(self) -> Heads:
        """The heads in use."""
        return self.model.heads

    @property
    def version(self) -> str:
        """The model's digest."""
        return self.model.version

    @property
    def sure_from(self) -> float:
        """As the heads say."""
        return self.heads.sure_from

    def read(
        self, texts: Sequence[object], languages: Mapping[str, float] | None = None
    ) -> dict[str, Any]:
        """Return the language and the probabilities of each text by name."""
        return self.model.read(texts, languages)

    def is_there(self, name: str, chances: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Return where a kind counts as there."""
        return self.heads.is_there(name, chances)


@cache
def open_reader(name: str = SMALL) -> Reader:
    """Return the reader that `listening.model` of rapport.toml names; it is opened once.

    Parameters
    ----------
    name
        "small"; "embed"; "transformers:PATH-OR-NAME"; or the path of a file or a folder: a file
        ending in .npz is one of the small kind, a folder a Hugging Face model.

    Raises
    ------
    Problem
        If the extra is missing, or there is no such model.

    Examples
    --------
    >>> open_reader("small").read(["Merci beaucoup"], None)["language"]
    ['fr']
    """
    if name == SMALL:
        return Small(shipped())
    if name == EMBED:
        from rapport.listening.embedding import Embedding

        return Embedding(shipped())
    if name.endswith(".npz"):
        return Small(read_model(Path(name)))
    path = name.removeprefix(f"{TRANSFORMERS}:")
    if path != name or Path(name).is_dir():
        from rapport.listening.hugging import Hugging

        return Hugging.load(path, shipped())
    fault = Fault(
        f"'{name}' names no model.",
        "listening.model",
        'Write "small", "embed", "transformers:NAME", or the path of a model.',
    )
    raise Problem("No model was opened.", [fault])
