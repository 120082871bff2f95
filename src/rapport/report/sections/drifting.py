"""The section on customers whose silence is longer than their rhythm explains."""

from __future__ import annotations

import math
from typing import Any

from markupsafe import Markup

from rapport.report.charts.spread import alive_histogram
from rapport.report.findings import Findings
from rapport.report.parts import Cell, Figure, Grid, Section
from rapport.report.prose import Prose
from rapport.report.sections.common import cannot_tell, figure, number_rows
from rapport.words import Words

NUMBERS = ("drifting_customers", "value_at_risk", "active_customers", "active_share")

_SHOWN = 10


def drifting(findings: Findings, prose: Prose) -> Section:
    """Return the section on customers whose silence is longer than their rhythm explains."""
    bars = _bars(findings, prose)
    people = _people(findings, prose)
    return Section(
        key="drifting",
        title=prose.say("Who is drifting away?"),
        answer=_answer(findings, prose),
        figures=(bars,) if bars else (),
        numbers=number_rows(findings, prose, NUMBERS),
        grids=(people,) if people else (),
    )


def _answer(findings: Findings, prose: Prose) -> Markup:
    leaving, risk = findings.number("drifting_customers"), findings.number("value_at_risk")
    active = findings.number("active_share")
    if leaving is None and active and findings.facts.get("contract"):
        return prose.say(
            "Nobody unseen: a contract ends on a known day, and {active} of customers have one "
            "running.",
            active=prose.told(active),
        )
    if leaving is None:
        usual = prose.say(
            "We cannot tell: too few customers have ordered twice for their rhythm to be known."
        )
        return cannot_tell(findings, prose, "Who is drifting away?", usual)
    if round(leaving.value) == 0:
        return prose.say("Nobody: no repeat customer is silent for longer than usual.")
    who = prose.counted(leaving)
    if risk is None:
        return prose.many(
            "{who} who used to come back has probably left.",
            "{who} who used to come back have probably left.",
            round(leaving.value),
            who=who,
        )
    return prose.many(
        "{who} who used to come back has probably left, and with them {risk} a year.",
        "{who} who used to come back have probably left, and with them {risk} a year.",
        round(leaving.value),
        who=who,
        risk=prose.told(risk),
    )


def _bars(findings: Findings, prose: Prose) -> Figure | None:
    rows = findings.rows("alive_histogram", ("low", "high", "customers"))
    if not rows:
        return None
    words = findings.words
    return figure(
        findings,
        "alive",
        prose.say("Customers by their chance of still being active"),
        lambda width: alive_histogram(rows, words, width),
        note=(
            prose.say("Bars of fewer than {n} customers are not drawn.", n=findings.smallest_group)
            if len(rows) < findings.results.tables["alive_histogram"]
            else ""
        ),
        table="alive_histogram",
    )


def _people(findings: Findings, prose: Prose) -> Grid | None:
    most = findings.largest("drifting", "value_at_risk", _SHOWN)
    if most is None or not most.num_rows:
        return None
    words = findings.words
    return Grid(
        title=prose.say("Whom to write to first"),
        heads=(
            Cell(words("Customer"), "person"),
            Cell(words("Last order"), "figure"),
            Cell(words("Orders"), "figure"),
            Cell(words("Usual gap"), "figure"),
            Cell(words("Silent for"), "figure"),
            Cell(words("Chance active"), "figure"),
            Cell(words("At risk a year"), "figure"),
        ),
        rows=tuple(_person(row, findings) for row in most.to_pylist()),
        table="drifting",
    )


def _person(row: dict[str, Any], findings: Findings) -> tuple[Cell, ...]:
    words = findings.words
    last = row.get("last_order")
    return (
        Cell(str(row.get("person_id", "")), "person"),
        Cell(words.date(last, "medium") if last else "–", "figure"),
        Cell(_or_dash(row.get("orders"), words.number), "figure"),
        Cell(
            _or_dash(row.get("usual_gap_days"), lambda v: words.quantity(round(v), "days")),
            "figure",
        ),
        Cell(
            _or_dash(row.get("silent_days"), lambda v: words.quantity(round(v), "days")), "figure"
        ),
        Cell(_or_dash(row.get("alive"), lambda share: _chance(share, words)), "figure"),
        Cell(
            _or_dash(row.get("value_at_risk"), lambda v: words.money(v, findings.currency, 0)),
            "figure",
        ),
    )


def _chance(share: float, words: Words) -> str:
    return words.percent(share) if share >= 0.01 else f"< {words.percent(0.01)}"


def _or_dash(value: Any, shown: Any) -> str:
    if value is None or not math.isfinite(value):
        return "–"
    text: str = shown(value)
    return text
