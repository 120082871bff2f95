"""How many messages are truly of a kind, when the model that reads them errs.

Counting what a classifier says is biased: it finds too few where there are many and too many where
there are few (Forman 2008). Here the share is inferred from how the scores are spread, given how
scores are spread among messages whose kind is known, with the chance of both in the range.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rapport.errors import Fault, Problem
from rapport.estimate import LEVEL

Numbers = NDArray[np.float64]

_LOGITS = np.linspace(-5.0, 5.0, 21)
EDGES = (0.0, *(float(edge) for edge in 1 / (1 + np.exp(-_LOGITS))), 1.0)
BINS = len(EDGES) - 1
DRAWS = 400
DRIFT = 0.35  # of scores from one place to the next, in logits: the least that is supposed
_PLACES, _FEWEST = 5, 4  # places that tell the drift, and messages that a place needs
_TAIL = 4  # degrees of freedom: now and then a place is quite unlike the others
_TOGETHER = 0.5  # correlation of the drifts of messages of the kind and of the others
_FARTHEST = 4.0
_EACH_BIN = 0.3  # how many messages a bin counts for before any is seen
_GRID = 200
_SEED = 20_261_128


@dataclass(frozen=True, slots=True)
class Share:
    """A share of messages, as counted and as corrected.

    Parameters
    ----------
    raw
        Share that the model says, from 0 to 1.
    value, low, high
        The corrected share and the ends of its 90 % range.
    messages
        How many messages it is a share of.
    labelled
        How many labelled messages it was corrected with.
    """

    raw: float
    value: float
    low: float
    high: float
    messages: int
    labelled: int


def binned(scores: ArrayLike) -> NDArray[np.int64]:
    """Return the bin of each probability, from 0 to BINS - 1; the bins are those of EDGES.

    Examples
    --------
    >>> binned([0.0, 0.02, 0.97, 1.0]).tolist()
    [0, 3, 17, 21]
    """
    return np.clip(np.searchsorted(EDGES, np.asarray(scores, float), "right") - 1, 0, BINS - 1)


class Correction:
    """What turns a model's scores into true shares of one kind.

    It supposes that messages of the kind score as they did among the known ones, and the others
    likewise, whatever the share itself (Saerens, Latinne & Decaestecker 2002, section 2). No place
    scores quite like another: in each draw the scores of both are moved by chance drifts, as large
    as the places (trades, sets) that the known messages come from differ.

    Parameters
    ----------
    known
        Shape (places, 2, BINS): messages not of the kind, and of the kind, in each bin.
    drift
        How far scores move from these places to where shares are asked for: a standard deviation,
        in logits. As far as the places differ, and at least DRIFT, where it is not given.

    Raises
    ------
    Problem
        If no known message is of the kind, or none is not.

    Examples
    --------
    >>> known = np.zeros((1, 2, BINS))
    >>> known[0, 0, [1, 12]], known[0, 1, [1, 12]] = (180, 20), (60, 140)
    >>> counts = np.zeros(BINS)
    >>> counts[[1, 12]] = 750, 250    # the model says 25 %
    >>> found = Correction(known).share(counts, raw=0.25)
    >>> found.raw, round(found.value, 1), found.low < 0.25 < found.high
    (0.25, 0.3, True)
    """

    def __init__(self, known: ArrayLike, *, drift: float | None = None) -> None:
        places = np.asarray(known, float)
        _check(places)
        self.labelled = int(places.sum())
        self._chance = np.random.default_rng(_SEED)
        far = (drift, drift) if drift is not None else drifts(places)
        one, other = self._chance.standard_t(_TAIL, (2, DRAWS))
        other = _TOGETHER * one + np.sqrt(1 - _TOGETHER**2) * other
        self._without, self._having = (
            _spreads(places[:, side].sum(axis=0), far[side] * moved, self._chance)
            for side, moved in enumerate((one, other))
        )
        even = (np.arange(_GRID) + 0.5) / _GRID
        self._grid = np.sin(even * np.pi / 2) ** 2  # even steps of it are Jeffreys' prior
        share = self._grid[:, None, None]
        self._log = np.log(share * self._having + (1 - share) * self._without)

    def share(self, counts: ArrayLike, *, raw: float) -> Share:
        """Return the true share of the kind among messages, from the bins their scores fall in.

        Parameters
        ----------
        counts
            Shape (BINS,): messages in each bin.
        raw
            The share that the model says.

        Returns
        -------
        Share
            The posterior median and the central 90 % range, for these very messages, under a prior
            that favours no share (Jeffreys). Without messages it is unknown, from 0 to 1.
        """
        messages = int(np.sum(counts))
        if not messages:
            return Share(raw, float("nan"), 0.0, 1.0, 0, self.labelled)
        return told(self.draws(counts), raw, messages, self.labelled)

    def draws(self, counts: ArrayLike) -> Numbers:
        """Return DRAWS shares that the messages may truly have; at least one message is needed."""
        seen = np.asarray(counts, float)
        chance = np.random.default_rng(_SEED)
        theta = self._posterior(seen, chance)[:, None]
        mixed = theta * self._having
        belongs = mixed / (mixed + (1 - theta) * self._without)
        found = chance.binomial(seen.astype(np.int64), belongs).sum(axis=1) / seen.sum()
        return np.asarray(found)

    def rates(self, counts: ArrayLike) -> Numbers:
        """Return for each bin the share of its messages that are of the kind. Shape (BINS,)."""
        return np.asarray(self.rate_draws(counts).mean(axis=0))

    def rate_draws(self, counts: ArrayLike) -> Numbers:
        """Return DRAWS possible shares of the kind in each bin. Shape (DRAWS, BINS)."""
        seen = np.asarray(counts, float)
        theta = self._posterior(seen, np.random.default_rng(_SEED))[:, None]
        mixed = theta * self._having
        return np.asarray(mixed / (mixed + (1 - theta) * self._without))

    def _posterior(self, seen: Numbers, chance: np.random.Generator) -> Numbers:
        """Return for each draw of the spreads one share from its posterior. Shape (DRAWS,)."""
        weight = (self._log @ seen).T
        steps = np.cumsum(np.exp(weight - weight.max(axis=1, keepdims=True)), axis=1)
        draw = chance.random((len(weight), 1)) * steps[:, -1:]
        return np.asarray(self._grid[np.minimum((steps < draw).sum(axis=1), _GRID - 1)])


def labelled_share(
    counts: ArrayLike, labelled: ArrayLike, having: ArrayLike, prior: ArrayLike, *, raw: float
) -> Share:
    """Return the true share of a kind, from messages of these very people that somebody labelled.

    The messages of each bin were labelled by chance, so those of a bin speak for the bin, however
    many were taken from it (post-stratification: Cochran 1977, section 5A.9). What is known from
    elsewhere of a bin counts as a few labels.

    Parameters
    ----------
    counts
        Shape (BINS,): messages in each bin.
    labelled, having
        Shape (BINS,): labelled messages in each bin, and those of them that are of the kind.
    prior
        Shape (BINS,): share of the kind expected in each bin, from 0 to 1.
    raw
        The share that the model says.

    Examples
    --------
    >>> counts, labels, having = np.zeros(BINS), np.zeros(BINS), np.zeros(BINS)
    >>> counts[[0, 9]], labels[[0, 9]], having[[0, 9]] = (900, 100), (60, 40), (3, 30)
    >>> found = labelled_share(counts, labels, having, np.full(BINS, 0.1), raw=0.1)
    >>> round(found.value, 2), found.low < 0.12 < found.high, found.labelled
    (0.12, True, 100)
    """
    messages, total = int(np.sum(counts)), int(np.sum(labelled))
    if not messages:
        return Share(raw, float("nan"), 0.0, 1.0, 0, total)
    found = labelled_draws(counts, labelled, having, prior)
    return told(found, raw, messages, total)


def labelled_draws(
    counts: ArrayLike, labelled: ArrayLike, having: ArrayLike, prior: ArrayLike
) -> Numbers:
    """Return shares that the messages may truly have, as `labelled_share` draws them."""
    seen = np.asarray(counts, float)
    tried, hits = np.asarray(labelled, float), np.asarray(having, float)
    expected = np.clip(np.asarray(prior, float), 0.005, 0.995)
    chance = np.random.default_rng(_SEED)
    shape = (DRAWS * 5, len(seen))
    rate = chance.beta(hits + expected, tried - hits + (1 - expected), shape)
    unread = np.maximum(seen - tried, 0).astype(np.int64)
    read_share = np.where(tried > 0, hits / np.maximum(tried, 1), 0.0) * np.minimum(tried, seen)
    found = (read_share + chance.binomial(unread, rate)).sum(axis=1) / seen.sum()
    return np.asarray(found)


def _check(places: Numbers) -> None:
    faults = [
        Fault(f"No labelled message {what}.", hint="Label more messages with 'rapport label'.")
        for side, what in ((1, "is of the kind"), (0, "is not of the kind"))
        if not places[:, side].sum()
    ]
    if faults:
        raise Problem("The share cannot be corrected.", faults)


def told(found: Numbers, raw: float, messages: int, labelled: int) -> Share:
    """Return the median and the 90 % range of drawn shares."""
    low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Share(raw, float(np.median(found)), float(low), float(high), messages, labelled)


def drifts(places: Numbers) -> tuple[float, float]:
    """Return how far scores move from one place to the next: standard deviations, in logits.

    Of messages not of the kind, and of the kind: between places, less what chance gives
    (DerSimonian & Laird 1986), and never less than DRIFT, since labelled places are alike in ways
    that others are not.
    """
    return _drift(places[:, 0]), _drift(places[:, 1])


def _drift(places: Numbers) -> float:
    ends = [_LOGITS[0] - 0.5, -_LOGITS[0] + 0.5]
    middles = np.concatenate([ends[:1], (_LOGITS[1:] + _LOGITS[:-1]) / 2, ends[1:]])
    total = places.sum(axis=0)
    size = max(float(total.sum()), 1.0)
    spread = max(float(total @ middles**2) / size - (float(total @ middles) / size) ** 2, 1e-6)
    sizes = places.sum(axis=1)
    enough = sizes >= _FEWEST
    if enough.sum() < _PLACES:
        return DRIFT
    means = (places[enough] @ middles) / sizes[enough]
    trust = sizes[enough] / spread
    middle = float((means * trust).sum() / trust.sum())
    excess = float((trust * (means - middle) ** 2).sum()) - (len(means) - 1)
    scale = float(trust.sum() - (trust**2).sum() / trust.sum())
    return max(float(np.sqrt(max(excess / scale, 0.0))), DRIFT)


def _spreads(total: Numbers, moved: Numbers, chance: np.random.Generator) -> Numbers:
    """Return DRAWS ways in which scores may be spread over the bins of one more place.

    Shape (DRAWS, BINS): each drawn from what the known messages allow, then moved by its drift.
    """
    drawn = chance.gamma(total + _EACH_BIN, 1.0, (DRAWS, BINS))
    drawn = np.maximum(drawn, 1e-12)
    below = np.cumsum(drawn / drawn.sum(axis=1, keepdims=True), axis=1)
    knots = np.concatenate([[_LOGITS[0] - 2.0], _LOGITS, [-_LOGITS[0] + 2.0]])
    shifted, far = np.empty_like(drawn), _FARTHEST
    for row, (reach, step) in enumerate(zip(below, np.clip(moved, -far, far), strict=True)):
        at_knots = np.interp(_LOGITS - step, knots, np.concatenate([[0.0], reach]))
        shifted[row] = np.diff(at_knots, prepend=0.0, append=1.0)
    return np.maximum(shifted, 1e-9)
