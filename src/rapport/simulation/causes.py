"""The causes an order can have, as bits, and the rule of precedence between them.

A cause is *needed* when the order would not be without it. The order is *credited* to one of them:
first what brought the person (who would not be a customer at all), then what kept them from
leaving, then what triggered this order. So every order is credited once, and the margins credited
add up to all margin. What prevents orders (a rival's campaign, a crisis, a rise of prices, the dip
after a promotion, a harmful connection) is credited with the margin lost, as a negative amount,
while the order that was not made stays with its own cause.
"""

from __future__ import annotations

import numpy as np

BASELINE = "baseline"
BRINGING = (
    "referral",
    "word_of_mouth",
    "meta_ads",
    "google_ads",
    "microsoft_ads",
    "linkedin_ads",
    "tv",
    "radio",
    "email",
    "influencer",
    "employee",
    "press",
    "buzz",
)
CAUSES = (
    BASELINE,
    *BRINGING,
    "answer",
    "connection",
    "promotion",
    "competitor",
    "crisis",
    "price",
)
NUMBER = {cause: number for number, cause in enumerate(CAUSES)}


def bits(*causes: str) -> int:
    """Return the bits of causes; baseline has none.

    Examples
    --------
    >>> bits("baseline"), bits("referral"), bits("referral", "word_of_mouth")
    (0, 1, 3)
    """
    return sum(1 << (NUMBER[cause] - 1) for cause in set(causes) if cause != BASELINE)


def bit_of(numbers: np.ndarray) -> np.ndarray:
    """Return the bit of each cause, given by its number; 0 for baseline."""
    return np.where(numbers > 0, 1 << np.maximum(numbers - 1, 0), 0)


def named(masks: np.ndarray) -> np.ndarray:
    """Return the causes of each mask joined by +, empty for none (array of objects)."""
    distinct, where = np.unique(masks, return_inverse=True)
    texts = ["+".join(c for c in CAUSES[1:] if int(mask) & bits(c)) for mask in distinct]
    return np.array(texts, dtype=object)[where]
