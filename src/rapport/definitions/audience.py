"""What the numbers on audiences and on who people are to the brand mean."""

from __future__ import annotations

from rapport.definitions.definition import Definition

ENTRIES = (
    Definition(
        "known_followers",
        "Followers known by name",
        "Accounts that a file names as following the brand now, its own and its employees' left "
        "out. They are a sample, and speak for nobody but themselves.",
    ),
    Definition(
        "suspicious_followers",
        "Bought or automated followers",
        "Of the followers known by name, on channels where enough is known of them, how many are "
        "bought or automated: by profile and the day they came, corrected for errors of judgement.",
        source="Signs: Cresci et al. 2015; correction: Rogan & Gladen 1978",
    ),
    Definition(
        "suspicious_share",
        "Share of bought or automated followers",
        "Bought or automated followers divided by followers known by name, on the same channels.",
        source="Signs: Cresci et al. 2015; correction: Rogan & Gladen 1978",
    ),
    Definition(
        "growth_bursts",
        "Bursts of growth",
        "Stretches of one to three days on which far more accounts began to follow than the eight "
        "weeks around them explain; of the bursts told, one in a hundred may be chance.",
    ),
    Definition(
        "pod_reaction_share",
        "Reactions from pods and bought accounts",
        "Likes, shares and comments by suspicious accounts, divided by all those whose account is "
        "known.",
    ),
    Definition(
        "new_customers",
        "New customers",
        "Customers with one buying day who are not lapsed; employees, the brand's own accounts and "
        "resellers left out.",
    ),
    Definition(
        "repeat_customers",
        "Repeat customers",
        "Customers with several buying days who are not lapsed; employees, the brand's own "
        "accounts and resellers left out.",
    ),
    Definition(
        "lapsed_customers",
        "Lapsed customers",
        "Customers silent for longer than nine in ten of their own gaps would be, their gaps being "
        "averaged with one usual gap of the brand; or than value.dormant_days, where it is set.",
    ),
    Definition(
        "employees",
        "Employees",
        "People known as employees: by the record, by the list or the e-mail domains in "
        "rapport.toml, or by an account linked to one.",
    ),
    Definition(
        "resellers",
        "Resellers",
        "People whom rapport.toml names as resellers.",
    ),
    Definition(
        "households",
        "Households",
        "Groups of at least two people with the same family name and the same phone, or the same "
        "family name and postcode where few people share that name there.",
    ),
    Definition(
        "companies",
        "Companies",
        "E-mail domains of a business that people on record write from; free mail left out.",
    ),
    Definition(
        "apart_revenue",
        "Sales to staff and resellers",
        "Net revenue from employees, the brand's own accounts and resellers; it is in the net "
        "revenue, and in no number by customer.",
    ),
)
