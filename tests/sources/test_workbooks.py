"""Spreadsheets: the sheet with the table, its names wherever they stand, dates and numbers."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from tests.sources.helpers import gather, settings

from rapport.errors import Problem

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    """Write a small XLSX by hand; a datetime becomes a day number with a date format."""
    with zipfile.ZipFile(path, "w") as file:
        kinds = "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="application/vnd.'
            f'openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
            for n in range(1, len(sheets) + 1)
        )
        file.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
            f'"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
            f'ContentType="application/xml"/>{kinds}</Types>',
        )
        file.writestr("_rels/.rels", _relations("officeDocument", ["xl/workbook.xml"]))
        listed = "".join(
            f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>'
            for n, name in enumerate(sheets, 1)
        )
        file.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
        )
        parts = [f"worksheets/sheet{n}.xml" for n in range(1, len(sheets) + 1)]
        relations = _relations("worksheet", parts).replace(
            "</Relationships>",
            f'<Relationship Id="rIdS" Type="{_OFFICE}/styles" Target="styles.xml"/>'
            "</Relationships>",
        )
        file.writestr("xl/_rels/workbook.xml.rels", relations)
        file.writestr(
            "xl/styles.xml",
            f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
            f'<xf numFmtId="22"/></cellXfs></styleSheet>',
        )
        for n, rows in enumerate(sheets.values(), 1):
            file.writestr(f"xl/worksheets/sheet{n}.xml", _sheet(rows))
    return path


def _relations(kind: str, targets: list[str]) -> str:
    inside = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for n, target in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{inside}</Relationships>'


def _sheet(rows: list[list[object]]) -> str:
    out = []
    for number, row in enumerate(rows, 1):
        cells = []
        for place, value in enumerate(row):
            at = f"{chr(65 + place)}{number}"
            if isinstance(value, datetime):
                days = (value - datetime(1899, 12, 30)).total_seconds() / 86400  # noqa: DTZ001
                cells.append(f'<c r="{at}" s="1"><v>{days!r}</v></c>')
            elif isinstance(value, int | float):
                cells.append(f'<c r="{at}"><v>{value!r}</v></c>')
            elif value is not None:
                text = escape(str(value))
                cells.append(f'<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>')
        out.append(f'<row r="{number}">{"".join(cells)}</row>')
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(out)}</sheetData></worksheet>'


TABLE: list[list[object]] = [
    ["order", "date", "customer", "amount"],
    [536365, datetime(2024, 1, 31, 8, 26), "ana", 10.5],  # noqa: DTZ001
    ["A2", datetime(2024, 2, 1), None, 20],  # noqa: DTZ001
    ["A3", "soon", "bo", 0.1],
]


def test_typed_cells_are_read_exactly_and_rows_keep_their_numbers(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "shop.xlsx", {"Notes": [["Hello"]], "Orders": [["Orders"], [], *TABLE]}
    )
    found = gather(path, settings(time_zone="UTC"))
    assert found.column("purchase_id") == ["536365", "A2"]
    assert found.column("ordered_on") == [
        datetime(2024, 1, 31, 8, 26, tzinfo=UTC),
        datetime(2024, 2, 1, tzinfo=UTC),
    ]
    assert found.column("revenue") == [Decimal("10.5"), Decimal(20)]
    assert found.column("source_row") == [4, 5]
    assert found.reasons == [(6, "date 'soon' is not a date.")]
    assert found.facts.notes[:2] == (
        "The sheet 'Orders' was read.",
        "The names of the columns stand in row 3.",
    )


def test_a_workbook_without_a_table_or_damaged_is_refused(tmp_path: Path) -> None:
    empty = workbook(tmp_path / "empty.xlsx", {"One": []})
    with pytest.raises(Problem, match=r"The workbook has no rows\."):
        gather(empty)
    header = workbook(tmp_path / "header.xlsx", {"One": TABLE[:1]})
    with pytest.raises(Problem, match=r"The file has a header and no rows\."):
        gather(header)
    damaged = tmp_path / "damaged.xlsx"
    content = bytearray(workbook(tmp_path / "good.xlsx", {"One": TABLE}).read_bytes())
    place = content.index(b"<worksheet")
    content[place : place + 40] = b"?" * 40
    damaged.write_bytes(content)
    with pytest.raises(Problem, match="The workbook could not be read"):
        gather(damaged)
