"""From facts on record to the letter: who waits, who asked again, what followed."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from answering.worlds import at, message
from rapport.record.engines import open_engine
from rapport.record.facts import ASIDE, Batch, Facts
from rapport.record.schema import TABLES
from rapport.record.store import Record
from rapport.report.letter import write_letter
from rapport.results import Results, StepResult
from rapport.settings import Settings, parse_settings
from rapport.steps.answering import answering
from rapport.steps.answering_requests import find_requests
from rapport.steps.buying import buying
from rapport.steps.context import Context

DAY = dt.timedelta(days=1)
START = at("2026-01-05T09:00")
BAD = '<script>alert(1)</script> =1+1 "&'


def load(record: Record, table: str, rows: list[dict[str, Any]]) -> None:
    """Load rows as one file of their source."""
    kinds = {column.name: column.arrow.type for column in TABLES[table].columns}
    for source in sorted({row.get("source", "desk") for row in rows}):
        kept = [row for row in rows if row.get("source", "desk") == source]
        columns: dict[str, Any] = {
            name: pa.array([_zoned(row.get(name)) for row in kept], kind)
            for name, kind in kinds.items()
        }
        columns["source_row"] = pa.array(range(2, len(kept) + 2), pa.int64())
        batch = Batch(len(kept), {table: pa.table(columns)}, ASIDE.empty_table())
        content = hashlib.sha256(json.dumps(kept, default=str).encode()).hexdigest()
        record.load(Facts(source, f"{table}.csv", content, "1", iter([batch])))


def _zoned(value: Any) -> Any:
    return value.replace(tzinfo=dt.UTC) if isinstance(value, dt.datetime) else value


def tickets() -> list[dict[str, Any]]:
    """120 requests of 60 people; every third is never answered, every fifth closed unanswered."""
    rows = []
    for k in range(120):
        opened = START + k * dt.timedelta(hours=31)
        row = {"ticket_id": str(k), "opened_on": opened, "account_id": f"p{k % 60}"}
        row |= {"channel": "email" if k % 2 else "phone", "reopened": int(k % 10 == 1)}
        if k % 3:
            row["first_human_answer_on"] = opened + dt.timedelta(minutes=10 + 7 * k)
            row["rating"] = "good" if k % 4 else "bad"
        elif k % 5 == 0:
            row["solved_on"] = opened + 2 * DAY
        rows.append(row)
    rows.append({**rows[-1], "ticket_id": "rare", "channel": "fax", "account_id": "p0"})
    return rows


def orders() -> list[dict[str, Any]]:
    return [
        {
            "purchase_id": f"o{k}",
            "ordered_on": START + k * 2 * DAY,
            "account_id": f"p{k % 60}",
            "revenue": 20,
            "currency": "EUR",
        }
        for k in range(100)
    ]


def talk() -> list[dict[str, Any]]:
    rows = [message("p", "us", "2026-02-01T08:00", "New tea")]
    for k in range(12):
        rows.append(message(f"q{k}", f"c{k}", f"2026-02-{k + 2:02d}T08:00", f"{BAD}?", "p"))
        if k < 6:
            rows.append(message(f"a{k}", "us", f"2026-02-{k + 2:02d}T11:00", f"Hi {k}", f"q{k}"))
    rows.append(message("thanks", "c9", "2026-02-20T08:00", "Lovely", "p"))
    rows.append({**message("n", "who", "2026-02-20T08:00", "Why?"), "source": "press",
                 "channel": "press"})  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Context, StepResult]]:
    folder = tmp_path_factory.mktemp("brand")
    settings = parse_settings('brand = "M"\n[service]\ncost_per_contact = 4.5\n')
    record = Record(folder / "record", key=b"key", zone=settings.time_zone)
    load(record, "ticket", tickets())
    load(record, "purchase", orders())
    load(record, "activity", talk())
    load(record, "account", [
        {"source": "x", "account_id": "us", "channel": "x", "is_brand": True, "handle": "us"}
    ])  # fmt: skip
    yield from _computed(folder, record, settings)


def _computed(
    folder: Path, record: Record, settings: Settings
) -> Iterator[tuple[Context, StepResult]]:
    results = Results(folder / "results")
    results.folder.mkdir()
    with (
        record.reading(),
        open_engine("duckdb", time_zone=settings.time_zone, temp=folder / "tmp") as engine,
    ):
        context = Context(engine, record, results, settings)
        results.save("buying", "1", buying(context))
        results.save("asking", "1", find_requests(context))
        made = answering(context)
        results.save("answering", "1", made)
        yield context, made


def test_headlines_count_everybody(world: tuple[Context, StepResult]) -> None:
    _, made = world
    numbers = made.numbers
    rows = 121 + 12  # tickets, and public questions; thanks and the press's are none
    assert numbers["still_waiting"].value == 32 + 6
    assert numbers["ended_unanswered"].value == 8
    assert numbers["median_wait"].rows == rows
    assert numbers["median_wait"].low < numbers["median_wait"].value < numbers["median_wait"].high
    assert "p90_wait" not in numbers
    assert numbers["answered_in_a_day"].value == pytest.approx(87 / rows)


def test_what_cannot_be_told_is_said(world: tuple[Context, StepResult]) -> None:
    told = {entry.question.text("en"): entry.why.text("en") for entry in world[1].untold}
    assert "Within how long are nine in ten answered?" in told
    assert "Are people answered in what press brought?" in told
    assert "Which requests are complaints?" in told
    assert "8 of 133" in told["Were the requests answered that were solved without a known answer?"]


def test_small_groups_are_not_shown(world: tuple[Context, StepResult]) -> None:
    context, _ = world
    rows = context.results.table("waiting").to_pylist()
    channels = {row["group"]: row for row in rows if row["grouping"] == "channel"}
    assert set(channels) == {"email", "phone", "x"}
    assert channels["x"]["waiting"] == 6
    assert channels["x"]["median"] == 180
    assert {row["channel"] for row in context.results.table("waiting_curve").to_pylist()} == set(
        channels
    )


def test_who_waits_is_listed_with_the_words(world: tuple[Context, StepResult]) -> None:
    context, made = world
    rows = context.results.table("unanswered").to_pylist()
    assert len(rows) == made.numbers["still_waiting"].value
    assert sum(BAD in (row["text"] or "") for row in rows) == 6
    assert all(row["waiting_hours"] >= 0 for row in rows)


def test_outcomes_stand_beside_their_naive_gap(world: tuple[Context, StepResult]) -> None:
    context, made = world
    rows = context.results.table("outcomes").to_pylist()
    fast = [row for row in rows if row["outcome"] == "bought" and row["answered"] == "fast"]
    assert fast
    assert all(row["people"] >= 10 for row in rows)
    assert made.numbers["answered_fast_gap"].grade.value == "adjusted comparison"
    assert made.numbers["answered_fast_gap_naive"].grade.value == "count"


def test_ratings_are_weighted_to_all_who_asked(world: tuple[Context, StepResult]) -> None:
    numbers, facts = world[1].numbers, world[1].facts
    assert numbers["satisfaction_raw"].rows == 81
    assert facts["satisfaction_least"] <= numbers["satisfaction"].value
    assert numbers["satisfaction"].value <= facts["satisfaction_most"]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_letter_tells_it_safely(
    world: tuple[Context, StepResult], tmp_path: Path, language: str
) -> None:
    context, _ = world
    record = {"rows_in": 1, "rows_kept": 1, "rows_aside": 0, "loads": []}
    page = write_letter(
        context.results, brand="M", language=language, out=tmp_path / "letter.html",
        record_summary=record,
    ).read_text()  # fmt: skip
    start = page.index('id="answering">')
    section = page[start : page.index("</section>", start)]
    assert "<script>" not in section
    assert "&lt;script&gt;" in section
    assert ("still waiting" if language == "en" else "en attente") in section
    table = (tmp_path / "letter_files" / "unanswered.csv").read_text("utf-8-sig")
    assert not any(cell.startswith("=") for line in table.splitlines() for cell in line.split(","))


def test_nothing_on_record_is_said(tmp_path: Path) -> None:
    settings = parse_settings('brand = "M"')
    record = Record(tmp_path / "record", key=b"key", zone=settings.time_zone)
    load(record, "purchase", orders())
    for _, made in _computed(tmp_path, record, settings):
        assert not made.numbers
        assert made.untold[0].question.text("en") == "Do we answer? How long do people wait?"


def test_business_hours_that_cannot_be_read_are_a_problem(tmp_path: Path) -> None:
    from rapport.errors import Problem

    settings = parse_settings('brand = "M"\n[service]\nhours = "9 to 5"\n')
    record = Record(tmp_path / "record", key=b"key", zone=settings.time_zone)
    load(record, "ticket", tickets())
    with pytest.raises(Problem, match="business hours"):
        next(_computed(tmp_path, record, settings))


def test_a_record_says_whether_it_can_tell(world: tuple[Context, StepResult]) -> None:
    from rapport.questions import Basis, readiness
    from rapport.steps.answering import look_at_answers

    context, _ = world
    requests, talks = look_at_answers(context)
    assert (requests, talks) == (121, 6)
    question = "Do we answer? How long do people wait?"
    for basis, answerable in (
        (Basis(requests=121), True),
        (Basis(talks=6), True),
        (Basis(), False),
    ):
        told = {r.question.text("en"): r for r in readiness(basis, context.settings)}
        assert told[question].answerable is answerable
        assert told[question].because.text("fr") != told[question].because.text("en")
