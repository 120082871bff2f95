"""Whatever happens to a file on its way: no crash, and every row is kept or set aside."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from tests.sources.helpers import SETTINGS, gather

from rapport.errors import Problem
from rapport.sources.delimited import read_delimited
from rapport.sources.layout import Layout
from rapport.sources.records import record_end
from rapport.sources.rows import ROW


@pytest.fixture(scope="module")
def real(shared_data: Path) -> bytes:
    """The first lines of a real export."""
    with gzip.open(shared_data / "orders/online_retail.csv.gz") as file:
        return file.read(20_000)


MUTATION = st.one_of(
    st.tuples(st.just("cut"), st.integers(0, 20_000), st.integers(1, 400)),
    st.tuples(st.just("double"), st.integers(0, 20_000), st.integers(1, 400)),
    st.tuples(st.just("comma"), st.integers(0, 20_000), st.sampled_from(b';,\t|"\n\r\0\xe9')),
    st.tuples(st.just("end"), st.integers(0, 20_000), st.just(0)),
)


def changed(content: bytes, mutations: list[tuple[str, int, int]]) -> bytes:
    for kind, place, much in mutations:
        before, after = content[:place], content[place:]
        if kind == "cut":
            content = before + after[much:]
        elif kind == "double":
            content = before + after[:much] + after
        elif kind == "comma":
            content = before + bytes([much]) + after[1:]
        else:
            content = before
    return content


@effort(max_examples=60, deadline=None)
@given(st.lists(MUTATION, min_size=1, max_size=6))
def test_a_damaged_file_is_refused_or_accounted_for_row_by_row(
    real: bytes, mutations: list[tuple[str, int, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.csv"
        path.write_bytes(changed(real, mutations))
        try:
            found = gather(path, SETTINGS)
        except Problem:
            return
    numbers = {row["source_row"] for rows in found.tables.values() for row in rows}
    numbers |= {row["source_row"] for row in found.aside}
    assert len(numbers) == found.rows
    assert numbers == set(range(min(numbers), min(numbers) + found.rows))


CELLS = st.text(st.sampled_from('ab,"\n é'), max_size=5)


@effort(max_examples=200, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=12), st.integers(1, 40))
def test_rows_are_the_same_however_the_file_is_cut_into_pieces(
    rows: list[tuple[str, str, str]], size: int
) -> None:
    def cell(text: str) -> str:
        quoted = text.replace('"', '""')
        return f'"{quoted}"'

    text = "a,b,c\n" + "".join(",".join(map(cell, row)) + "\n" for row in rows)
    content = text.encode()
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    layout = Layout(",", ("a", "b", "c"), 1)
    read = [row for part in read_delimited(pieces, layout) for row in part.table.to_pylist()]
    assert [(row["a"], row["b"], row["c"]) for row in read] == rows
    assert [row[ROW] for row in read] == list(range(2, len(rows) + 2))


@effort(max_examples=300, deadline=None)
@given(st.text(st.sampled_from('a,"\n'), max_size=40))
def test_the_quick_and_the_exact_way_agree_where_a_record_ends(text: str) -> None:
    from rapport.sources.records import _record_end_exactly

    content = (text + "\n").encode()
    assert record_end(content, b",") == _record_end_exactly(content, b",")


def test_a_row_too_short_with_bytes_that_are_no_text_is_set_aside(tmp_path: Path) -> None:
    lines = [f"{n},2024-01-{n:02},Zoé,10.50" for n in range(1, 29)]
    lines[3] = "4,caf\\xe9 \u00e9"
    lines[5] = "6,2024-01-06,an\\xe9,10.50"
    text = "order,date,customer,amount\n" + "\n".join(lines) + "\n"
    path = tmp_path / "orders.csv"
    path.write_bytes(text.encode().replace(b"\\xe9", b"\xe9"))
    found = gather(path)
    assert found.codes == {"too_few_columns": 1, "not_text": 1}
    assert [row["source_row"] for row in found.aside] == [5, 7]
    assert "caf\ufffd é" in found.aside[0]["raw"]
    assert found.rows == 28


def test_a_byte_order_mark_alone_on_the_last_line_is_a_blank_row(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(b"order,date,customer,amount\n1,2024-01-31,ana,10.50\n\xef\xbb\xbf")
    found = gather(path)
    assert (found.rows, found.codes) == (2, {"blank_row": 1})
