"""What the numbers on motives mean: what people come for, as they say and as they show."""

from __future__ import annotations

from rapport.definitions.definition import Definition

_STANDS_FOR = "Gelman & Little 1997; Kish 1965"

ENTRIES = (
    Definition(
        "asked_for_motives",
        "People who said what they come for",
        "Known people who answered the question what they come to the brand for; the last answer "
        "of each counts.",
    ),
    Definition(
        "people_with_motive",
        "People whose motive shows",
        "Of people who were not asked, how many show at least one motive more often than is usual, "
        "with a chance of four in five or more: asking, looking, coming to events, buying reduced, "
        "sharing, complaining or suggesting, speaking of good causes. Motives whose signs do not "
        "agree with what other people say are left out. What shows is behaviour; why is an "
        "inference.",
        source="Kleinman 1973; Tarone 1979",
    ),
    Definition(
        "come_for_help_customers",
        "Customers who come for help and advice",
        "Of all customers, how many would say that they come for help and advice: the answers of "
        "those who were asked, each level counting by the share of customers who are on it.",
        source=_STANDS_FOR,
    ),
    Definition(
        "come_for_information_customers",
        "Customers who come for news and information",
        "Of all customers, how many would say that they come for news and information: the "
        "answers of those who were asked, each level counting by the share of customers who are "
        "on it.",
        source=_STANDS_FOR,
    ),
    Definition(
        "come_for_belonging_customers",
        "Customers who come to be among people like them",
        "Of all customers, how many would say that they come to be among people like them: the "
        "answers of those who were asked, each level counting by the share of customers who are "
        "on it.",
        source=_STANDS_FOR,
    ),
    Definition(
        "come_for_saving_customers",
        "Customers who come to save money",
        "Of all customers, how many would say that they come to save money: the answers of those "
        "who were asked, each level counting by the share of customers who are on it.",
        source=_STANDS_FOR,
    ),
    Definition(
        "come_for_self_expression_customers",
        "Customers who come to show who they are",
        "Of all customers, how many would say that they come to show who they are: the answers "
        "of those who were asked, each level counting by the share of customers who are on it.",
        source=_STANDS_FOR,
    ),
    Definition(
        "come_for_being_heard_customers",
        "Customers who come to be heard",
        "Of all customers, how many would say that they come to be heard: the answers of those "
        "who were asked, each level counting by the share of customers who are on it.",
        source=_STANDS_FOR,
    ),
    Definition(
        "come_for_doing_good_customers",
        "Customers who come to do some good",
        "Of all customers, how many would say that they come to do some good: the answers of "
        "those who were asked, each level counting by the share of customers who are on it.",
        source=_STANDS_FOR,
    ),
    Definition(
        "come_for_help_prospects",
        "Prospects who come for help and advice",
        "Of all prospects, how many would say that they come for help and advice: the answers of "
        "those who were asked, each level counting by the share of prospects who are on it. That "
        "the few who answered stand for the others is an assumption.",
        source=_STANDS_FOR,
    ),
    Definition(
        "come_for_information_prospects",
        "Prospects who come for news and information",
        "Of all prospects, how many would say that they come for news and information: the "
        "answers of those who were asked, each level counting by the share of prospects who are "
        "on it. That the few who answered stand for the others is an assumption.",
        source=_STANDS_FOR,
    ),
    Definition(
        "come_for_belonging_prospects",
        "Prospects who come to be among people like them",
        "Of all prospects, how many would say that they come to be among people like them: the "
        "answers of those who were asked, each level counting by the share of prospects who are "
        "on it. That the few who answered stand for the others is an assumption.",
        source=_STANDS_FOR,
    ),
    Definition(
        "come_for_saving_prospects",
        "Prospects who come to save money",
        "Of all prospects, how many would say that they come to save money: the answers of those "
        "who were asked, each level counting by the share of prospects who are on it. That the "
        "few who answered stand for the others is an assumption.",
        source=_STANDS_FOR,
    ),
    Definition(
        "come_for_self_expression_prospects",
        "Prospects who come to show who they are",
        "Of all prospects, how many would say that they come to show who they are: the answers "
        "of those who were asked, each level counting by the share of prospects who are on it. "
        "That the few who answered stand for the others is an assumption.",
        source=_STANDS_FOR,
    ),
    Definition(
        "come_for_being_heard_prospects",
        "Prospects who come to be heard",
        "Of all prospects, how many would say that they come to be heard: the answers of those "
        "who were asked, each level counting by the share of prospects who are on it. That the "
        "few who answered stand for the others is an assumption.",
        source=_STANDS_FOR,
    ),
    Definition(
        "come_for_doing_good_prospects",
        "Prospects who come to do some good",
        "Of all prospects, how many would say that they come to do some good: the answers of "
        "those who were asked, each level counting by the share of prospects who are on it. That "
        "the few who answered stand for the others is an assumption.",
        source=_STANDS_FOR,
    ),
)
