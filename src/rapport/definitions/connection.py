"""What the numbers on being connected mean."""

from __future__ import annotations

from rapport.definitions.definition import Definition

ENTRIES = (
    Definition(
        "connection_naive",
        "Gap as it seems",
        "Margin a month of customers while they are connected, less that of all other customers. "
        "Whatever else makes the two differ is in it: buyers become fans.",
    ),
    Definition(
        "connection_adjusted",
        "Gap against comparable others",
        "The same for customers who connected, against others with the same purchases, visits and "
        "messages up to that month: over the six months that follow. Doubly robust and "
        "cross-fitted. What nobody recorded, such as love of the brand, stays in it.",
        source="Chernozhukov et al. 2018",
    ),
    Definition(
        "connection_effect",
        "Effect of connecting",
        "What customers who connected brought a month in the six months after, less what they "
        "would have brought if their own margin of the months before had grown as that of "
        "comparable others did who had bought as lately. The month of connecting counts as "
        "neither.",
        source="Sant’Anna & Zhao 2020; Wooldridge 2023",
    ),
    Definition(
        "connection_lift",
        "Lift by connecting",
        "The effect of connecting, as a share of what those customers would have brought without.",
        source="Sant’Anna & Zhao 2020; Wooldridge 2023",
    ),
    Definition(
        "connection_drift",
        "Drift before connecting",
        "How much more the margin of those who later connected grew than that of others, from the "
        "first half of the months before to the second. It should be about nil.",
        source="Roth 2022",
    ),
    Definition(
        "connection_robustness",
        "Strength of an unseen cause",
        "The share of what is left of both the outcome and the connection that a cause nobody "
        "recorded must explain for the gap against comparable others to vanish.",
        source="Cinelli & Hazlett 2020; Chernozhukov et al. 2022",
    ),
    Definition(
        "connection_test_people",
        "Customers a test would need",
        "Customers to draw by lot, half of them invited to connect, for an effect of a quarter of "
        "the gap as it seems to be seen four times in five, if a quarter of those invited connect.",
        source="Deng et al. 2013; Angrist, Imbens & Rubin 1996",
    ),
)
