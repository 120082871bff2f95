"""From facts on record to the table of messages: read once, told apart, forgotten with people."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from rapport.record.engines import open_engine
from rapport.record.facts import ASIDE, Batch, Facts
from rapport.record.forget import forget
from rapport.record.schema import TABLES
from rapport.record.store import Record
from rapport.results import Results, StepResult
from rapport.settings import parse_settings
from rapport.steps.context import Context
from rapport.steps.understanding import READ, read_ahead, understanding

HOSTILE = '=HYPERLINK("x") <script>alert(1)</script> \u202e never works, I am furious'
PRESS = "La maison ouvre ses portes samedi et offre un thé à chaque visiteur du quartier latin"
NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def load(record: Record, table: str, rows: list[dict[str, Any]]) -> None:
    kinds = {column.name: column.arrow.type for column in TABLES[table].columns}
    columns: dict[str, Any] = {
        name: pa.array([row.get(name) for row in rows], kind) for name, kind in kinds.items()
    }
    columns["source_row"] = pa.array(range(2, len(rows) + 2), pa.int64())
    batch = Batch(len(rows), {table: pa.table(columns)}, ASIDE.empty_table())
    content = hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()
    record.load(Facts("x", f"{table}-{content[:6]}.csv", content, "1", iter([batch])))


def said(number: int, who: str, text: str, **more: Any) -> dict[str, Any]:
    return {
        "activity_id": str(number),
        "account_id": who,
        "occurred_on": NOON + dt.timedelta(hours=number),
        "channel": "x",
        "verb": "Create",
        "text": text,
        **more,
    }


TALK = [
    said(1, "ann", HOSTILE),
    said(2, "shop", "Merci Ann, nous regardons cela tout de suite", in_reply_to="1"),
    said(3, "bob", "Je voudrais acheter la théière bleue, vous l'avez en stock ?"),
    said(4, "press", f"{PRESS} https://p.fr/1"),
    said(5, "eve", f"RT @press {PRESS.upper()}"),
    said(6, "bob", ""),
    said(7, "cat", "Merci !"),
    said(8, "dan", "Merci !"),
]


@pytest.fixture
def record(tmp_path: Path) -> Record:
    made = Record(tmp_path / "record", key=b"k" * 32, zone="Europe/Paris")
    load(made, "activity", TALK)
    accounts = [{"account_id": "shop", "channel": "x", "is_brand": True}]
    load(made, "account", [*accounts, {"account_id": "ann", "channel": "x", "handle": "ann"}])
    return made


@contextmanager
def ran(record: Record, engine: str = "duckdb") -> Iterator[tuple[Context, StepResult]]:
    results = Results(record.root.parent / "results")
    settings = parse_settings('brand = "M"')
    with open_engine(engine, time_zone="Europe/Paris", temp=record.root.parent / "t") as opened:
        context = Context(opened, record, results, settings)
        result = understanding(context)
        results.save("understanding", "1", result)
        yield context, result


def rows_of(context: Context) -> dict[str, dict[str, Any]]:
    table = context.results.table("messages")
    return {row["message_id"]: row for row in table.to_pylist()}


def test_each_message_says_what_it_is_and_whose_it_is(record: Record) -> None:
    with ran(record) as (context, result):
        rows = rows_of(context)
    assert set(rows) == {f"x:{n}" for n in (1, 2, 3, 4, 5, 7, 8)}
    assert rows["x:1"]["text"] == HOSTILE  # stored whole; whoever shows it makes it safe
    assert rows["x:1"]["sentiment"] == "negative"
    assert rows["x:3"]["is_purchase_intent"]
    assert rows["x:3"]["is_question"]
    assert rows["x:3"]["language"] == "fr"
    assert [rows[f"x:{n}"]["from_brand"] for n in (1, 2, 3)] == [False, True, False]
    assert rows["x:2"]["in_reply_to"] == "1"
    assert rows["x:3"]["person_id"] == "x:bob"
    assert rows["x:5"]["copy_of"] == "x:4"
    assert rows["x:8"]["copy_of"] == "x:8"  # short thanks of two people are no copies
    assert result.numbers["messages_understood"].value == 5
    assert result.numbers["messages_understood"].people == 5
    assert not (record.root.parent / "results" / "reading").exists()


def test_only_new_texts_are_read_again(record: Record) -> None:
    with ran(record) as (_, first):
        assert first.facts["texts_read"] == 6
    with ran(record) as (_, again):
        assert again.facts["texts_read"] == 0
    load(record, "activity", [said(9, "bob", "Toujours pas de réponse, c'est honteux")])
    with ran(record) as (context, more):
        assert more.facts["texts_read"] == 1
        assert rows_of(context)["x:9"]["is_complaint"]


def test_forgetting_a_person_forgets_what_was_remembered(record: Record) -> None:
    with ran(record):
        pass
    results = record.root.parent / "results"
    assert (results / "understood").is_dir()
    forget(record, "ann", results=results)
    assert not (results / "understood").exists()
    with ran(record) as (context, _):
        assert "x:1" not in rows_of(context)


def test_a_record_without_words_says_so(tmp_path: Path) -> None:
    record = Record(tmp_path / "record", key=b"k" * 32, zone="Europe/Paris")
    load(record, "activity", [said(1, "ann", "")])
    with ran(record) as (context, result):
        assert result.tables == {"messages": 0}
        assert [one.question.message for one in result.untold] == ["What do people say?"]
        assert rows_of(context) == {}


def test_texts_are_read_ahead_and_not_again(record: Record, tmp_path: Path) -> None:
    results, settings = Results(tmp_path / "results"), parse_settings('brand = "M"')
    with open_engine("duckdb", time_zone="Europe/Paris", temp=tmp_path / "t") as engine:
        context = Context(engine, record, results, settings)
        assert read_ahead(context).facts["texts_read_ahead"] == 6
        assert not (tmp_path / "results" / "reading_ahead").exists()
        found = understanding(context)
        assert found.facts["texts_read"] == 0
        results.save("understanding", "1", found)
        ahead = rows_of(context)
        assert not (tmp_path / "results" / READ).exists()
        understanding(context)
        assert rows_of(context) == ahead


def test_what_was_read_ahead_of_another_record_is_not_taken(record: Record, tmp_path: Path) -> None:
    results, settings = Results(tmp_path / "results"), parse_settings('brand = "M"')
    with open_engine("duckdb", time_zone="Europe/Paris", temp=tmp_path / "t") as engine:
        context = Context(engine, record, results, settings)
        read_ahead(context)
        load(record, "activity", [said(9, "bob", "Toujours pas de réponse, c'est honteux")])
        found = understanding(context)
        assert found.facts["texts_read"] == 1
        results.save("understanding", "1", found)
        assert rows_of(context)["x:9"]["is_complaint"]


def test_forgetting_a_person_forgets_what_was_read_ahead(record: Record, tmp_path: Path) -> None:
    results, settings = Results(tmp_path / "results"), parse_settings('brand = "M"')
    with open_engine("duckdb", time_zone="Europe/Paris", temp=tmp_path / "t") as engine:
        read_ahead(Context(engine, record, results, settings))
    assert (results.folder / READ).is_dir()
    forget(record, "ann", results=results.folder)
    assert not (results.folder / READ).exists()


def test_where_nobody_wrote_nothing_is_read_ahead(tmp_path: Path) -> None:
    record = Record(tmp_path / "record", key=b"k" * 32, zone="Europe/Paris")
    results, settings = Results(tmp_path / "results"), parse_settings('brand = "M"')
    with open_engine("duckdb", time_zone="Europe/Paris", temp=tmp_path / "t") as engine:
        context = Context(engine, record, results, settings)
        assert read_ahead(context) == StepResult()
        load(record, "activity", [said(1, "ann", "")])
        assert read_ahead(context).facts["texts_read_ahead"] == 0


@pytest.mark.spark
@pytest.mark.slow
def test_spark_writes_the_same_messages(record: Record, spark: Any) -> None:
    with ran(record) as (context, _):
        wanted = rows_of(context)
    with ran(record, "spark") as (context, result):
        found = rows_of(context)
    assert result.facts["texts_read"] == 0
    assert found == wanted
