"""Which questions the record can answer, and which data would answer the others."""

from __future__ import annotations

from dataclasses import dataclass

from rapport.results import Said
from rapport.settings import Settings


@dataclass(frozen=True, slots=True)
class Basis:
    """What a quick look at the record found.

    Parameters
    ----------
    orders, known_orders
        Orders, and those that name their customer.
    customers, repeat_customers
        Known customers, and those who bought on two days or more.
    days
        Days from the first order to the last.
    margin_known
        Share of orders whose margin is known, from 0 to 1.
    requests, talks
        Requests for help of the help desks, and messages of the brand that answer somebody.
    """

    orders: int = 0
    known_orders: int = 0
    customers: int = 0
    repeat_customers: int = 0
    days: int = 0
    margin_known: float = 0.0
    requests: int = 0
    talks: int = 0


@dataclass(frozen=True, slots=True)
class Readiness:
    """A question, whether the record can answer it, and why or what is missing."""

    question: Said
    answerable: bool
    because: Said


MONTHS_OF_HISTORY = 6
REPEATS = 30


def readiness(basis: Basis, settings: Settings) -> tuple[Readiness, ...]:
    """Return each question of the letter with what the record says to it.

    Examples
    --------
    >>> from rapport.settings import parse_settings
    >>> told = readiness(Basis(), parse_settings('brand = "M"'))
    >>> told[0].question.text("en"), told[0].answerable
    ('What do our customers buy?', False)
    """
    return (
        _buying(basis),
        _by_customer(basis, "Who stays?"),
        _by_customer(basis, "Who is drifting away?"),
        _by_customer(basis, "Where does value concentrate?"),
        _worth(basis),
        _margin(basis, settings),
        _answering(basis),
        _returned(basis, settings),
        _engaged(basis),
    )


def _buying(basis: Basis) -> Readiness:
    question = Said("What do our customers buy?")
    if basis.orders == 0:
        return Readiness(question, False, Said("There are no orders: add an export of orders."))
    return Readiness(question, True, Said("Orders: {n}.", {"n": basis.orders}))


def _by_customer(basis: Basis, question: str) -> Readiness:
    if basis.customers == 0:
        because = Said("No order names its customer: add an export with a customer's number.")
        return Readiness(Said(question), False, because)
    values = {"n": basis.customers, "repeat": basis.repeat_customers}
    because = Said("Known customers: {n}; of these bought again: {repeat}.", values)
    return Readiness(Said(question), True, because)


def _worth(basis: Basis) -> Readiness:
    question = Said("What are our customers worth?")
    if basis.repeat_customers < REPEATS:
        values = {"n": basis.repeat_customers, "needed": REPEATS}
        why = Said(
            "Customers who bought again: {n}; a forecast needs {needed} at the least.", values
        )
        return Readiness(question, False, why)
    if basis.days < MONTHS_OF_HISTORY * 30:
        values = {"n": basis.days, "needed": MONTHS_OF_HISTORY}
        why = Said(
            "Days from the first order to the last: {n}; a forecast needs {needed} months.", values
        )
        return Readiness(question, False, why)
    return Readiness(
        question, True, Said("Days from the first order to the last: {n}.", {"n": basis.days})
    )


def _margin(basis: Basis, settings: Settings) -> Readiness:
    question = Said("What do we earn on them?")
    if settings.value.margin is not None:
        why = Said("The margin is set in rapport.toml.")
        return Readiness(question, True, why)
    if basis.margin_known >= 0.95:
        return Readiness(question, True, Said("The files give margin or cost of goods."))
    why = Said("Set margin in rapport.toml, or add costs of goods; until then, revenue is shown.")
    return Readiness(question, False, why)


def _answering(basis: Basis) -> Readiness:
    question = Said("Do we answer? How long do people wait?")
    if not basis.requests and not basis.talks:
        why = Said(
            "There is no request for help on record, and no reply of the brand: add an export of "
            "the help desk, of calls, or of comments with the brand's replies."
        )
        return Readiness(question, False, why)
    values = {"n": basis.requests, "replies": basis.talks}
    because = Said(
        "Requests at help desks: {n}; replies of the brand on networks: {replies}.", values
    )
    return Readiness(question, True, because)


def _returned(basis: Basis, settings: Settings) -> Readiness:
    question = Said("What did our relationships return, and how sure are we?")
    if basis.customers == 0:
        because = Said("No order names its customer: add an export with a customer's number.")
        return Readiness(question, False, because)
    if settings.value.margin is None and basis.margin_known < 0.95:
        return Readiness(
            question, False, Said("Set margin in rapport.toml, or add costs of goods.")
        )
    if settings.costs.people is None or settings.costs.tools is None:
        why = Said("What they cost is not in rapport.toml: the return is told, not what it yields.")
        return Readiness(question, True, why)
    return Readiness(question, True, Said("Orders, margin and costs are known."))


def _engaged(basis: Basis) -> Readiness:
    question = Said("Who works for us, who works against us?")
    if basis.customers == 0 and basis.talks == 0:
        why = Said("Add orders, messages or visits that name who did them.")
        return Readiness(question, False, why)
    because = Said(
        "Known customers: {n}. Answers to the questionnaire ('rapport questionnaire') make it "
        "surer.",
        {"n": basis.customers},
    )
    return Readiness(question, True, because)
