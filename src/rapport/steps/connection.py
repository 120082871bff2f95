"""What being connected is worth: the gap as it seems, and what of it connecting causes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import narwhals as nw
import pyarrow as pa

from rapport.engagement.connections import FOLLOW
from rapport.estimate import EDGE, Estimate, Grade
from rapport.impact.comparing.unseen import unseen
from rapport.impact.comparing.verdict import CANNOT_TELL, DOUBTS, NEXT_TO_NOTHING
from rapport.impact.connected.histories import BEFORE, NEVER
from rapport.impact.connected.judging import FEWEST
from rapport.impact.connected.next_test import people_needed
from rapport.impact.connected.panels import claims
from rapport.impact.connected.trial import LEAST_AFTER
from rapport.results import Said, StepResult, Untold
from rapport.steps.connection_measure import (
    ADJUSTED,
    NAIVE,
    OWN_PAST,
    Measured,
    Units,
    measured,
)
from rapport.steps.connection_read import Read, read
from rapport.steps.connection_tables import (
    balances,
    course,
    groups,
    over_time,
    sides,
    verdicts,
)
from rapport.steps.context import Context

CAUSE = "connection"
SHORTEST = LEAST_AFTER + 4
"""Months on record without which there is no before and after."""
_QUESTION = Said("Are connected customers worth more because they are connected?")


def connection(context: Context) -> StepResult:
    """Write what being connected seems to bring and brings, or why it cannot be told."""
    there = context.results.tables
    span = _span(context)
    if span is None or not there.get("person_months") or not there.get("orders"):
        return StepResult(untold=(_nobody_bought(),))
    if not there.get("connections"):
        return StepResult(untold=(_nobody(),))
    if span[1] - span[0] + 1 < SHORTEST:
        return StepResult(untold=(_too_short(span),))
    told = read(context, span)
    missing = _missing(told)
    if told is None or missing is not None:
        return StepResult(untold=(missing or _nobody_bought(),))
    return _whole(context, told)


def _whole(context: Context, told: Read) -> StepResult:
    units = Units(context.settings.currency)
    smallest = context.settings.people.smallest_group
    found = {name: _of(told, name, units) for name in told.began}
    main = _main(found)
    kinds = [each for name, each in found.items() if " " not in name]
    parts = {n: each for n, each in found.items() if n.startswith(f"{main.definition} ")}
    made = {
        "connection": sides(found.values()),
        "connection_verdicts": verdicts(found.values()),
        "connection_balance": balances(kinds),
        "connection_groups": groups(told, main, parts, smallest),
        "connection_by_year": over_time(told, main, smallest),
        "connection_months": course(told, [main], smallest),
    }
    tables = {name: context.write(name, rows) for name, rows in made.items()}
    if _credits(main):
        tables["claims_connection"] = _claims(context, main)
    return StepResult(
        _numbers(main, told),
        tables,
        _untold(main),
        facts=_facts(main, told),
    )


def _of(told: Read, name: str, units: Units) -> Measured:
    """Return all outcomes of a kind of connection; of one platform of it, margin alone."""
    if " " not in name:
        return measured(told, name, units)
    kind = name.partition(" ")[0]
    platforms = sum(each.startswith(f"{kind} ") for each in told.began)
    return measured(told, name, units, ("margin",), looks=platforms)


def _main(found: Mapping[str, Measured]) -> Measured:
    """Return the definition that the letter speaks of: following, or whatever has most people."""
    kinds = {name: each for name, each in found.items() if " " not in name}
    first = kinds.get(FOLLOW)
    if first is not None and first.growth.people >= FEWEST:
        return first
    sound = [each for each in kinds.values() if each.verdict.why != "identity"]
    return max(sound or list(kinds.values()), key=lambda each: each.growth.people)


def _credits(main: Measured) -> bool:
    """Return whether orders may be credited to the connection, however wide the range is."""
    return main.growth.known and main.verdict.why not in {"few", "overlap", "trend", "identity"}


def _claims(context: Context, main: Measured) -> int:
    """Write the orders of connected people with the share of them that the connection caused."""
    lift, half = main.growth.lift, EDGE * main.growth.lift_error
    share, low, high = (_share(each) for each in (lift, lift - half, lift + half))
    terms = pa.table(
        {"cause": [CAUSE], "share": [share], "low": [low], "high": [high],
         "grade": [Grade.ADJUSTED.value]}
    )  # fmt: skip
    own = context.result("connections").filter(nw.col("kind") == main.definition)
    rows = claims(context.result("orders"), own, context.engine.table(terms))
    return context.write("claims_connection", rows)


def _share(lift: float) -> float:
    """Return the share of an order that a lift of buying caused; what it cost, if negative."""
    return max(-1.0, min(1.0, lift / (1 + lift))) if lift > -0.5 else -1.0


def _numbers(main: Measured, told: Read) -> dict[str, Estimate]:
    names = {NAIVE: "connection_naive", ADJUSTED: "connection_adjusted",
             OWN_PAST: "connection_effect"}  # fmt: skip
    made = {
        names[method]: number.based_on(name=names[method], table="connection")
        for (outcome, method), number in main.gaps.items()
        if outcome == "margin"
    }
    growth = main.growth
    if growth.known and growth.people >= FEWEST:
        made["connection_lift"] = Estimate.normal(
            growth.lift, growth.lift_error, "share", source="connection lift",
            grade=Grade.ADJUSTED, people=growth.people, rows=growth.people,
            name="connection_lift", table="connection_verdicts",
        )  # fmt: skip
    if main.drift.known:
        made["connection_drift"] = Estimate.normal(
            main.drift.lift, main.drift.error, "share", source="connection drift",
            grade=Grade.ADJUSTED, people=growth.people, rows=growth.people,
            name="connection_drift", table="connection_verdicts",
        )  # fmt: skip
    if main.effect is not None and ("margin", ADJUSTED) in main.gaps:
        made["connection_robustness"] = Estimate.exact(
            unseen(main.effect).robustness, "share", grade=Grade.MODEL,
            people=main.effect.compared, rows=main.effect.compared,
            name="connection_robustness", table="connection_balance",
        )  # fmt: skip
    naive = main.gaps.get(("margin", NAIVE))
    needed = people_needed(told.told, NEXT_TO_NOTHING * naive.value) if naive else None
    if needed is not None:
        made["connection_test_people"] = Estimate.exact(
            _rounded(needed), "customers", grade=Grade.MODEL, people=told.told.people,
            rows=told.told.people, name="connection_test_people", table="connection",
        )  # fmt: skip
    return made


def _rounded(people: int) -> int:
    """Return a number of people up to two digits: a plan is no more exact."""
    step: int = 10 ** max(len(str(people)) - 2, 0)
    return -(-people // step) * step


def _facts(main: Measured, told: Read) -> dict[str, object]:
    facts: dict[str, object] = {
        "connection_verdict": main.verdict.said,
        "connection_why": main.verdict.why,
        "connection_definition": main.definition,
        "connection_seen": {
            "connected": told.ever(main.definition),
            "compared": main.growth.people,
            "left_out": main.growth.left_out,
        },
    }
    if _credits(main):
        lift, half = main.growth.lift, EDGE * main.growth.lift_error
        facts["connection_lift"] = {"value": lift, "low": lift - half, "high": lift + half}
    return facts


def _span(context: Context) -> tuple[int, int] | None:
    facts = context.results.facts
    if "first_month" not in facts or "last_month" not in facts:
        return None
    days = [dt.date.fromisoformat(facts[name]) for name in ("first_month", "last_month")]
    first, last = (day.year * 12 + day.month - 1 for day in days)
    return first, last


def _missing(told: Read | None) -> Untold | None:
    if told is None:
        return _nobody_bought()
    if not told.connected or not told.began:
        return _nobody()
    newly = any(
        ((each.since > BEFORE) & (each.since < NEVER)).any() for each in told.began.values()
    )
    if not told.others and not newly:
        return Untold(
            _QUESTION,
            Said("Every customer is connected, and was before we could look: nobody is left to "
                 "compare them with."),
            Said("Add orders from before people connected, or customers who are not connected."),
        )  # fmt: skip
    return None


def _untold(main: Measured) -> tuple[Untold, ...]:
    if main.verdict.said != CANNOT_TELL:
        return ()
    return (Untold(_QUESTION, _why(main), _needs(main)),)


def _why(main: Measured) -> Said:
    why = main.verdict.why
    if why == "few":
        return Said(
            "People who connected while we could see them before and after: {n}; {needed} are "
            "needed.",
            {"n": main.growth.people, "needed": FEWEST},
        )
    known = DOUBTS.get(why)
    return known or Said("The range holds both nothing and a good part of the gap.")


def _needs(main: Measured) -> Said:
    if main.verdict.why == "identity":
        return Said("Add orders that name their customer, whether connected or not.")
    return Said(
        "Invite half of your customers, drawn by lot, to connect, and leave the other half alone: "
        "'rapport audience invite-to-connect' writes the list where they are enough."
    )


def _nobody() -> Untold:
    return Untold(
        _QUESTION,
        Said("No customer is known to be connected with us."),
        Said("Add lists of followers or members that can be linked to customers."),
    )


def _nobody_bought() -> Untold:
    return Untold(
        _QUESTION,
        Said("No purchase names its customer."),
        Said("Add orders that name their customer."),
    )


def _too_short(span: tuple[int, int]) -> Untold:
    return Untold(
        _QUESTION,
        Said(
            "Whole months on record: {n}; a before and after needs {needed}.",
            {"n": max(span[1] - span[0] + 1, 0), "needed": SHORTEST},
        ),
        Said("Add older orders."),
    )
