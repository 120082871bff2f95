"""What is said over time: how much, what is usual, and when it was out of the usual."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt

from rapport.report.charts.canvas import ACCENT, FAINT, INK, NARROW, PAPER, data, layered
from rapport.words import Words

_MOST_BARS = 130


def spans(
    rows: Sequence[dict[str, Any]], kind: str, alarms: Iterable[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return talk by day, or by week where there are many days.

    Parameters
    ----------
    rows
        `day`, the count under `kind`, what is usual under `usual_` and `kind` (None: not known).
    alarms
        `began`, `ended` (None: goes on).

    Returns
    -------
    list
        start, end (days, the end not in it), count, usual (None unless known for the whole span),
        is_alarm.

    Examples
    --------
    >>> day = dt.date(2026, 3, 2)
    >>> rows = [{"day": day, "praise": 3, "usual_praise": 2.0}]
    >>> alarms = [{"began": dt.datetime(2026, 3, 2, 9), "ended": None}]
    >>> [(s["count"], s["usual"], s["is_alarm"]) for s in spans(rows, "praise", alarms)]
    [(3, 2.0, True)]
    """
    length = 7 if len(rows) > _MOST_BARS else 1
    running = [(a["began"].date(), (a["ended"] or dt.datetime.max).date()) for a in alarms]  # noqa: DTZ901
    told = []
    ordered = sorted(rows, key=lambda row: row["day"])
    whole = len(ordered) - len(ordered) % length
    for first in range(0, whole, length):
        own = ordered[first : first + length]
        start, last = own[0]["day"], own[-1]["day"]
        usual = [row[f"usual_{kind}"] for row in own]
        known = [value for value in usual if value is not None]
        told.append(
            {
                "start": start,
                "end": last + dt.timedelta(days=1),
                "count": sum(row[kind] for row in own),
                "usual": sum(known) if len(known) == len(usual) else None,
                "is_alarm": any(begun <= last and ended >= start for begun, ended in running),
            }
        )
    return told


def talk(shown: list[dict[str, Any]], words: Words, width: int) -> alt.LayerChart:
    """Return bars of messages, strong where an alarm ran, and a line of what is usual.

    Parameters
    ----------
    shown
        As `spans` gives it.
    """
    marked = [{**row, "zero": 0, "color": ACCENT if row["is_alarm"] else FAINT} for row in shown]
    time = alt.Axis(title=None, tickCount=6 if width > NARROW else 4, grid=False)
    count = alt.Axis(title=words("messages"), tickCount=4, format=",.0f", titleAnchor="end")
    x = alt.X("start:T", axis=time, scale=alt.Scale(type="utc"))
    bars = (
        alt.Chart(data(marked))
        .mark_rect(stroke=PAPER, strokeWidth=0.5)
        .encode(
            x=x, x2="end:T", y=alt.Y("count:Q", axis=count), y2="zero:Q",
            color=alt.Color("color:N", scale=None, legend=None),
        )
    )  # fmt: skip
    known = [
        {"start": row["start"] + (row["end"] - row["start"]) / 2, "usual": row["usual"]}
        for row in shown
        if row["usual"] is not None
    ]
    if not known:
        return layered([bars], width, 180)
    line = (
        alt.Chart(data(known))
        .mark_line(color=INK, strokeWidth=1.5, interpolate="monotone")
        .encode(x=alt.X("start:T"), y="usual:Q")
    )
    return layered([bars, line], width, 180)
