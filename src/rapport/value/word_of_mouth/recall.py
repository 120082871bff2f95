"""From what people say brought them to what did: answers corrected for what they do not remember.

People who do not know what brought them name something all the same, and often a friend; people
whom a friend brought forget it. The share truly brought follows from the share who say so, how many
of the brought say so, and how many of the others do (Rogan & Gladen 1978). How well the brought
remember is measured on customers known to have come with a friend's code. How often others name a
friend cannot be measured; it is tied to how many give an answer that names nothing, within bounds
that are an assumption of ours and make most of the range.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rapport.estimate import DRAWS
from rapport.value.word_of_mouth.told import FRIEND, OTHER, PASSING, UNSURE

Array = NDArray[np.float64]
Counts = Mapping[str, int]

VAGUE = (UNSURE, OTHER, PASSING)
"""Answers that name nothing that brings people: somebody who gives one came for no named cause."""
SAYS_SO = (14.0, 6.0)
"""Beta before any data: of people whom a friend brought, seven in ten say so, 52 to 85 %."""
SAYS_NOTHING = (2.0, 18.0)
"""Beta before any data: of the same people, one in ten gives a vague answer, 2 to 23 %."""
FALSE_FRIENDS, FALSE_SPREAD = 0.50, 0.30
"""For each vague answer, how many name a friend wrongly: log-normal, 0.31 to 0.82. Guessing evenly
among ten answers would give one friend for three vague answers; friends are named more readily."""


@dataclass(frozen=True, slots=True)
class Recall:
    """What answers say once corrected: possible values, `DRAWS` of each.

    Parameters
    ----------
    share
        Of new customers without a code, how many were brought by a friend.
    friend, others
        The chance that a friend brought somebody who says so, and somebody who says anything else.
    says_so
        How many of those whom a friend brought say so.
    """

    share: Array
    friend: Array
    others: Array
    says_so: Array

    def chance(self, told: str) -> Array:
        """Return the chance that a friend brought somebody who gave this answer (or none)."""
        if told == FRIEND:
            return self.friend
        return self.others if told != "unasked" else self.share


def corrected(answers: Counts, coded: Counts, *, seed: int) -> Recall:
    """Return what the answers say of all new customers without a code.

    Parameters
    ----------
    answers
        How many gave each kind of answer, of people who did not come with a code.
    coded
        The same of people who came with a friend's code.

    Examples
    --------
    >>> said = {"friend": 234, "unsure": 90, "other": 45, "passing": 90, "search": 541}
    >>> told = corrected(said, {"friend": 30, "search": 10}, seed=1)
    >>> low, high = np.quantile(told.share, [0.05, 0.95])
    >>> bool(low < 0.15 < high < 0.25)
    True
    """
    rng = np.random.default_rng(seed)
    kinds = (FRIEND, *VAGUE)
    rest = sum(n for kind, n in answers.items() if kind not in kinds)
    counted = [answers.get(FRIEND, 0), sum(answers.get(kind, 0) for kind in VAGUE), rest]
    said, vague, _ = rng.dirichlet(np.array(counted) + 0.5, DRAWS).T
    all_coded, friends = sum(coded.values()), coded.get(FRIEND, 0)
    nothing = sum(coded.get(kind, 0) for kind in VAGUE)
    says_so = rng.beta(SAYS_SO[0] + friends, SAYS_SO[1] + all_coded - friends, DRAWS)
    says_nothing = rng.beta(SAYS_NOTHING[0] + nothing, SAYS_NOTHING[1] + all_coded - nothing, DRAWS)
    wrong = np.exp(np.log(FALSE_FRIENDS) + FALSE_SPREAD * rng.standard_normal(DRAWS))
    room = np.maximum(says_so - says_nothing * wrong, 0.05)
    share = np.clip((said - vague * wrong) / room, 0.0, 1.0)
    friend = np.clip(share * says_so / said, 0.0, 1.0)
    others = np.clip(share * (1 - says_so) / np.maximum(1 - said, 1e-9), 0.0, 1.0)
    return Recall(share, friend, others, says_so)
