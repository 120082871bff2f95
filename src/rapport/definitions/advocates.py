"""What the numbers on advocates, critics and employees mean."""

from __future__ import annotations

from rapport.definitions.definition import Definition

_SPEAK = "Asplund & James 2011"

ENTRIES = (
    Definition(
        "speak_well_customers",
        "Customers who speak well of us",
        "Of customers who were heard or asked in the last year, how many speak well and not ill: "
        "in public, in surveys, or by handing out a code; corrected for messages read wrongly.",
        "year",
        _SPEAK,
    ),
    Definition(
        "speak_ill_customers",
        "Customers who speak ill of us",
        "Of customers who were heard or asked in the last year, how many speak ill and not well; "
        "corrected for messages read wrongly.",
        "year",
        _SPEAK,
    ),
    Definition(
        "speak_well_prospects",
        "Prospects who speak well of us",
        "Of people heard or asked in the last year who are not known to have bought, how many "
        "speak well and not ill; corrected for messages read wrongly.",
        "year",
        _SPEAK,
    ),
    Definition(
        "speak_ill_prospects",
        "Prospects who speak ill of us",
        "Of people heard or asked in the last year who are not known to have bought, how many "
        "speak ill and not well; corrected for messages read wrongly.",
        "year",
        _SPEAK,
    ),
    Definition(
        "known_advocates",
        "Advocates known by account",
        "People more likely than not to have spoken well, and not ill, in the last year. Most talk "
        "is heard by nobody but friends: there are more.",
        "year",
        _SPEAK,
    ),
    Definition(
        "known_critics",
        "Critics known by account",
        "People who spoke ill, and not well, in the last year: more likely than not even at the "
        "low end of what the reading model may err.",
        "year",
        _SPEAK,
    ),
    Definition(
        "first_advocates_worth",
        "Worth of the first hundred advocates",
        "Margin of new customers expected in a year because of what the hundred advocates with the "
        "most influence say: their rate of recommending × new customers for each recommendation "
        "heard × the worth of a new customer, and codes that friends used.",
        "year",
        "Gamma-Poisson rates: Robbins 1956",
    ),
    Definition(
        "critics_heard",
        "Critics who came to us",
        "People who complained to us, or said that they leave, and whose next three months are on "
        "record; the first time counts.",
    ),
    Definition(
        "critics_approached",
        "Critics answered by a person",
        "Of the critics who came to us, how many a person answered at any time.",
    ),
    Definition(
        "critics_made_good",
        "Complaints made good",
        "Of complaints whose solution is on record, how many were not opened again and not rated "
        "badly.",
    ),
    Definition(
        "critics_turned_share",
        "Answered critics who turned",
        "Of critics answered within a week, how many bought or said something well within 90 days "
        "from then.",
        source="Anderson, Cain & Gelber 1983",
    ),
    Definition(
        "critics_turned_share_alone",
        "Unanswered critics who turned",
        "Of critics not answered within a week, how many bought or said something well within 90 "
        "days from then.",
        source="Anderson, Cain & Gelber 1983",
    ),
    Definition(
        "critics_turned_days",
        "Days until half of the answered critics turned",
        "Days from a week after the complaint until half of the critics answered by then had "
        "bought or said something well.",
        source="Kaplan & Meier 1958",
    ),
    Definition(
        "critics_turned_days_alone",
        "Days until half of the unanswered critics turned",
        "Days from a week after the complaint until half of the critics not answered by then had "
        "bought or said something well.",
        source="Kaplan & Meier 1958",
    ),
    Definition(
        "critic_worth_naive",
        "What answered critics brought more, as it is",
        "Money in the 90 days that begin a week after the complaint: a critic answered by then, "
        "less one left alone; critics who are known to have bought before.",
    ),
    Definition(
        "critic_worth",
        "What answering a critic was worth",
        "The same difference among critics who had bought as often, as lately and as much, and "
        "complained of the like. An unseen cause may still be in it.",
        source="Rosenbaum & Rubin 1984",
    ),
    Definition(
        "critics_worth",
        "What answering critics was worth",
        "The difference among like critics times the answered critics who have such a like.",
        source="Rosenbaum & Rubin 1984",
    ),
    Definition(
        "employees_speaking",
        "Employees who speak of us",
        "Employees who spoke of the brand in public in the last year; counted only where "
        "rapport.toml says that they agreed.",
        "year",
    ),
    Definition(
        "employees_reach",
        "People whom employees reach",
        "People who were seen to answer, like or share what employees said; accounts that look "
        "bought left out.",
        "year",
    ),
)
