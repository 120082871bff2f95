"""What the numbers of the statement mean."""

from __future__ import annotations

from rapport.definitions.definition import Definition

ENTRIES = (
    Definition(
        "relationship_return",
        "Return of relationships",
        "Margin that would not have come without them, and contacts that need not be answered: "
        "acquisition, growth, retention and service. Every order is credited at most once.",
    ),
    Definition(
        "return_acquisition",
        "Acquisition",
        "Margin of orders by people who would not have come: referred, brought by word of mouth "
        "or by an influencer, at the share that was measured.",
    ),
    Definition(
        "return_growth",
        "Growth",
        "Extra margin of connected customers because they are connected, of what is left of their "
        "orders after what brought and kept them.",
    ),
    Definition(
        "return_retention",
        "Retention",
        "Margin kept because somebody was answered, of what is left of their orders after what "
        "brought them.",
    ),
    Definition(
        "return_service",
        "Service savings",
        "Contacts that answers in public avoided, times the cost of a contact.",
    ),
    Definition(
        "relationship_cost",
        "Cost of relationships",
        "Media, people, tools, incentives and content, as the record and [costs] in rapport.toml "
        "say; advertising is left out unless its channel is named there.",
    ),
    Definition(
        "relationship_net",
        "Return less cost",
        "Return of relationships less their cost.",
    ),
    Definition(
        "ronr",
        "Return on relationship",
        "Return less cost, divided by cost: 0 % earns back what was paid, 100 % earns it twice.",
    ),
    Definition(
        "credited_share",
        "Share of margin owed to relationships",
        "Margin credited to a cause divided by the margin of all orders that were not cancelled; "
        "the rest is baseline.",
    ),
    Definition(
        "equity_change",
        "Change in relationship equity",
        "Lifetime value of all customers at the end of the period less that at its start, both by "
        "today’s forecast; beside the return, never added to it.",
        window="horizon",
    ),
)
