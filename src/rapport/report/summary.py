"""The letter in short: one paragraph, and the few numbers to remember."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from rapport.report.findings import Findings
from rapport.report.prose import Prose
from rapport.report.sections.common import horizon
from rapport.results import Said

_KEYS = (
    ("relationship_return", Said("of margin from relationships in a year")),
    ("customer_equity", Said("worth of today's customers")),
    ("breaking_up_margin", Said("a year at risk with those breaking up")),
    ("active_share", Said("of customers still active")),
    ("value_at_risk", Said("a year at risk")),
    ("top_tenth_share", Said("of revenue from the best tenth")),
)
_MOST = 4


@dataclass(frozen=True, slots=True)
class Key:
    """One number to remember: as it is said, what it is, and its range."""

    value: Markup
    label: str
    between: Markup | None


def key_numbers(findings: Findings, prose: Prose) -> tuple[Key, ...]:
    """Return the numbers to remember, those that can be told."""
    language = findings.words.language
    found = [
        Key(prose.told(number), label.text(language).replace("'", "’"), prose.between(number))
        for name, label in _KEYS
        if (number := findings.number(name))
    ]
    return tuple(found[:_MOST])


def in_short(findings: Findings, prose: Prose, brand: str, last: int) -> Markup:
    """Return the letter in one paragraph; sentences without their numbers are left out.

    `last` is the number of the section that says what could not be told.
    """
    told = (
        _sold(findings, prose, brand),
        _future(findings, prose),
        _leaving(findings, prose),
        _returned(findings, prose),
        _heard(findings, prose),
        _waiting(findings, prose),
        _open(findings, prose, last),
    )
    said = [sentence for sentence in told if sentence]
    if not said:
        return prose.say(
            "The record of {brand} holds nothing yet that could be counted.", brand=brand
        )
    return Markup(" ").join(said)


def _sold(findings: Findings, prose: Prose, brand: str) -> Markup | None:
    revenue, orders = findings.number("revenue"), findings.number("orders")
    first, last = findings.day("first_day"), findings.day("last_day")
    if not (revenue and orders and first and last):
        return None
    values = {
        "brand": brand,
        "first": findings.words.date(first),
        "last": findings.words.date(last),
        "revenue": prose.told(revenue),
        "orders": prose.counted(orders),
    }
    customers = findings.number("customers")
    if customers is None or customers.value == 0:
        return prose.say(
            "From {first} to {last}, {brand} sold {revenue} in {orders}, none of them with a known "
            "customer.",
            **values,
        )
    return prose.many(
        "From {first} to {last}, {brand} sold {revenue} in {orders}, and knows {customers}.",
        "From {first} to {last}, {brand} sold {revenue} in {orders}, and knows {customers}.",
        round(customers.value),
        customers=prose.counted(customers),
        **values,
    )


def _returned(findings: Findings, prose: Prose) -> Markup | None:
    """Return what relationships brought, and against their cost where that is known."""
    brought, ratio = findings.number("relationship_return"), findings.number("ronr")
    if brought is None:
        return None
    between = prose.between(brought)
    if between is None:
        return prose.say(
            "Our relationships returned {brought} of margin in a year.", brought=prose.told(brought)
        )
    values = {"brought": prose.told(brought), "between": between}
    if ratio is None:
        return prose.say(
            "Our relationships returned {brought} of margin in a year, very probably between "
            "{between}; what they cost is not all known.",
            **values,
        )
    return prose.say(
        "Our relationships returned {brought} of margin in a year, very probably between "
        "{between}: after what they cost, a return on relationship of {ronr}.",
        ronr=prose.told(ratio),
        **values,
    )


def _future(findings: Findings, prose: Prose) -> Markup | None:
    equity = findings.number("customer_equity")
    if equity is None:
        return None
    between = prose.between(equity)
    values = {"equity": prose.told(equity), "months": horizon(findings)}
    if between is None:
        return prose.say("They should bring {equity} over the coming {months}.", **values)
    return prose.say(
        "They should bring about {equity} over the coming {months}, very probably between "
        "{between}.",
        between=between,
        **values,
    )


def _leaving(findings: Findings, prose: Prose) -> Markup | None:
    active, leaving = findings.number("active_share"), findings.number("drifting_customers")
    if active is None:
        return None
    breaking = findings.number("breaking_up_customers")
    if breaking is not None and round(breaking.value):
        return prose.many(
            "{active} of them are probably still active; {who} is breaking up with us.",
            "{active} of them are probably still active; {who} are breaking up with us.",
            round(breaking.value),
            active=prose.told(active),
            who=prose.counted(breaking),
        )
    if leaving is None or round(leaving.value) == 0:
        return prose.say("{active} of them are probably still active.", active=prose.told(active))
    return prose.many(
        "{active} of them are probably still active; {who} with a habit of coming back has gone "
        "silent.",
        "{active} of them are probably still active; {who} with a habit of coming back have gone "
        "silent.",
        round(leaving.value),
        active=prose.told(active),
        who=prose.counted(leaving),
    )


def _heard(findings: Findings, prose: Prose) -> Markup | None:
    running = findings.number("alarms_open")
    if running is None:
        return None
    if not running.value:
        return prose.say("Nothing in what is being said is out of the usual.")
    return prose.many(
        "{n} alarm goes on in what is being said.",
        "{n} alarms go on in what is being said.",
        round(running.value),
    )


def _waiting(findings: Findings, prose: Prose) -> Markup | None:
    share, waiting = findings.number("answered_in_a_day"), findings.number("still_waiting")
    if share is None or waiting is None:
        return None
    return prose.say(
        "{share} of those who ask for help have an answer within a day; {waiting} still wait.",
        share=prose.told(share),
        waiting=prose.counted(waiting),
    )


def _open(findings: Findings, prose: Prose, last: int) -> Markup | None:
    count = len(findings.results.untold)
    if not count:
        return None
    return prose.many(
        "{n} question could not be answered: section {last} says which data would.",
        "{n} questions could not be answered: section {last} says which data would.",
        count,
        last=last,
    )
