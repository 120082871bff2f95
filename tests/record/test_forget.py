"""A person is forgotten for good, everywhere, and stays so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_shop import MARCH, aside, facts, purchases, stored

from rapport.errors import Problem
from rapport.record.facts import Batch, Facts
from rapport.record.forget import forget
from rapport.record.locks import Lease
from rapport.record.store import Record

JANE = "Jane.Doe@X.fr"


def shop(file: str = "shop.csv") -> Facts:
    """Three customers; the second is Jane. A row of hers could not be kept."""
    rows = pa.array([2, 3, 4], pa.int64())
    ids = pa.array(["c1", "c2", "c3"])
    account = {"account_id": ids, "name": ["Ann", "Jane Doe", "Joe"], "source_row": rows}
    value = ["ann@x.fr", "jane.doe@x.fr", "mary-jane.doe@x.fr"]
    identifier = {"account_id": ids, "kind": ["email"] * 3, "value": value, "source_row": rows}
    bought = purchases(["1", "2", "3"]).drop(["account_id"]).append_column("account_id", ids)
    tables = {"account": pa.table(account), "identifier": pa.table(identifier), "purchase": bought}
    return facts(
        [Batch(4, tables, aside([(5, "no_date", '{"email": "JANE.DOE@x.fr", "id": "c2"}')]))],
        file=file,
    )


def talk() -> Facts:
    """Jane speaks on a network, and others speak of her."""
    said = ["I love it", "ask jane.doe@x.fr or (Jane.Doe@x.fr)!", "@winterjane knows", "winterjane"]
    table = pa.table(
        {
            "activity_id": ["p1", "p2", "p3", "p4"],
            "occurred_on": pa.array([MARCH] * 4, pa.timestamp("us", "UTC")),
            "account_id": ["j77", "a1", "a1", "a1"],
            "verb": ["Create"] * 4,
            "text": said,
            "source_row": [2, 3, 4, 5],
        }
    )
    one = {"account_id": ["j77"], "source_row": [2]}
    accounts = pa.table({**one, "handle": ["winterjane"]})
    emails = pa.table({**one, "kind": ["email"], "value": ["jane.doe@x.fr"]})
    batch = Batch(4, {"activity": table, "account": accounts, "identifier": emails})
    return facts([batch], file="talk.json", source="network")


def raw_bytes(record: Record) -> str:
    """Everything in the record as text, Parquet values included."""
    found = []
    for path in record.root.rglob("*"):
        if path.suffix == ".parquet":
            found.append(str(pq.ParquetFile(path).read().to_pylist()))
        elif path.is_file():
            found.append(path.read_text("utf-8"))
    return "\n".join(found).lower()


def test_a_preview_counts_and_changes_nothing(record: Record) -> None:
    record.load(shop())
    record.load(talk())
    before = raw_bytes(record)
    preview = forget(record, JANE, dry_run=True)
    assert preview.accounts == (("network", "j77"), ("shop", "c2"))
    assert preview.rows == {"purchase": 1, "activity": 1, "account": 2, "identifier": 2}
    assert preview.mentions == {"activity": 2, "aside": 1}
    assert not preview.done
    assert raw_bytes(record) == before


def test_forgetting_removes_every_row_and_proves_it(record: Record) -> None:
    record.load(shop())
    record.load(talk())
    done = forget(record, JANE)
    assert done.done
    assert done.hits == 0
    assert done.files_read == len(list(record.root.rglob("*.parquet")))
    assert done.rows_read == sum(
        record.visible(name).rows
        for name in ("purchase", "activity", "account", "identifier", "aside")
    )
    left = raw_bytes(record)
    assert "jane.doe@x.fr" not in left.replace("mary-jane.doe@x.fr", "")
    for trace in ("'c2'", "j77", "jane doe", "@winterjane"):
        assert trace not in left
    assert {row["account_id"] for row in stored(record)} == {"c1", "c3"}
    assert [row["text"] for row in stored(record, "activity")] == [
        "ask [forgotten] or ([forgotten])!",
        "[forgotten] knows",
        "winterjane",
    ]
    assert record.loads()[0].forgotten == {"account": 1, "identifier": 1, "purchase": 1}


def test_a_row_set_aside_loses_its_text_and_keeps_its_count(record: Record) -> None:
    record.load(shop())
    forget(record, JANE)
    (row,) = record.aside().to_pylist()
    assert (row["code"], row["reason"], row["raw"]) == ("no_date", "forgotten person", None)


def test_others_are_left_alone(record: Record) -> None:
    record.load(shop())
    forget(record, JANE)
    assert "mary-jane.doe@x.fr" in raw_bytes(record)
    assert len(stored(record)) == 2


def test_a_file_that_brings_the_person_again_sets_those_rows_aside(record: Record) -> None:
    record.load(shop())
    forget(record, JANE)
    record.undo("1")
    again = record.load(shop())
    assert (again.rows_in, again.rows_kept, again.rows_aside) == (4, 2, 2)
    assert again.reasons == {"forgotten_person": 1, "no_date": 1}
    assert "jane.doe@x.fr" not in raw_bytes(record).replace("mary-jane.doe@x.fr", "")
    shown = [(r["source_row"], r["reason"], r["raw"]) for r in record.aside().to_pylist()]
    assert sorted(shown) == [(3, "forgotten person", None), (5, "forgotten person", None)]


def test_another_system_that_brings_the_e_mail_is_kept_out_too(record: Record) -> None:
    record.load(shop())
    forget(record, JANE)
    load = record.load(talk())
    assert load.rows_aside == 1
    assert "j77" not in raw_bytes(record)
    later = purchases(["9"]).set_column(2, "account_id", pa.array(["j77"]))
    bought = record.load(facts([Batch(1, {"purchase": later})], file="x", source="network"))
    assert bought.reasons == {"forgotten_person": 1}


def test_rows_before_the_e_mail_was_seen_go_too(record: Record) -> None:
    record.load(shop())
    forget(record, JANE)
    early = Batch(
        2, {"purchase": purchases(["8", "9"]).set_column(2, "account_id", pa.array(["j77", "k"]))}
    )
    one = {"account_id": ["j77"], "source_row": [4]}
    late = Batch(1, {"identifier": pa.table({**one, "kind": ["email"], "value": [JANE]})})
    load = record.load(facts([early, late], file="x", source="network"))
    assert (load.rows_in, load.rows_kept, load.rows_aside) == (3, 1, 2)
    assert load.rows["purchase"] == 1
    assert "j77" not in raw_bytes(record)


def test_the_ledger_keeps_only_hashes(record: Record) -> None:
    record.load(shop(file="Export for jane.doe@x.fr.csv"))
    forget(record, JANE)
    ledger = (record.root / "load" / "ledger.jsonl").read_text()
    assert "jane" not in ledger.lower()
    assert record.loads()[0].file == "Export for [forgotten].csv"


def test_an_undone_or_replaced_file_does_not_keep_the_person(record: Record) -> None:
    record.load(shop())
    more = shop().batches
    batch = next(more)
    record.load(
        facts(
            [Batch(5, batch.tables, aside([(5, "no_date", "x"), (6, "late", "y")]))],
            file="shop.csv",
        )
    )
    assert [load.status for load in record.loads()] == ["replaced", "committed"]
    forget(record, "c2")
    record.undo("2")
    assert {row["account_id"] for row in stored(record)} == {"c1", "c3"}


def test_by_account_phone_and_handle(record: Record) -> None:
    record.load(talk())
    assert forget(record, "winterJane", dry_run=True).accounts == (("network", "j77"),)
    assert forget(record, "J77", dry_run=True).accounts == (("network", "j77"),)


def test_by_a_phone_written_in_another_way(record: Record) -> None:
    one = {"account_id": ["c9"], "kind": ["phone"], "value": ["+33612345678"], "source_row": [2]}
    record.load(facts([Batch(1, {"identifier": pa.table(one)})]))
    assert forget(record, "+33 6 12.34.56-78", dry_run=True).rows == {"identifier": 1}


def test_capitals_tell_accounts_apart_where_they_must(record: Record) -> None:
    ids = pa.array(["aB", "ab"])
    rows = purchases(["1", "2"]).set_column(2, "account_id", ids)
    record.load(facts([Batch(2, {"purchase": rows})]))
    assert forget(record, "aB", dry_run=True).accounts == (("shop", "aB"),)


def test_a_respondent_is_a_person(record: Record) -> None:
    rows = pa.table(
        {
            "respondent": ["r1", "r2"],
            "answered_on": pa.array([MARCH] * 2, pa.timestamp("us", "UTC")),
            "instrument": ["nps"] * 2,
            "item": ["q1"] * 2,
            "source_row": [2, 3],
        }
    )
    record.load(facts([Batch(2, {"answer": rows})]))
    assert forget(record, "r2").rows == {"answer": 1}


@pytest.mark.parametrize("nobody", ["nobody@x.fr", "Jane Doe", "c"])
def test_who_is_not_there_is_said(record: Record, nobody: str) -> None:
    record.load(shop())
    before = raw_bytes(record)
    with pytest.raises(Problem, match="Nothing in the record names"):
        forget(record, nobody)
    assert raw_bytes(record) == before


def test_forgetting_twice_is_done_twice(record: Record) -> None:
    record.load(shop())
    forget(record, JANE)
    again = forget(record, JANE)
    assert again.rows == {}
    assert again.hits == 0


def test_counts_and_fingerprints_follow(record: Record) -> None:
    record.load(shop())
    record.load(talk())
    before = {name: record.fingerprint([name]) for name in ("purchase", "activity", "visit")}
    forget(record, JANE)
    assert record.visible("purchase").rows == 2
    assert record.fingerprint(["purchase"]) != before["purchase"]
    assert record.fingerprint(["activity"]) != before["activity"]
    assert record.fingerprint(["visit"]) == before["visit"]


def test_results_that_hold_the_person_go(record: Record, tmp_path: Path) -> None:
    record.load(shop())
    results = tmp_path / "results"
    for name, person in (("customers", "shop:c2"), ("others", "shop:c1")):
        (results / name).mkdir(parents=True)
        pq.write_table(pa.table({"person_id": [person]}), results / name / "part.parquet")
    (results / "state.json").write_text("{}")
    (results / "letter.html").write_text("<p>Write to jane.doe@x.fr</p>")
    (results / "other.html").write_text("<p>Write to joe@x.fr</p>")
    done = forget(record, JANE, results=results)
    assert done.results == ("customers", "letter.html", "state.json")
    assert sorted(path.name for path in results.iterdir()) == ["other.html", "others"]


def test_it_waits_for_loads_and_readers_and_says_so(
    record: Record, open_record: Callable[..., Record]
) -> None:
    record.load(shop())
    with open_record().reading(), pytest.raises(Problem, match="Nobody was forgotten yet"):
        forget(record, JANE, patience=0.1)
    lease = Lease(record.ledger.running / "L000009")
    with pytest.raises(Problem, match="Nobody was forgotten yet"):
        forget(record, JANE, patience=0.1)
    lease.end()
    assert forget(record, JANE).hits == 0


def test_identifiers_are_stored_as_hashes_where_set(open_record: Callable[..., Record]) -> None:
    record = open_record(hash_identifiers=True)
    record.load(shop())
    left = raw_bytes(record)
    for trace in ("jane", "ann@", "'c2'"):
        assert trace not in left
    accounts = {row["account_id"] for row in stored(record, "identifier")}
    assert {row["account_id"] for row in stored(record)} == accounts
    assert len(accounts) == 3
    assert record.aside().column("raw").to_pylist() == [None]


def test_a_hash_is_the_same_in_every_file_and_other_with_another_key(
    open_record: Callable[..., Record], tmp_path: Path
) -> None:
    record = open_record(hash_identifiers=True)
    record.load(shop())
    record.load(talk())
    values = [row["value"] for row in stored(record, "identifier")]
    assert len(set(values)) == 3
    other = Record(tmp_path / "other", key=b"another", hash_identifiers=True)
    other.load(shop())
    assert not {row["value"] for row in stored(other, "identifier")} & set(values)


@pytest.mark.parametrize("identifier", [JANE, "c2"])
def test_who_is_stored_as_hashes_can_be_forgotten(
    open_record: Callable[..., Record], identifier: str
) -> None:
    record = open_record(hash_identifiers=True)
    record.load(shop())
    done = forget(record, identifier)
    assert done.rows == {"purchase": 1, "account": 1, "identifier": 1}
    record.undo("1")
    assert record.load(shop()).reasons == {"forgotten_person": 1, "no_date": 1}


def test_turning_hashing_on_replaces_what_stood_in_plain(
    open_record: Callable[..., Record],
) -> None:
    open_record().load(shop())
    record = open_record(hash_identifiers=True)
    assert record.load(shop()).replaces == ("L000001",)
    record.compact()
    assert "jane.doe@x.fr" not in raw_bytes(record)


def test_a_proof_that_fails_is_said(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    record.load(shop())
    monkeypatch.setattr("rapport.record.forget.without", lambda person, rows: rows)
    with pytest.raises(Problem, match="not wholly forgotten") as told:
        forget(record, JANE)
    assert "purchase" in str(told.value)


def test_long_ago_is_forgotten_too(record: Record) -> None:
    rows = purchases(["old"], start=dt.datetime(1999, 1, 1, tzinfo=dt.UTC))
    record.load(facts([Batch(1, {"purchase": rows})]))
    assert forget(record, "customer-old").rows == {"purchase": 1}
    assert record.visible("purchase").rows == 0
