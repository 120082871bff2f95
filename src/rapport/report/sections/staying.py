"""The section on who comes back, and what they bring."""

from __future__ import annotations

import calendar
from itertools import groupby

from markupsafe import Markup

from rapport.report.charts.canvas import NARROW
from rapport.report.charts.staying import retention, revenue_by_month
from rapport.report.findings import Findings, Row
from rapport.report.parts import Figure, Section
from rapport.report.prose import Prose
from rapport.report.sections.common import cannot_tell, colored, figure, number_rows

NUMBERS = (
    "repeat_rate",
    "retention_month_3",
    "returning_revenue_share",
    "orders_per_customer",
    "days_between_orders",
)

_COHORTS, _NARROW_COHORTS = 24, 12


def staying(findings: Findings, prose: Prose) -> Section:
    """Return the section on who comes back, and what they bring."""
    made = (_triangle(findings, prose), _months(findings, prose))
    return Section(
        key="staying",
        title=prose.say("Who stays?"),
        answer=_answer(findings, prose),
        figures=tuple(each for each in made if each is not None),
        numbers=number_rows(findings, prose, NUMBERS),
    )


def _answer(findings: Findings, prose: Prose) -> Markup:
    again, month = findings.number("repeat_rate"), findings.number("retention_month_3")
    if again is None:
        usual = prose.say("We cannot tell: no order in the record names its customer.")
        return cannot_tell(findings, prose, "Who stays?", usual)
    if again.value == 0:
        return prose.say("Nobody has come back yet: every customer ordered on one day only.")
    returning = findings.number("returning_revenue_share")
    if month and returning:
        return prose.say(
            "{again} of our customers came back at least once, {month} were buying in the third "
            "month after their first order, and those who return bring {share} of revenue.",
            again=prose.told(again),
            month=prose.told(month),
            share=prose.told(returning),
        )
    if returning:
        return prose.say(
            "{again} of our customers came back at least once, and those who return bring "
            "{share} of revenue.",
            again=prose.told(again),
            share=prose.told(returning),
        )
    return prose.say("{again} of our customers came back at least once.", again=prose.told(again))


def _triangle(findings: Findings, prose: Prose) -> Figure | None:
    rows = _after_first_month(findings)
    if not rows:
        return None
    words = findings.words
    cohorts = len({row["cohort"] for row in rows})
    note = prose.say(
        "Read a line from left to right: of those who first ordered in that month, how many in a "
        "hundred ordered again one month later, two months later, and so on."
    )
    if cohorts > _COHORTS:
        note += Markup(" ") + prose.say(
            "The last {n} months are drawn; the table holds all.", n=_COHORTS
        )
    return figure(
        findings,
        "retention",
        prose.say("Customers who buy again, out of a hundred"),
        lambda width: retention(_latest(rows, width), words, width),
        note=note,
        table="retention",
    )


def _after_first_month(findings: Findings) -> list[Row]:
    rows = findings.rows("retention", ("cohort", "month", "customers", "active"))
    later = [row for row in rows if row["month"] >= 1 and row["customers"] > 0]
    return sorted(later, key=lambda row: (row["cohort"], row["month"]))


def _latest(rows: list[Row], width: int) -> list[Row]:
    count = _COHORTS if width > NARROW else _NARROW_COHORTS
    cohorts = [cohort for cohort, _ in groupby(rows, key=lambda row: row["cohort"])][-count:]
    return [row for row in rows if row["cohort"] in cohorts and row["month"] <= count]


def _months(findings: Findings, prose: Prose) -> Figure | None:
    needed = ("month", "new", "returning", "unknown")
    rows = sorted(findings.rows("revenue_by_month", needed), key=lambda row: row["month"])
    if len(rows) < 2:
        return None
    words = findings.words
    values = {
        "returning": colored(words("returning"), "deep"),
        "new": colored(words("new"), "middle"),
    }
    if any(row["unknown"] for row in rows):
        title = prose.say(
            "Net revenue by month, from {returning}, {new} and {unknown} customers",
            unknown=colored(words("unknown"), "quiet"),
            **values,
        )
    else:
        title = prose.say("Net revenue by month, from {returning} and {new} customers", **values)
    return figure(
        findings,
        "months",
        title,
        lambda width: revenue_by_month(rows, words, width),
        note=_month_notes(findings, prose, rows),
        table="revenue_by_month",
    )


def _month_notes(findings: Findings, prose: Prose, rows: list[Row]) -> str | Markup:
    """Return what must be known to read the months: staff kept apart, months that are cut."""
    cut = _cut_months(findings, prose)
    if not any(row.get("apart") for row in rows):
        return cut
    apart = prose.say("The palest part is sales to staff, own accounts and resellers.")
    return Markup("{} {}").format(apart, cut) if cut else apart


def _cut_months(findings: Findings, prose: Prose) -> str | Markup:
    """Return a note when the record begins or ends within a month."""
    first, last = findings.day("first_day"), findings.day("last_day")
    if first is None or last is None:
        return ""
    begins_late = first.day > 1
    ends_early = last.day < calendar.monthrange(last.year, last.month)[1]
    if begins_late and ends_early:
        return prose.say("The first and the last month are not whole.")
    if ends_early:
        return prose.say(
            "The last month is not whole: the record ends on {day}.", day=findings.words.date(last)
        )
    return prose.say("The first month is not whole.") if begins_late else ""
