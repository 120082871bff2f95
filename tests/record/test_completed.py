"""Two files may each know a part of a lead: it is one row, whichever came first."""

from __future__ import annotations

import datetime as dt
from itertools import permutations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from small_shop import facts

from rapport.record.engines import open_engine
from rapport.record.facts import Batch
from rapport.record.reading import table_frame
from rapport.record.schema import TABLES
from rapport.record.store import Record

MARCH = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
MAY = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
CONTACTS = [
    {"lead_id": "a", "created_on": MARCH, "origin": "Social", "source_row": 2},
    {"lead_id": "b", "created_on": MARCH, "origin": "Email", "source_row": 3},
]
DEALS = [
    {"lead_id": "a", "won_on": MAY, "stage": "won", "source_row": 2},
    {"lead_id": "c", "won_on": MAY, "stage": "won", "source_row": 3},
]


def loaded(record: Record, rows: list[dict[str, Any]], file: str) -> str:
    schema = TABLES["lead"].arrow
    names = dict.fromkeys(name for row in rows for name in row)
    table = pa.table({n: pa.array([r.get(n) for r in rows], schema.field(n).type) for n in names})
    return record.load(facts([Batch(len(rows), {"lead": table})], file=file, source="crm")).load_id


def leads(record: Record, engine: str, temp: Path) -> dict[str, dict[str, Any]]:
    with open_engine(engine, time_zone="Europe/Paris", temp=temp) as opened:
        rows = opened.collect(table_frame(opened, record, "lead")).to_pylist()
    return {row["lead_id"]: row for row in rows}


@pytest.mark.parametrize("engine", ["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
@pytest.mark.parametrize("first", ["contacts", "deals"])
def test_a_lead_and_its_deal_are_one_row_in_either_order(
    record: Record, engine: str, first: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if engine == "spark":
        request.getfixturevalue("spark")
    files = {"contacts": CONTACTS, "deals": DEALS}
    for name in sorted(files, key=lambda name: name != first):
        loaded(record, files[name], f"{name}.csv")
    found = leads(record, engine, tmp_path / "temp")
    assert set(found) == {"a", "b", "c"}
    whole = {n: found["a"][n] for n in ("created_on", "origin", "won_on", "stage")}
    naive = {"created_on": MARCH.replace(tzinfo=None), "won_on": MAY.replace(tzinfo=None)}
    assert whole == {"origin": "Social", "stage": "won", **naive}
    assert found["a"]["created_on_day"] == dt.date(2026, 3, 1)
    assert (found["b"]["origin"], found["b"]["won_on"]) == ("Email", None)
    assert (found["c"]["created_on"], found["c"]["created_on_day"]) == (None, None)


def test_what_a_later_file_says_holds_and_undo_brings_the_earlier_back(
    record: Record, tmp_path: Path
) -> None:
    loaded(record, CONTACTS, "contacts.csv")
    later = [{"lead_id": "a", "created_on": MARCH, "origin": "Referral", "source_row": 2}]
    load = loaded(record, later, "again.csv")
    assert leads(record, "duckdb", tmp_path / "temp")["a"]["origin"] == "Referral"
    record.undo(load)
    assert leads(record, "duckdb", tmp_path / "temp")["a"]["origin"] == "Social"


@pytest.mark.parametrize("order", list(permutations(["contacts", "deals", "stages"])))
def test_three_parts_make_one_lead_in_every_order(
    record: Record, order: tuple[str, ...], tmp_path: Path
) -> None:
    parts: dict[str, list[dict[str, Any]]] = {
        "contacts": [{"lead_id": "a", "created_on": MARCH, "source_row": 2}],
        "deals": [{"lead_id": "a", "won_on": MAY, "source_row": 2}],
        "stages": [{"lead_id": "a", "stage": "won", "source_row": 2}],
    }
    for name in order:
        loaded(record, parts[name], f"{name}.csv")
    (row,) = leads(record, "duckdb", tmp_path / "temp").values()
    assert (row["stage"], row["won_on"], row["created_on"]) == (
        "won", MAY.replace(tzinfo=None), MARCH.replace(tzinfo=None),
    )  # fmt: skip
