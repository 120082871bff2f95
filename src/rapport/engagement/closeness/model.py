"""From what people do to how close they are: the model, and how unsure it is.

Weights known beforehand are ours; with answers to learn from they are moved, as far as the answers
carry. Who answers is corrected for twice: people at either end answer oftener (`answering_odds`),
and those who answer do more or less with us than others (raking to the customers' own scores).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rapport.engagement.closeness.answering_odds import Eagerness, eagerness
from rapport.engagement.closeness.ordinal import (
    Beforehand,
    cuts_for,
    fitted,
    level_probabilities,
)

USUAL = np.array([0.19, 0.24, 0.34, 0.23])
"""Shares of the four levels among customers of an average firm, as Gallup's brochure has them (the
order of its figures is inferred)."""

USUAL_SPREAD = 0.5  # ours: how far a brand may be from that, in logs of shares
GONE = np.array([0.04, 0.08, 0.22, 0.66])
"""Ours: the shares among customers who have left, whom no survey reaches."""

GONE_WEIGHT = 12.0  # ours: how many people that assumption is worth
PROSPECTS_SPREAD = (
    0.5  # ours: prospects answer no survey, so their scores may all be off by so much
)
HOLD = USUAL_SPREAD**-2.0  # the limits between levels are held to that, as by some sixteen answers
UNEVEN = 0.2  # ours: how far each level's chance of answering may be off that, in logs
FEWEST = 30  # answers below which weights and limits stay those known beforehand
FOLDS = 5
DRAWS = 250
_TRIM = 4.0
_ENDS = np.array([1.0, 0.0, 0.0, 1.0])
_BINS = 4


@dataclass(frozen=True, slots=True)
class Answered:
    """What is known of everybody who answered, a row for each answer.

    Parameters
    ----------
    person
        A number for each person.
    month
        A number.
    level
        0 to 3, as their answers say.
    x
        Shape (answers, columns): what they did until then.
    since
        The month from which on each could have been asked.
    """

    person: np.ndarray
    month: np.ndarray
    level: np.ndarray
    x: np.ndarray
    since: np.ndarray

    def __len__(self) -> int:
        return len(self.level)


@dataclass(frozen=True, slots=True)
class Cells:
    """How many people share a linear score and a chance of having left."""

    score: np.ndarray
    gone: np.ndarray
    people: np.ndarray

    @classmethod
    def of(cls, score: np.ndarray, gone: np.ndarray) -> Cells:
        """Return the cells of people told one by one, to a twentieth.

        Examples
        --------
        >>> Cells.of(np.array([0.11, 0.1, 2.0]), np.zeros(3)).people.tolist()
        [2.0, 1.0]
        """
        both = np.round(np.stack([score, gone]) * 20)
        cells, people = np.unique(both, axis=1, return_counts=True)
        return cls(cells[0] / 20, cells[1] / 20, people.astype(float))

    @property
    def here(self) -> np.ndarray:
        """How many of them are still here, as far as their silence tells."""
        found: np.ndarray = self.people * (1 - self.gone)
        return found


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The model, and draws of it that carry what it cannot know.

    Parameters
    ----------
    weights, cuts
        A person's linear score is x·weights; `cuts` turn it into probabilities.
    slopes, cut_draws
        Shapes (DRAWS,), (DRAWS, 3): other slopes and cuts that fit about as well.
    weight
        Of each answer, so that answers stand for all customers.
    eager
        How much likelier people at either end answer.
    learnt
        How many answers it was learnt from; 0 when it rests on our own weights alone.
    person, level, held_out, held_cuts
        Of each answer: whose, what it says, and the score of a model that has not seen that
        person, with the cuts for it.
    """

    weights: np.ndarray
    cuts: np.ndarray
    slopes: np.ndarray
    cut_draws: np.ndarray
    weight: np.ndarray
    eager: Eagerness
    learnt: int
    person: np.ndarray
    level: np.ndarray
    held_out: np.ndarray
    held_cuts: np.ndarray


def learn(
    answered: Answered,
    before: np.ndarray,
    customers: Cells,
    rng: np.random.Generator,
) -> Behaviour:
    """Return the model of these answers.

    Parameters
    ----------
    before
        The weight of each column known beforehand.
    customers
        All customers now, scored by these weights; a survey reaches those who are here.
    """
    scores, people = customers.score, customers.here
    eager = eagerness(
        answered.person, answered.month, np.isin(answered.level, (0, 3)), answered.since
    )
    if len(answered) < FEWEST:
        return _assumed(before, customers, eager, rng)
    start = cuts_for(USUAL, scores, people) if len(scores) else np.array([-1.5, -0.3, 1.2])
    weight = _weights(answered, answered.x @ before, customers, eager.mean * _ENDS)
    trust = (0.5 * np.abs(before) + 0.15) ** -2.0
    scale = _calibrated(answered.x @ before, answered.level, weight, start)[0]
    held = Beforehand(scale * before, trust, start, HOLD)
    whole = fitted(answered.x, answered.level, weight, held)
    held_out = _held_out(answered, weight, held)
    slope, cuts = _calibrated(held_out, answered.level, weight, start)
    slopes, cut_draws = _drawn(answered, held_out, customers, (before, start), (eager, rng))
    return Behaviour(
        weights=slope * whole.weights,
        cuts=cuts,
        slopes=slopes / slope,  # draws are of the slope of held-out scores
        cut_draws=cut_draws,
        weight=weight,
        eager=eager,
        learnt=len(answered),
        person=answered.person,
        level=answered.level,
        held_out=slope * held_out,
        held_cuts=cuts,
    )


def _assumed(
    before: np.ndarray,
    customers: Cells,
    eager: Eagerness,
    rng: np.random.Generator,
) -> Behaviour:
    scores, people = customers.score, customers.here
    if not len(scores):
        scores, people = np.zeros(1), np.ones(1)
    shares = USUAL * np.exp(USUAL_SPREAD * rng.standard_normal((DRAWS, 4)))
    shares /= shares.sum(1, keepdims=True)
    cuts = np.array([cuts_for(each, scores, people) for each in shares])
    slopes = np.exp(0.25 * rng.standard_normal(DRAWS))
    none, whole = np.zeros(0), np.zeros(0, np.int64)
    held = cuts_for(USUAL, scores, people)
    return Behaviour(before, held, slopes, cuts, none, eager, 0, whole, whole, none, none)


def _weights(
    answered: Answered, score: np.ndarray, customers: Cells, odds: np.ndarray
) -> np.ndarray:
    """Return weights by which answers stand for all customers; their mean is 1.

    Parameters
    ----------
    odds
        Log of how many times likelier each level is to answer than the middle.
    """
    weight = np.exp(-odds)[answered.level]
    scores, people = customers.score, customers.here
    if len(scores) and len(answered) >= 2 * FEWEST:
        edges = np.quantile(score, np.arange(1, _BINS) / _BINS)
        here, there = np.searchsorted(edges, score), np.searchsorted(edges, scores)
        ours = np.bincount(here, weight, _BINS) / weight.sum()
        theirs = np.bincount(there, people, _BINS) / people.sum()
        ratio = np.clip(theirs / np.maximum(ours, 1e-9), 1 / _TRIM, _TRIM)
        weight = weight * ratio[here]
    found: np.ndarray = weight / weight.mean()
    return found


def _calibrated(
    score: np.ndarray, level: np.ndarray, weight: np.ndarray, cuts: np.ndarray
) -> tuple[float, np.ndarray]:
    """Return the slope and cuts that make probabilities of one score come true."""
    before = Beforehand(np.ones(1), np.array([8.0]), cuts, HOLD)
    found = fitted(score[:, None], level, weight, before)
    return max(float(found.weights[0]), 0.05), found.cuts


def _held_out(answered: Answered, weight: np.ndarray, before: Beforehand) -> np.ndarray:
    """Return the score of each answer by a model that has not seen its person."""
    _, code = np.unique(answered.person, return_inverse=True)
    fold = code % FOLDS
    scores = np.zeros(len(answered))
    for each in range(FOLDS):
        rest, here = fold != each, fold == each
        if rest.any() and here.any():
            part = fitted(answered.x[rest], answered.level[rest], weight[rest], before)
            scores[here] = answered.x[here] @ part.weights
    return scores


def _drawn(
    answered: Answered,
    held_out: np.ndarray,
    customers: Cells,
    start: tuple[np.ndarray, np.ndarray],
    chance: tuple[Eagerness, np.random.Generator],
) -> tuple[np.ndarray, np.ndarray]:
    """Return slopes and cuts of redrawn people, with redrawn chances of answering."""
    (before, cuts), (eager, rng) = start, chance
    _, code = np.unique(answered.person, return_inverse=True)
    score = answered.x @ before
    slopes, made = np.zeros(DRAWS), np.zeros((DRAWS, 3))
    for place, log in enumerate(eager.drawn(DRAWS, rng).tolist()):
        times = rng.exponential(size=code.max() + 1)[code]  # Bayesian bootstrap (Rubin 1981)
        odds = log * _ENDS + UNEVEN * rng.standard_normal(4)
        weight = _weights(answered, score, customers, odds) * times
        slopes[place], made[place] = _calibrated(held_out, answered.level, weight, cuts)
    return slopes, made


def mixed(
    score: np.ndarray, gone: np.ndarray, cuts: np.ndarray, left: np.ndarray = GONE
) -> np.ndarray:
    """Return the probability of each level, for people who may have left. Shape (people, 4).

    Parameters
    ----------
    gone
        Each person's chance of having left.
    left
        Shares of the levels among those who have.
    """
    here = level_probabilities(score, cuts)
    found: np.ndarray = here + gone[:, None] * (left - here)
    return found


def shares(model: Behaviour, cells: Cells, spread: float = 0.0) -> np.ndarray:
    """Return draws of the four shares among people. Shape (1 + DRAWS, 4); the first is the guess.

    Parameters
    ----------
    spread
        How far all these people's scores may be off together.
    """
    rng = np.random.default_rng(7)
    part = cells.people / cells.people.sum()
    rows = [part @ mixed(cells.score, cells.gone, model.cuts)]
    lefts = rng.dirichlet(GONE_WEIGHT * GONE, DRAWS)
    for slope, cuts, left in zip(model.slopes, model.cut_draws, lefts, strict=True):
        score = slope * cells.score + spread * rng.standard_normal()
        rows.append(part @ mixed(score, cells.gone, cuts, left))
    return np.array(rows)
