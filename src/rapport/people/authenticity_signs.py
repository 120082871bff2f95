"""The published signs of bought and automated accounts, and how common each is among both kinds.

The rates are read off the literature and rounded; no account of any data set was used to set them.
Where signs come from: Camisani-Calzolari 2012 (30 followers, 50 posts, a picture, a biography, an
address); Socialbakers 2012 and Stateofsearch 2012 (following against followers, no posts, default
picture), both as listed by Cresci, Di Pietro, Petrocchi, Spognardi & Tesconi 2015, "Fame for sale",
tables 2 to 4, whose cheap features (class A) these are; HypeAuditor 2019 (no posts, no picture,
high following ratio, no post in 30 days, digits in the name).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UNKNOWN = -1

Codes = NDArray[np.int64]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that a profile shows, cut into steps.

    Parameters
    ----------
    name
        The number it is made from.
    cuts
        Where a step begins: step k holds values from cuts[k - 1] to below cuts[k].
    real, bought
        How common each step is among real and among bought accounts.
    reason
        The code that is given when the sign speaks against an account.
    """

    name: str
    cuts: tuple[float, ...]
    real: tuple[float, ...]
    bought: tuple[float, ...]
    reason: str

    def steps(self, values: Numbers) -> Codes:
        """Return the step of each value, UNKNOWN where it is not a number.

        Examples
        --------
        >>> SIGNS["posts"].steps(np.array([0.0, 12.0, np.nan])).tolist()
        [0, 2, -1]
        """
        found: Codes = np.digitize(np.nan_to_num(values, nan=-np.inf), self.cuts).astype(np.int64)
        return np.where(np.isnan(values), UNKNOWN, found)


def _yes_no(name: str, real: float, bought: float, reason: str) -> Sign:
    """Return a sign of something that is there (1) or lacks (0), by the shares that lack it."""
    return Sign(name, (0.5,), (real, 1 - real), (bought, 1 - bought), reason)


_SIGNS = (
    Sign("ratio", (2, 10, 50), (0.75, 0.19, 0.05, 0.01), (0.08, 0.22, 0.38, 0.32), "follows_many"),
    Sign("followers", (10, 30, 100), (0.06, 0.08, 0.20, 0.66), (0.30, 0.30, 0.28, 0.12),
         "few_followers"),
    Sign("posts", (1, 10, 50), (0.08, 0.12, 0.20, 0.60), (0.35, 0.30, 0.20, 0.15), "few_posts"),
    Sign("likes", (1, 11), (0.12, 0.13, 0.75), (0.55, 0.25, 0.20), "likes_nothing"),
    Sign("silence", (31, 181), (0.60, 0.20, 0.20), (0.15, 0.20, 0.65), "long_silent"),
    Sign("age", (90,), (0.05, 0.95), (0.25, 0.75), "new_account"),
    Sign("digits", (1, 4), (0.60, 0.30, 0.10), (0.40, 0.32, 0.28), "digits_in_handle"),
    _yes_no("listed", 0.40, 0.92, "on_no_list"),
    _yes_no("picture", 0.06, 0.30, "no_picture"),
    _yes_no("description", 0.25, 0.65, "no_description"),
    _yes_no("url", 0.70, 0.95, "no_url"),
    _yes_no("location", 0.40, 0.60, "no_location"),
    _yes_no("did", 0.65, 0.97, "never_active"),
    _yes_no("bought_goods", 0.75, 0.995, "never_ordered"),
    # Bought followers are delivered in lots: few of them come on a day like any other.
    _yes_no("arrival", 0.03, 0.70, "followed_in_a_burst"),
)  # fmt: skip

SIGNS: dict[str, Sign] = {sign.name: sign for sign in _SIGNS}

BURST = "followed_in_a_burst"
CREATED_TOGETHER = "created_together"
POD = "reacts_with_the_same_few"
FAST = "reacts_within_minutes"
SLEEPLESS = "active_round_the_clock"
LEARNED = "like_labelled_accounts"
