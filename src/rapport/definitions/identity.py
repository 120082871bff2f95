"""What the numbers on accounts and the people behind them mean."""

from __future__ import annotations

from rapport.definitions.definition import Definition

_FELLEGI = "Fellegi & Sunter (1969)"

ENTRIES = (
    Definition("accounts", "Accounts", "Accounts on record or met in a fact, in every system."),
    Definition(
        "people",
        "People behind the accounts",
        "Accounts that are one person count once; an account without evidence is a person of its "
        "own.",
        source=_FELLEGI,
    ),
    Definition(
        "people_without_weak",
        "People without weak links",
        "The same with no link of a probability under people.weak_under.",
        source=_FELLEGI,
    ),
    Definition(
        "accounts_per_person",
        "Accounts per person",
        "Accounts divided by the people behind them.",
    ),
    Definition(
        "weak_share",
        "Accounts on weak links",
        "Share of accounts that only a link under people.weak_under ties to their person.",
    ),
    Definition(
        "weak_customers",
        "Customers on weak links",
        "Share of customers one of whose accounts only a weak link ties to them.",
    ),
    Definition(
        "weak_revenue",
        "Revenue on weak links",
        "Share of known customers’ net revenue that these customers brought.",
    ),
)
