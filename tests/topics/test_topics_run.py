"""From messages on record to topics, questions, and their place in the letter."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from rapport.record.engines import open_engine
from rapport.record.facts import ASIDE, Batch, Facts
from rapport.record.forget import forget
from rapport.record.schema import TABLES
from rapport.record.store import Record
from rapport.report.findings import Findings
from rapport.report.prose import Prose
from rapport.report.sections.topics import question_grid, topic_figure, topic_grid
from rapport.results import Results, StepResult
from rapport.settings import parse_settings
from rapport.simulation.texts import messages
from rapport.steps.asked import questions
from rapport.steps.context import Context
from rapport.steps.topics import topics
from rapport.steps.topics_again import topics_again
from rapport.steps.understanding import understanding

LAST = dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)
BAD = "<script>alert(1)</script>"
SETTINGS = 'brand = "Maison Alizé"\n[service]\ncost_per_contact = 4.5\n'


def load(record: Record, table: str, rows: list[dict[str, Any]]) -> None:
    """Load rows as one file."""
    kinds = {column.name: column.arrow.type for column in TABLES[table].columns}
    columns: dict[str, Any] = {
        name: pa.array(
            [row.get(name) for row in rows], kind)
        for name, kind in kinds.items()
    }  # fmt: skip
    columns["source_row"] = pa.array(range(2, len(rows) + 2), pa.int64())
    batch = Batch(len(rows), {table: pa.table(columns)}, ASIDE.empty_table())
    content = hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()
    record.load(Facts("forum", f"{table}.csv", content, "1", iter([batch])))


def deed(
    number: int | str, who: str, ago: float, text: str, to: str | None = None
) -> dict[str, Any]:
    """Return one message written so many days before the last."""
    return {
        "activity_id": str(number),
        "account_id": who,
        "occurred_on": LAST - dt.timedelta(days=ago),
        "verb": "Create",
        "object_kind": "Note",
        "channel": "forum",
        "text": text,
        "in_reply_to": to,
    }


def talk() -> list[dict[str, Any]]:
    """Half a year of delivery, app and refund; of late everybody asks about allergens."""
    rng = np.random.default_rng(3)
    subjects = [*rng.choice(["delivery", "app", "refund"], 600).tolist(), *["allergens"] * 80]
    kinds = rng.choice(["complaint", "suggestion"], 680).tolist()
    texts = messages(
        rng, kinds=kinds, sentiments=["negative"] * 680, languages=["en"] * 680, topics=subjects,
        ironies=[False] * 680,
    )  # fmt: skip
    ago = [*rng.uniform(0, 180, 600).tolist(), *rng.uniform(0, 20, 80).tolist()]
    rows = [
        deed(n, f"p{n % 300}", days, text)
        for n, (days, text) in enumerate(zip(ago, texts, strict=True))
    ]
    towns = ("Leeds", "Bath", "York", "Paris")
    wrap = "Hi! Do you gift wrap teapots in {}?"
    rows += [deed(f"w{n}", f"a{n}", 60 - n, wrap.format(towns[n % 4])) for n in range(16)]
    rows.append(deed("r0", "us", 59, f"@a0 Yes, we gift wrap every teapot for free {BAD}", "w0"))
    rows.append(deed("t0", "a0", 58, "Thank you so much, that helped a lot!", "r0"))
    rows.append(deed("r1", "us", 50, "Please write us a private message about it", "w1"))
    rows.append(deed("r2", "kind", 50, "They wrapped mine last week, just ask at the till", "w2"))
    rows += [
        deed(f"n{n}", f"b{n}", 30, f"When does the Hull shop close on day {n}?") for n in range(4)
    ]
    return rows


@dataclass
class World:
    """What a run made."""

    context: Context
    topics: StepResult
    questions: StepResult

    def rows(self, table: str) -> list[dict[str, Any]]:
        return self.context.results.table(table).to_pylist()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("brand")
    settings = parse_settings(SETTINGS)
    record = Record(folder / "record", key=b"key", zone=settings.time_zone)
    load(record, "activity", talk())
    load(record, "account", [{"account_id": "us", "channel": "forum", "is_brand": True}])
    results = Results(folder / "results")
    results.folder.mkdir()
    with (
        record.reading(),
        open_engine("duckdb", time_zone=settings.time_zone, temp=folder / "tmp") as engine,
    ):
        context = Context(engine, record, results, settings)
        results.save("understanding", "1", understanding(context))
        results.save("topics", "1", found := topics(context))
        results.save("questions", "1", asked := questions(context))
        yield World(context, found, asked)


def test_what_is_new_is_told_and_nothing_else(world: World) -> None:
    new = [row for row in world.rows("topics") if row["is_new"]]
    assert new
    for row in new:
        assert row["growth_low"] > 2
        assert row["course"] == "more"
        assert row["first_seen"] > dt.date(2026, 6, 1) or row["before"] < row["recent"] / 3
    told = " ".join(f"{row['name']} {row['example_1']}" for row in new).lower()
    assert any(word in told for word in ("allerg", "hazelnut", "gluten"))
    assert world.topics.numbers["new_topics"].value == len(new)


def test_small_groups_are_no_topics(world: World) -> None:
    shown = {row["topic_id"] for row in world.rows("topics")}
    assert all(row["people"] >= 10 for row in world.rows("topics"))
    assert {row["topic_id"] for row in world.rows("message_topics")} <= shown
    assert {row["topic_id"] for row in world.rows("topics_by_month")} <= shown


def test_sums_agree(world: World) -> None:
    months: dict[str, int] = {}
    for row in world.rows("topics_by_month"):
        months[row["topic_id"]] = months.get(row["topic_id"], 0) + row["messages"]
    assert months == {row["topic_id"]: row["messages"] for row in world.rows("topics")}


def test_a_second_run_gives_the_same_ids(world: World) -> None:
    before = {row["message_id"]: row["topic_id"] for row in world.rows("message_topics")}
    topics(world.context)
    assert {row["message_id"]: row["topic_id"] for row in world.rows("message_topics")} == before


def test_what_is_said_while_a_month_goes_on_is_placed_where_a_whole_run_places_it(
    world: World,
) -> None:
    tables = ("topics", "message_topics", "topics_by_month", "topic_memory")
    before = {name: sorted(map(repr, world.rows(name))) for name in tables}
    found = topics_again(replace(world.context, since=dt.date(2026, 6, 10)))
    assert {name: sorted(map(repr, world.rows(name))) for name in tables} == before
    told = {name: number.to_dict() for name, number in found.numbers.items()}
    assert told == {name: number.to_dict() for name, number in world.topics.numbers.items()}
    late = [row["message_id"] for row in world.rows("messages") if row["day"].month == 6]
    assert {row["message_id"] for row in world.rows("message_topics")}.intersection(late)


def test_the_question_that_is_worth_an_article(world: World) -> None:
    (row,) = [row for row in world.rows("questions") if "wrap" in row["question"]]
    assert row["question"].startswith("Do you gift wrap teapots in")
    assert (row["times"], row["people"]) == (16, 16)
    assert (row["staff"], row["community"], row["nobody"], row["unseen"]) == (2, 1, 13, 0)
    assert row["unanswered"] == pytest.approx(13 / 16)
    assert row["unanswered_low"] < 13 / 16 < row["unanswered_high"]
    assert row["answer"].startswith("Yes, we gift wrap every teapot")
    assert (row["answered_by"], row["thanked"]) == ("staff", 1)
    assert row["money_saved"] == pytest.approx(4.5 * row["contacts_saved"])
    assert not [row for row in world.rows("questions") if "Hull" in row["question"]]  # four people


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_letter_tells_it_safely(world: World, language: str) -> None:
    findings = Findings.of(world.context.results, language)
    prose = Prose(findings.words)
    drawn, told, asked = (
        make(findings, prose) for make in (topic_figure, topic_grid, question_grid)
    )
    assert drawn is not None
    assert "<svg" in str(drawn.wide)
    assert told is not None
    assert any(word in str(told.rows[0][0].text) for word in ("new", "nouveau"))
    assert asked is not None
    assert "gift wrap" in str(asked.rows[0][0].text)
    assert BAD not in str(asked.under[0])
    assert "@a0" not in str(asked.under[0])


def test_without_messages_it_says_so(tmp_path: Path) -> None:
    settings = parse_settings(SETTINGS)
    record = Record(tmp_path / "record", key=b"key", zone=settings.time_zone)
    load(record, "activity", [deed(1, "us", 1, "We are open")])
    load(record, "account", [{"account_id": "us", "channel": "forum", "is_brand": True}])
    results = Results(tmp_path / "results")
    results.folder.mkdir()
    with (
        record.reading(),
        open_engine("duckdb", time_zone=settings.time_zone, temp=tmp_path / "tmp") as engine,
    ):
        context = Context(engine, record, results, settings)
        results.save("understanding", "1", understanding(context))
        (told,) = topics(context).untold
        (asked,) = questions(context).untold
    assert told.question.text("en") == "What do people talk about?"
    assert asked.why.text("fr") == "Aucun message ne pose de question."


def test_ids_outlive_the_state(world: World) -> None:
    before = {row["topic_id"]: row["name"] for row in world.rows("topics")}
    state = world.context.results.folder / "state.json"
    kept = state.read_bytes()
    try:
        state.unlink()
        topics(world.context)
    finally:
        state.write_bytes(kept)
    assert {row["topic_id"]: row["name"] for row in world.rows("topics")} == before


def test_a_forgotten_persons_words_go(world: World) -> None:
    record, results = world.context.record, world.context.results
    preview = forget(record, "a0", results=results.folder, dry_run=True)
    assert {"topics", "questions"} <= set(preview.results)
