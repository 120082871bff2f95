"""What the numbers on who is leaving, who left unheard and who came back mean."""

from __future__ import annotations

from rapport.definitions.definition import Definition

ENTRIES = (
    Definition(
        "breaking_up_customers",
        "Customers breaking up",
        "Customers who are more likely still here than gone, but whose chance of being gone in "
        "three months is one in three or more, by their rhythm and by what they said, asked and "
        "stopped doing.",
        source="Rhythm: Schmittlein, Morrison & Colombo 1987; chance: Allison 1982",
    ),
    Definition(
        "breaking_up_margin",
        "Yearly money of customers breaking up",
        "What customers breaking up brought in the year that ended with their last order, each "
        "amount times the chance of being gone in three months.",
        window="year",
    ),
    Definition(
        "gone_in_three_months",
        "Gone in three months",
        "Of the customers who are more likely still here than gone, how many will have left in "
        "three months: the sum of their chances. Some of them have left already, unseen.",
        source="Rhythm: Schmittlein, Morrison & Colombo 1987; chance: Allison 1982",
    ),
    Definition(
        "left_last_year",
        "Left in twelve months",
        "Customers who left in the last twelve months: the sum of their chances of having left "
        "then, from all that is known today. Of the latest months, least is known.",
        window="year",
        source="Schmittlein, Morrison & Colombo 1987",
    ),
    Definition(
        "left_share_unheard",
        "Left after a complaint that was not heard",
        "Of the customers whose first complaint had no answer of a human within a week, the share "
        "who left at once: those whose silence since is longer than their rhythm explains.",
        source="Maller & Zhou 1996; landmark: Anderson, Cain & Gelber 1983",
    ),
    Definition(
        "left_share_heard",
        "Left after a complaint that was heard",
        "The same share of the customers whose first complaint was answered within a week.",
        source="Maller & Zhou 1996; landmark: Anderson, Cain & Gelber 1983",
    ),
    Definition(
        "left_unheard",
        "Left because they were not heard",
        "Customers whose complaint was not heard, times the share of them who left less the share "
        "of those who were heard. Their rhythms are taken into account; what else sets the two "
        "apart is not.",
        source="Maller & Zhou 1996; landmark: Anderson, Cain & Gelber 1983",
    ),
    Definition(
        "came_back_customers",
        "Came back in twelve months",
        "Customers who bought again in the last twelve months after so long a silence that, by "
        "their rhythm, they had more likely left than not.",
        window="year",
    ),
    Definition(
        "breaking_up_auc",
        "How well leaving was foretold",
        "On a past day that the model had not seen: how often, of somebody who left within three "
        "months and somebody who stayed, the first had the higher chance. 0.5 is chance, 1 is "
        "certainty. Who had left is judged by all that came later.",
        source="Hanley & McNeil 1982",
    ),
)
