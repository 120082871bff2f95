"""What the numbers on what is counted mean."""

from __future__ import annotations

from rapport.definitions.definition import Definition

_TEST = "Clark & West 2007; Benjamini & Hochberg 1995"

ENTRIES = (
    Definition(
        "counts_linked",
        "Counts linked to value to come",
        "Counts of a channel that bring forecasts of the next week's margin or new customers "
        "nearer, beyond season, trend, holidays, promotions, spending and past sales; at most one "
        "in ten of them is a false link.",
        source=_TEST,
    ),
    Definition(
        "counts_without_link",
        "Counts without a link worth knowing of",
        "Counts of which the range of the link leaves out, either way, one twentieth of a week's "
        "margin, and of its new customers, for one usual swing of the count.",
        source="Newey & West 1987",
    ),
    Definition(
        "counts_untold",
        "Counts of which it cannot be told",
        "Counts known for too few weeks, counts that hardly move, and counts whose range holds "
        "both no link and one worth knowing of.",
    ),
)
