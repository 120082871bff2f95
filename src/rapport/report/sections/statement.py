"""The section on what relationships returned: the waterfall, the lines, what they would need."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from markupsafe import Markup

from rapport.estimate import Estimate, Grade
from rapport.report.charts.waterfall import waterfall
from rapport.report.findings import Findings, Row
from rapport.report.parts import Cell, Figure, Grid, Section
from rapport.report.prose import Prose
from rapport.report.sections.common import GRADES, cannot_tell, colored, figure, number_rows
from rapport.results import Said
from rapport.value.ledger.stating import Part
from rapport.value.ledger.stating import waterfall as bars_of

NUMBERS = ("relationship_return", "relationship_cost", "ronr", "credited_share", "equity_change")
_TOLD = 0.05  # share of margin from which orders of nobody known are spoken of
QUESTION = "What did our relationships return?"

LINES = {
    "acquisition": Said("Acquisition"),
    "growth": Said("Growth"),
    "retention": Said("Retention"),
    "service": Said("Service savings"),
    "media": Said("Media"),
    "people": Said("Staff"),
    "tools": Said("Tools"),
    "incentives": Said("Incentives"),
    "content": Said("Content"),
    "return": Said("Return"),
    "net": Said("Left over"),
}
CAUSES = {
    "referral": Said("referral codes"),
    "word of mouth": Said("word of mouth"),
    "influencer": Said("influencers"),
    "answer": Said("answered in time"),
    "connection": Said("being connected"),
    "contacts avoided": Said("contacts avoided"),
}
FUNCTIONS = {
    "brand": Said("Brand"),
    "marketing": Said("Marketing"),
    "sales": Said("Sales"),
    "service": Said("Customer service"),
}


def statement(findings: Findings, prose: Prose) -> Section:
    """Return the section on what relationships returned."""
    figures = (_picture(findings, prose),)
    grids = (_lines(findings, prose), _functions(findings, prose))
    return Section(
        key="statement",
        title=prose.say("What did our relationships return, and how sure are we?"),
        answer=_answer(findings, prose),
        figures=tuple(each for each in figures if each),
        numbers=number_rows(findings, prose, NUMBERS),
        grids=tuple(each for each in grids if each),
        basis=_basis(findings, prose),
    )


def _answer(findings: Findings, prose: Prose) -> Markup:
    returned = findings.number("relationship_return")
    if returned is None:
        usual = prose.say("We cannot tell: nothing on record says what brought an order.")
        return cannot_tell(findings, prose, QUESTION, usual)
    ronr, cost = findings.number("ronr"), findings.number("relationship_cost")
    values: dict[str, Any] = {"when": _when(findings, prose), "amount": prose.told(returned)}
    values["between"] = prose.between(returned) or prose.amount(returned, returned.value)
    if ronr is None or cost is None:
        return prose.say(
            "{when} they returned {amount} of margin, very probably between {between}; what they "
            "cost is not all known, so whether it paid cannot be told.",
            **values,
        )
    values |= {"cost": prose.told(cost), "ronr": prose.told(ronr)}
    values["ends"] = prose.between(ronr) or prose.amount(ronr, ronr.value)
    if ronr.low > 0:
        return prose.say(
            "{when} they returned {amount} of margin, very probably between {between}, for a cost "
            "of {cost}: more than they cost, a return on relationship of {ronr} (between {ends}).",
            **values,
        )
    if ronr.high < 0:
        return prose.say(
            "{when} they returned {amount} of margin, very probably between {between}, for a cost "
            "of {cost}: less than they cost, a return on relationship of {ronr} (between {ends}).",
            **values,
        )
    return prose.say(
        "{when} they returned {amount} of margin, very probably between {between}, for a cost of "
        "{cost}: whether they earned more than they cost cannot be told, the return on "
        "relationship being {ronr} (between {ends}).",
        **values,
    )


def _when(findings: Findings, prose: Prose) -> Markup:
    until = findings.day("statement_until")
    if findings.facts.get("statement_period") == "whole" or until is None:
        return prose.say("Over the whole record")
    return prose.say("In the twelve months up to {day}", day=findings.words.date(until))


def _rows(findings: Findings, table: str, needed: tuple[str, ...]) -> list[Row]:
    """Return the rows of the period that the letter tells."""
    shown = findings.facts.get("statement_period")
    return [row for row in findings.rows(table, ("period", *needed)) if row["period"] == shown]


def _picture(findings: Findings, prose: Prose) -> Figure | None:
    cuts = _rows(findings, "statement_cuts", ("cut", "kind", "name", "value", "low", "high"))
    lines = [row for row in cuts if row["cut"] == "line"]
    returns = [_part(row, findings) for row in lines if row["kind"] == "return"]
    if not returns:
        return None
    whole = {row["kind"]: _part(row, findings) for row in cuts if row["cut"] == "whole"}
    known = not findings.facts.get("statement_missing")
    costs = [_part(row, findings) for row in lines if row["kind"] == "cost"] if known else []
    bars = bars_of(returns, costs, whole["return"], whole["net"])
    words = findings.words
    names = {name: said.text(words.language) for name, said in LINES.items()}
    amounts = [prose.cell(part.number)[0] for part in (*returns, whole["return"])]
    amounts += [prose.cell(-part.number)[0] for part in costs]
    amounts += [prose.cell(whole["net"].number)[0]] if costs else []
    title = prose.say(
        "What {came} and what it {cost}: each bar begins where the one above ends",
        came=colored(words("came in"), "middle"),
        cost=colored(words("cost"), "quiet"),
    )
    if not costs:
        title = prose.say(
            "What {came}: each bar begins where the one above ends",
            came=colored(words("came in"), "middle"),
        )
    return figure(
        findings,
        "waterfall",
        title,
        lambda width: waterfall(bars, names, amounts, words, width),
        note=prose.say("A thin line is the range that holds the truth nine times in ten."),
        table="statement_cuts",
    )


def _part(row: Row, findings: Findings) -> Part:
    number = Estimate(
        float(row["value"]), findings.currency, Grade(row["grade"]),
        min(row["low"], float(row["value"])), max(row["high"], float(row["value"])),
    )  # fmt: skip
    return Part(row["name"], Decimal(row["value"]), number)


def _lines(findings: Findings, prose: Prose) -> Grid | None:
    rows = [
        row for row in _rows(findings, "statement", ("line", "cause", "kind"))
        if row["kind"] == "return" or row["value"]
    ]  # fmt: skip
    if not any(row["value"] is not None for row in rows):
        return None
    words = findings.words
    return Grid(
        title=prose.say("The statement, line by line"),
        heads=(
            Cell(words("Line")),
            Cell(words("Owed to")),
            Cell(words("Amount"), "figure"),
            Cell(words("Range"), "range"),
            Cell(words("Evidence")),
            Cell(words("What would make it sure")),
        ),
        rows=tuple(_line(row, findings, prose) for row in rows),
        table="statement",
    )


def _line(row: Row, findings: Findings, prose: Prose) -> tuple[Cell, ...]:
    words = findings.words
    line = LINES[row["line"]].text(words.language)
    if row["kind"] == "cost":
        owner = FUNCTIONS[row["function"]].text(words.language)
        cause = words("{function}", function=owner)
    else:
        cause = CAUSES.get(row["cause"], Said(str(row["cause"]))).text(words.language)
    if row["value"] is None:
        unknown = Cell(words("not measured"))
        return (Cell(line), Cell(cause), Cell("–", "figure"), Cell("", "range"), unknown, Cell(""))
    number = _part({**row, "name": line}, findings).number
    value, span = prose.cell(-number if row["kind"] == "cost" else number)
    grade = GRADES[row["grade"]].text(words.language)
    return (
        Cell(line), Cell(cause), Cell(value, "figure"), Cell(span, "range"), Cell(grade),
        Cell(_need(row, prose)),
    )  # fmt: skip


def _need(row: dict[str, Any], prose: Prose) -> str | Markup:
    people = row.get("needs_people")
    if row.get("needs") == "experiment":
        if people is None:
            return prose.say("an experiment")
        return prose.say("an experiment with {n} people", n=prose.words.number(people))
    if row.get("needs") == "time":
        return prose.say(
            "years more: {n} people would be needed, more than there are",
            n=prose.words.number(int(people or 0)),
        )
    if row.get("needs") == "survey":
        if people is None:
            return prose.say("asking new customers what brought them")
        return prose.say("asking {n} new customers what brought them", n=prose.words.number(people))
    return ""


def _functions(findings: Findings, prose: Prose) -> Grid | None:
    needed = ("cut", "kind", "name", "value", "low", "high")
    found: dict[str, dict[str, Row]] = {}
    for row in _rows(findings, "statement_cuts", needed):
        if row["cut"] == "function":
            found.setdefault(row["name"], {})[row["kind"]] = row
    if not any(row["value"] for kinds in found.values() for row in kinds.values()):
        return None
    words = findings.words
    return Grid(
        title=prose.say("The same by function of the firm"),
        heads=(
            Cell(words("Function")),
            Cell(words("Return"), "figure"),
            Cell(words("Cost"), "figure"),
            Cell(words("Left over"), "figure"),
            Cell(words("Range"), "range"),
        ),
        rows=tuple(
            (
                Cell(FUNCTIONS[name].text(words.language)),
                *(Cell(_amount(kinds[kind], findings, prose)[0], "figure")
                  for kind in ("return", "cost", "net")),
                Cell(_amount(kinds["net"], findings, prose)[1], "range"),
            )
            for name, kinds in found.items()
        ),
        table="statement_cuts",
        note=prose.say("All three columns add up to the whole, to the cent, in the rows."),
    )  # fmt: skip


def _amount(row: Row, findings: Findings, prose: Prose) -> tuple[str, str]:
    return prose.cell(_part(row, findings).number)


def _basis(findings: Findings, prose: Prose) -> tuple[Markup, ...]:
    if "relationship_return" not in findings.numbers:
        return ()
    words, facts = findings.words, findings.facts
    told = [
        prose.say(
            "Every order is credited at most once: first what brought the person, then what kept "
            "them, then what triggered it; each takes a share of what is left, the rest is "
            "baseline."
        )
    ]
    unknown = float(facts.get("statement_unknown") or 0.0)
    if unknown >= _TOLD:
        told.append(
            prose.say(
                "{share} of margin is in orders of nobody known: no cause can be credited with "
                "them, so the return may be higher.",
                share=words.percent(unknown),
            )
        )
    if missing := facts.get("statement_unmeasured"):
        names = ", ".join(CAUSES[name].text(words.language) for name in missing)
        told.append(prose.say("Not measured, so counted as nothing: {names}.", names=names))
    if missing := facts.get("statement_missing"):
        told.append(
            prose.say("Missing in rapport.toml: {names}.", names=", ".join(map(str, missing)))
        )
    if beside := facts.get("statement_beside"):
        told.append(
            prose.say(
                "Spend on these channels is no cost of relationships, as rapport.toml has it: "
                "{names}.",
                names=", ".join(str(name).replace("_", " ") for name in beside),
            )
        )
    return tuple(told)
