"""A reader that learned from a workspace's own labels: what it adds to what another one says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapport.listening.backends import Reader, Small
from rapport.listening.features import Floats
from rapport.listening.heads import OUTPUTS, SENTIMENTS, sigmoid, softmax
from rapport.listening.model import EXPECTED, shipped
from rapport.workspace import write_whole

FILE = "heads.npz"
_LEAST = 1e-5
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Added:
    """What is added to the log-odds of heads, from the description of a message.

    Parameters
    ----------
    base
        Version of the reader that it was fitted on.
    names
        The heads: kinds, or the three sentiments together.
    weights, bias
        A column for each name.
    held_out
        By message id, the probabilities of every label's message from fits that had not seen it:
        what the refitted heads are judged by.
    gains
        For each name, by how much the log loss fell on messages that were not fitted.
    """

    base: str
    names: tuple[str, ...]
    weights: Floats
    bias: Floats
    held_out: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    gains: Mapping[str, float] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Return it as the content of a file."""
        about = {
            "base": self.base,
            "names": self.names,
            "held_out": self.held_out,
            "gains": self.gains,
        }
        stored = BytesIO()
        np.savez_compressed(
            stored,
            weights=self.weights.astype(np.float32),
            bias=self.bias.astype(np.float32),
            about=np.frombuffer(json.dumps(about).encode(), np.uint8),
        )
        return stored.getvalue()


def read_added(folder: Path) -> Added | None:
    """Return what was fitted in a workspace; None when nothing was, or it is damaged."""
    try:
        with np.load(folder / FILE, allow_pickle=False) as stored:
            about = json.loads(stored["about"].tobytes())
            return Added(
                about["base"],
                tuple(about["names"]),
                stored["weights"],
                stored["bias"],
                about["held_out"],
                about["gains"],
            )
    except (OSError, ValueError, KeyError):
        return None


def write_added(folder: Path, added: Added | None) -> None:
    """Keep what was fitted; None takes it away."""
    if added is None:
        (folder / FILE).unlink(missing_ok=True)
    else:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / FILE, added.to_bytes())


def refitted_reader(reader: Reader, folder: Path) -> Reader:
    """Return the reader with what the workspace's labels add to it.

    What was fitted on another model is left alone until it is fitted again.
    """
    added = read_added(folder)
    if added is None or added.base != reader.version or not added.names:
        return reader
    return Refitted(reader, added)


class Refitted:
    """A reader whose log-odds are moved by what was learned from own labels.

    Parameters
    ----------
    base
        Who reads.
    added
        What is added.
    """

    def __init__(self, base: Reader, added: Added) -> None:
        self.base = base
        self.added = added
        mark = b"\n".join((added.base.encode(), added.weights.tobytes(), added.bias.tobytes()))
        self.version = hashlib.sha256(mark + repr(added.names).encode()).hexdigest()[:16]

    @property
    def sure_from(self) -> float:
        """As the base says."""
        return self.base.sure_from

    def read(
        self, texts: Sequence[object], languages: Mapping[str, float] | None = None
    ) -> dict[str, Any]:
        """Return the language and the probabilities of each text by name."""
        said, described = said_and_described(self.base, texts, languages)
        moved = described @ self.added.weights + self.added.bias
        return {**said, **move(said, self.added.names, moved)}

    def is_there(self, name: str, chances: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Return where a kind counts as there."""
        return self.base.is_there(name, chances)


def said_and_described(
    reader: Reader, texts: Sequence[object], languages: Mapping[str, float] | None = None
) -> tuple[dict[str, Any], Floats]:
    """Return what a reader says, and the small model's description of each text."""
    if not isinstance(reader, Small):
        return reader.read(texts, languages), shipped().network.describe(texts)
    model = reader.model
    described, sums = model.network.read(texts)
    codes, _ = model.language(sums, languages or EXPECTED)
    return {"language": codes, **model.heads.probabilities(described, codes)}, described


def move(
    said: Mapping[str, Any], names: Sequence[str], moved: NDArray[np.floating]
) -> dict[str, Floats]:
    """Return the probabilities of the named heads after their log-odds were moved.

    Parameters
    ----------
    said
        Probabilities by name.
    names
        The heads; the three sentiments stand together, in their order.
    moved
        A column for each name.
    """
    found: dict[str, Floats] = {}
    places = {name: place for place, name in enumerate(names)}
    if SENTIMENTS[0] in places:
        three = np.stack([np.asarray(said[name], float) for name in SENTIMENTS], axis=1)
        columns = [places[name] for name in SENTIMENTS]
        chances = softmax(
            (np.log(np.maximum(three, _LEAST)) + moved[:, columns]).astype(np.float32)
        )
        found |= {name: chances[:, place] for place, name in enumerate(SENTIMENTS)}
    for name in names:
        if name not in SENTIMENTS and name in OUTPUTS:
            found[name] = sigmoid(log_odds(said[name]) + moved[:, places[name]])
    return found


def log_odds(chances: NDArray[np.floating]) -> Numbers:
    """Return the log-odds of probabilities, none of them endless."""
    held = np.clip(np.asarray(chances, float), _LEAST, 1 - _LEAST)
    odds: Numbers = np.log(held) - np.log1p(-held)
    return odds
