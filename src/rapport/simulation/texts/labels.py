"""What a message can be about, and what its labels may be."""

from __future__ import annotations

from collections.abc import Sequence

from rapport.errors import nearest

KINDS = (
    "praise", "complaint", "suggestion", "question", "purchase_intent", "leaving", "thanks",
    "recommendation", "other",
)  # fmt: skip
SENTIMENTS = ("negative", "neutral", "positive")
LANGUAGES = ("fr", "en")

TOPICS = (
    "delivery", "broken", "taste", "price", "staff", "site", "refund", "app", "hours", "stock",
    "allergens", "returns", "packaging", "loyalty", "store", "gift", "product",
)  # fmt: skip
"""What messages are about in ordinary weeks."""
CRISES = ("recall", "sourcing", "advert")
"""What they are about in a crisis."""

NATURAL = {
    "praise": "positive",
    "complaint": "negative",
    "suggestion": "neutral",
    "question": "neutral",
    "purchase_intent": "neutral",
    "leaving": "negative",
    "thanks": "positive",
    "recommendation": "positive",
    "other": "neutral",
}
"""The sentiment that a kind of message has when nothing else is said."""

USUAL = {
    "praise": ("taste", "staff", "product", "store", "gift", "delivery", "packaging", "price"),
    "complaint": (
        "delivery", "broken", "taste", "price", "staff", "site", "refund", "app", "stock",
        "returns", "loyalty", "product",
    ),
    "suggestion": ("app", "packaging", "store", "product", "allergens", "site", "hours", "price"),
    "question": (
        "hours", "stock", "allergens", "delivery", "returns", "price", "loyalty", "gift", "taste",
    ),
    "purchase_intent": ("gift", "stock", "price", "product", "store", "delivery"),
    "leaving": ("price", "delivery", "taste", "staff", "loyalty", "site"),
    "thanks": ("staff", "delivery", "gift", "refund", "product"),
    "recommendation": ("taste", "gift", "store", "staff", "product"),
    "other": TOPICS,
}  # fmt: skip
"""What each kind is mostly about, most frequent first; drawn from when no topic is given."""


def checked(values: Sequence[str], allowed: Sequence[str], what: str) -> None:
    """Raise ValueError for a label that is not allowed, with the nearest that is.

    Examples
    --------
    >>> checked(["praise", "complain"], KINDS, "kind")
    Traceback (most recent call last):
    ValueError: there is no kind 'complain'. Did you mean complaint?
    """
    for wrong in sorted(set(values) - set(allowed)):
        msg = f"there is no {what} '{wrong}'. {nearest(wrong, list(allowed))}"
        raise ValueError(msg)
