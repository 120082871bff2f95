"""How well behaviour agrees with what people say they come for, and the chance it makes of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats
from sklearn.linear_model import LogisticRegression

from rapport.engagement.motives.fitting import FEWEST, TOLD
from rapport.estimate import EDGE, Grade
from rapport.listening.answering.survival import Span

Numbers = NDArray[np.float64]

FEWEST_EACH = 10
"""People who say yes, and who say no, before behaviour is held to what they say."""
USEFUL = 0.6
"""Ours: an agreement below this is told as weak, and as an assumption."""
AGREES, WEAKLY, NOT, UNCHECKED = "agrees", "agrees a little", "cannot tell", "unchecked"
_UNKNOWN = Span(math.nan, math.nan, math.nan)


@dataclass(frozen=True, slots=True)
class Agreement:
    """What behaviour says of a motive, held to what people say.

    Parameters
    ----------
    people
        Who answered and had an occasion to show it.
    auc
        Chance that behaviour ranks one who says yes above one who says no; .5 is chance.
    told_say, others_say
        Shares who say yes among those whose behaviour shows the motive, and among the others; not
        a number where there are fewer than ten.
    verdict
        `agrees`, `agrees a little`, `cannot tell`, or `unchecked` with too few answers.
    """

    people: int
    auc: Span
    told_say: float
    others_say: float
    verdict: str

    @property
    def tells(self) -> bool:
        """Whether behaviour may tell the motive of those who were not asked."""
        return self.verdict != NOT

    @property
    def grade(self) -> Grade:
        """What a motive told from behaviour rests on."""
        return Grade.ASSUMPTION if self.verdict == WEAKLY else Grade.MODEL


def agreement(strength: Numbers, said: Numbers) -> Agreement:
    """Return how well behaviour agrees with what people say.

    The area under the curve with the variance of DeLong, DeLong & Clarke-Pearson (1988). Behaviour
    knows nothing of the answers, so nothing need be held out.

    Parameters
    ----------
    strength
        How strongly behaviour shows it, 0 to 1; not a number where there was no occasion.
    said
        1 or 0.

    Examples
    --------
    >>> strength = np.linspace(0, 1, 60)
    >>> agreement(strength, (strength > 0.5) * 1.0).verdict
    'agrees'
    >>> agreement(strength, np.arange(60) % 2.0).verdict
    'cannot tell'
    >>> agreement(strength[:9], np.arange(9) % 2.0).verdict
    'unchecked'
    """
    seen = ~np.isnan(strength)
    strength, yes = strength[seen], said[seen] > 0
    people, shows = int(seen.sum()), strength >= TOLD
    told, others = _share(yes[shows]), _share(yes[~shows])
    if people < FEWEST or min(yes.sum(), (~yes).sum()) < FEWEST_EACH:
        return Agreement(people, _UNKNOWN, told, others, UNCHECKED)
    auc = _area(strength, yes)
    verdict = NOT if auc.low <= 0.5 else AGREES if auc.value >= USEFUL else WEAKLY
    return Agreement(people, auc, told, others, verdict)


def _share(yes: NDArray[np.bool_]) -> float:
    return float(yes.mean()) if len(yes) >= FEWEST_EACH else math.nan


def _area(strength: Numbers, yes: NDArray[np.bool_]) -> Span:
    """Return the area with its range; ties count half."""
    m, n = int(yes.sum()), int((~yes).sum())
    among_all, own = stats.rankdata(strength), np.empty(len(strength))
    for side in (yes, ~yes):
        own[side] = stats.rankdata(strength[side])
    below = (among_all - own)[yes] / n  # of each yes, the share of noes ranked below it
    above = 1 - (among_all - own)[~yes] / m
    value = float(below.mean())
    half = EDGE * math.sqrt(below.var(ddof=1) / m + above.var(ddof=1) / n)
    return Span(value, max(value - half, 0.0), min(value + half, 1.0))


def chances(strength: Numbers, said: Numbers, weight: Numbers, wanted: Numbers) -> Numbers:
    """Return the chance that people of a strength would say yes, learnt from those who answered.

    A logistic of the strength's log odds (Platt 1999), its slope held by a ridge.

    Parameters
    ----------
    strength, said, weight
        Of those who answered and had an occasion: as in `agreement`, and how many each stands for.
    wanted
        The strengths that chances are wanted for.

    Examples
    --------
    >>> strength = np.repeat([0.1, 0.9], 50)
    >>> said = np.r_[np.arange(50) < 10, np.arange(50) < 40] * 1.0
    >>> chances(strength, said, np.ones(100), np.array([0.1, 0.9])).round(1).tolist()
    [0.2, 0.8]
    """
    model = LogisticRegression(C=10.0).fit(_odds(strength), said > 0, sample_weight=weight)
    found: Numbers = model.predict_proba(_odds(wanted))[:, 1]
    return found


def _odds(strength: Numbers) -> Numbers:
    found: Numbers = special.logit(np.clip(strength, 0.01, 0.99))[:, None]
    return found
