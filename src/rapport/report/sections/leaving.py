"""The section on who is about to leave, who left unheard, and who came back."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from markupsafe import Markup

from rapport.report.charts.leaving import flow
from rapport.report.charts.spread import alive_histogram
from rapport.report.findings import Findings
from rapport.report.parts import Cell, Figure, Grid, Section
from rapport.report.prose import Prose
from rapport.report.sections.common import cannot_tell, channel_name, colored, figure, number_rows
from rapport.words import Words

NUMBERS = (
    *("breaking_up_customers", "breaking_up_margin", "gone_in_three_months", "left_last_year"),
    *("left_unheard", "left_share_unheard", "left_share_heard", "came_back_customers"),
    *("breaking_up_auc", "drifting_customers", "value_at_risk", "active_customers"),
    "active_share",
)

QUESTION = "Who is about to leave us, and who left because they were not heard?"
_OLDER = "Who is drifting away?"
_SHOWN = 10
_FLOWS = ("came", "came back", "left")
_MONTHS = 12


def leaving(findings: Findings, prose: Prose) -> Section:
    """Return the section on who is about to leave, who left unheard, and who came back."""
    figures = (_flow(findings, prose), _bars(findings, prose))
    people = _breaking_up(findings, prose) or _drifting(findings, prose)
    grids = (people, _heard(findings, prose))
    return Section(
        key="drifting",
        title=prose.say("Who is about to leave us, and who left because they were not heard?"),
        answer=_answer(findings, prose),
        figures=tuple(each for each in figures if each),
        numbers=number_rows(findings, prose, NUMBERS),
        grids=tuple(each for each in grids if each),
        basis=_basis(findings, prose),
    )


def _answer(findings: Findings, prose: Prose) -> Markup:
    going, risk = (findings.number(f"breaking_up_{x}") for x in ("customers", "margin"))
    if going is None:
        return _drifting_answer(findings, prose)
    if not round(going.value):
        first = prose.say("Nobody we know of is breaking up.")
    elif risk is None:
        first = prose.many(
            "{who} is breaking up.", "{who} are breaking up.", round(going.value),
            who=prose.counted(going),
        )  # fmt: skip
    else:
        first = prose.many(
            "{who} is breaking up, and with them {risk} a year.",
            "{who} are breaking up, and with them {risk} a year.",
            round(going.value),
            who=prose.counted(going),
            risk=prose.told(risk),
        )
    second = _unheard_answer(findings, prose)
    return first + Markup(" ") + second if second else first


def _unheard_answer(findings: Findings, prose: Prose) -> Markup | None:
    left = findings.number("left_unheard")
    if left is None:
        return None
    if left.low <= 0:
        return prose.say(
            "Whether anybody left because they were not heard, the record cannot tell yet."
        )
    ends = prose.between(left)
    if ends is None:
        return prose.many(
            "{who} left because their complaint was not heard.",
            "{who} left because their complaint was not heard.",
            round(left.value),
            who=prose.counted(left),
        )
    return prose.many(
        "{who} (between {ends}) left because their complaint was not heard.",
        "{who} (between {ends}) left because their complaint was not heard.",
        round(left.value),
        who=prose.counted(left),
        ends=ends,
    )


def _drifting_answer(findings: Findings, prose: Prose) -> Markup:
    away, risk = findings.number("drifting_customers"), findings.number("value_at_risk")
    active = findings.number("active_share")
    if away is None and active and findings.facts.get("contract"):
        return prose.say(
            "Nobody unseen: a contract ends on a known day, and {active} of customers have one "
            "running.",
            active=prose.told(active),
        )
    if away is None:
        usual = prose.say(
            "We cannot tell: too few customers have ordered twice for their rhythm to be known."
        )
        told = cannot_tell(findings, prose, _OLDER, usual)
        return cannot_tell(findings, prose, QUESTION, usual) if told == usual else told
    if round(away.value) == 0:
        return prose.say("Nobody: no repeat customer is silent for longer than usual.")
    who = prose.counted(away)
    if risk is None:
        return prose.many(
            "{who} who used to come back has probably left.",
            "{who} who used to come back have probably left.",
            round(away.value),
            who=who,
        )
    return prose.many(
        "{who} who used to come back has probably left, and with them {risk} a year.",
        "{who} who used to come back have probably left, and with them {risk} a year.",
        round(away.value),
        who=who,
        risk=prose.told(risk),
    )


def _basis(findings: Findings, prose: Prose) -> tuple[str | Markup, ...]:
    if "breaking_up_customers" not in findings.numbers:
        return ()
    told = [
        prose.say(
            "Nobody can see a customer leave who says nothing: a chance rests on how long somebody "
            "is silent against their own rhythm. Of those who still buy, hardly anything shows "
            "beforehand who will be next."
        )
    ]
    if "left_unheard" in findings.numbers:
        told.append(
            prose.say(
                "Heard means: a human answered within a week. The two groups may differ in more "
                "than that, so the count is no proof."
            )
        )
    return tuple(told)


def _flow(findings: Findings, prose: Prose) -> Figure | None:
    needed = ("month", "side", "direction", "people", "low", "high")
    rows = [
        row
        for row in findings.rows("moves", needed)
        if row["side"] == "customer"
        and row["direction"] in _FLOWS
        and row["people"] >= findings.smallest_group
    ]
    if not rows:
        return None
    kept = set(sorted({row["month"] for row in rows})[-_MONTHS:])
    rows = [row for row in rows if row["month"] in kept]
    words = findings.words
    return figure(
        findings,
        "flow",
        prose.say(
            "Customers by month: {came}, {back}, and below the line those who {left}",
            came=colored(words("new"), "middle"),
            back=colored(words("back again"), "deep"),
            left=colored(words("left"), "quiet"),
        ),
        lambda width: flow(rows, width),
        note=prose.say(
            "Who left is a sum of chances: of the latest months, silence tells little yet. Months "
            "with fewer than {n} people are not drawn.",
            n=findings.smallest_group,
        ),
        table="moves",
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


def _breaking_up(findings: Findings, prose: Prose) -> Grid | None:
    most = findings.largest("breaking_up", "margin_at_risk", _SHOWN)
    if most is None or not most.num_rows:
        return None
    words = findings.words
    return Grid(
        title=prose.say("Whom to write to first"),
        heads=(
            Cell(words("Customer"), "person"),
            Cell(words("Why")),
            Cell(words("Waits since"), "figure"),
            Cell(words("Gone in three months"), "figure"),
            Cell(words("At risk a year"), "figure"),
            Cell(words("Reach by")),
        ),
        rows=tuple(_going(row, findings) for row in most.to_pylist()),
        table="breaking_up",
    )


def _going(row: dict[str, Any], findings: Findings) -> tuple[Cell, ...]:
    words = findings.words
    since, channel = row.get("unheard_since"), str(row.get("channel") or "")
    return (
        Cell(str(row.get("person_id", "")), "person"),
        Cell(reasons_told(str(row.get("because") or ""), words)),
        Cell(words.date(since, "medium") if isinstance(since, dt.date) else "–", "figure"),
        Cell(_or_dash(row.get("chance"), lambda share: _chance(share, words)), "figure"),
        Cell(
            _or_dash(row.get("margin_at_risk"), lambda v: words.money(v, findings.currency, 0)),
            "figure",
        ),
        Cell(channel_name(channel, words) if channel else "–"),
    )


def reasons_told(codes: str, words: Words) -> str:
    """Return in words why somebody is thought to be leaving.

    Examples
    --------
    >>> reasons_told("complaint_unheard silent", Words.of("en"))
    'complaint not heard, long silent'
    """
    told = {
        "said_leaving": words("said so"),
        "complaint_unheard": words("complaint not heard"),
        "question_unheard": words("question not heard"),
        "complaint_heard": words("complained"),
        "unfollowed": words("unfollowed"),
        "slowing": words("buys less"),
        "silent": words("long silent"),
    }
    return ", ".join(told[code] for code in codes.split() if code in told) or words("rhythm alone")


def _drifting(findings: Findings, prose: Prose) -> Grid | None:
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
    days = (row.get("usual_gap_days"), row.get("silent_days"))
    return (
        Cell(str(row.get("person_id", "")), "person"),
        Cell(words.date(last, "medium") if last else "–", "figure"),
        Cell(_or_dash(row.get("orders"), words.number), "figure"),
        *(
            Cell(_or_dash(each, lambda v: words.quantity(round(v), "days")), "figure")
            for each in days
        ),
        Cell(_or_dash(row.get("alive"), lambda share: _chance(share, words)), "figure"),
        Cell(
            _or_dash(row.get("value_at_risk"), lambda v: words.money(v, findings.currency, 0)),
            "figure",
        ),
    )


def _heard(findings: Findings, prose: Prose) -> Grid | None:
    rows = [
        row
        for row in findings.rows("left_unheard", ("heard", "people", "left", "low", "high"))
        if row["people"] >= findings.smallest_group
    ]
    if len(rows) < 2:
        return None
    words = findings.words
    names = {"heard": words("heard within a week"), "not heard": words("not heard")}
    return Grid(
        title=prose.say("Customers after their first complaint"),
        heads=(
            Cell(words("Complaint")),
            Cell(words("Customers"), "figure"),
            Cell(words("Left"), "figure"),
            Cell(words("Range"), "range"),
        ),
        rows=tuple(
            (
                Cell(names.get(row["heard"], str(row["heard"]))),
                Cell(words.number(row["people"]), "figure"),
                Cell(words.percent(row["left"]), "figure"),
                Cell(f"{words.number(100 * row['low'])}–{words.percent(row['high'])}", "range"),
            )
            for row in rows
        ),
        table="left_unheard",
    )


def _chance(share: float, words: Words) -> str:
    return words.percent(share) if share >= 0.01 else f"< {words.percent(0.01)}"


def _or_dash(value: Any, shown: Any) -> str:
    if value is None or not math.isfinite(value):
        return "–"
    text: str = shown(value)
    return text
