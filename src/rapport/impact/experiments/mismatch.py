"""Whether the arms have the sizes that the lot should have given them.

Where they do not, people were lost from one arm more than from another, and no difference between
the arms says anything (Fabijan et al. 2019, "Diagnosing sample ratio mismatch").
"""

from __future__ import annotations

from collections.abc import Sequence

from scipy import special, stats

ALARM = 0.001
"""Below this chance the arms are said to be of the wrong size."""


def mismatch(people: Sequence[int], shares: Sequence[float] | None = None) -> float:
    """Return how often the lot alone gives sizes as far off as these (chi squared).

    Parameters
    ----------
    people
        How many there are in each arm.
    shares
        What the lot should have given; alike if not given.

    Examples
    --------
    >>> round(mismatch([5000, 5100]), 3), mismatch([5000, 6000]) < ALARM
    (0.32, True)
    """
    total = sum(people)
    wanted = shares or [1.0] * len(people)
    whole = sum(wanted)
    if total == 0 or len(people) < 2:
        return 1.0
    if len(people) == 2 and min(people) < 50:
        return float(stats.binomtest(int(people[0]), total, wanted[0] / whole).pvalue)
    expected = [total * share / whole for share in wanted]
    statistic = sum((n - e) ** 2 / e for n, e in zip(people, expected, strict=True))
    return float(special.chdtrc(len(people) - 1, statistic))
