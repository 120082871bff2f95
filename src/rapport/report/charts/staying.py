"""Who comes back: cohorts month by month, and revenue from returning and new customers."""

from __future__ import annotations

import datetime as dt
from typing import Any

import altair as alt

from rapport.report.charts.canvas import (
    ACCENT,
    FAINT,
    HAIRLINE,
    INK,
    MIDDLE,
    NARROW,
    PAPER,
    TINT,
    data,
    layered,
    money_axis,
)
from rapport.words import Words

KINDS = {"returning": ACCENT, "new": MIDDLE, "unknown": FAINT, "apart": HAIRLINE}

_ROOM_FOR_SHARES = 19


def retention(rows: list[dict[str, Any]], words: Words, width: int) -> alt.LayerChart:
    """Return a triangle: for each cohort the share that ordered in each month after its first.

    Parameters
    ----------
    rows
        `cohort` (first day of the month), `month` (since the first order, from one), `customers`,
        `active`.
    """
    cohorts, months = {row["cohort"] for row in rows}, {row["month"] for row in rows}
    top = max(row["active"] / row["customers"] for row in rows)
    shown = [_square(row, words, top) for row in rows]
    cell = (width - 90) / len(months)
    x = alt.X(
        "month:O",
        axis=alt.Axis(
            title=words("months after the first order"), orient="top", labelAngle=0,
            domain=False, ticks=False, labelOverlap=True,
        ),
    )  # fmt: skip
    y = alt.Y("cohort:N", sort=None, axis=alt.Axis(title=None, labelOverlap=True))
    base = alt.Chart(data(shown)).encode(x=x, y=y)
    shade = alt.Color(
        "share:Q",
        legend=None,
        scale=alt.Scale(domain=[0, (top or 1) / 2, top or 1], range=[TINT, MIDDLE, ACCENT]),
    )
    layers = [base.mark_rect(stroke=PAPER, strokeWidth=1.5).encode(color=shade)]
    if cell >= _ROOM_FOR_SHARES:
        ink = alt.Color("ink:N", scale=None, legend=None)
        layers.append(
            base.mark_text(fontSize=11 if cell > 26 else 10).encode(text="label:N", color=ink)
        )
    return layered(layers, width, 48 + 22 * len(cohorts))


def revenue_by_month(rows: list[dict[str, Any]], words: Words, width: int) -> alt.LayerChart:
    """Return revenue of each month, stacked: returning, new and unknown customers, staff apart.

    Parameters
    ----------
    rows
        `month` (first day), `returning`, `new`, `unknown`, `apart` (may lack).
    """
    long = [
        {
            "month": row["month"].isoformat(),
            "rank": rank,
            "revenue": row.get(kind) or 0.0,
            "color": color,
        }
        for row in rows
        for rank, (kind, color) in enumerate(KINDS.items())
    ]
    top = max(sum(max(0.0, row.get(kind) or 0.0) for kind in KINDS) for row in rows)
    x = alt.X("month:O", axis=months_axis([row["month"] for row in rows], width), sort=None)
    y = alt.Y("revenue:Q", axis=money_axis(words, top))
    bars = (
        alt.Chart(data(long))
        .mark_bar(stroke=PAPER, strokeWidth=0.5)
        .encode(x=x, y=y, color=alt.Color("color:N", scale=None, legend=None), order="rank:Q")
    )
    return layered([bars], width, 240 if width > NARROW else 210)


def months_axis(months: list[dt.date], width: int) -> alt.Axis:
    """Return an axis of months: as many as there is room for, the year under each January."""
    room = 10 if width > NARROW else 5
    every = next((n for n in (1, 2, 3, 6, 12, 24) if len(months) / n <= room), 60)
    first = months[0].isoformat()
    named = [m.isoformat() for m in months if (m.year * 12 + m.month - 1) % every == 0]
    month = "utcFormat(toDate(datum.value), '%b')"
    year = "(datum.index == 0 || slice(datum.value, 5, 7) == '01') ? slice(datum.value, 0, 4) : ''"
    label = f"[{month}, {year}]" if every < 12 else "slice(datum.value, 0, 4)"
    return alt.Axis(
        values=named or [first], labelExpr=label, title=None, labelAngle=0, ticks=False,
        labelOverlap=False,
    )  # fmt: skip


def _square(row: dict[str, Any], words: Words, top: float) -> dict[str, Any]:
    share = row["active"] / row["customers"]
    return {
        "cohort": words.month(row["cohort"]),
        "month": row["month"],
        "share": share,
        "label": words.number(100 * share),
        "ink": PAPER if share > 0.65 * top else INK,
    }
