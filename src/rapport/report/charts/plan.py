"""How small an effect so many people can show: one line for each length of experiment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol

import altair as alt
from markupsafe import Markup

from rapport.report.charts.canvas import ACCENT, FAINT, INK, MIDDLE, QUIET, WIDE, data, layered, svg
from rapport.words import Words

LINES = (ACCENT, MIDDLE, QUIET, INK, FAINT)


class Told(Protocol):
    """What a point of the picture needs to say."""

    @property
    def weeks(self) -> int:
        """How long the experiment lasts."""

    @property
    def people(self) -> int:
        """How many people, or stores, take part."""

    @property
    def share(self) -> tuple[float, float, float]:
        """The smallest effect and the ends of its range, as shares."""


def plan_chart(cells: Sequence[Told], words: Words, title: str, *, stores: bool) -> Markup:
    """Return the smallest effect that is seen by number of people, with its range, as SVG."""
    rows: list[dict[str, Any]] = [
        {
            "people": cell.people,
            "value": cell.share[0],
            "low": cell.share[1],
            "high": cell.share[2],
            "length": words.many("{n} week", "{n} weeks", cell.weeks),
            "weeks": cell.weeks,
        }
        for cell in cells
        if all(map(math.isfinite, cell.share))
    ]
    names = list(dict.fromkeys(row["length"] for row in sorted(rows, key=lambda r: r["weeks"])))
    scale = alt.Scale(domain=names, range=list(LINES[: len(names)]))
    legend = alt.Legend(title=None, orient="top", labelColor=QUIET, symbolType="stroke")
    across = alt.X(
        "people:Q",
        scale=alt.Scale(type="linear" if stores else "log", nice=False),
        axis=alt.Axis(
            title=words("stores") if stores else words("people, both groups together"),
            values=sorted({row["people"] for row in rows}),
            format=",",
            labelOverlap=True,
        ),
    )
    up = alt.Axis(title=None, format="~%", tickCount=6)
    high = alt.Scale(type="log", nice=False)
    base = alt.Chart(data(rows)).encode(x=across)
    band = base.mark_area(color=FAINT, opacity=0.45).encode(
        y=alt.Y("low:Q", axis=up, scale=high), y2="high:Q", detail="length:N"
    )
    line = base.mark_line(strokeWidth=2, point=True).encode(
        y=alt.Y("value:Q", axis=up, scale=high),
        color=alt.Color("length:N", sort=names, scale=scale, legend=legend),
    )
    return svg(layered([band, line], WIDE, 320), "plan", title, words, "EUR")
