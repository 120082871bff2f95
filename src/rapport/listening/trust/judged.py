"""How well the model does on a workspace's own labels: precision and recall with their ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rapport.estimate import Estimate, Grade
from rapport.listening.heads import KINDS, SENTIMENTS
from rapport.listening.trust.quantification import BINS, binned

FEWEST = 15  # labelled messages of a class before anything is said of it
UNSURE = "unsure"
Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Judged:
    """Labelled messages: what they are, what the model says, and how many each stands for.

    Parameters
    ----------
    truth, said
        By class (SENTIMENTS and KINDS): whether it is there.
    scores
        By class: the probability.
    weights
        How many messages each stands for, in proportion.
    """

    truth: Mapping[str, Flags]
    said: Mapping[str, Flags]
    scores: Mapping[str, Numbers]
    weights: Numbers

    def __len__(self) -> int:
        return len(self.weights)

    def histogram(self, name: str) -> Numbers:
        """Return counts as `Correction` takes them, shape (1, 2, BINS): as many as they are worth.

        Unequal weights are worth fewer labels (Kish 1965, section 11.7).
        """
        bins = binned(self.scores[name])
        sides = []
        for wanted in (False, True):
            chosen = self.truth[name] == wanted
            sides.append(_worth(bins[chosen], self.weights[chosen]))
        return np.array([sides])

    def by_bin(self, name: str) -> tuple[Numbers, Numbers]:
        """Return for each bin how many labels there are worth, and how many are of the class."""
        bins = binned(self.scores[name])
        tried, hits = np.zeros(BINS), np.zeros(BINS)
        for place in np.unique(bins):
            chosen = bins == place
            w = self.weights[chosen]
            tried[place] = w.sum() ** 2 / (w**2).sum()
            hits[place] = tried[place] * float((w * self.truth[name][chosen]).sum() / w.sum())
        return tried, hits


@dataclass(frozen=True, slots=True)
class ClassReport:
    """How well one class is told; None where too few labels say it.

    Parameters
    ----------
    name
        The class.
    precision
        Of the messages that the model takes for it, the share that are.
    recall
        Of the messages that are, the share that the model finds.
    labelled, taken
        Labelled messages that are of the class, and that the model takes for it.
    """

    name: str
    precision: Estimate | None
    recall: Estimate | None
    labelled: int
    taken: int


def reports(judged: Judged) -> list[ClassReport]:
    """Return the report of each class, in the order of SENTIMENTS and KINDS."""
    found = []
    for name in (*SENTIMENTS, *KINDS):
        truth, said = judged.truth[name], judged.said[name]
        found.append(
            ClassReport(
                name,
                _share(truth, said, judged.weights, f"precision {name}"),
                _share(said, truth, judged.weights, f"recall {name}"),
                int(truth.sum()),
                int(said.sum()),
            )
        )
    return found


def confusion(judged: Judged) -> list[tuple[str, dict[str, int]]]:
    """Return for each true sentiment how often the model says which, "unsure" among them."""
    told = []
    for true in SENTIMENTS:
        rows = judged.truth[true]
        counts = {name: int((judged.said[name] & rows).sum()) for name in SENTIMENTS}
        counts[UNSURE] = int(rows.sum()) - sum(counts.values())
        told.append((true, counts))
    return told


def next_labels(found: list[ClassReport]) -> list[str]:
    """Return the classes of which too little is known, those with the fewest labels first."""
    short = [each for each in found if each.precision is None or each.recall is None]
    return [each.name for each in sorted(short, key=lambda one: one.labelled)]


def _share(part: Flags, whole: Flags, weights: Numbers, source: str) -> Estimate | None:
    """Return the weighted share of `whole` that is `part`, with Jeffreys' range."""
    if whole.sum() < FEWEST:
        return None
    w = weights[whole]
    size = float(w.sum() ** 2 / (w**2).sum())
    share = float((w * part[whole]).sum() / w.sum())
    made = Estimate.of_share(share * size, size, source=source, grade=Grade.COUNT)
    return made.based_on(rows=int(whole.sum()))


def _worth(bins: NDArray[np.int64], weights: Numbers) -> Numbers:
    if not len(bins):
        return np.zeros(BINS)
    worth = float(weights.sum() ** 2 / (weights**2).sum())
    counts = np.bincount(bins, weights=weights, minlength=BINS)
    return np.asarray(counts * worth / weights.sum())
