"""The model that is shipped: one small file, read once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapport.errors import Fault, Problem
from rapport.listening.features import Floats, WordVectors
from rapport.listening.heads import OUTPUTS, Heads
from rapport.listening.language import LanguageHead
from rapport.listening.network import Network

FORMAT = 1
LANGUAGES = ("fr", "en", "es", "de", "it", "pt", "nl")
# Where nothing is said: the two languages that the model is made for are four times as frequent.
EXPECTED = {code: 4.0 if code in ("fr", "en") else 1.0 for code in LANGUAGES}


@dataclass(frozen=True)
class Model:
    """Everything that the shipped file holds.

    Parameters
    ----------
    network
        Describes messages.
    heads
        Turns descriptions into probabilities.
    language
        Tells languages.
    card
        What it was trained on, when, and how well it does: see docs/understanding-model.md.
    version
        A digest of the file and of refitted heads: equal versions give equal answers.
    """

    network: Network
    heads: Heads
    language: LanguageHead
    card: Mapping[str, Any]
    version: str

    def with_heads(self, heads: Heads) -> Model:
        """Return the model with other heads, and a version of its own."""
        told = json.dumps([dict(heads.tempers), dict(heads.thresholds), heads.sure_from])
        parts = (self.version.encode(), heads.weights.tobytes(), heads.bias.tobytes())
        mark = hashlib.sha256(b"\n".join((*parts, told.encode()))).hexdigest()[:16]
        return Model(self.network, heads, self.language, self.card, mark)

    def read(
        self, texts: Sequence[object], prior: Mapping[str, float] | None = None
    ) -> dict[str, Any]:
        """Return the language and the probabilities of each text, as lists and arrays by name.

        Parameters
        ----------
        texts
            Messages; None counts as nothing written.
        prior
            How frequent each expected language is; EXPECTED where it is not given.
        """
        described, sums = self.network.read(texts)
        languages, _ = self.language(sums, prior or EXPECTED)
        return {"language": languages, **self.heads.probabilities(described, languages)}


@cache
def shipped() -> Model:
    """Return the model that comes with the package."""
    file = resources.files("rapport.listening").joinpath("model/small.npz")
    return from_bytes(file.read_bytes(), "model/small.npz")


def read_model(path: Path) -> Model:
    """Return a model from a file that `training/train.py` wrote.

    Raises
    ------
    Problem
        If there is no such file, or it is not such a model.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        fault = Fault("There is no such file.", str(path), "Give the path of a file of the model.")
        raise Problem("The model was not read.", [fault]) from error
    return from_bytes(content, str(path))


def from_bytes(content: bytes, where: str) -> Model:
    """Return the model in the bytes of its file."""
    try:
        with np.load(BytesIO(content), allow_pickle=False) as stored:
            parts = {name: stored[name] for name in stored.files}
        card = json.loads(parts["card"].tobytes().decode())
        if card["format"] != FORMAT or tuple(card["outputs"]) != OUTPUTS:
            raise ValueError(card["format"])
        return _model(parts, card, hashlib.sha256(content).hexdigest()[:16])
    except (ValueError, KeyError, OSError) as error:
        fault = Fault(
            "This file is not a model of this version of Rapport.",
            where,
            "Train it again with this version, or leave listening.model out of rapport.toml.",
        )
        raise Problem("The model was not read.", [fault]) from error


def _model(parts: Mapping[str, NDArray[Any]], card: Mapping[str, Any], version: str) -> Model:
    words = WordVectors(
        parts["hashes"],
        _wide(parts["known"], parts["known_scale"]),
        _wide(parts["spellings"], parts["spellings_scale"]),
        parts["manner"].astype(np.float32),
    )
    language = LanguageHead(
        card["languages"],
        _wide(parts["letters"], parts["letters_scale"]),
        parts["letters_bias"].astype(np.float32),
    )
    network = Network(
        words,
        parts["windows"].astype(np.float32),
        parts["bias"].astype(np.float32),
        (parts["hidden"].astype(np.float32), parts["hidden_bias"].astype(np.float32)),
        language.rows,
    )
    heads = Heads(
        parts["heads"].astype(np.float32),
        parts["heads_bias"].astype(np.float32),
        {code: tuple(values) for code, values in card["tempers"].items()},
        card["thresholds"],
        card["sure_from"],
    )
    return Model(network, heads, language, card, version)


def _wide(small: NDArray[np.int8], scale: NDArray[np.floating]) -> Floats:
    wide: Floats = small.astype(np.float32) * scale.astype(np.float32)
    return wide
