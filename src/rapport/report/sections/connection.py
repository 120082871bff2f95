"""The section on being connected: what it seems to bring, and what it brings."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from rapport.estimate import Estimate
from rapport.impact.comparing.verdict import (
    CANNOT_TELL,
    CAUSED,
    DOUBTS,
    LESS,
    NO,
    PARTLY,
    Verdict,
    message,
)
from rapport.report.charts.connection import month_by_month, side_by_side
from rapport.report.findings import Findings
from rapport.report.parts import Cell, Figure, Grid, Section
from rapport.report.prose import Prose
from rapport.report.sections import connection_trial
from rapport.report.sections.common import (
    cannot_tell,
    channel_name,
    colored,
    figure,
    number_rows,
)
from rapport.results import Said
from rapport.words import Words

NUMBERS = (
    *connection_trial.NUMBERS,
    "connection_naive",
    "connection_adjusted",
    "connection_effect",
    "connection_lift",
    "connection_drift",
    "connection_robustness",
    "connection_test_people",
)
QUESTION = Said("Are connected customers worth more because they are connected?")
_SIDES = (connection_trial.MONTHLY, "connection_naive", "connection_adjusted", "connection_effect")
_LEAST_MONTHS = 4
_GROUPINGS = ("level", "platform", "tenure")


def connection(findings: Findings, prose: Prose) -> Section:
    """Return the section on what being connected does."""
    figures = (_sides(findings, prose), _course(findings, prose))
    grids = (_definitions(findings, prose), _groups(findings, prose))
    return Section(
        key="connection",
        title=prose.say(QUESTION.message),
        answer=_answer(findings, prose),
        figures=tuple(each for each in figures if each),
        numbers=number_rows(findings, prose, NUMBERS),
        grids=tuple(each for each in grids if each),
        basis=_basis(findings, prose),
    )


def _answer(findings: Findings, prose: Prose) -> Markup:
    by_lot = connection_trial.by_lot(findings, prose)
    if by_lot is None:
        return _compared(findings, prose)
    after = _compared_briefly(findings, prose)
    return by_lot if after is None else Markup("{} {}").format(by_lot, after)


def _compared_briefly(findings: Findings, prose: Prose) -> Markup | None:
    """Return what comparisons say, in a sentence that stands after what a lot said."""
    naive, effect = findings.number("connection_naive"), findings.number("connection_effect")
    found = _verdict(findings)
    if found is None or naive is None or effect is None:
        return None
    gap = _monthly(prose, naive, naive.value)
    if found.said in {CAUSED, PARTLY, LESS}:
        return prose.say(
            "Comparisons without a lot put it at {effect}, beside a gap as it seems of {naive}.",
            effect=_effect(prose, effect, found.said, told_as_loss=False),
            naive=gap,
        )
    return prose.say(
        "Comparisons without a lot leave anything from {low} to {high}, beside a gap as it seems "
        "of {naive}.",
        low=prose.amount(effect, effect.low),
        high=_monthly(prose, effect, effect.high),
        naive=gap,
    )


def _compared(findings: Findings, prose: Prose) -> Markup:
    naive, effect = findings.number("connection_naive"), findings.number("connection_effect")
    found = _verdict(findings)
    if found is None or naive is None or effect is None:
        usual = prose.say("We cannot tell: no customer is known to be connected with us.")
        return cannot_tell(findings, prose, QUESTION.message, usual)
    told = prose.say(
        message(found, naive.value).message,
        who=_who(str(findings.facts.get("connection_definition", "")), findings.words),
        naive=_monthly(prose, naive, abs(naive.value)),
        effect=_effect(prose, effect, found.said),
        low=prose.amount(effect, effect.low),
        high=_monthly(prose, effect, effect.high),
    )
    doubt = DOUBTS.get(found.why)
    if doubt is None:
        return told
    return Markup("{} {}").format(told, prose.say(doubt.message))


def _effect(prose: Prose, effect: Estimate, said: str, *, told_as_loss: bool = True) -> Markup:
    sign = -1 if said == LESS and told_as_loss else 1
    ends = sorted((sign * effect.low, sign * effect.high))
    return prose.say(
        "{effect} ({low} to {high})",
        effect=_monthly(prose, effect, sign * effect.value),
        low=prose.amount(effect, ends[0]),
        high=prose.amount(effect, ends[1]),
    )


def _monthly(prose: Prose, number: Estimate, value: float) -> Markup:
    amount = Markup('<a class="n" href="#def-{}">{}</a>').format(
        number.name, prose.amount(number, value)
    )
    return prose.say("{amount} a month", amount=amount)


def _verdict(findings: Findings) -> Verdict | None:
    said = findings.facts.get("connection_verdict")
    if said not in {CAUSED, PARTLY, CANNOT_TELL, NO, LESS}:
        return None
    return Verdict(str(said), str(findings.facts.get("connection_why", "")))


def _who(definition: str, words: Words) -> str:
    kind = definition.partition(" ")[0]
    known = {
        "follow": words("customers who follow us"),
        "member": words("members of our programme"),
        "subscription": words("readers of our newsletter"),
        "contact": words("customers who have talked with us"),
    }
    return known.get(kind, words("connected customers"))


def _named(definition: str, words: Words) -> str:
    kind, _, platform = definition.partition(" ")
    known = {
        "follow": words("follow us"),
        "member": words("are members"),
        "subscription": words("get the newsletter"),
        "contact": words("have talked with us"),
    }
    name = known.get(kind, kind)
    return f"{name} ({channel_name(platform, words)})" if platform else name


def _sides(findings: Findings, prose: Prose) -> Figure | None:
    words = findings.words
    names = {
        connection_trial.MONTHLY: words("by lot"),
        "connection_naive": words("as it seems"),
        "connection_adjusted": words("against comparable others"),
        "connection_effect": words("against their own past as well"),
    }
    believed = connection_trial.MONTHLY if _SIDES[0] in findings.numbers else _SIDES[-1]
    rows = [
        {"name": names[name], "value": number.value, "low": number.low, "high": number.high,
         "label": prose.amount(number, number.value), "main": name == believed}
        for name in _SIDES
        if (number := findings.number(name)) is not None
    ]  # fmt: skip
    if len(rows) < 2:
        return None
    known = findings.facts.get("money") != "revenue"
    money = words("margin a month") if known else words("net revenue a month")
    return figure(
        findings,
        "connection-sides",
        prose.say(
            "What being connected adds a month: as it seems, and {effect}",
            effect=colored(words("what is left of it"), "deep"),
        ),
        lambda width: side_by_side(rows, money, width),
        table="connection",
    )


def _course(findings: Findings, prose: Prose) -> Figure | None:
    rows = findings.rows("connection_months", ("relative_month", "value", "low", "high"))
    after = [row for row in rows if row["relative_month"] > 0]
    if len(rows) - len(after) < _LEAST_MONTHS or not after:
        return None
    words = findings.words
    return figure(
        findings,
        "connection-months",
        prose.say(
            "What they brought beyond expectation, month by month: {before} and {after}",
            before=colored(words("before they connected"), "quiet"),
            after=colored(words("after"), "deep"),
        ),
        lambda width: month_by_month(rows, words, width),
        note=prose.say(
            "Before, all should lie about nil: what does not shows how far others are no measure."
        ),
        table="connection_months",
    )


def _definitions(findings: Findings, prose: Prose) -> Grid | None:
    said = {row["definition"]: row for row in findings.rows("connection_verdicts", ("verdict",))}
    rows = findings.rows("connection", ("definition", "outcome", "method", "value"))
    by = {(r["definition"], r["method"]): r for r in rows if r["outcome"] == "margin"}
    kept = [
        name for name, row in said.items()
        if (name, "naive") in by and by[name, "naive"]["people"] >= findings.smallest_group
        and (row["people"] >= findings.smallest_group or " " not in name)
    ]  # fmt: skip
    if len(kept) < 2:
        return None
    words = findings.words
    return Grid(
        title=prose.say("In every way of being connected, in money a month"),
        heads=(
            Cell(words("Customers who …")),
            Cell(words("As it seems"), "figure"),
            Cell(words("Effect"), "figure"),
            Cell(words("Range"), "range"),
            Cell(words("Because they are connected?")),
        ),
        rows=tuple(_definition(name, said[name], by, findings) for name in kept),
        table="connection_verdicts",
    )


def _definition(
    name: str, said: dict[str, Any], by: dict[tuple[str, str], Any], findings: Findings
) -> tuple[Cell, ...]:
    words, money = findings.words, findings.currency
    own = by.get((name, "before and after"))
    span = ""
    if own is not None:
        ends = (words.money(own[end], money, 2) for end in ("low", "high"))
        span = words("{low} to {high}", **dict(zip(("low", "high"), ends, strict=True)))
    return (
        Cell(_named(name, words)),
        Cell(words.money(by[name, "naive"]["value"], money, 2), "figure"),
        Cell("" if own is None else words.money(own["value"], money, 2), "figure"),
        Cell(span, "range"),
        Cell(_told(said, words)),
    )


def _told(row: dict[str, Any], words: Words) -> str:
    known = {
        CAUSED: words("yes"),
        PARTLY: words("partly"),
        NO: words("no"),
        LESS: words("no: they bring less"),
        CANNOT_TELL: words("cannot be told"),
    }
    return known.get(str(row["verdict"]), "")


def _groups(findings: Findings, prose: Prose) -> Grid | None:
    needed = ("grouping", "group", "people", "lift", "lift_low", "lift_high")
    rows = [
        row for row in findings.rows("connection_groups", needed)
        if row["people"] >= findings.smallest_group
    ]  # fmt: skip
    rows.sort(key=lambda row: _GROUPINGS.index(row["grouping"]))
    periods = findings.rows("connection_by_year", ("period", "lift", "lift_low", "lift_high"))
    rows += [
        {**row, "grouping": "period", "group": row["period"]}
        for row in periods
        if row["people"] >= findings.smallest_group
    ]
    if not rows:
        return None
    words = findings.words
    return Grid(
        title=prose.say("Who changes how much by connecting"),
        heads=(
            Cell(words("Customers")),
            Cell(words("Compared"), "figure"),
            Cell(words("Lift"), "figure"),
            Cell(words("Range"), "range"),
        ),
        rows=tuple(
            (
                Cell(_group(row, words)),
                Cell(words.number(row["people"]), "figure"),
                Cell(words.percent(row["lift"]), "figure"),
                Cell(
                    words(
                        "{low} to {high}",
                        low=words.percent(row["lift_low"]),
                        high=words.percent(row["lift_high"]),
                    ),
                    "range",
                ),
            )
            for row in rows
        ),
        table="connection_groups",
        note=prose.say("Groups are drawn to their mean as far as they are unsure."),
    )


def _group(row: dict[str, Any], words: Words) -> str:
    grouping, group = str(row["grouping"]), str(row["group"])
    if grouping == "platform":
        return channel_name(group, words)
    if grouping == "period":
        return words("connected in {period}", period=group.replace("-", " "))
    known = {
        "fully engaged": words("fully engaged"),
        "engaged": words("engaged"),
        "not engaged": words("not engaged"),
        "actively disengaged": words("actively disengaged"),
        "under 6 months": words("customers for under 6 months"),
        "6 to 11 months": words("customers for 6 to 11 months"),
        "12 months and more": words("customers for 12 months and more"),
    }
    return known.get(group, group)


def _basis(findings: Findings, prose: Prose) -> tuple[Markup, ...]:
    if _verdict(findings) is None:
        known = connection_trial.trial(findings) is not None
        return connection_trial.basis(findings, prose) if known else ()
    words = findings.words
    told = []
    seen = findings.facts.get("connection_seen") or {}
    if seen.get("compared"):
        told.append(
            prose.say(
                "Of {connected} connected customers, {compared} connected while we could see them "
                "before and after, and shortly after a purchase: they alone are compared. Those "
                "who complained when they got in touch are left out.",
                connected=words.number(seen["connected"]),
                compared=words.number(seen["compared"]),
            )
        )
    told.append(
        prose.say(
            "In 663 trials at Facebook, even the best comparisons with comparable others missed "
            "the true effect widely, mostly by overstating it (Gordon, Moakler & Zettelmeyer "
            "2023). What comparisons say here rests on people’s own past."
        )
    )
    return (*told, *connection_trial.basis(findings, prose))
