"""How long people wait, and what they did after they were answered or not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from rapport.report.charts.canvas import (
    ACCENT,
    FAINT,
    INK,
    MIDDLE,
    NARROW,
    QUIET,
    data,
    layered,
)
from rapport.words import Words

LINES = (ACCENT, "#b8692e", "#3d7a5f", "#8a4b8f", QUIET)
_TICKS = (1, 10, 60, 240, 1440, 10_080, 43_200, 525_600)
_HOUR, _DAY = 60, 1440


def span_told(minutes: float, words: Words) -> str:
    """Return a wait as it is said: "12 minutes", "3.5 hours", "2 days".

    Examples
    --------
    >>> [span_told(m, Words.of("en")) for m in (1, 45, 210, 2000, 30_000)]
    ['1 minute', '45 minutes', '3.5 hours', '33 hours', '21 days']
    """
    if minutes < _HOUR:
        return words.quantity(round(minutes), "minutes")
    if minutes < 2 * _DAY:
        hours = minutes / _HOUR
        return words.quantity(round(hours, 1) if hours < 10 else round(hours), "hours")
    days = minutes / _DAY
    return words.quantity(round(days, 1) if days < 10 else round(days), "days")


def waiting_curve(rows: list[dict[str, Any]], words: Words, width: int) -> alt.LayerChart:
    """Return the share answered within each time, one line a channel, on a scale of powers.

    Parameters
    ----------
    rows
        `channel`, `label`, `minutes`, `share`, `low`, `high`; the channels in the order in which
        they take their colours.
    """
    shown = [{**row, "minutes": max(row["minutes"], 1)} for row in rows]
    names = list(dict.fromkeys(row["channel"] for row in shown))
    labels = list(dict.fromkeys(row["label"] for row in shown))
    colors = alt.Scale(domain=labels, range=list(LINES[: len(names)]))
    longest = max(row["minutes"] for row in shown)
    ticks = [t for t in _TICKS if t <= longest] or [1]
    if width <= NARROW:
        ticks = [t for t in ticks if t in {1, 60, 1440, 43_200}]
    told = {str(t): span_told(t, words) for t in ticks}
    spelled = " : ".join(f"datum.value == {t} ? '{name}'" for t, name in told.items()) + " : ''"
    across = alt.X(
        "minutes:Q",
        scale=alt.Scale(type="log", domain=[1, longest], nice=False),
        axis=alt.Axis(title=None, values=ticks, labelExpr=spelled, labelFlush=True),
    )
    up = alt.Axis(title=None, format="~%", tickCount=5)
    base = alt.Chart(data(shown)).encode(x=across)
    legend = alt.Legend(
        title=None, orient="top", direction="horizontal" if width > NARROW else "vertical",
        columns=2 if width > NARROW else 1, labelColor=INK, symbolType="stroke", labelLimit=320,
        labelFontSize=12,
    )  # fmt: skip
    band = base.mark_area(interpolate="step-after", opacity=0.16).encode(
        y=alt.Y("low:Q", axis=up, scale=alt.Scale(domain=[0, 1])),
        y2="high:Q",
        color=alt.Color("label:N", scale=colors, legend=None),
    )
    line = base.mark_line(interpolate="step-after", strokeWidth=2).encode(
        y=alt.Y("share:Q", axis=up, scale=alt.Scale(domain=[0, 1])),
        color=alt.Color("label:N", sort=labels, scale=colors, legend=legend),
    )
    return layered([band, line], width, 320 if width > NARROW else 300)


def outcomes(rows: Sequence[dict[str, Any]], words: Words, width: int) -> alt.LayerChart:
    """Return how often people did something after an answer or none: a dot and its range each.

    Parameters
    ----------
    rows
        `group` (what and how answered, said), `share`, `low`, `high`, `answered`.
    """
    tones = {"fast": ACCENT, "slow": MIDDLE, "never": FAINT}
    shown = [
        {**row, "label": words.percent(row["share"], 1), "color": tones[row["answered"]]}
        for row in rows
    ]
    top = min(1.0, 1.12 * max(row["high"] for row in rows) or 0.01)
    names = alt.Axis(title=None, labelColor=INK, labelLimit=width // 2, labelFontSize=12)
    base = alt.Chart(data(shown)).encode(y=alt.Y("group:N", axis=names, sort=None))
    axis = alt.Axis(title=None, format="~%", tickCount=5, grid=True)
    scale = alt.Scale(domain=[0, top], nice=False)
    color = alt.Color("color:N", scale=None, legend=None)
    ranges = base.mark_rule(strokeWidth=8, opacity=0.45, strokeCap="round").encode(
        x=alt.X("low:Q", axis=axis, scale=scale), x2="high:Q", color=color
    )
    points = base.mark_point(size=44, filled=True, opacity=1).encode(x="share:Q", color=color)
    texts = base.mark_text(dy=-11, color=INK).encode(x="share:Q", text="label:N")
    return layered([ranges, points, texts], width, 38 * len(rows) + 40)


def finite(value: Any) -> bool:
    """Return whether a figure is there and can be drawn."""
    return isinstance(value, int | float) and math.isfinite(value)
