"""How many of an audience are bought: a share with a range that allows for the judge's errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rapport.estimate import DRAWS, Estimate, Grade
from rapport.people.authenticity_signs import Numbers

FITS = 200
TAKEN = (2.0, 60.0)  # Beta: real accounts that look bought, 3 % on average and up to 8 %
MISSED = (1.5, 16.0)  # Beta: bought accounts that look real, 9 % on average and up to 20 %


def possible_counts(
    chances: NDArray[np.float64], people: Numbers, burst: Numbers | None = None, seed: int = 0
) -> NDArray[np.float64]:
    """Return possible numbers of bought accounts in a part of an audience: shape (DRAWS,).

    Three chances are in them: the rates may be a little other than fitted (`chances`), of accounts
    that are bought with probability p only so many are, and a judge without labels errs (`TAKEN`,
    `MISSED`, an assumption wide enough for what is measured on public sets), for which the number
    is corrected as by Rogan & Gladen (1978). Of accounts that came in a burst, those are real who
    would have come on such days anyway.

    Parameters
    ----------
    chances
        As `rapport.people.authenticity_mixture.drawn` gives them.
    people
        How many accounts of the part show each pattern.
    burst
        As in `Mixture.probability`.
    """
    rng = np.random.default_rng(seed)
    each = DRAWS // len(chances)
    drawn = np.repeat(np.clip(chances, 0, 1), each, axis=0)
    made = rng.binomial(people.astype(np.int64), drawn).astype(float)
    calm = np.ones(len(people), bool) if burst is None else burst < 0.5
    taken, missed = rng.beta(*TAKEN, DRAWS), rng.beta(*MISSED, DRAWS)
    ordinary = people[calm].sum()
    found = (made[:, calm].sum(axis=1) - taken * ordinary) / (1 - taken - missed)
    inside = people[~calm].sum()
    # Of those who came in a burst some are real; how many is as uncertain as ordinary growth is.
    likely = 1 - np.median(drawn[:, ~calm], axis=0)
    floor = np.zeros(0) if burst is None else 1 - burst[~calm]
    real = (people[~calm] * np.maximum(likely, floor)).sum() if inside else 0.0
    others = np.minimum(rng.poisson(real * rng.gamma(1.0, 1.0, DRAWS)), inside)
    counted: NDArray[np.float64] = np.clip(found, 0, ordinary) + inside - others
    return counted


def corrected_share(
    chance: Numbers, labels: Numbers, *, threshold: float = 0.5, source: str = "labels"
) -> Estimate:
    """Return the share of bought accounts among those without a label, corrected for errors.

    Adjusted count (Rogan & Gladen 1978; Forman 2008): (flagged - f) / (t - f), where t and f are
    the shares of bought and of real accounts with a label that are flagged. The range holds the
    chance in all three.

    Parameters
    ----------
    chance
        Probabilities, as `authenticity` gives them with labels.
    labels
        1, 0, or not-a-number where nobody has said.

    Raises
    ------
    ValueError
        If nothing is without a label, or a kind has none.

    Examples
    --------
    >>> chance = np.array([0.9] * 30 + [0.1] * 70 + [0.9] * 45 + [0.1] * 5 + [0.9] * 5 + [0.1] * 45)
    >>> labels = np.array([np.nan] * 100 + [1.0] * 50 + [0.0] * 50)
    >>> print(corrected_share(chance, labels))
    25% (12% to 36%)
    """
    flagged = chance >= threshold
    unsaid = np.isnan(labels)
    if not unsaid.any() or not (labels == 1).any() or not (labels == 0).any():
        msg = "labels of both kinds and accounts without one are needed"
        raise ValueError(msg)
    parts = [(flagged[mask].sum(), mask.sum()) for mask in (unsaid, labels == 1, labels == 0)]
    seen, hit, false = (
        Estimate.of_share(float(part), float(whole), source=f"{source} {k}")
        for k, (part, whole) in enumerate(parts)
    )
    drawn_parts = [np.asarray(e.draws) for e in (seen, hit, false)]
    power = np.maximum(drawn_parts[1] - drawn_parts[2], 0.05)
    draws = np.clip((drawn_parts[0] - drawn_parts[2]) / power, 0, 1)
    value = (seen.value - false.value) / max(hit.value - false.value, 0.05)
    return Estimate.from_draws(
        draws, "share", value=float(np.clip(value, 0, 1)), grade=Grade.MODEL,
        people=int(unsaid.sum()), rows=int(unsaid.sum()),
    )  # fmt: skip
