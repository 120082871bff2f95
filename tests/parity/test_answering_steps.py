"""Every relational step of answering gives the same rows on DuckDB and on Spark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa
import pytest

import rapport.listening.answering
from answering.worlds import at, message, rows_of
from parity.comparing import assert_same_rows, relational_steps
from rapport.listening.answering import (
    automatic,
    avoidance,
    business_hours,
    metronome,
    outcomes,
    requests,
    resolution,
    satisfaction,
    threads,
    waits,
)
from rapport.listening.answering.business_hours import BusinessHours, calendar
from rapport.record.engines import Engine, open_engine
from rapport.record.frames import Frame

pytestmark = pytest.mark.spark

NOW = at("2026-06-30T12:00")
TODAY = NOW.date().toordinal()
HOURS = BusinessHours.read(
    "mon-fri 09:00-18:00, sat 22:00-02:00", "Europe/Paris", [dt.date(2026, 5, 8)]
)


def messages() -> list[dict[str, Any]]:
    told = [
        message("p", "us", "2026-03-28T08:00", "New tea"),
        message("1", "ann", "2026-03-28T23:30", "Is it in stock?", "p"),
        message("2", "us", "2026-03-29T03:30", "Yes, Ann", "1"),
        message("3", "bob", "2026-05-04T09:00", "PARCEL? @us", None),
        message("4", "ann", "2026-05-04T09:20", "mine took 3 days", "3"),
        message("5", "us", "2026-05-04T09:21", "Réponse automatique : fermé", "3"),
        message("6", "us", "2026-05-04T15:21", "Here it is", "4"),
        message("7", "zoe", "2026-05-04T09:00", "round", "8"),
        message("8", "zoe", "2026-05-04T09:01", "and round", "7"),
        message("9", "cid", "2026-05-05T09:00", "=1+1 \\1 $1", "gone"),
    ]
    for k in range(6):
        told.append(message(f"q{k}", f"c{k}", f"2026-05-1{k}T10:00:00", "Help?"))
        told.append(message(f"b{k}", "us", f"2026-05-1{k}T10:00:09", f"@c{k} Hi!", f"q{k}"))
    return told


def tickets() -> list[dict[str, Any]]:
    def one(number: int, who: str | None, opened: str, answer: str | None, **more: Any) -> Any:
        row = {"source": "desk", "ticket_id": str(number), "channel": "email", "account_id": who}
        row |= {"opened_on": at(opened)}
        return {**row, "first_human_answer_on": at(answer) if answer else None, **more}

    return [
        one(1, "ann", "2026-05-02T10:00", "2026-05-02T11:30", rating="Good", reopened=1),
        one(2, "ann", "2026-05-02T10:20", None, channel="chat"),
        one(3, "ann", "2026-05-06T10:00", None, solved_on=at("2026-05-07T10:00"), rating="2"),
        one(4, None, "2026-05-07T23:59:31", "2026-05-11T08:00:29", rating="5"),
        one(5, "bob", "2026-05-08T10:00", None, channel=None),
        one(6, "dan", "2026-07-30T10:00", None),
        one(7, "dan", "2026-04-30T10:00", "2026-04-30T09:00"),
        one(8, "eve", "2026-03-01T10:00", "2026-03-04T09:00"),
    ]


@dataclass
class World:
    """One data set on one engine."""

    activity: Frame
    ticket: Frame
    account: Frame
    post: Frame
    visit: Frame
    clock: Frame
    buying: Frame
    events: Frame
    ours: Frame
    messages: Frame
    threads: Frame
    judged: Frame
    desks: Frame
    talks: Frame
    whole: Frame
    once: Frame
    waits: Frame
    cases: Frame
    looks: Frame


def world(engine: Engine, data: dict[str, list[dict[str, Any]]]) -> World:
    there = {
        name: engine.table(rows_of(name, data.get(name, [])))
        for name in ("activity", "ticket", "account", "post", "visit")
    }
    keep = engine.cache
    ours = keep(threads.brand_accounts(there["account"], there["post"]))
    public = threads.public_messages(there["activity"], ours)
    chains = keep(threads.threads(public, keep))
    told = keep(automatic.judged(chains, ["robot"]))
    desks = requests.of_desks(there["ticket"], there["activity"])
    talks = requests.of_conversations(told)
    both = keep(requests.together(desks, talks).with_columns(person_id=nw.col("account_id")))
    single = requests.once(both, 24).with_columns(kind=nw.lit(None).cast(nw.String()))
    single = keep(metronome.hidden(single, [("desk", "email", 90)]))
    clock = engine.table(calendar(HOURS, dt.date(2026, 2, 1), dt.date(2026, 8, 1)))
    waited = keep(waits.waited(waits.states(single, NOW), clock))
    days = pa.table(
        {
            "person_id": data.get("buyers", []),
            "number": pa.array([TODAY - 60 + k for k in range(len(data.get("buyers", [])))]),
        },
        pa.schema([("person_id", pa.string()), ("number", pa.int64())]),
    )
    buying = engine.table(days)
    visits = there["visit"].with_columns(person_id=nw.col("account_id"))
    deeds = there["activity"].with_columns(person_id=nw.col("account_id"))
    answers = public.filter(nw.col("from_brand")).select("channel", "message_id")
    return World(
        there["activity"], there["ticket"], there["account"], there["post"], visits, clock,
        buying, buying.with_columns(what=nw.lit("bought")), ours, public, chains, told, desks,
        talks, both, single, waited, keep(outcomes.cases(waited, TODAY, 24)),
        keep(avoidance.looks(visits, deeds, answers, ["/faq"])),
    )  # fmt: skip


def asked_days(there: World) -> Frame:
    from rapport.record.frames import day_number

    return there.waits.filter(~nw.col("person_id").is_null()).select(
        "person_id", number=day_number(nw.col("opened_on"))
    )


STEPS: dict[Callable[..., Any], Callable[[World], Frame]] = {
    threads.brand_accounts: lambda w: w.ours,
    threads.of_talk: lambda w: threads.of_talk(w.activity),
    threads.public_messages: lambda w: w.messages,
    threads.threads: lambda w: w.threads,
    automatic.judged: lambda w: w.judged,
    requests.of_desks: lambda w: w.desks,
    requests.of_conversations: lambda w: w.talks,
    requests.together: lambda w: w.whole,
    requests.once: lambda w: w.once,
    metronome.delays: lambda w: metronome.delays(w.whole),
    metronome.hidden: lambda w: metronome.hidden(w.whole, [("desk", "email", 90)]),
    waits.states: lambda w: waits.states(w.once, NOW),
    waits.waited: lambda w: w.waits,
    waits.wait_counts: lambda w: waits.wait_counts(w.waits, ("channel",)),
    waits.left_out: lambda w: waits.left_out(w.whole, NOW),
    business_hours.open_seconds: lambda w: business_hours.open_seconds(
        w.desks, w.clock, {"a": "opened_on", "b": "answered_on"}
    ),
    outcomes.cases: lambda w: w.cases,
    outcomes.outcome_cells: lambda w: outcomes.outcome_cells(w.cases, w.buying, w.events, (30, 90)),
    resolution.contacts_again: lambda w: resolution.contacts_again(w.waits, 7),
    resolution.resolution_counts: lambda w: resolution.resolution_counts(
        resolution.contacts_again(w.waits, 7), TODAY
    ),
    satisfaction.rating_cells: lambda w: satisfaction.rating_cells(w.waits),
    avoidance.looks: lambda w: w.looks,
    avoidance.avoidance_cells: lambda w: avoidance.avoidance_cells(
        w.looks, w.buying, asked_days(w), TODAY, 14
    ),
}

DATA: dict[str, dict[str, Any]] = {
    "awkward": {
        "activity": [
            *messages(),
            {
                "source": "desk", "activity_id": "ticket 1", "verb": "Create", "account_id": "ann",
                "object_kind": "ticket", "object_id": "1", "occurred_on": at("2026-05-02T10:00"),
                "text": "Broken", "channel": "email",
            },
            {
                "source": "x", "activity_id": "l1", "verb": "Like", "account_id": "eve",
                "object_kind": "note", "object_id": "2", "occurred_on": at("2026-04-02T10:00"),
                "channel": "x",
            },
        ],
        "ticket": tickets(),
        "account": [
            {"source": "x", "account_id": "us", "channel": "x", "is_brand": True},
            {"source": "desk", "account_id": "kim", "is_employee": True},
            {"source": "x", "account_id": "ann", "channel": "x"},
        ],
        "post": [{"source": "x", "post_id": "p", "account_id": "us", "channel": "x"}],
        "visit": [
            {
                "source": "web", "visit_id": str(k), "account_id": who, "channel": "Direct",
                "started_on": at(f"2026-05-0{k + 1}T10:00"), "landing_page": page,
            }
            for k, (who, page) in enumerate(
                [("ann", "/"), ("bob", "https://b.example/FAQ/1"), ("eve", "/tea"), (None, "/faq")]
            )
        ],
        "buyers": ["ann", "ann", "bob", "eve", "zoe", "eve"],
    },
    "empty": {},
}  # fmt: skip


@pytest.fixture(scope="module", params=["awkward", pytest.param("empty", marks=pytest.mark.slow)])
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, spark: Any
) -> Iterator[tuple[tuple[Engine, World], tuple[Engine, World]]]:
    folder: Path = tmp_path_factory.mktemp("answering")
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setattr(threads, "_DOUBLINGS", 2)  # chains are short here, and Spark is slow
        engines = [
            stack.enter_context(open_engine(name, time_zone="Europe/Paris", temp=folder / name))
            for name in ("duckdb", "spark")
        ]
        worlds = [(engine, world(engine, DATA[request.param])) for engine in engines]
        yield worlds[0], worlds[1]
        worlds.clear()


@pytest.mark.parametrize("step", list(STEPS.values()), ids=[step.__name__ for step in STEPS])
def test_step_gives_the_same_rows_on_both_engines(
    both: tuple[tuple[Engine, World], tuple[Engine, World]], step: Callable[[World], Frame]
) -> None:
    duck, spark = (engine.collect(step(there)) for engine, there in both)
    assert_same_rows(duck, spark)


def test_every_relational_step_has_its_place_here() -> None:
    missing = {f.__name__ for f in relational_steps(rapport.listening.answering) - set(STEPS)}
    assert not missing
