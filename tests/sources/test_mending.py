"""What is set right before rows are read keeps every other row as it is."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pyarrow as pa
from tests.sources.helpers import written

from rapport.sources.headers import rows_above
from rapport.sources.mending import ids_from_links, mended, twin_columns
from rapport.sources.other_tables import json_objects
from rapport.sources.reading import open_table

STATUS = r"/status/(?P<id>\d+)"


def test_an_id_is_taken_from_its_link_only_where_it_was_rounded(tmp_path: Path) -> None:
    text = (
        "id,url\n"
        "1.81457E+18,https://x.com/a/status/1814567890123456789\n"
        "1814567890123450000,https://x.com/a/status/1814567890123456789\n"
        "1814567890123456789,https://x.com/a/status/1999999999999999999\n"
        "1.81457E+18,\n"
        "42,https://x.com/a/status/43\n"
    )
    file = mended(open_table(written(tmp_path, text)), ids_from_links("id", "url", STATUS))
    assert file.sample()["id"].to_pylist() == [
        "1814567890123456789",
        "1814567890123456789",
        "1814567890123456789",
        "1.81457E+18",
        "42",
    ]


def test_a_column_that_stands_twice_in_two_languages_is_filled_from_both(tmp_path: Path) -> None:
    names = ("id", "Vues", "Views")
    file = open_table(written(tmp_path, "id,Vues,Views\na,5,\nb,,7\nc,,\n"))
    changes = twin_columns(names, {"views": ("Views", "Vues"), "id": "id"})
    assert mended(file, *changes).sample()["Views"].to_pylist() == ["5", "7", ""]


def test_rows_above_the_header_are_told_without_the_separator_line(tmp_path: Path) -> None:
    text = 'sep=,\r\n"Facebook follows"\r\n"Date","Primary"\r\n"2026-05-01T00:00:00","3"\r\n'
    file = open_table(written(tmp_path, b"\xff\xfe" + text.encode("utf-16-le")))
    assert rows_above(file) == [["Facebook follows"]]


def test_letters_on_the_edge_of_two_pieces_of_a_long_json_array_stay_whole() -> None:
    objects = [{"text": "é" * 5_000, "n": str(n)} for n in range(300)]
    raw = json.dumps(objects, ensure_ascii=False).encode()
    assert len(raw) > 2 << 20
    read = [value for _, value, _ in json_objects(io.BytesIO(raw))]
    assert read == objects


def test_a_change_keeps_row_numbers() -> None:
    rows = pa.table({"a": [""], "b": ["1"], "source_row": [7]})
    (change,) = twin_columns(("a", "b"), {"x": ("a", "b")})
    assert change(rows).to_pylist() == [{"a": "1", "b": "1", "source_row": 7}]
