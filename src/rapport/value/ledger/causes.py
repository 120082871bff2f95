"""Causes of orders in their order of precedence, and where each stands in the statement."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that an order's margin may be owed to.

    Parameters
    ----------
    key
        Its name as part of a column.
    name
        Its name in tables.
    table
        The result table in which a step claims orders for it.
    rule
        Why it comes where it comes: "brought" the person, "kept" them, or "triggered" the order.
    line
        The line of the statement it belongs to.
    function
        The function of the firm that answers for it.
    """

    key: str
    name: str
    table: str
    rule: str
    line: str
    function: str


CAUSES = (
    Cause("referral", "referral", "claims_referral", "brought", "acquisition", "sales"),
    Cause("word", "word of mouth", "claims_word_of_mouth", "brought", "acquisition", "brand"),
    Cause("influencer", "influencer", "claims_influencer", "brought", "acquisition", "marketing"),
    Cause("answer", "answer", "claims_answer", "kept", "retention", "service"),
    Cause("connection", "connection", "claims_connection", "triggered", "growth", "marketing"),
)
"""In order of precedence: what brought the person, what kept them, what triggered the order."""

SERVICE = "contacts avoided"
RETURNS = ("acquisition", "growth", "retention", "service")
COSTS = ("media", "people", "tools", "incentives", "content")
FUNCTIONS = ("brand", "marketing", "sales", "service")

BASELINE = "baseline"
LOSS = "sold at a loss"
NOBODY = "nobody known"
APART = "apart"
CANCELLED = "cancelled"
UNPRICED = "margin unknown"
RESTS = (BASELINE, LOSS, NOBODY, APART, CANCELLED, UNPRICED)
"""What the part of an order is called that no cause is credited with."""

LINE_OF: MappingProxyType[str, str] = MappingProxyType(
    {**{cause.name: cause.line for cause in CAUSES}, SERVICE: "service"}
    | {cost: cost for cost in COSTS}
)
"""The line of the statement that a cause belongs to."""

FUNCTION_OF: MappingProxyType[str, str] = MappingProxyType(
    {
        **{cause.name: cause.function for cause in CAUSES},
        SERVICE: "service",
        "media": "marketing",
        "people": "marketing",
        "tools": "marketing",
        "incentives": "sales",
        "content": "brand",
    }
)
"""The function of the firm that answers for a cause or a cost, unless a setting says otherwise."""
