"""What customers are worth, cohort by cohort, and how well the model foresaw their orders."""

from __future__ import annotations

from typing import Any

import altair as alt

from rapport.report.charts.canvas import (
    ACCENT,
    FAINT,
    INK,
    MIDDLE,
    NARROW,
    QUIET,
    TINT,
    data,
    layered,
    money_axis,
)
from rapport.words import Words

_ROOM_FOR_LABELS = 46


def value_by_cohort(
    rows: list[dict[str, Any]], words: Words, currency: str, width: int
) -> alt.LayerChart:
    """Return a dot and its range for each quarter of first order.

    Parameters
    ----------
    rows
        `cohort` (first day of the quarter), `value`, `low`, `high` per customer.
    """
    shown = [{**row, "label": words.money(row["value"], currency)} for row in rows]
    letter = "T" if words.language == "fr" else "Q"
    quarter = f"'{letter}' + ceil(toNumber(slice(datum.value, 5, 7)) / 3)"
    year = "(slice(datum.value, 5, 7) == '01' || datum.index == 0) ? slice(datum.value, 0, 4) : ''"
    axis = alt.Axis(
        labelExpr=f"[{quarter}, {year}]", title=None, labelAngle=0, ticks=False, labelOverlap=True
    )
    base = alt.Chart(data(shown)).encode(x=alt.X("cohort:O", axis=axis, sort=None))
    top = 1.12 * max(row["high"] for row in rows)
    amount = alt.Y("low:Q", axis=money_axis(words, top), scale=_from_zero(rows, top))
    ranges = base.mark_rule(strokeWidth=9, color=MIDDLE, opacity=0.55, strokeCap="round").encode(
        y=amount, y2="high:Q"
    )
    points = base.mark_point(size=44, filled=True, color=ACCENT, opacity=1).encode(y="value:Q")
    layers = [ranges, points]
    if width / max(1, len(rows)) >= _ROOM_FOR_LABELS:
        layers.append(
            base.mark_text(dy=-12, color=INK, fontSize=12).encode(y="high:Q", text="label:N")
        )
    return layered(layers, width, 270 if width > NARROW else 240)


def value_by_group(
    rows: list[dict[str, Any]], words: Words, currency: str, width: int
) -> alt.LayerChart:
    """Return a dot and its range for each group, one under the other.

    Parameters
    ----------
    rows
        `group`, `value`, `low`, `high` per customer.
    """
    shown = [{**row, "label": words.money(row["value"], currency)} for row in rows]
    names = alt.Axis(title=None, labelColor=INK, labelLimit=width // 3, labelFontSize=13)
    base = alt.Chart(data(shown)).encode(y=alt.Y("group:N", axis=names, sort=None))
    top = 1.06 * max(row["high"] for row in rows)
    amount = alt.X("low:Q", axis=money_axis(words, top, grid=True), scale=_from_zero(rows, top))
    ranges = base.mark_rule(strokeWidth=9, color=MIDDLE, opacity=0.55, strokeCap="round").encode(
        x=amount, x2="high:Q"
    )
    points = base.mark_point(size=44, filled=True, color=ACCENT, opacity=1).encode(x="value:Q")
    texts = base.mark_text(dy=-13, color=INK).encode(x="value:Q", text="label:N")
    return layered([ranges, points, texts], width, 44 * len(rows) + 50)


def tracking(rows: list[dict[str, Any]], words: Words, width: int) -> alt.LayerChart:
    """Return cumulative repeat orders, actual and expected, the weeks held out shaded.

    Parameters
    ----------
    rows
        `week`, `actual`, `expected` (cumulative) and `phase`, "fit" or "holdout", in order.
    """
    base = alt.Chart(data(rows)).encode(
        x=alt.X("week:T", axis=month_axis(width), scale=alt.Scale(type="utc"))
    )
    count = alt.Axis(title=None, format=",.0f", tickCount=5)
    top = 1.08 * max(1, *(max(row["actual"], row["expected"]) for row in rows))
    y = alt.Y("actual:Q", axis=count, scale=alt.Scale(domain=[0, top], nice=False))
    actual = base.mark_line(color=ACCENT, strokeWidth=2.5).encode(y=y)
    expected = base.mark_line(color=QUIET, strokeWidth=1.5, strokeDash=[5, 3]).encode(
        y="expected:Q"
    )
    last = rows[-1]
    above = last["actual"] >= last["expected"]
    ends = [
        _end(last, "actual", words("actual"), ACCENT, above=above),
        _end(last, "expected", words("expected"), QUIET, above=not above),
    ]
    layers = [expected, actual, *ends]
    held = [row for row in rows if row["phase"] == "holdout"]
    if held:
        span = {"from": held[0]["week"], "to": held[-1]["week"], "floor": 0}
        shade = alt.Chart(data([span]))
        start = alt.X("from:T", scale=alt.Scale(type="utc"))
        layers = [
            shade.mark_rect(color=TINT).encode(x=start, x2="to:T"),
            *layers,
            shade.mark_text(
                align="left", baseline="bottom", dx=6, dy=-6, color=QUIET, text=words("held out")
            ).encode(x=start, y="floor:Q"),
        ]
    return layered(layers, width, 250 if width > NARROW else 220)


def _from_zero(rows: list[dict[str, Any]], top: float) -> alt.Scale:
    low = min(0.0, *(row["low"] for row in rows)) if len(rows) > 1 else min(0.0, rows[0]["low"])
    return alt.Scale(domain=[low, top if top > low else low + 1], nice=False)


def month_axis(width: int) -> alt.Axis:
    """Return an axis of days: months, and the year under the first month of each."""
    year = "(utcmonth(datum.value) == 0 || datum.index == 0) ? utcFormat(datum.value, '%Y') : ''"
    label = f"[utcFormat(datum.value, '%b'), {year}]"
    return alt.Axis(
        labelExpr=label, title=None, tickCount=10 if width > NARROW else 5, labelFlush=False,
        labelOverlap=True, domainColor=FAINT,
    )  # fmt: skip


def _end(last: dict[str, Any], field: str, text: str, color: str, *, above: bool) -> alt.Chart:
    dy = -12 if above else 30
    text_at: alt.Chart = (
        alt.Chart(data([last]))
        .mark_text(align="right", dy=dy, color=color, fontWeight="bold", text=text)
        .encode(x=alt.X("week:T", scale=alt.Scale(type="utc")), y=f"{field}:Q")
    )
    return text_at
