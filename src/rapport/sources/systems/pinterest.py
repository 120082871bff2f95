"""The overview that Pinterest Analytics exports: notes, the days, the top boards, the top pins.

Only the days are read. The lists of boards and pins are totals of the chosen period without a
date, of the largest ones only. Days are UTC (Hootsuite, "Time zones in reports").
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa

from rapport.errors import Problem
from rapport.settings import Settings
from rapport.sources.fields import Kind, fields_in
from rapport.sources.loading import Recipe
from rapport.sources.metrics import channel_metrics
from rapport.sources.opening import is_workbook, opened
from rapport.sources.other_tables import object_rows
from rapport.sources.pieces import Piece
from rapport.sources.reading import TableFile, made_table
from rapport.sources.shapes import Aliases, Header, Shape, System

SOURCE = "pinterest"
VERSION = 1
_COLUMNS: dict[str, Aliases] = {
    "day": "Date",
    "impressions": "Impressions",
    "engagements": ("Engagements", "Engagement"),
    "clicks": "Pin clicks",
    "link_clicks": "Outbound clicks",
    "saves": "Saves",
}
_HEAD = 1 << 18
_DAY = re.compile(r"\d{4}-\d\d-\d\d$")


def _open(piece: Piece) -> TableFile | None:
    """Open the section of the days; None for any file that is not such an overview."""
    if not piece.path.is_file() or is_workbook(piece.path):
        return None
    try:
        with opened(piece.path) as stream:
            text = stream.read(_HEAD).decode("utf-8-sig", "replace")
    except Problem:
        return None
    if "Pinterest Link" not in text and not text.lstrip('" ').startswith("Analytics overview"):
        return None
    rows = list(csv.reader(text.splitlines()))
    start = next((n for n, row in enumerate(rows) if row[:2] == ["Date", "Impressions"]), None)
    if start is None:
        return None
    names = [name.strip() for name in rows[start] if name.strip()]
    days: list[tuple[int, dict[str, str]]] = []
    for number, row in enumerate(rows[start + 1 :], start + 2):
        if not any(cell.strip() for cell in row):
            break
        if _DAY.match(row[0].strip()):  # else a note on when the counting began
            days.append((number, dict(zip(names, row, strict=False))))
    file = made_table(piece, names, lambda: object_rows(days, names))
    return replace(file, header_row=start + 1, notes=(_SENTENCES["left"],))


_SENTENCES = {
    "left": "The lists of top boards and pins are totals of a period, and are left alone.",
}


def _recipe(file: TableFile, header: Header, settings: Settings) -> Recipe:
    figures = [name for name in header if name != "day"]

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        named = {name: name for name in figures}
        return {"channel_metric": channel_metrics(typed, SOURCE, named)}

    kinds: dict[str, Kind] = {"day": "day", **dict.fromkeys(figures, "integer")}
    return Recipe(
        SOURCE,
        VERSION,
        fields_in(header, kinds, required=("day", "impressions")),
        order=(header["day"],),
        finish=finish,
        by_line=False,
    )


SYSTEM = System(
    SOURCE,
    "Pinterest",
    "social",
    (
        Shape(
            name="days",
            title="Days of a Pinterest account",
            grain="one day",
            tables=("channel_metric",),
            columns=_COLUMNS,
            needs=("day", "impressions"),
            where="Pinterest › Analytics › Overview › Export",
            since="2023",
            checked="columns that two other importers read, in English",
            opens=_open,
            recipe=_recipe,
        ),
    ),
)
