"""Corrections: like with like, ratings of the silent, a machine's first reply, avoided contacts."""

from __future__ import annotations

import datetime as dt
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pytest

from rapport.listening.answering.adjusting import gap, weighted_share
from rapport.listening.answering.avoidance import avoidance_cells, looks
from rapport.listening.answering.metronome import metronomes
from rapport.listening.answering.satisfaction import satisfied
from rapport.record.engines import open_engine
from rapport.settings import parse_settings
from rapport.sources.systems.meta_answers import comment_cells
from rapport.steps.answering_effects import _avoided


def test_like_with_like_takes_away_what_history_explains() -> None:
    rng = np.random.default_rng(3)
    inside = naive = 0
    for _ in range(300):
        first: dict[str, tuple[float, float]] = {}
        second: dict[str, tuple[float, float]] = {}
        for cell, share, n, m in (("loyal", 0.6, 150, 40), ("new", 0.1, 50, 160)):
            first[cell] = (n, rng.binomial(n, share + 0.05))
            second[cell] = (m, rng.binomial(m, share))
        found = gap(first, second)
        inside += found.adjusted.low <= 0.05 <= found.adjusted.high
        naive += found.naive.low <= 0.05 <= found.naive.high
    assert 0.84 <= inside / 300 <= 0.96
    assert naive == 0


def test_people_without_anybody_to_compare_are_counted() -> None:
    found = gap({"a": (10, 5), "b": (7, 7)}, {"a": (20, 5), "c": (9, 0)})
    assert (found.compared, found.alone) == (10, 7)
    assert found.adjusted.value == pytest.approx(0.25)
    assert not gap({"a": (10, 5)}, {"b": (10, 5)}).adjusted.known


def test_ratings_of_the_silent_are_weighted() -> None:
    rng = np.random.default_rng(5)
    base = {"channel": "mail", "state": "answered", "reopened": 0}
    raw = corrected = 0
    for _ in range(300):
        rows = []
        for speed, asked, answers, content in (
            ("hour", 400, 0.5, 0.9), ("day", 600, 0.2, 0.6), ("longer", 500, 0.15, 0.3),
        ):  # fmt: skip
            rated = rng.binomial(asked, answers)
            row = {**base, "speed": speed, "asked": asked, "rated": rated}
            rows.append({**row, "content": rng.binomial(rated, content)})
        found = satisfied(rows)
        assert found is not None
        truth = (400 * 0.9 + 600 * 0.6 + 500 * 0.3) / 1500
        corrected += found.corrected.low <= truth <= found.corrected.high
        raw += found.raw.low <= truth <= found.raw.high
        assert found.least <= truth <= found.most
    assert 0.84 <= corrected / 300 <= 0.96
    assert raw < 30


def test_a_channel_that_asks_nobody_for_ratings_is_left_out() -> None:
    mail = {"channel": "mail", "state": "answered", "speed": "day", "reopened": 0}
    phone = {**mail, "channel": "phone"}
    found = satisfied([
        {**mail, "asked": 100, "rated": 40, "content": 30},
        {**phone, "asked": 900, "rated": 0, "content": 0},
    ])  # fmt: skip
    assert found is not None
    assert (found.asked, found.rated) == (100, 40)
    assert satisfied([{**mail, "asked": 100, "rated": 5, "content": 5}]) is None


def test_a_cell_nobody_rated_takes_the_share_of_all() -> None:
    found = weighted_share({"a": (100, 50)}, {"a": 1.0, "b": 1.0})
    assert found.value == pytest.approx(0.5)
    assert found.high - found.low > 0.3


def test_people_who_answer_quickly_are_no_metronome() -> None:
    rng = np.random.default_rng(8)

    def rows(minutes: np.ndarray) -> list[dict[str, object]]:
        hours = rng.integers(0, 24, len(minutes))
        found = zip(minutes.tolist(), hours.tolist(), strict=True)
        base = {"source": "desk", "channel": "chat", "requests": 1}
        return [{**base, "minutes": m, "hour": h} for m, h in found]

    people = np.floor(rng.lognormal(1.6, 0.8, 3000)).astype(int)
    assert metronomes(rows(people)) == []
    machine = np.full(900, 6)
    assert metronomes(rows(np.concatenate([people, machine]))) == []  # too alike to be told
    slow = np.floor(rng.lognormal(5, 1.5, 3000)).astype(int)
    assert metronomes(rows(np.concatenate([slow, machine]))) == [("desk", "chat", 6)]


def test_an_answer_to_a_comment_on_meta_answers_the_comment() -> None:
    reply = {
        "id": "17900000000000007", "timestamp": "2026-05-04T10:00:00+0000", "text": "Yes",
        "username": "us", "parent_id": "17900000000000000", "media": {"id": "18000000000000000"},
    }  # fmt: skip
    cells = comment_cells(reply)
    assert cells is not None
    assert cells["answers"] == "17900000000000000"
    post = {
        "id": "12_9", "created_time": "2026-05-04T10:00:00+0000", "message": "Yes",
        "like_count": 0, "comment_count": 0, "from": {"id": "1"}, "parent": {"id": "12_5"},
    }  # fmt: skip
    cells = comment_cells(post)
    assert cells is not None
    assert cells["answers"] == "5"


def avoided(asked_after: float, others_after: float) -> dict[str, Any] | None:
    """Return what is told of 600 people, half of whom saw an answer, who then ask so often."""
    rng = np.random.default_rng(11)
    start = dt.date(2026, 3, 1)
    visits, asked = [], []
    for k in range(1200):
        saw, day = k % 2, start + dt.timedelta(days=k % 40)
        page = "https://b.example/FAQ/brewing" if saw else "https://b.example/tea"
        when = dt.datetime.combine(day, dt.time(10))
        visits.append({"person_id": f"p{k}", "started_on": when, "landing_page": page})
        if rng.random() < (asked_after if saw else others_after):
            asked.append({"person_id": f"p{k}", "number": day.toordinal() + 3})
    text = pa.string()
    nothing = {"person_id": text, "occurred_on": pa.timestamp("us"), "channel": text}
    nothing |= {"object_id": text, "in_reply_to": text}
    with open_engine("duckdb", time_zone="UTC") as engine:
        deeds = engine.table(pa.schema(list(nothing.items())).empty_table())
        answers = engine.table(pa.schema([("channel", text), ("message_id", text)]).empty_table())
        seen = looks(engine.table(pa.Table.from_pylist(visits)), deeds, answers, ["/faq"])
        schema = pa.schema([("person_id", text), ("number", pa.int64())])
        requests = engine.table(pa.Table.from_pylist(asked, schema))
        until = dt.date(2026, 6, 1).toordinal()
        cells = avoidance_cells(seen, requests.filter(nw.col("number") < 0), requests, until, 14)
        rows = engine.collect(cells).to_pylist()
        del deeds, answers, seen, requests, cells
    settings = parse_settings('brand = "M"\n[service]\ncost_per_contact = 4\n')
    return _avoided(rows, 14, settings)


def test_contacts_avoided_are_a_range_in_requests_and_money() -> None:
    found = avoided(0.05, 0.20)
    assert found is not None
    assert found["contacts_low"] < 600 * 0.15 < found["contacts_high"]
    assert found["contacts_low"] > 0
    assert found["money_low"] == pytest.approx(4 * found["contacts_low"])
    assert (found["people"], found["others"]) == (600, 600)


def test_no_difference_is_no_saving() -> None:
    found = avoided(0.1, 0.1)
    assert found is not None
    assert found["contacts_low"] < 0 < found["contacts_high"]


def test_nobody_linked_to_a_request_tells_nothing() -> None:
    assert avoided(0.0, 0.0) is None
