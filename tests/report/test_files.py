"""The files beside the letter: safe in a spreadsheet, cut where long, gone when out of date."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.report import files
from rapport.report.files import csv_bytes, write_tables
from rapport.report.findings import Findings
from rapport.results import Results

Write = Callable[..., Results]


def read(content: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(
        csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter)
    )


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5))
def test_no_text_can_be_a_formula(texts: list[str]) -> None:
    rows = read(csv_bytes(pa.table({"name": texts, "last": texts}), "en"))[1:]
    for text, row in zip(texts, rows, strict=True):
        assert not row[0].startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
        assert row[0] in {text, f"'{text}"}


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_come_back_as_they_were(value: float) -> None:
    table = pa.table({"value": [value]})
    assert float(read(csv_bytes(table, "en"))[1][0]) == value
    assert float(read(csv_bytes(table, "fr"), ";")[1][0].replace(",", ".")) == value


def test_unknown_cells_are_empty_and_days_are_days() -> None:
    day = dt.date(2024, 2, 29)
    table = pa.table({"a": pa.array([None, 1.5]), "b": [float("nan"), 2.0], "c": [day, None]})
    assert read(csv_bytes(table, "en")) == [
        ["a", "b", "c"],
        ["", "", "2024-02-29"],
        ["1.5", "2.0", ""],
    ]


def test_a_column_name_can_be_no_formula() -> None:
    assert read(csv_bytes(pa.table({"=cmd()": [1]}), "en"))[0] == ["'=cmd()"]


def test_a_long_table_is_cut_to_the_rows_of_most_value(
    written_results: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LIMIT", 3)
    values = [float(k * 7 % 100) for k in range(100)]
    people = pa.table({"person_id": [str(k) for k in range(100)], "lifetime_value": values})
    findings = Findings.of(written_results(tables={"lifetime": people}), "en")
    written = write_tables(findings, ["lifetime"], tmp_path / "files")
    rows = read((tmp_path / "files" / "lifetime.csv").read_bytes())[1:]
    assert [float(row[1]) for row in rows] == [99.0, 98.0, 97.0]
    assert written["lifetime"].cut
    assert (written["lifetime"].rows, written["lifetime"].of) == (3, 100)


def test_the_most_are_found_across_all_pieces_of_a_table(written_results: Write) -> None:
    results = written_results(tables={"lifetime": pa.table({"lifetime_value": [1.0, None, 9.0]})})
    for more in ([5.0, 8.0], [float("nan"), 7.0], [10.0]):
        write_deltalake(results.path("lifetime"), pa.table({"lifetime_value": more}), mode="append")
    most = Findings.of(results, "en").largest("lifetime", "lifetime_value", 3)
    assert most is not None
    assert most["lifetime_value"].to_pylist() == [10.0, 9.0, 8.0]


@pytest.mark.parametrize("unknown", [None, float("nan")])
def test_unknown_values_come_last_however_many(written_results: Write, unknown: float) -> None:
    nothing = pa.table({"lifetime_value": pa.array([unknown] * 10, pa.float64())})
    results = written_results(tables={"lifetime": nothing})
    for more in ([1.0], [3.0], [2.0]):
        write_deltalake(results.path("lifetime"), pa.table({"lifetime_value": more}), mode="append")
    most = Findings.of(results, "en").largest("lifetime", "lifetime_value", 2)
    assert most is not None
    assert most["lifetime_value"].to_pylist() == [3.0, 2.0]


def test_files_of_an_earlier_letter_are_removed(written_results: Write, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "forgotten.csv").write_text("somebody who asked to be forgotten")
    (folder / "notes.txt").write_text("mine")
    write_tables(Findings.of(written_results(), "en"), ["retention"], folder)
    assert {path.name for path in folder.iterdir()} == {"retention.csv", "notes.txt"}


def test_a_table_that_the_run_did_not_make_has_no_file(
    written_results: Write, tmp_path: Path
) -> None:
    findings = Findings.of(written_results(tables={}), "en")
    assert write_tables(findings, ["retention"], tmp_path / "files") == {}
