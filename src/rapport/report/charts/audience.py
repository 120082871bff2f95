"""Followers as counted against real ones, and the weeks in which they came."""

from __future__ import annotations

import datetime as dt
from typing import Any

import altair as alt

from rapport.report.charts.canvas import ACCENT, FAINT, INK, MIDDLE, NARROW, QUIET, data, layered
from rapport.words import Words

_WEEK = 7


def counted_and_real(rows: list[dict[str, Any]], words: Words, width: int) -> alt.LayerChart:
    """Return for each channel a bar of followers as counted, and a dot with a range of real ones.

    Parameters
    ----------
    rows
        `channel`, `counted`, `without`, `without_low`, `without_high`; largest first.
    """
    shown = [{**row, "label": words.number(row["without"])} for row in rows]
    top = max(row["counted"] for row in rows)
    x = alt.X(
        "counted:Q",
        axis=alt.Axis(title=words("followers"), tickCount=5, format=",.0f"),
        scale=alt.Scale(domain=[0, 1.05 * top], nice=False),
    )
    y = alt.Y("channel:N", sort=None, axis=alt.Axis(title=None, domain=False, ticks=False))
    base = alt.Chart(data(shown)).encode(y=y)
    layers = [
        base.mark_bar(color=FAINT, opacity=0.7, height=16).encode(x=x),
        base.mark_rule(strokeWidth=9, color=MIDDLE, strokeCap="round", opacity=0.9).encode(
            x="without_low:Q", x2="without_high:Q"
        ),
        base.mark_point(size=54, filled=True, color=ACCENT, opacity=1).encode(x="without:Q"),
        base.mark_text(dy=-15, color=INK, fontSize=12).encode(x="without:Q", text="label:N"),
    ]
    return layered(layers, width, 54 + 46 * len(rows))


def weeks_of(days: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return new followers by week: `week` (its Monday), `ordinary`, `burst`, `channels`.

    Parameters
    ----------
    days
        `channel`, `day`, `gained`, `excess` (those beyond expectation on the days of a burst).
    """
    made: dict[dt.date, dict[str, Any]] = {}
    for row in days:
        monday = row["day"] - dt.timedelta(days=row["day"].weekday())
        week = made.setdefault(
            monday, {"week": monday, "ordinary": 0.0, "burst": 0.0, "channels": set()}
        )
        week["ordinary"] += row["gained"] - row["excess"]
        week["burst"] += row["excess"]
        if row["excess"] > 0:
            week["channels"].add(row["channel"])
    first, last = min(made), max(made)
    for number in range((last - first).days // _WEEK + 1):
        monday = first + dt.timedelta(days=_WEEK * number)
        made.setdefault(monday, {"week": monday, "ordinary": 0.0, "burst": 0.0, "channels": set()})
    return [
        {**week, "channels": ", ".join(sorted(week["channels"]))}
        for _, week in sorted(made.items())
    ]


def growth(weeks: list[dict[str, Any]], width: int) -> alt.LayerChart:
    """Return new followers by week: those expected, and on top of them those of bursts.

    Parameters
    ----------
    weeks
        As `weeks_of` gives them.
    """
    long = [
        {"week": row["week"].isoformat(), "rank": rank, "n": row[kind], "color": color}
        for row in weeks
        for rank, (kind, color) in enumerate((("ordinary", MIDDLE), ("burst", ACCENT)))
    ]
    marks = [
        {"week": row["week"].isoformat(), "n": row["ordinary"] + row["burst"],
         "label": row["channels"]}
        for row in weeks if row["channels"]
    ]  # fmt: skip
    top = max(row["ordinary"] + row["burst"] for row in weeks)
    named = _months([row["week"] for row in weeks], width)
    x = alt.X("week:O", sort=None, axis=named)
    y = alt.Y(
        "n:Q",
        axis=alt.Axis(title=None, tickCount=5, format=",.0f"),
        scale=alt.Scale(domain=[0, 1.15 * (top or 1)], nice=False),
    )
    bars = (
        alt.Chart(data(long))
        .mark_bar()
        .encode(x=x, y=y, color=alt.Color("color:N", scale=None, legend=None), order="rank:Q")
    )
    layers = [bars]
    if marks:
        layers.append(
            alt.Chart(data(marks))
            .mark_text(dy=-9, color=INK if width > NARROW else QUIET, fontSize=11)
            .encode(x=alt.X("week:O", sort=None), y="n:Q", text="label:N")
        )
    return layered(layers, width, 230 if width > NARROW else 200)


def _months(weeks: list[dt.date], width: int) -> alt.Axis:
    """Return an axis of weeks that names a month here and there, and each first year."""
    starts = [w for k, w in enumerate(weeks) if k == 0 or w.month != weeks[k - 1].month]
    room = 9 if width > NARROW else 4
    every = max(1, -(-len(starts) // room))
    month = "utcFormat(toDate(datum.value), '%b')"
    year = "slice(datum.value, 0, 4)"
    return alt.Axis(
        values=[w.isoformat() for w in starts[::every]], labelExpr=f"[{month}, {year}]",
        title=None, labelAngle=0, ticks=False, labelOverlap=False,
    )  # fmt: skip
