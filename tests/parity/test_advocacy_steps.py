"""Advocates, critics, motives and employees: the same rows on DuckDB and on Spark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pytest

import rapport.engagement.advocacy
import rapport.engagement.critics
import rapport.engagement.employees
import rapport.engagement.motives
from parity.comparing import assert_same_rows, relational_steps
from rapport.engagement import employees
from rapport.engagement.advocacy import reach, reading, voices
from rapport.engagement.critics import turning
from rapport.engagement.motives import answering, chances, saying
from rapport.record.engines import Engine, open_engine
from rapport.record.frames import Frame, day_number

pytestmark = pytest.mark.spark

LAST = dt.date(2026, 6, 30)
TODAY = LAST.toordinal()
KINDS = ("praise", "recommendation", "complaint", "leaving")


def at(day: dt.date, hour: int = 9) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour))


def said(number: int, who: str | None, **more: Any) -> dict[str, Any]:
    """Return a message; odd numbers praise, even ones complain."""
    day = LAST - dt.timedelta(days=17 * number)
    row = {
        "message_id": f"x:{number}", "source": "x", "activity_id": str(number), "channel": "x",
        "account_id": who, "person_id": who, "day": day, "from_brand": False,
        "copy_of": f"x:{number}",
        "text": f"Tea #{number} good for the planet" if number % 3 else None, "in_reply_to": None,
        "is_question": number % 4 == 0, "is_complaint": number % 2 == 0, "is_suggestion": False,
    }  # fmt: skip
    high, low = 0.5 + 0.004 * number, 0.013 * number
    scores = (high, low, low, low) if number % 2 else (low, low, high, low)
    return row | {f"p_{kind}": score for kind, score in zip(KINDS, scores, strict=True)} | more


MESSAGES = [
    said(0, "ann"), said(1, "ann"), said(3, "ann"), said(5, "bob"), said(7, "cid"), said(2, "dan"),
    said(4, "staff"), said(6, "bot", account_id="bot"), said(8, "paid"), said(9, None),
    said(10, "bob", channel="survey", source="desk"), said(11, "bob", copy_of="x:1"),
    said(12, "ann", channel="email"), said(13, "eve", channel=None), said(40, "ann"),
    said(14, "us", from_brand=True), said(15, "cid", channel="press"),
]  # fmt: skip
PEOPLE = [
    {"person_id": who, "relation": relation, "role": role}
    for who, relation, role in [
        ("ann", "repeat", "person"), ("bob", "prospect", None), ("cid", None, "person"),
        ("dan", "lapsed", "person"), ("eve", "new", None), ("fay", "new", "person"),
        ("staff", "repeat", "employee"), ("paid", "new", "person"), ("bot", "prospect", "person"),
    ]
]  # fmt: skip
LEVELS = [{"person_id": "ann", "level": "fully engaged"}, {"person_id": "dan", "level": "engaged"}]
LINKS = [
    {"source": source, "account_id": who, "person_id": who}
    for who in ("ann", "bob", "cid", "dan", "eve", "fay", "staff", "bot")
    for source in ("x", "desk")
]
ANSWERS = [
    {"source": "desk", "respondent": who, "item": item, "score": score,
     "answered_on": at(LAST - dt.timedelta(days=ago)),
     "answered_on_day": LAST - dt.timedelta(days=ago)}
    for who, item, score, ago in [
        ("ann", "recommend", 10.0, 30), ("ann", "recommend", 3.0, 60), ("fay", "recommend", 9.0, 5),
        ("dan", "recommend", 2.0, 9), ("bob", "recommend", None, 9), ("eve", "return", 5.0, 9),
        ("cid", "recommend", 7.0, 900), ("zed", "recommend", 7.0, 9),
    ]
]  # fmt: skip
COMES_FOR = [
    {"source": source, "respondent": who, "item": f"motive_{item}", "score": score,
     "answered_on": at(LAST - dt.timedelta(days=ago), hour),
     "answered_on_day": LAST - dt.timedelta(days=ago)}
    for source, who, item, score, ago, hour in [
        ("desk", "ann", "help", 1.0, 30, 9), ("desk", "ann", "saving", 0.0, 30, 9),
        ("desk", "ann", "none", 0.0, 30, 9), ("desk", "ann", "saving", 1.0, 90, 9),
        ("desk", "ann", "help", 0.0, 5, 9), ("desk", "ann", "none", 0.0, 5, 9),  # skipped
        ("desk", "bob", "help", 0.0, 9, 9), ("desk", "bob", "saving", 0.0, 9, 9),  # none, no choice
        ("desk", "cid", "none", 1.0, 9, 9), ("desk", "cid", "help", 0.0, 9, 9),
        ("desk", "dan", "help", 1.0, 9, 9), ("x", "dan", "help", 0.0, 9, 9),
        ("desk", "dan", "saving", 1.0, 9, 8), ("desk", "dan", "help", 0.0, 9, 8),
        ("desk", "eve", "help", None, 9, 9), ("desk", "zed", "help", 1.0, 9, 9),
    ]
]  # fmt: skip
CHANCES = [{"person_id": "ann", "p_fully": 0.7, "p_engaged": 0.1, "p_not": 0.1, "p_actively": 0.1}]
MONTHS = [
    {"person_id": who, "month": dt.date(2026, month, 1), "referrals": given, "referred": used}
    for who, month, given, used in [
        ("ann", 5, 2, 1), ("ann", 6, 0, 1), ("fay", 1, 1, 0), ("cid", 6, 0, 0), ("bob", 5, 0, 0),
    ]
]  # fmt: skip
DEEDS = [
    {"source": "x", "account_id": who, "verb": verb, "object_id": what, "in_reply_to": under,
     "channel": channel, "number": TODAY - ago}
    for who, verb, what, under, channel, ago in [
        ("bob", "Like", "1", None, "x", 3), ("bob", "Announce", "1", None, "x", 2),
        ("cid", "Create", "own", "1", "x", 9), ("ann", "Like", "1", None, "x", 9),
        ("bot", "Like", "1", None, "x", 9), (None, "Like", "1", None, "x", 9),
        ("eve", "Arrive", "shop", None, "store", 20), ("eve", "Join", "fair", None, "event", 21),
        ("dan", "Like", "4", None, "x", 1), ("fay", "Like", None, None, "x", 1),
    ]
]  # fmt: skip
REQUESTS = [
    {"person_id": who, "request_id": str(n), "state": state, "kind": kind, "rating": rating,
     "opened_on": at(LAST - dt.timedelta(days=ago)), "reopened": again,
     "answered_on": None if wait is None else at(LAST - dt.timedelta(days=ago - wait), 12),
     "solved_on": at(LAST - dt.timedelta(days=ago - 1), 15) if solved else None}
    for n, (who, kind, ago, wait, state, solved, again, rating) in enumerate([
        ("ann", "complaint", 300, 1, "answered", True, 0, "good"),
        ("ann", "complaint", 200, None, "waiting", False, 0, None),
        ("bob", "complaint", 250, 9, "answered", True, 1, None),
        ("cid", "leaving", 180, None, "waiting", False, None, None),
        ("dan", "question", 300, 1, "answered", True, 0, None),
        ("dan", "complaint", 150, 0, "answered", True, 0, "bad"),
        ("eve", "complaint", 20, 0, "answered", True, 0, None),
        (None, "complaint", 300, 0, "answered", True, 0, None),
        ("fay", "complaint", 300, 0, "hidden", True, 0, None),
    ])
]  # fmt: skip
MONEY = [
    {"person_id": who, "number": TODAY - ago, "money": paid, "reduced": ago % 2 == 0}
    for who, ago, paid in [
        ("ann", 340, 10.0), ("ann", 320, 7.5), ("ann", 280, 4.0), ("ann", 230, 8.25),
        ("bob", 400, 90.0), ("bob", 100, 30.0), ("cid", 190, 12.0), ("dan", 141, 9.0),
    ]
]  # fmt: skip
VISITS = [
    {"person_id": "ann", "number": TODAY - n, "goals": goals}
    for n, goals in enumerate((None, "", "purchase", "signup"))
]
STRENGTHS = [
    {"motive": motive, "occasions": n, "signs": k, "strength": 0.1 * k}
    for motive in chances.MOTIVES for n in range(6) for k in range(n + 1)
]  # fmt: skip


def table(rows: list[dict[str, Any]], **kinds: pa.DataType) -> pa.Table:
    made = pa.Table.from_pylist(rows)
    for name, kind in kinds.items():
        place = made.schema.get_field_index(name)
        made = made.set_column(place, name, made[name].cast(kind))
    return made


def early(rows: Frame) -> Frame:
    return rows.with_columns(early=(nw.col("number") <= TODAY - 60).cast(nw.Int64()))


class World:
    """One record on one engine, with the frames that most steps start from."""

    def __init__(self, engine: Engine) -> None:
        frame = engine.table
        self.links, self.people = frame(table(LINKS)), frame(table(PEOPLE))
        self.money, self.visits = frame(table(MONEY)), frame(table(VISITS))
        self.deeds, self.requests = frame(table(DEEDS)), frame(table(REQUESTS))
        self.bought = frame(pa.table({"source": ["x"], "account_id": ["bot"]}))
        self.apart = frame(pa.table({"person_id": ["staff", "paid"]}))
        self.messages = frame(table(MESSAGES, in_reply_to=pa.string()))
        self.spoken = engine.cache(voices.spoken(self.messages, self.apart, LAST, self.bought))
        rate = reading.rates(None, np.zeros(reading.BINS))
        self.rates = dict.fromkeys(reading.READ, rate)
        self.read = engine.cache(reading.read(self.spoken, self.rates))
        self.voices = engine.cache(voices.voices(self.read))
        self.scores = engine.cache(voices.scores(frame(table(ANSWERS)), self.links, LAST))
        self.codes = engine.cache(voices.codes(frame(table(MONTHS)), dt.date(2026, 2, 1)))
        self.standing = engine.cache(voices.standing(self.people, frame(table(LEVELS))))
        self.known = engine.cache(
            voices.advocates(self.standing, self.voices, self.scores, self.codes)
        )
        self.critics = engine.cache(turning.critics(self.requests, TODAY))
        self.histories = engine.cache(turning.with_history(self.critics, self.money))
        numbered = self.messages.filter(~nw.col("person_id").is_null()).with_columns(
            number=day_number(nw.col("day"))
        )
        self.numbered = engine.cache(numbered)
        acts = self.deeds.filter(~nw.col("account_id").is_null())
        self.acts = acts.with_columns(person_id=nw.col("account_id"))
        self.chances = engine.cache(chances.of_messages(early(self.numbered)))
        self.halves = engine.cache(chances.counted(self.chances))
        self.counts = engine.cache(chances.together(self.halves))
        self.strong = engine.cache(chances.strengths(self.counts, frame(table(STRENGTHS))))
        values = self.acts.select(
            "person_id", value=nw.col("verb"), times=nw.lit(1).cast(nw.Int64())
        )
        self.responses = engine.cache(answering.responses(values, "verb"))
        self.has = self.strong.select(
            "person_id", "motive", has=(nw.col("strength") > 0.1).cast(nw.Int64())
        )
        self.said = engine.cache(saying.said(frame(table(COMES_FOR)), self.links))
        self.shown = self.strong.with_columns(
            has=(nw.col("strength") > 0.1).cast(nw.Int64()),
            chance=nw.col("strength") / 2,
            grade=nw.lit("model"),
        )
        self.settled = engine.cache(saying.settled(self.said, self.shown))
        self.first_said = engine.cache(saying.first_said(self.said, self.has))
        self.chances_of_levels = frame(table(CHANCES))
        self.staff = engine.cache(employees.spoke(self.messages, self.apart))
        self.met = self.acts.select("number", other=nw.col("person_id"))


STEPS: dict[Callable[..., Any], Callable[[World], Frame]] = {
    voices.spoken: lambda w: w.spoken.drop("day"),
    reading.read: lambda w: w.read.drop("day"),
    voices.voices: lambda w: w.voices,
    voices.scores: lambda w: w.scores,
    voices.codes: lambda w: w.codes,
    voices.standing: lambda w: w.standing,
    voices.advocates: lambda w: w.known,
    voices.cells: lambda w: nw.concat(
        [voices.cells(w.known, where).with_columns(at_=nw.lit(where)) for where in voices.WHERE],
        how="vertical",
    ),
    reach.reached: lambda w: reach.reached(w.deeds, w.spoken, w.links, w.bought),
    turning.critics: lambda w: w.critics,
    turning.with_history: lambda w: w.histories,
    turning.money_cells: lambda w: turning.money_cells(w.histories),
    turning.outcomes: lambda w: turning.outcomes(w.critics),
    turning.turning: lambda w: turning.turning(w.critics, w.money, TODAY),
    chances.of_messages: lambda w: w.chances,
    chances.of_orders: lambda w: chances.of_orders(early(w.money)),
    chances.of_visits: lambda w: chances.of_visits(early(w.visits)),
    chances.of_deeds: lambda w: chances.of_deeds(early(w.acts)),
    chances.counted: lambda w: w.halves,
    chances.together: lambda w: w.counts,
    chances.cells: lambda w: chances.cells(w.counts),
    chances.strengths: lambda w: w.strong,
    answering.responses: lambda w: w.responses,
    answering.sums: lambda w: answering.sums(w.responses, w.first_said),
    saying.said: lambda w: w.said.drop("said_on"),
    saying.beside: lambda w: saying.beside(w.said, w.strong),
    saying.standing: lambda w: saying.standing(w.said, w.people, w.chances_of_levels),
    saying.settled: lambda w: w.settled.drop("said_on"),
    saying.first_said: lambda w: w.first_said,
    saying.counted: lambda w: saying.counted(w.settled),
    employees.spoke: lambda w: w.staff.drop("day"),
    employees.voice: lambda w: employees.voice(reading.read(w.staff, w.rates)),
    employees.followed: lambda w: employees.followed(w.met, w.money),
}


def computed(name: str, folder: Path) -> dict[Callable[..., Any], pa.Table]:
    with open_engine(name, time_zone="Europe/Paris", temp=folder) as engine:
        there = World(engine)
        made = {step: engine.collect(use(there)) for step, use in STEPS.items()}
        del there
    return made


def test_every_step_has_a_case() -> None:
    steps = relational_steps(
        rapport.engagement.advocacy, rapport.engagement.critics, rapport.engagement.motives
    )
    own = {employees.spoke, employees.voice, employees.followed}
    assert steps | own == set(STEPS)


@pytest.mark.slow
def test_both_engines_say_the_same(tmp_path: Path, spark: Any) -> None:
    duck, other = computed("duckdb", tmp_path), computed("spark", tmp_path)
    for step in STEPS:
        try:
            assert_same_rows(duck[step], other[step])
        except AssertionError as error:
            raise AssertionError(step.__name__) from error


def test_what_the_rows_say(tmp_path: Path) -> None:
    made = computed("duckdb", tmp_path)
    heard = {row["message_id"] for row in made[voices.spoken].to_pylist()}
    assert heard == {f"x:{n}" for n in (0, 1, 3, 5, 7, 2, 10, 13)}
    scores = {row["person_id"]: row["score"] for row in made[voices.scores].to_pylist()}
    assert scores == {"ann": 10.0, "fay": 9.0, "dan": 2.0}
    codes = {r["person_id"]: (r["handed"], r["used"]) for r in made[voices.codes].to_pylist()}
    assert codes == {"ann": (2, 2)}
    known = {row["person_id"]: row for row in made[voices.advocates].to_pylist()}
    assert set(known) == {"ann", "bob", "cid", "dan", "eve", "fay"}
    assert known["fay"]["well"] == pytest.approx(0.43)  # said so, and did nothing yet
    assert known["ann"]["well"] == pytest.approx(1.0)  # handed out codes
    assert not known["fay"]["online"]
    assert known["bob"]["side"] == "prospect"
    assert {r["person_id"]: r["reached"] for r in made[reach.reached].to_pylist()} == {"ann": 2}
    told = {r["person_id"]: (r["answered"], r["good"]) for r in made[turning.critics].to_pylist()}
    assert told == {
        "ann": ("answered", 1), "bob": ("left alone", 0), "cid": ("left alone", None),
        "dan": ("answered", 0),
    }  # fmt: skip
    gains = {r["person_id"]: r["gain"] for r in made[turning.with_history].to_pylist()}
    assert gains == {"ann": 12.25, "bob": 0.0, "cid": 0.0, "dan": 9.0}


def test_what_people_come_for_is_their_last_answer(tmp_path: Path) -> None:
    made = computed("duckdb", tmp_path)
    told = {(r["person_id"], r["motive"]): r["said"] for r in made[saying.said].to_pylist()}
    assert told == {
        ("ann", "help"): 1, ("ann", "saving"): 0, ("bob", "help"): 0, ("bob", "saving"): 0,
        ("cid", "help"): 0, ("dan", "help"): 1,
    }  # fmt: skip
    rows = {(r["person_id"], r["motive"]): r for r in made[saying.settled].to_pylist()}
    assert {key for key, row in rows.items() if row["basis"] == "survey"} == set(told)
    assert all(row["signs"] > 0 for row in rows.values() if row["basis"] == "behaviour")
    sides = {r["person_id"]: (r["side"], r["p_fully"]) for r in made[saying.standing].to_pylist()}
    assert sides == {
        "ann": ("customer", 0.7), "bob": ("prospect", None), "cid": ("prospect", None),
        "dan": ("customer", None),
    }  # fmt: skip
