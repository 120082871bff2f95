"""How strong a motive is in somebody: the chance that they show it more often than is usual."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Numbers = NDArray[np.float64]

FEWEST = 30
"""People with two occasions at the least, before anything is said of a motive."""
TOLD = 0.8
"""A motive is told of somebody from this strength on."""
_LEAST, _MOST = 0.5, 500.0
_ALIKE = 1.645  # standard errors: below, people differ no more than chance makes them differ


@dataclass(frozen=True, slots=True)
class Fit:
    """How often people show a motive.

    Parameters
    ----------
    usual
        Share of occasions on which it shows, over all.
    weight
        Occasions that the usual counts for beside a person's own (a + b of the beta).
    differ
        Whether people differ by more than chance; else nobody's motive can be told from this.
    people
        Of how many with at least two occasions.
    """

    usual: float
    weight: float
    differ: bool
    people: int

    def strength(self, occasions: ArrayLike, signs: ArrayLike) -> Numbers:
        """Return the chance that somebody's own share is above the usual one."""
        n, k = np.asarray(occasions, float), np.asarray(signs, float)
        a = self.usual * self.weight + k
        b = (1 - self.usual) * self.weight + n - k
        found: Numbers = special.betaincc(a, b, self.usual)
        return found


def fit(occasions: ArrayLike, signs: ArrayLike, people: ArrayLike) -> Fit | None:
    """Return the beta-binomial of a motive by moments (Kleinman 1973), from counts of people.

    Whether people differ at all is told by the test of Tarone (1979) against one share for all.

    Parameters
    ----------
    occasions, signs, people
        Shape (cells,): how many people had that many occasions and showed it that often.

    Returns
    -------
    Fit or None
        None with fewer than FEWEST people of two occasions, or when it never or always shows.

    Examples
    --------
    >>> some = fit([10, 10], [0, 8], [80, 20])
    >>> round(some.usual, 2), some.differ
    (0.16, True)
    >>> some.strength([10, 10], [0, 8]).round(2).tolist()
    [0.01, 1.0]
    """
    n, k, people = (np.asarray(each, float) for each in (occasions, signs, people))
    often = n >= 2
    many = int(people[often].sum())
    usual = float((people * k).sum() / max((people * n).sum(), 1.0))
    if many < FEWEST or not 0 < usual < 1:
        return None
    n, k, people = n[often], k[often], people[often]
    spread = usual * (1 - usual)
    score = float((people * ((k - n * usual) ** 2 / spread)).sum() - (people * n).sum())
    error = float(np.sqrt(2 * (people * n * (n - 1)).sum()))
    # E (k - nμ)² = nμ(1-μ) (1 + (n-1)ρ), so ρ follows from the sums
    rho = score / max(float((people * n * (n - 1)).sum()), 1.0)
    weight = _MOST if rho <= 1 / (_MOST + 1) else min(max(1 / rho - 1, _LEAST), _MOST)
    return Fit(usual, weight, score > _ALIKE * error, many)
