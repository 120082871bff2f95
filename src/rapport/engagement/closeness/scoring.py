"""From the answers to our questionnaire to a score of 0 to 100, and from the score to a level.

The eight statements on trust, fairness, pride and attachment count twice, the three questions on
satisfaction, coming back and recommending once. The limits are ours and public: below 50 somebody
is on the refusing half of our scales.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rapport.questionnaire import BY_CODE

LEVELS = ("fully engaged", "engaged", "not engaged", "actively disengaged")
LIMITS = (85.0, 70.0, 50.0)
"""Scores from which on people are fully engaged, engaged, not engaged."""

RATIONAL = ("satisfaction", "return", "recommend")
EMOTIONAL = tuple(
    f"{facet}_{nth}" for facet in ("confidence", "integrity", "pride", "passion") for nth in (1, 2)
)
SCORED = (*RATIONAL, *EMOTIONAL)
FEWEST_STATEMENTS, FEWEST_QUESTIONS = 4, 1
SECURE = ("secure", "favorable", "vulnerable", "at risk")
# Answers that the secure-customer rule asks of each question for its first three classes.
_SECURE_FROM = {"satisfaction": (5, 4, 3), "return": (5, 4, 3), "recommend": (9, 7, 5)}


@dataclass(frozen=True, slots=True)
class Scores:
    """What the answers of each respondent come to.

    Parameters
    ----------
    score
        0 to 100; not a number where too few items were answered.
    level
        0 for fully engaged to 3 for actively disengaged; -1 where there is no score.
    secure
        Class of the secure-customer rule, 0 for secure to 3 for at risk; -1 where one of its three
        questions was skipped.
    answered
        How many of the eleven items were answered.
    """

    score: np.ndarray
    level: np.ndarray
    secure: np.ndarray
    answered: np.ndarray


def scored(answers: Mapping[str, np.ndarray]) -> Scores:
    """Return the score and the level of each respondent.

    Skipped items are left out of the means, since they are skipped by chance; whoever answered
    fewer than four of the statements, or none of the questions, has no score.

    Parameters
    ----------
    answers
        By the code of an item, the answers of all respondents; not a number for skipped ones.

    Examples
    --------
    >>> keen = dict.fromkeys(EMOTIONAL, np.array([5.0, 3.0, 1.0]))
    >>> told = scored({"satisfaction": np.array([5.0, 3.0, np.nan]), **keen})
    >>> told.score.tolist(), [LEVELS[k] for k in told.level[:2]], int(told.level[2])
    ([100.0, 50.0, nan], ['fully engaged', 'not engaged'], -1)
    """
    size = len(next(iter(answers.values()))) if answers else 0
    unit = np.full((len(SCORED), size), np.nan)
    for place, code in enumerate(SCORED):
        if code in answers:
            item = BY_CODE[code]
            unit[place] = (np.asarray(answers[code], float) - item.low) / (item.high - item.low)
    there = ~np.isnan(unit)
    asked, felt = _mean(unit[:3], there[:3]), _mean(unit[3:], there[3:])
    enough = (there[3:].sum(0) >= FEWEST_STATEMENTS) & (there[:3].sum(0) >= FEWEST_QUESTIONS)
    score = np.where(enough, 100 * (asked + 2 * felt) / 3, np.nan)
    return Scores(score, level_of(score), _secure(answers, size), there.sum(0))


def level_of(score: np.ndarray) -> np.ndarray:
    """Return the level of each score, -1 for no score.

    Examples
    --------
    >>> level_of(np.array([85.0, 84.9, 50.0, 12.0, np.nan])).tolist()
    [0, 1, 2, 3, -1]
    """
    # A mean of whole answers may miss a limit it lies on by the last digit of a float.
    found = np.searchsorted(-np.array(LIMITS), -(score + 1e-9), side="left")
    return np.where(np.isnan(score), -1, found).astype(np.int64)


def _mean(unit: np.ndarray, there: np.ndarray) -> np.ndarray:
    count = there.sum(0)
    found: np.ndarray = np.where(there, unit, 0.0).sum(0) / np.maximum(count, 1)
    return np.where(count > 0, found, np.nan)


def _secure(answers: Mapping[str, np.ndarray], size: int) -> np.ndarray:
    """Return the class of the secure-customer rule: the worst of its three questions."""
    worst = np.zeros(size, np.int64)
    known = np.ones(size, bool)
    for code, limits in _SECURE_FROM.items():
        given = np.asarray(answers.get(code, np.full(size, np.nan)), float)
        known &= ~np.isnan(given)
        worst = np.maximum(worst, np.searchsorted(-np.array(limits), -given, side="left"))
    return np.where(known, worst, -1)


def alpha(answers: Mapping[str, np.ndarray]) -> float:
    """Return Cronbach's alpha: how far the eleven items agree; not a number with too few people.

    Items are brought to one spread first (standardised alpha), since their scales differ; skipped
    ones are left out pair by pair.

    Notes
    -----
    With k items and mean correlation r, alpha = k r / (1 + (k - 1) r) (Cronbach 1951, eq. 19 for
    standardised items).

    Examples
    --------
    >>> same = np.array([1.0, 2, 3, 4, 5] * 10)
    >>> round(alpha(dict.fromkeys(EMOTIONAL, same)), 6)
    1.0
    """
    there = [np.asarray(answers[code], float) for code in SCORED if code in answers]
    found = []
    for place, one in enumerate(there):
        for other in there[:place]:
            both = ~(np.isnan(one) | np.isnan(other))
            if both.sum() > 20 and one[both].std() > 0 and other[both].std() > 0:
                found.append(float(np.corrcoef(one[both], other[both])[0, 1]))
    if not found:
        return float("nan")
    count, mean = len(there), float(np.mean(found))
    return count * mean / (1 + (count - 1) * mean)
