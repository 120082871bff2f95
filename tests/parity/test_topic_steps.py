"""Topics and questions are the same rows on DuckDB and on Spark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import rapport.listening.themes
from awkward_shop import ZONE
from parity.comparing import assert_same_rows, relational_steps
from rapport.listening.themes import replies, talk
from rapport.record.engines import Engine, open_engine
from rapport.record.frames import Frame

LAST = dt.date(2024, 6, 30).toordinal()

TEXTS = ("source", "channel", "activity_id", "person_id", "in_reply_to", "object_id")
MESSAGES = pa.schema(
    [
        ("message_id", pa.string()),
        *((name, pa.string()) for name in TEXTS),
        ("text", pa.string()),
        ("language", pa.string()),
        ("sentiment", pa.string()),
        ("copy_of", pa.string()),
        ("day", pa.date32()),
        *((name, pa.bool_()) for name in ("from_brand", "is_complaint", "is_question")),
        *((name, pa.bool_()) for name in ("is_thanks", "is_praise")),
    ]
)


def message(number: str, who: str, day: str | None, text: str, **more: Any) -> dict[str, Any]:
    """Return a row of `messages` with what matters here."""
    source = more.pop("source", "forum")
    return {
        "message_id": f"{source}:{number}",
        "source": source,
        "channel": None if source == "forum" else source,
        "activity_id": number,
        "person_id": who,
        "text": text,
        "language": more.pop("language", "en"),
        "sentiment": more.pop("sentiment", "neutral"),
        "copy_of": f"{source}:{number}",
        "day": None if day is None else dt.date.fromisoformat(day),
        "from_brand": who == "shop",
        **dict.fromkeys(("is_complaint", "is_question", "is_thanks", "is_praise"), False),
        **more,
    }


LEFT = "Hello Ann, it left our house this morning."
MACHINE = "We have received your request."
ASKED: dict[str, Any] = {"is_question": True}
ROWS = [
    message("1", "ann", "2024-06-29", "Where is my parcel?", **ASKED),
    message("2", "shop", "2024-06-29", LEFT, in_reply_to="1"),
    message("3", "ann", "2024-06-30", "Thank you!", in_reply_to="2", is_thanks=True),
    message("4", "bob", "2024-05-01", "Parcel late?", **ASKED, is_complaint=True),
    message("5", "cid", "2024-05-02", "Mine took a week, be patient.", in_reply_to="4"),
    message("6", "dan", "2024-04-01", "Parcel lost", sentiment="negative", is_complaint=True),
    message("7", "eve", "2024-04-02", "Parcel lost", sentiment="negative", copy_of="forum:6"),
    message("8", "fay", None, "no day", language="fr"),
    message("9", "gil", "2023-01-01", "ما هذا 😡 parcel", sentiment="positive", is_praise=True),
    message("10", "hal", "2024-06-15", "Do you gift wrap?", **ASKED, source="desk", object_id="T1"),
    message("11", "ida", "2024-06-15", "Parcel again?", **ASKED, source="desk", object_id="T2"),
    message("12", "joe", "2024-06-16", "Why?", **ASKED, source="press"),
    message("13", "kim", "2024-06-20", "parcel fine", source="survey", sentiment="positive"),
    message("14", "lou", "2024-06-20", "Do you answer robots?", **ASKED),
    message("15", "shop", "2024-06-20", MACHINE, in_reply_to="14"),
]


def time(day: str, hour: int) -> dt.datetime:
    """Return an instant, as the engines hand it on."""
    return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour))


TALK = [
    ("1", "ann", False, time("2024-06-29", 9), None, "1", "Where is my parcel?", None),
    ("2", "shop", True, time("2024-06-29", 10), "1", "1", LEFT, None),
    ("3", "ann", False, time("2024-06-30", 9), "2", "1", "Thank you!", None),
    ("4", "bob", False, time("2024-05-01", 9), None, "4", "Parcel late?", None),
    ("5", "cid", False, time("2024-05-02", 9), "4", "4", "Mine took a week, be patient.", None),
    ("14", "lou", False, time("2024-06-20", 9), None, "14", "Do you answer robots?", None),
    ("15", "shop", True, time("2024-06-20", 9), "14", "14", MACHINE, "phrase"),
]  # fmt: skip
TALK_SCHEMA = pa.schema(
    [
        ("channel", pa.string()), ("message_id", pa.string()), ("account_id", pa.string()),
        ("from_brand", pa.bool_()), ("occurred_on", pa.timestamp("us")), ("parent", pa.string()),
        ("root", pa.string()), ("text", pa.string()), ("automatic", pa.string()),
    ]
)  # fmt: skip


@dataclass
class World:
    """The frames that the steps start from, on one engine."""

    messages: Frame
    placed: Frame
    topics: Frame
    talk: Frame
    tickets: Frame
    likes: Frame
    seen: Frame
    groups: Frame


def world(engine: Engine) -> World:
    """Return the frames on an engine."""
    messages = engine.table(pa.Table.from_pylist(ROWS, MESSAGES))
    about = {row["text"]: "t1" for row in ROWS if "arcel" in row["text"]}
    about["Do you gift wrap?"] = "t2"
    about["no day"] = None  # type: ignore[assignment]
    placed = engine.table(
        pa.table(
            {
                "text": list(about),
                "language": [next(r["language"] for r in ROWS if r["text"] == t) for t in about],
                "topic_id": pa.array(list(about.values()), pa.string()),
            }
        )
    )
    names = [field.name for field in TALK_SCHEMA]
    said = [dict(zip(names, ("forum", *row), strict=True)) for row in TALK]
    tickets = {
        "source": ["desk", "desk"],
        "ticket_id": ["T1", "T2"],
        "first_human_answer_on": pa.array([time("2024-06-15", 12), None], pa.timestamp("us")),
    }
    likes = {
        "source": ["forum", "forum", "forum"],
        "channel": pa.array([None, None, None], pa.string()),
        "verb": ["Like", "Like", "Create"],
        "object_id": ["5", "5", "2"],
    }
    asked = [row["message_id"] for row in ROWS if row["is_question"]]
    groups = {
        "message_id": asked,
        "question_id": ["q2" if i == "desk:10" else "q1" for i in asked],
    }
    return World(
        messages,
        placed,
        engine.cache(talk.with_copies_placed(messages, placed)),
        engine.table(pa.Table.from_pylist(said, TALK_SCHEMA)),
        engine.table(pa.table(tickets)),
        engine.table(pa.table(likes)),
        engine.table(pa.table({"source": ["forum"]})),
        engine.table(pa.table(groups)),
    )


def asked(there: World) -> Frame:
    return replies.questions_of(there.messages)


def answered(there: World) -> Frame:
    return replies.replies_to(asked(there), there.talk)


def praised(there: World) -> Frame:
    return replies.praised(answered(there), asked(there), there.messages, there.likes)


def stood(there: World) -> Frame:
    return replies.states(asked(there), answered(there), there.tickets, there.seen)


def numbered(there: World) -> Frame:
    import narwhals as nw

    from rapport.record.frames import day_number

    return asked(there).with_columns(number=day_number(nw.col("day")))


STEPS: dict[Callable[..., Any], Callable[[World], Frame]] = {
    talk.spoken: lambda w: talk.spoken(w.messages),
    talk.with_late: lambda w: talk.with_late(talk.spoken(w.messages), LAST),
    talk.with_copies_placed: lambda w: w.topics,
    talk.topic_sums: lambda w: talk.topic_sums(talk.spoken(w.messages), w.topics, LAST),
    talk.topic_weeks: lambda w: talk.topic_weeks(talk.spoken(w.messages), w.topics, LAST, 20),
    talk.topics_by_month: lambda w: talk.topics_by_month(talk.spoken(w.messages), w.topics, 2),
    replies.questions_of: asked,
    replies.replies_to: answered,
    replies.praised: praised,
    replies.states: stood,
    replies.question_sums: lambda w: replies.question_sums(numbered(w), w.groups, stood(w), LAST),
    replies.best_answers: lambda w: replies.best_answers(praised(w), w.groups),
}


def computed(name: str, folder: Path) -> dict[str, pa.Table]:
    with open_engine(name, time_zone=ZONE, temp=folder) as engine:
        there = world(engine)
        made = {step.__name__: engine.collect(run(there)) for step, run in STEPS.items()}
        del there
    return made


@pytest.mark.slow
def test_topics_are_the_same_on_both_engines(tmp_path: Path, spark: Any) -> None:
    duck, other = computed("duckdb", tmp_path), computed("spark", tmp_path)
    for name, rows in duck.items():
        assert_same_rows(rows, other[name])


def test_every_step_is_compared() -> None:
    assert relational_steps(rapport.listening.themes) == set(STEPS)


def test_what_is_said_of_a_topic(tmp_path: Path) -> None:
    rows = {row["topic_id"]: row for row in computed("duckdb", tmp_path)["topic_sums"].to_pylist()}
    parcel = rows["t1"]
    # ann, bob, dan (eve only copied him), gil, ida and, when asked, kim
    assert (parcel["messages"], parcel["people"]) == (6, 6)
    assert (parcel["recent"], parcel["before"], parcel["earlier"]) == (2, 2, 3)
    assert (parcel["negative"], parcel["positive"], parcel["complaints"]) == (1, 2, 2)
    assert parcel["first_seen"] == dt.date(2023, 1, 1)


def test_a_copy_has_the_topic_of_its_original(tmp_path: Path) -> None:
    placed = computed("duckdb", tmp_path)["with_copies_placed"].to_pylist()
    found = {row["message_id"]: row["topic_id"] for row in placed}
    assert found["forum:7"] == found["forum:6"] == "t1"
    assert "forum:2" not in found  # the brand's own
    assert "forum:8" not in found  # it belongs to none


def test_months_of_few_people_say_only_that_they_wrote(tmp_path: Path) -> None:
    months = computed("duckdb", tmp_path)["topics_by_month"].to_pylist()
    told = {(row["topic_id"], str(row["month"])): row["complaints"] for row in months}
    assert told["t1", "2024-06-01"] == 0
    assert told["t1", "2024-04-01"] is None


def test_who_answered(tmp_path: Path) -> None:
    made = computed("duckdb", tmp_path)
    state = {row["message_id"]: row["state"] for row in made["states"].to_pylist()}
    assert state == {
        "forum:1": "staff",
        "forum:4": "community",
        "desk:10": "staff",  # in the help desk
        "desk:11": "nobody",
        "press:12": "unseen",  # nobody can tell there
        "forum:14": "nobody",  # a machine is nobody
    }


def test_the_best_answer_is_the_one_that_was_thanked_for(tmp_path: Path) -> None:
    made = computed("duckdb", tmp_path)
    reply = {row["reply"]: row for row in made["praised"].to_pylist()}
    assert (reply["2"]["thanked"], reply["5"]["thanked"]) == (1, 0)
    assert (reply["2"]["likes"], reply["5"]["likes"]) == (0, 2)
    (best,) = made["best_answers"].to_pylist()
    assert (best["question_id"], best["answered_by"]) == ("q1", "staff")
    assert best["answer"].startswith("Hello Ann")


def test_how_often_it_is_asked(tmp_path: Path) -> None:
    sums = {r["question_id"]: r for r in computed("duckdb", tmp_path)["question_sums"].to_pylist()}
    assert sums["q1"]["times"] == 5
    counts = [sums["q1"][name] for name in ("staff", "community", "nobody", "unseen")]
    assert counts == [1, 1, 2, 1]
