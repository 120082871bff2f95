"""One person's ledger in words: what they brought, what it is owed to, what is to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rapport.results import Said
from rapport.words import Words

_TERMS = (
    ("margin", Said("margin so far")),
    ("referral", Said("of it owed to a referral code")),
    ("word_of_mouth", Said("of it owed to word of mouth")),
    ("influencer", Said("of it owed to influencers")),
    ("answer", Said("of it kept because somebody answered")),
    ("connection", Said("of it owed to being connected")),
    ("baseline", Said("of it would have come anyway")),
    ("referral_value", Said("brought through others")),
    ("service_cost", Said("cost of answering them")),
)


def ledger_of(
    rows: Sequence[Mapping[str, Any]], words: Words, currency: str
) -> list[tuple[str, str]]:
    """Return the lines of a person's ledger over the whole record; terms of nothing left out.

    Examples
    --------
    >>> row = {"period": "whole", "margin": 20.0, "answer": 5.0, "answer_low": 1.0,
    ...        "answer_high": 8.0, "baseline": 15.0}
    >>> for line in ledger_of([row], Words.of("en"), "EUR"):
    ...     print(*line, sep=": ")
    margin so far: €20.00
    of it kept because somebody answered: €5.00, from €1.00 to €8.00
    of it would have come anyway: €15.00
    """
    whole = next((row for row in rows if row["period"] == "whole"), None)
    if whole is None:
        return []
    return [
        (words(title.message), _amount(whole, name, words, currency))
        for name, title in _TERMS
        if whole.get(name)
    ]


def _amount(row: Mapping[str, Any], name: str, words: Words, currency: str) -> str:
    value, low, high = (row.get(f"{name}{end}") for end in ("", "_low", "_high"))
    told = words.money(float(value or 0.0), currency)
    if low is None or high is None or low == high:
        return told
    ends = {"low": words.money(low, currency), "high": words.money(high, currency)}
    return words("{value}, from {low} to {high}", value=told, **ends)
