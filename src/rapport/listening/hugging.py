"""Sentiment from a Hugging Face model; language, kinds and irony stay with the small model."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapport.errors import Fault, Problem
from rapport.listening.features import Floats
from rapport.listening.heads import SENTIMENTS
from rapport.listening.model import Model
from rapport.listening.normalise import clean

_BATCH = 32
_LONGEST = 2000  # characters; such models read about 500 pieces
_SURE_FROM = 0.5  # not calibrated: more than all others together
_STARS = re.compile(r"^([1-5])\s*stars?$")
_NUMBERED = ("label_0", "label_1", "label_2")


def meaning(labels: Sequence[str]) -> dict[str, int]:
    """Return which sentiment (a place in `SENTIMENTS`) each label of a model means.

    Parameters
    ----------
    labels
        Names such as "NEG", "positive", "4 stars" or "LABEL_0", "LABEL_1", "LABEL_2".

    Raises
    ------
    Problem
        If a label is none of these.

    Examples
    --------
    >>> meaning(["NEG", "POS"]), meaning(["1 star", "3 stars", "5 stars"])
    ({'NEG': 0, 'POS': 2}, {'1 star': 0, '3 stars': 1, '5 stars': 2})
    """
    if tuple(sorted(label.lower() for label in labels)) == _NUMBERED:
        return {label: int(label[-1]) for label in labels}
    found: dict[str, int] = {}
    for label in labels:
        stars = _STARS.match(label.lower())
        if stars:
            found[label] = (int(stars[1]) > 2) + (int(stars[1]) > 3)
            continue
        for place, name in enumerate(SENTIMENTS):
            if label.lower().startswith(name[:3]):
                found[label] = place
    if unknown := [label for label in labels if label not in found]:
        fault = Fault(
            f"The labels {', '.join(unknown[:5])} are no sentiments.",
            "listening.model",
            "Choose a model whose labels are negative, neutral and positive, or stars.",
        )
        raise Problem("The model cannot be used.", [fault])
    return found


class Hugging:
    """A text-classification pipeline of `transformers` for the sentiment.

    Parameters
    ----------
    pipeline
        Takes a list of texts and gives, for each, a list of {"label", "score"}.
    labels
        All labels that it may give.
    small
        Who tells language, kinds and irony.
    mark
        What tells this model from others.
    """

    def __init__(self, pipeline: Any, labels: Sequence[str], small: Model, mark: str) -> None:
        self._pipeline = pipeline
        self._meaning = meaning(labels)
        self._small = small
        digest = hashlib.sha256(f"{mark}\n{small.version}".encode()).hexdigest()
        self.version = digest[:16]

    @property
    def sure_from(self) -> float:
        """More probable than all others together: such models are not calibrated here."""
        return _SURE_FROM

    @classmethod
    def load(cls, name: str, small: Model) -> Hugging:
        """Return the model of a folder, or of a name on the hub.

        Raises
        ------
        Problem
            If the extra is missing, or there is no such model.
        """
        try:
            from transformers import pipeline
        except ImportError as error:
            fault = Fault(
                "The packages transformers and torch are not installed.",
                "listening.model",
                "Install them with: pip install 'rapport[transformers]'.",
            )
            raise Problem("The model was not opened.", [fault]) from error
        try:
            made = pipeline("text-classification", model=name, top_k=None, device=-1)
        except (OSError, ValueError) as error:
            offline = "The net is turned off by HF_HUB_OFFLINE. " if _is_offline() else ""
            fault = Fault(
                f"'{name}' is neither a folder with a model nor a name that could be fetched.",
                "listening.model",
                f"{offline}Give the path of a folder that holds the model.",
            )
            raise Problem("The model was not opened.", [fault]) from error
        labels = list(made.model.config.id2label.values())
        return cls(made, labels, small, _mark(name, made.model.config))

    def read(
        self, texts: Sequence[object], languages: Mapping[str, float] | None = None
    ) -> dict[str, Any]:
        """Return the language and the probabilities of each text by name."""
        said = self._small.read(texts, languages)
        for place, scores in enumerate(self._scores(texts).T):
            said[SENTIMENTS[place]] = scores
        return said

    def _scores(self, texts: Sequence[object]) -> Floats:
        found = np.zeros((len(texts), len(SENTIMENTS)), dtype=np.float32)
        # texts of like length stand together, so that little is filled up with nothing
        words = [clean(text)[:_LONGEST].strip() for text in texts]
        order = sorted((n for n in range(len(words)) if words[n]), key=lambda n: len(words[n]))
        found[:, 1] = [not word for word in words]
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            given = self._pipeline(
                [words[n] for n in batch], batch_size=len(batch), truncation=True
            )
            for n, each in zip(batch, given, strict=True):
                for one in each:
                    found[n, self._meaning[one["label"]]] += one["score"]
        return found

    def is_there(self, name: str, chances: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Return where a kind counts as there."""
        return self._small.heads.is_there(name, chances)


def _is_offline() -> bool:
    return os.environ.get("HF_HUB_OFFLINE", "0").lower() in {"1", "true", "yes", "on"}


def _mark(name: str, config: Any) -> str:
    """Return what changes when the model changes: its files' sizes and times, or its commit."""
    folder = Path(name)
    if folder.is_dir():
        files = sorted(path for path in folder.iterdir() if path.is_file())
        told = "".join(f"{p.name}{p.stat().st_size}{p.stat().st_mtime_ns}" for p in files)
        return hashlib.sha256(told.encode()).hexdigest()
    return f"{name}@{getattr(config, '_commit_hash', None)}"
