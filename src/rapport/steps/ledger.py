"""The ledger of every order and person, and the statement: return, cost and RonR."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw

from rapport.estimate import Estimate, Grade, weakest
from rapport.record.frames import UNIT, Frame, distinct
from rapport.results import Said, StepResult, Untold
from rapport.steps.context import Context
from rapport.steps.ledger_costs import Paid, paid
from rapport.steps.ledger_period import Period, periods
from rapport.steps.ledger_service import avoided
from rapport.steps.ledger_tables import (
    balance_rows,
    balance_table,
    companion,
    cut_rows,
    cuts_table,
    margin_of,
    statement_rows,
    statement_table,
)
from rapport.value.ledger.causes import CAUSES, NOBODY
from rapport.value.ledger.claims import claims_by_order, credited, ledger_orders, order_margins
from rapport.value.ledger.people import LATEST, asked, bought, ledger_sums
from rapport.value.ledger.people import ledger as ledger_of_people
from rapport.value.ledger.stating import Line, Sums
from rapport.value.ledger.sums import credit_sums, credits_of

QUESTION = Said("What did our relationships return?")
RONR = Said("What does a euro put into relationships return?")


@dataclass(frozen=True, slots=True)
class Stated:
    """The statement of one period, and what it rests on.

    Parameters
    ----------
    period
        Its days.
    sums
        Its lines and what they add up to.
    paid
        Its costs, and which settings are missing.
    balance
        One row for each part of the orders, as `credit_sums` gives them.
    people
        Sums over people, as `ledger_sums` gives them; empty without any.
    """

    period: Period
    sums: Sums
    paid: Paid
    balance: list[dict[str, Any]]
    people: Mapping[str, Any]


def ledger(context: Context) -> StepResult:
    """Write the ledger of orders and people, and the statement of each period."""
    facts = context.results.facts
    if "orders" not in context.results.tables or "first_day" not in facts:
        return StepResult(untold=(_no_orders(),))
    if facts.get("money") != "margin":
        return StepResult(untold=(_no_margin(),))
    grades = claim_grades(context)
    parted = _parted(context, grades)
    tables = {"ledger_orders": context.write("ledger_orders", ledger_orders(parted))}
    spans = periods(facts)
    tables["ledger"] = context.write("ledger", _people(context, parted, spans))
    tables["ledger_terms"] = context.write("ledger_terms", companion(grades))
    people = _sums_of_people(context)
    stated = [_stated(context, parted, span, grades, people) for span in spans]
    lines = [row for each in stated for row in statement_rows(context, each, set(grades))]
    tables["statement"] = context.write("statement", statement_table(lines))
    cuts = [row for each in stated for row in cut_rows(each)]
    tables["statement_cuts"] = context.write("statement_cuts", cuts_table(cuts))
    parts = [row for each in stated for row in balance_rows(each)]
    tables["ledger_balance"] = context.write("ledger_balance", balance_table(parts))
    shown = stated[0]
    return StepResult(
        _numbers(context, shown),
        tables,
        _untold(shown),
        warnings=_warnings(shown),
        facts={
            "statement_period": shown.period.name,
            "statement_since": shown.period.since.isoformat(),
            "statement_until": shown.period.until.isoformat(),
            "statement_beside": list(shown.paid.beside),
            "statement_missing": list(shown.paid.missing),
            "statement_unknown": _of_nobody(shown),
            "statement_unmeasured": [c.name for c in CAUSES if c.key not in grades],
        },
    )


def claim_grades(context: Context) -> dict[str, Grade]:
    """Return what the claims of each cause rest on, for causes that claim anything at all."""
    found = {}
    for cause in CAUSES:
        if context.results.tables.get(cause.table):
            told = distinct(context.result(cause.table).select("grade"))
            said = context.engine.collect(told)["grade"].to_pylist()
            found[cause.key] = weakest(Grade(each) for each in said if each in set(Grade))
    return found


def _parted(context: Context, grades: Mapping[str, Grade]) -> Frame:
    """Return every order with what each cause is credited with."""
    engine = context.engine
    margins = order_margins(context.result("orders"), context.settings.value.margin)
    claims = {c.key: context.result(c.table) for c in CAUSES if c.key in grades}
    return engine.cache(credited(margins, claims_by_order(claims) if claims else None))


def _people(context: Context, parted: Frame, spans: tuple[Period, ...]) -> Frame:
    """Return the ledger of each person and period."""
    latest = next(((s.since, s.until) for s in spans if s.name == LATEST), None)
    parts = [bought(parted, latest)]
    if context.results.tables.get("requests"):
        day = nw.col("opened_on").cast(nw.Date())
        parts.append(asked(context.result("requests").with_columns(day=day), latest))
    kept = context.engine.cache(nw.concat(parts, how="vertical"))
    return ledger_of_people(kept, _worth(context), context.settings.service.cost_per_contact)


def _worth(context: Context) -> Frame | None:
    """Return what is still to come of each person, and what they brought through others."""
    made = context.results.tables
    if "lifetime" not in made:
        return None
    own = context.result("lifetime").select(
        "person_id",
        expected=nw.col("lifetime_value"),
        expected_low=nw.col("low"),
        expected_high=nw.col("high"),
    )
    names = ("referral_value", "referral_value_low", "referral_value_high")
    if not made.get("referral_value"):
        return own.with_columns(**dict.fromkeys(names, nw.lit(None).cast(nw.Float64())))
    brought = context.result("referral_value").select(
        advocate=nw.col("person_id"),
        **dict(zip(names, map(nw.col, ("value", "low", "high")), strict=True)),
    )
    both = own.join(brought, left_on="person_id", right_on="advocate", how="full")
    return both.with_columns(person_id=nw.coalesce("person_id", "advocate")).drop("advocate")


def _sums_of_people(context: Context) -> dict[str, dict[str, Any]]:
    rows = context.engine.collect(ledger_sums(context.result("ledger"))).to_pylist()
    return {row["period"]: row for row in rows}


def _stated(
    context: Context,
    parted: Frame,
    span: Period,
    grades: Mapping[str, Grade],
    people: Mapping[str, Mapping[str, Any]],
) -> Stated:
    """Return the statement of one period."""
    within = parted.filter((nw.col("day") >= span.since) & (nw.col("day") <= span.until))
    rows = context.engine.collect(credit_sums(within)).to_pylist()
    unit, sums = context.settings.currency, people.get(span.name, {})
    lines = []
    for key, credit in credits_of(rows, unit, grades).items():
        cause = next(each for each in CAUSES if each.key == key)
        number = credit.number.based_on(people=sums.get(f"n_{key}", 0), rows=credit.orders)
        lines.append(
            Line("return", cause.line, cause.name, cause.function, credit.exact, number, "claims")
        )
    lines += avoided(context, span)
    costs = paid(context, span)
    return Stated(span, Sums.of([*lines, *costs.lines], unit), costs, rows, sums)


def _numbers(context: Context, stated: Stated) -> dict[str, Estimate]:
    """Return the numbers of the period that the letter tells."""
    sums = stated.sums
    people = stated.people.get("people", 0)
    orders = sum(row["n"] for row in stated.balance)
    made: dict[str, Estimate] = {}
    if any(line.kind == "return" for line in sums.lines):
        made["relationship_return"] = sums.returned.number
        made |= {
            f"return_{part.name}": part.number
            for part in sums.by_line
            if part.name in {"acquisition", "growth", "retention", "service"}
        }
        whole = margin_of(stated)
        if whole > 0:
            of_margin = [x.number for x in sums.lines if x.kind == "return" and x.note == "claims"]
            if of_margin:
                margin = Estimate.exact(whole, context.settings.currency)
                share = sum(of_margin[1:], of_margin[0]) / margin
                made["credited_share"] = replace(share, unit="share")
    if any(line.kind == "cost" for line in sums.lines):
        made["relationship_cost"] = sums.cost.number
    if "relationship_return" in made and sums.ronr is not None and not stated.paid.missing:
        made["relationship_net"] = sums.net.number
        made["ronr"] = sums.ronr
    return {
        name: number.based_on(people=people, rows=orders, name=name, table="statement")
        for name, number in made.items()
    }


def _of_nobody(stated: Stated) -> float:
    """Return the share of margin in orders of nobody known that nothing is credited with."""
    rest = sum(row["rest"] for row in stated.balance if row["part"] == NOBODY)
    whole = margin_of(stated)
    return float(rest * UNIT) / whole if whole > 0 else 0.0


def _untold(stated: Stated) -> tuple[Untold, ...]:
    found = []
    if not any(line.kind == "return" for line in stated.sums.lines):
        found.append(
            Untold(
                QUESTION,
                Said("No order could be credited to a cause, and no contact counted as avoided."),
                Said("Add referral codes, surveys of how people heard of you, or who follows you."),
            )
        )
    if stated.paid.missing:
        names = ", ".join(stated.paid.missing)
        found.append(
            Untold(
                RONR,
                Said("rapport.toml does not say all that relationships cost."),
                Said("Set {names} in rapport.toml; 0 where nothing is paid.", {"names": names}),
            )
        )
    return tuple(found)


def _warnings(stated: Stated) -> tuple[Said, ...]:
    told = []
    if stated.paid.foreign:
        told.append(
            Said(
                "Costs in {currencies} are left out: give a rate under exchange_rates.",
                {"currencies": ", ".join(stated.paid.foreign)},
            )
        )
    return tuple(told)


def _no_orders() -> Untold:
    return Untold(QUESTION, Said("There is no order on record."), Said("Add an export of orders."))


def _no_margin() -> Untold:
    return Untold(
        QUESTION,
        Said("A return is counted in margin; neither the files nor rapport.toml give one."),
        Said("Set margin in rapport.toml, or add costs of goods."),
    )
