"""What people talk about: how much, and how much of it in displeasure."""

from __future__ import annotations

from typing import Any

import altair as alt

from rapport.report.charts.canvas import ACCENT, FAINT, INK, NARROW, PAPER, QUIET, data, layered
from rapport.words import Words

_ROW = 30
_LETTERS = {False: 44, True: 30}  # of a name, as wide as a page and as a phone


def topics(rows: list[dict[str, Any]], words: Words, width: int) -> alt.LayerChart:
    """Return a bar for each topic: all its messages, the displeased ones in the strong colour.

    Parameters
    ----------
    rows
        `name`, `messages`, `negative` (a share), the largest first.
    """
    most = _LETTERS[width <= NARROW]
    shown = [
        {
            "place": place,
            "name": _cut(row["name"], most),
            "messages": row["messages"],
            "displeased": row["negative"] * row["messages"],
            "zero": 0,
            "told": words.number(row["messages"]),
        }
        for place, row in enumerate(rows)
    ]
    top = max(row["messages"] for row in shown)
    across = alt.Scale(domain=[0, top * (1.12 if width > NARROW else 1.2)], nice=False)
    base = alt.Chart(data(shown)).encode(
        y=alt.Y("place:O", axis=None, scale=alt.Scale(paddingInner=0.62, paddingOuter=0.5))
    )
    x = alt.X("messages:Q", axis=None, scale=across)
    every = base.mark_bar(color=FAINT).encode(x=x)
    displeased = base.mark_bar(color=ACCENT, stroke=PAPER, strokeWidth=0.5).encode(
        x=alt.X("displeased:Q", axis=None, scale=across)
    )
    names = base.mark_text(align="left", dy=-13, color=INK, fontSize=12).encode(
        x=alt.X("zero:Q", axis=None, scale=across), text="name:N"
    )
    counts = base.mark_text(align="left", dx=5, color=QUIET, fontSize=12).encode(x=x, text="told:N")
    return layered([every, displeased, names, counts], width, 14 + _ROW * len(shown))


def _cut(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1].rstrip(' ,')}…"
