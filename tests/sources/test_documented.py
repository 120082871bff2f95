"""The table of all sources in the docs says what the code says.

Write it anew with: RAPPORT_WRITE_DOCS=1 .venv/bin/pytest tests/sources/test_documented.py
"""

from __future__ import annotations

import os
from itertools import groupby
from pathlib import Path

from rapport.commands.sources import KINDS
from rapport.sources.registry import all_systems

PAGE = Path(__file__).parents[2] / "docs/sources/all.md"


def page() -> str:
    """Return the page: each source's files, what they fill, what they were held against."""
    parts = [
        "# Every source\n\nWhat each file fills, since when its columns are known to be so, and "
        "what they were held against.\n`rapport sources NAME` says which columns it needs and "
        "where the export is found.\n"
    ]
    systems = sorted(all_systems(), key=lambda each: (list(KINDS).index(each.kind), each.title))
    for kind, members in groupby(systems, key=lambda each: each.kind):
        parts.append(f"\n## {KINDS[kind].text('en')}\n")
        parts.append(
            "\n| source | file | fills | known since | held against |\n|---|---|---|---|---|\n"
        )
        for system in members:
            for shape in system.shapes:
                fills = "refused" if shape.refuses else ", ".join(shape.tables)
                cells = (system.name, shape.title, fills, shape.since, shape.checked)
                parts.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n")
    return "".join(parts)


def test_the_page_of_all_sources_is_true() -> None:
    if os.environ.get("RAPPORT_WRITE_DOCS"):
        PAGE.write_text(page(), "utf-8")
    assert PAGE.read_text("utf-8") == page(), "Write it anew: see this module's first lines."


def test_every_shape_says_where_it_is_found_and_what_it_was_held_against() -> None:
    silent = [
        f"{system.name} {shape.name}"
        for system in all_systems()
        for shape in system.shapes
        if not shape.refuses and not (shape.where and shape.since and shape.checked and shape.grain)
    ]
    assert silent == []
