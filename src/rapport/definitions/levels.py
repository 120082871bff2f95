"""What the numbers on the four levels of engagement mean."""

from __future__ import annotations

from rapport.definitions.definition import Definition

ENTRIES = (
    Definition(
        "fully_engaged_customers",
        "Fully engaged customers",
        "Share of all who ever bought that are fully engaged now: 85 and more of the 100 points of "
        "our questionnaire; for those who did not answer, told from what they do. Employees are "
        "left out, and it is corrected for the happy and the angry answering more.",
        source="Cumulative logits: McCullagh 1980; weights for who answers: Manski & Lerman 1977",
    ),
    Definition(
        "actively_disengaged_customers",
        "Actively disengaged customers",
        "Share of all who ever bought that are actively disengaged now: fewer than 50 of the 100 "
        "points of our questionnaire; for those who did not answer, told from what they do, and "
        "from a silence that says they have left. Employees are left out.",
        source="Cumulative logits: McCullagh 1980; weights for who answers: Manski & Lerman 1977",
    ),
    Definition(
        "fully_engaged_prospects",
        "Fully engaged prospects",
        "Share of people who never bought, as far as we know, that are fully engaged now. Nobody "
        "asked them: that deeds mean for them what they mean for customers is an assumption.",
    ),
    Definition(
        "actively_disengaged_prospects",
        "Actively disengaged prospects",
        "Share of people who never bought, as far as we know, that are actively disengaged now. "
        "Nobody asked them: that deeds mean for them what they mean for customers is an "
        "assumption.",
    ),
    Definition(
        "engagement_ratio",
        "Fully engaged customers for each actively disengaged one",
        "Fully engaged customers divided by actively disengaged ones. Gallup publishes 8 for the "
        "best tenth of firms and 0.8 for an average one, by limits of its own that are not public.",
        source="Ratio and benchmarks: Gallup, Customer Engagement brochure",
    ),
    Definition(
        "questionnaires",
        "Questionnaires filled in",
        "Questionnaires with at least four of the eight statements and one of the three questions "
        "answered, by anybody.",
    ),
    Definition(
        "levels_agreement",
        "How well deeds tell the level",
        "Agreement, beyond chance, of levels told from deeds alone with those that answers give, "
        "for people the model had not seen: 1 is full, 0 none; far misses count by their square.",
        source="Quadratic weighted kappa: Cohen 1968",
    ),
)
