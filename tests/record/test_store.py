"""Files go in whole, once, counted; and can be taken back."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from deltalake import DeltaTable
from small_shop import MARCH, aside, facts, names, order_ids, orders, purchases, stored

from rapport.errors import Problem
from rapport.record.facts import Batch, Facts
from rapport.record.load import Load
from rapport.record.store import Record


def test_a_load_says_what_came_in(record: Record) -> None:
    batches = [
        Batch(3, {"purchase": purchases(["a", "b"])}, aside([(4, "not_a_date", "x")])),
        Batch(2, {"purchase": purchases(["c"], first_row=5)}, aside([(6, "not_a_date", "y")])),
    ]
    seen: list[int] = []
    load = record.load(facts(batches), on_rows=seen.append)
    assert seen == [3, 2]
    assert (load.load_id, load.status) == ("L000001", "committed")
    assert (load.rows_in, load.rows_kept, load.rows_aside) == (5, 3, 2)
    assert load.reasons == {"not_a_date": 2}
    assert load.rows == {"purchase": 3}
    assert load.spans == {"purchase": (MARCH, MARCH + dt.timedelta(days=1))}
    assert record.loads() == (load,)
    assert Load.from_dict(load.to_dict()) == load


def test_rows_keep_where_they_came_from(record: Record) -> None:
    load = record.load(orders(["a", "b"]))
    first = stored(record)[0]
    assert first["source"] == "shop"
    assert first["source_file"] == "orders.csv"
    assert first["source_row"] == 2
    assert first["load_id"] == load.load_id
    assert first["loaded_at"] == load.loaded_at
    assert first["margin"] is None


def test_tables_are_delta_tables_by_month_that_any_tool_reads(record: Record) -> None:
    record.load(orders(names(40)))
    table = DeltaTable(record.root / "purchase")
    assert table.metadata().partition_columns == ["month"]
    rows = table.to_pyarrow_table()
    assert rows.num_rows == 40
    assert sorted(set(rows.column("month").to_pylist())) == ["2011-03", "2011-04"]
    months = {Path(file).parent.name for file in record.visible("purchase").files}
    assert months == {"month=2011-03", "month=2011-04"}
    assert duckdb.read_parquet(list(record.visible("purchase").files)).aggregate("sum(revenue)")


def test_months_are_those_of_the_brand(open_record: Callable[..., Record]) -> None:
    record = open_record(zone="Europe/Paris")
    late = dt.datetime(2011, 3, 31, 22, 30, tzinfo=dt.UTC)  # half past midnight in Paris
    record.load(orders(["a"], start=late))
    assert "month=2011-04" in record.visible("purchase").files[0]


def test_the_same_file_twice_changes_nothing_and_is_not_read(record: Record) -> None:
    first = record.load(orders(["a", "b"]))

    def unread() -> Iterator[Batch]:
        pytest.fail("the file was read again")
        yield

    again = record.load(dataclasses.replace(orders(["a", "b"]), file="copy.csv", batches=unread()))
    assert again == dataclasses.replace(first, status="repeat")
    assert record.loads() == (first,)


def test_the_same_file_read_in_another_way_takes_its_own_place(record: Record) -> None:
    batch = Batch(2, {"purchase": purchases(["a", "b"])})
    record.load(facts([batch]))
    second = record.load(facts([batch], reading="dates are month first"))
    assert second.replaces == ("L000001",)
    assert order_ids(record) == ["a", "b"]


def test_a_corrected_file_takes_the_place_of_the_old_one(record: Record) -> None:
    record.load(orders(names(10)))
    second = record.load(orders(names(12)))
    assert second.replaces == ("L000001",)
    assert [load.status for load in record.loads()] == ["replaced", "committed"]
    assert order_ids(record) == sorted(names(12))


def test_the_next_month_under_the_same_name_stands_beside_the_last(record: Record) -> None:
    record.load(orders(names(10)))
    second = record.load(orders(names(10, "april"), start=MARCH + dt.timedelta(days=31)))
    assert second.replaces == ()
    shown = record.visible("purchase")
    assert (shown.rows, shown.duplicates, shown.mixed) == (20, False, False)


def test_a_file_that_shares_a_part_asks(record: Record) -> None:
    record.load(orders(names(10)))
    with pytest.raises(Problem) as told:
        record.load(orders(names(10, first=5)))
    assert "5 (50%) are in the new file too" in str(told.value)
    assert "'replace'" in str(told.value)
    assert "'keep'" in str(told.value)
    assert order_ids(record) == names(10)
    assert not list(record.root.glob("purchase/*/L000002*"))


def test_the_answer_keep_lets_both_stand_and_the_last_one_hold(record: Record) -> None:
    record.load(orders(names(10)))
    record.load(orders(names(10, first=5)), overlap="keep")
    shown = record.visible("purchase")
    assert (shown.rows, shown.duplicates) == (20, True)
    assert shown.load_ids == ("L000001", "L000002")


def test_the_answer_replace_lets_the_new_file_stand_alone(record: Record) -> None:
    record.load(orders(names(10)))
    record.load(orders(names(10, first=5)), overlap="replace")
    assert order_ids(record) == sorted(names(10, first=5))


def test_long_files_are_compared_on_a_part_of_their_keys(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rapport.record.overlap.COMPARED", 100)
    record.load(orders(names(1000), step_hours=1))
    with pytest.raises(Problem, match=r"\((4\d|5\d|60)%\) are in the new file too"):
        record.load(orders(names(1000, first=500), step_hours=1))
    assert record.load(orders(names(1100, first=0), step_hours=1)).replaces == ("L000001",)
    assert record.load(orders(names(1000, "next"), step_hours=1)).replaces == ()


def test_keys_with_nothing_in_them_are_compared_too(record: Record) -> None:
    def spend(day: int, cost: float) -> Facts:
        rows = pa.table(
            {"day": [dt.date(2011, 3, day)], "cost": [cost], "currency": ["EUR"], "source_row": [2]}
        )
        return facts([Batch(1, {"spend": rows})], file="spend.csv")

    record.load(spend(1, 5.0))
    assert record.load(spend(1, 6.0)).replaces == ("L000001",)
    assert record.load(spend(2, 6.0)).replaces == ()


def test_undo_takes_a_load_back_and_its_rows_off_the_disk(record: Record) -> None:
    record.load(orders(["a"], file="a.csv"))
    record.load(orders(["b"], file="b.csv"))
    assert record.undo("l2").status == "undone"
    assert order_ids(record) == ["a"]
    assert not list(record.root.glob("*/*/L000002*"))
    assert DeltaTable(record.root / "purchase").to_pyarrow_table().num_rows == 1


def test_undo_of_a_correction_brings_the_old_file_back(record: Record) -> None:
    record.load(orders(names(10)))
    record.load(orders(names(12)))
    record.undo("L000002")
    assert order_ids(record) == names(10)
    assert [load.status for load in record.loads()] == ["committed", "undone"]


def test_undo_brings_nothing_back_that_is_there_already(record: Record) -> None:
    record.load(orders(names(10)))
    record.load(orders(names(12)))
    record.load(orders(names(10)), overlap="keep")
    record.undo("2")
    assert [load.status for load in record.loads()] == ["replaced", "undone", "committed"]
    assert order_ids(record) == names(10)


def test_a_file_undone_can_be_added_again(record: Record) -> None:
    record.load(orders(["a"]))
    record.undo("1")
    assert record.load(orders(["a"])).status == "committed"
    assert order_ids(record) == ["a"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("L000009", "Did you mean L000002?"),
        ("order", "There is no load 'order'"),
        ("1", "It was replaced already by L000002; undo that one."),
    ],
)
def test_undo_says_what_cannot_be_undone(record: Record, typed: str, said: str) -> None:
    record.load(orders(names(10)))
    record.load(orders(names(12)))
    with pytest.raises(Problem) as told:
        record.undo(typed)
    assert said in str(told.value)


def test_rows_set_aside_are_shown_with_their_reason(record: Record) -> None:
    record.load(facts([Batch(2, {"purchase": purchases(["a"])}, aside([(3, "bad", "x")]))]))
    record.load(facts([Batch(1, {}, aside([(2, "worse", "y")]))], file="b.csv"))
    rows = record.aside().to_pylist()
    assert [(row["load_id"], row["source_row"], row["code"], row["raw"]) for row in rows] == [
        ("L000001", 3, "bad", "x"),
        ("L000002", 2, "worse", "y"),
    ]
    assert record.aside("2").num_rows == 1
    assert record.aside(limit=1).num_rows == 1
    record.undo("2")
    assert record.aside().num_rows == 1


LIES = {
    "a row lost": Batch(3, {"purchase": purchases(["a", "b"])}),
    "a row made up": Batch(1, {"purchase": purchases(["a", "b"])}),
    "kept and set aside": Batch(2, {"purchase": purchases(["a", "b"])}, aside([(3, "bad", "x")])),
    "folded and set aside": Batch(1, {}, aside([(3, "bad", "x")]), np.array([3])),
    "set aside twice": Batch(1, {}, aside([(3, "bad", "x"), (3, "bad", "x")])),
    "an unknown table": Batch(1, {"purchases": purchases(["a"])}),
    "an unknown column": Batch(
        1, {"purchase": purchases(["a"]).append_column("colour", pa.array(["red"]))}
    ),
    "a required value missing": Batch(1, {"purchase": purchases(["a"]).drop(["currency"])}),
    "a text for a number": Batch(
        1,
        {"purchase": purchases(["a"]).drop(["revenue"]).append_column("revenue", pa.array(["x"]))},
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_source_that_lies_is_refused(record: Record, lie: str) -> None:
    with pytest.raises(Problem) as told:
        record.load(facts([LIES[lie]]))
    assert "nothing of it was loaded" in str(told.value)
    assert record.loads() == ()
    assert not list(record.root.rglob("*.parquet"))


def test_rows_added_to_another_row_are_kept_without_one_of_their_own(record: Record) -> None:
    folded = np.array([3, 4])
    load = record.load(facts([Batch(3, {"purchase": purchases(["a"])}, folded=folded)]))
    assert (load.rows_in, load.rows_kept, load.rows_aside) == (3, 3, 0)
    assert load.rows == {"purchase": 1}


def test_rows_that_come_twice_in_two_batches_are_refused(record: Record) -> None:
    batch = Batch(1, {"purchase": purchases(["a"])})
    with pytest.raises(Problem, match="nothing of it was loaded"):
        record.load(facts([batch, batch]))


def test_a_source_that_breaks_off_leaves_nothing(record: Record) -> None:
    def broken() -> Iterator[Batch]:
        yield Batch(1, {"purchase": purchases(["a"])})
        raise OSError(5, "Input/output error")

    record.load(orders(["z"], file="z.csv"))
    with pytest.raises(Problem, match="could not be read to its end"):
        record.load(Facts("shop", "a.csv", "c", "r", broken()))
    assert order_ids(record) == ["z"]
    assert not list(record.root.rglob("L000002*"))


def test_a_fingerprint_changes_with_what_counts_and_only_then(record: Record) -> None:
    record.load(orders(["a"], file="a.csv"))
    before = record.fingerprint(["purchase"])
    record.load(facts([Batch(1, {}, aside([(2, "bad", "x")]))], file="b.csv"))
    record.compact()
    assert record.fingerprint(["purchase"]) == before
    assert record.fingerprint(["purchase", "visit"]) != before
    record.load(orders(["c"], file="c.csv"))
    assert record.fingerprint(["purchase"]) != before
    record.undo("3")
    assert record.fingerprint(["purchase"]) == before


def test_a_reader_sees_one_instant_whatever_others_write(
    record: Record, open_record: Callable[..., Record]
) -> None:
    record.load(orders(["a"], file="a.csv"))
    other = open_record()
    with record.reading():
        before = record.visible("purchase")
        other.load(orders(["b"], file="b.csv"))
        other.undo("1")
        other.compact()
        assert order_ids(record) == ["a"]
        assert record.visible("purchase").load_ids == ("L000001",)
        assert all(Path(file).exists() for file in before.files)
    assert order_ids(record) == ["b"]
    other.load(orders(["c"], file="c.csv"))
    assert not any(Path(file).exists() for file in before.files)


def test_compacting_merges_small_files_and_keeps_every_row(record: Record) -> None:
    for n in range(6):
        record.load(orders(names(20, f"f{n}-"), file=f"{n}.csv"))
    rows = sorted(map(str, stored(record)))
    done = record.compact()
    assert (done.files_before, done.files_after) == (6, 1)
    assert done.bytes_after < done.bytes_before
    assert sorted(map(str, stored(record))) == rows
    record.undo("3")
    assert not any(name.startswith("f2-") for name in order_ids(record))
    assert record.visible("purchase").rows == 100
    assert not record.visible("purchase").mixed or len(stored(record)) == 100


def test_the_log_keeps_no_statistics_of_people(record: Record) -> None:
    record.load(orders(["a"]))
    record.load(orders(["b"], file="b.csv"))
    record.compact()
    DeltaTable(record.root / "purchase").create_checkpoint()
    kept = pa.table(DeltaTable(record.root / "purchase").get_add_actions(flatten=True))
    names_ = {
        name.split(".", 1)[1] for name in kept.column_names if name.startswith(("min", "max"))
    }
    assert names_ == {"load_id", "ordered_on"}
    for file in record.root.rglob("_delta_log/*"):
        assert b"customer-" not in file.read_bytes()


def test_an_empty_record_reads_as_empty(record: Record) -> None:
    assert record.loads() == ()
    assert record.visible("purchase").files == ()
    assert record.aside().num_rows == 0
    with record.reading():
        assert record.fingerprint(["purchase"])
    assert not record.root.exists()


def test_a_table_that_does_not_exist_is_named(record: Record) -> None:
    with pytest.raises(Problem, match="Did you mean purchase"):
        record.visible("purchases")


@pytest.mark.spark
def test_spark_reads_the_same_files_without_a_delta_jar(record: Record, spark: Any) -> None:
    record.load(orders(names(40)))
    shown = record.visible("purchase")
    rows = spark.read.parquet(*shown.files)
    assert rows.count() == shown.rows
    assert str(rows.agg({"revenue": "sum"}).first()[0]) == "396.0000"
    assert dict(rows.dtypes)["revenue"] == "decimal(18,4)"
    assert dict(rows.dtypes)["ordered_on"] == "timestamp"
