"""The section on what is counted: which counts have anything to do with value to come."""

from __future__ import annotations

from collections import Counter
from typing import Any

from markupsafe import Markup

from rapport.report.charts.counts import swings, verdicts
from rapport.report.findings import Findings, Row
from rapport.report.parts import Cell, Figure, Grid, Section
from rapport.report.prose import Prose
from rapport.report.sections.common import (
    cannot_tell,
    channel_name,
    colored,
    figure,
    number_rows,
)
from rapport.words import Words

NUMBERS = ("counts_linked", "counts_without_link", "counts_untold")

_QUESTION = "Which of the things we count have nothing to do with value?"
_MOST_ROWS = 14
_NAMED = 3


def counts(findings: Findings, prose: Prose) -> Section:
    """Return the section on what is counted, and which of it has anything to do with value."""
    rows = findings.rows("counts", ("count", "verdict"))
    figures = (_swings(findings, prose), _verdicts(findings, prose, rows))
    grid = _linked(findings, prose, rows)
    return Section(
        key="counts",
        title=prose.say("Which of the things we count have nothing to do with value?"),
        answer=_answer(findings, prose, rows),
        figures=tuple(each for each in figures if each),
        numbers=number_rows(findings, prose, NUMBERS),
        grids=(grid,) if grid else (),
        basis=_basis(findings, prose, rows),
    )


def count_name(count: str, words: Words) -> str:
    """Return a count as a reader calls it; one that has no word in the catalogue as it is."""
    named = {
        "likes": words("likes"),
        "comments": words("comments"),
        "shares": words("shares"),
        "saves": words("saves"),
        "views": words("views"),
        "reach": words("reach"),
        "impressions": words("impressions"),
        "clicks": words("clicks"),
        "link_clicks": words("clicks on links"),
        "engagements": words("engagements"),
        "followers": words("followers"),
        "gained": words("new followers"),
        "lost": words("lost followers"),
        "mentions": words("mentions"),
        "praise": words("praise"),
        "complaints": words("complaints"),
        "site visits": words("site visits"),
        "profile_visits": words("profile visits"),
        "page_views": words("page views"),
        "visitors": words("page visitors"),
        "video_views": words("video views"),
        "watch_seconds": words("time watched"),
        "thumbnail_impressions": words("thumbnails shown"),
        "negative_feedback": words("hidden or reported"),
        "sends": words("sent on"),
        "earned media value": words("earned media value"),
    }
    return named.get(count) or count.replace("_", " ")


def place_name(channel: str, words: Words) -> str:
    """Return a channel, or a group of site visits, as a reader calls it; "" is all of them."""
    named = {
        "": words("all channels"),
        "Direct": words("direct"),
        "Email": words("e-mail"),
        "Organic Search": words("organic search"),
        "Organic Social": words("organic social"),
        "Organic Video": words("organic video"),
        "Paid Search": words("paid search"),
        "Paid Social": words("paid social"),
        "Paid Video": words("paid video"),
        "AI Assistant": words("AI assistants"),
        "Dark Social": words("dark social"),
        "Referral": words("other sites"),
        "Unassigned": words("unassigned"),
        "press": words("press"),
        "other": words("elsewhere"),
    }
    return named.get(channel) or channel_name(channel, words)


def _answer(findings: Findings, prose: Prose, rows: list[Row]) -> Markup:
    tested = [row for row in rows if not row["why"]]
    if not tested:
        usual = prose.say("We cannot tell: too few weeks of counts and orders are on record.")
        return cannot_tell(findings, prose, _QUESTION, usual)
    linked = [row for row in tested if row["verdict"] == "linked"]
    none = sum(row["verdict"] == "no link seen" for row in tested)
    values = {
        "tested": findings.words.number(len(tested)),
        "none": findings.words.number(none),
        "material": _percent(findings, prose),
    }
    if not linked and none == len(tested):
        return prose.say(
            "All of them, as far as {tested} tests show: none says anything of margin or new "
            "customers to come that would be worth {material} of a week.",
            **values,
        )
    if not linked:
        return prose.say(
            "Of {tested} counts tested, none helps to forecast margin or new customers; of {none} "
            "we can exclude that one usual swing goes with {material} of a week.",
            **values,
        )
    return prose.many(
        "Of {tested} counts tested, {n} says something of margin or new customers to come: {names}."
        " Of {none} we can exclude a link worth {material} of a week.",
        "Of {tested} counts tested, {n} say something of margin or new customers to come, first of "
        "all {names}. Of {none} we can exclude a link worth {material} of a week.",
        len(linked),
        names=_names(sorted(linked, key=lambda row: row["q_value"]), findings.words),
        **values,
    )


def _names(rows: list[Row], words: Words) -> str:
    return ", ".join(_whole_name(row, words) for row in rows[:_NAMED])


def _whole_name(row: Row, words: Words) -> str:
    count, place = count_name(row["count"], words), place_name(row["channel"], words)
    return f"{count} ({place})"


def _percent(findings: Findings, prose: Prose) -> str:
    return prose.words.percent(float(findings.facts.get("material_link") or 0.05))


def _swings(findings: Findings, prose: Prose) -> Figure | None:
    needed = ("count", "channel", "outcome", "link", "low", "high", "total")
    told = {(r["channel"], r["count"]): r["verdict"] for r in findings.rows("counts", ("verdict",))}
    rows = [row for row in findings.rows("counts_tests", needed) if row["outcome"] == "margin"]
    every = [row for row in rows if not row["channel"]] or rows
    if not every:
        return None
    linked = {key for key, verdict in told.items() if verdict == "linked"}
    every.sort(key=lambda r: ((r["channel"], r["count"]) not in linked, -abs(r["link"])))
    words = findings.words
    shown: list[dict[str, Any]] = [
        {
            "name": count_name(row["count"], words)
            if not row["channel"]
            else _whole_name(row, words),
            "link": row["link"], "low": row["low"], "high": row["high"],
            "verdict": told.get((row["channel"], row["count"]), "cannot tell"),
        }
        for row in every[:_MOST_ROWS]
    ]  # fmt: skip
    material = float(findings.facts.get("material_link") or 0.05)
    return figure(
        findings,
        "swings",
        prose.say("What goes with one usual swing of a count, in the weeks after"),
        lambda width: swings(shown, material, words, width),
        note=prose.say(
            "Dots with their ranges; season, trend, holidays, promotions, spending and past sales "
            "are taken off first. What stays inside the band is worth less than "
            "{material} of a week’s margin.",
            material=_percent(findings, prose),
        ),
        table="counts_tests",
    )


def _verdicts(findings: Findings, prose: Prose, rows: list[Row]) -> Figure | None:
    words = findings.words
    by_channel = [row for row in rows if row["channel"]]
    if len({row["channel"] for row in by_channel}) < 2:
        return None
    many = Counter(row["count"] for row in by_channel)
    by_channel.sort(key=lambda row: (-many[row["count"]], row["count"], row["channel"]))
    shown = [
        {
            "name": count_name(row["count"], words),
            "channel": place_name(row["channel"], words),
            "verdict": row["verdict"],
        }
        for row in by_channel
        if row["count"] != "site visits" and many[row["count"]] > 1
    ]
    if not shown:
        return None
    return figure(
        findings,
        "counted",
        prose.say(
            "Every count of every channel: {linked}, {none}, or it cannot be told (pale)",
            linked=colored(words("linked"), "deep"),
            none=colored(words("no link worth knowing of"), "middle"),
        ),
        lambda width: verdicts(shown, width),
        note=prose.say("Counts of one channel alone, and visits of the site, are in the table."),
        table="counts",
    )


def _linked(findings: Findings, prose: Prose, rows: list[Row]) -> Grid | None:
    words = findings.words
    linked = sorted((r for r in rows if r["verdict"] == "linked"), key=lambda r: r["q_value"])
    if not linked:
        return None
    return Grid(
        title=prose.say("What was found to be linked"),
        heads=(
            Cell(words("Count")),
            Cell(words("To what")),
            Cell(words("One usual swing"), "figure"),
            Cell(words("Range"), "range"),
            Cell(words("Forecast errors fall by"), "figure"),
            Cell(words("Chance of error"), "figure"),
        ),
        rows=tuple(
            (
                Cell(_whole_name(row, words)),
                Cell(words("margin") if row["outcome"] == "margin" else words("new customers")),
                Cell(_signed(row["link"], words), "figure"),
                Cell(
                    words(
                        "{low} to {high}",
                        low=_signed(row["low"], words),
                        high=_signed(row["high"], words),
                    ),
                    "range",
                ),
                Cell(words.percent(row["gain"], 1), "figure"),
                Cell(words.percent(row["q_value"], 1), "figure"),
            )
            for row in linked[:_MOST_ROWS]
        ),
        table="counts",
        note=prose.say(
            "A link is no cause: what we count may rise because of something that sells as well."
        ),
    )


def _signed(share: float, words: Words) -> str:
    text = words.percent(abs(share), 1)
    return f"+{text}" if share > 0 else f"−{text}"


def _basis(findings: Findings, prose: Prose, rows: list[Row]) -> tuple[str | Markup, ...]:
    tested = [row for row in rows if not row["why"]]
    if not tested:
        return ()
    weeks = max(row["weeks"] for row in tested)
    seen = [r["smallest"] for r in tested if r["outcome"] == "margin" and r["smallest"] is not None]
    told: list[str | Markup] = [
        prose.say(
            "Each of the last {n} weeks was forecast from the weeks before it, without the count "
            "and with it. Of the links told, one in ten may be false.",
            n=findings.words.number(weeks),
        )
    ]
    if seen:
        told.append(
            prose.say(
                "Forecasts would have told a link to margin four times in five if one usual swing "
                "went with {size} of a week; one that grows over years they cannot see.",
                size=findings.words.percent(min(seen)),
            )
        )
    told.append(
        prose.say(
            "It is nothing unusual: Coca-Cola found in 2013 that buzz had no link to sales in the "
            "weeks after, beside its other media."
        )
    )
    return tuple(told)
