"""Which message answers which: chains, machines, other customers, one request on two channels."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import narwhals as nw
import pyarrow as pa
import pytest

from answering.worlds import at, message, rows_of
from rapport.listening.answering.automatic import judged
from rapport.listening.answering.requests import COLUMNS, of_conversations, of_desks, once, together
from rapport.listening.answering.threads import brand_accounts, public_messages, threads
from rapport.record.engines import Engine, open_engine


@pytest.fixture
def engine() -> Iterator[Engine]:
    with open_engine("duckdb", time_zone="UTC") as opened:
        yield opened


ACCOUNTS = [
    {"source": "x", "account_id": "us", "channel": "x", "is_brand": True},
    {"source": "x", "account_id": "ann", "channel": "x"},
]


def asked(
    engine: Engine, messages: list[dict[str, Any]], bots: tuple[str, ...] = ()
) -> dict[str, dict[str, Any]]:
    activity = engine.table(rows_of("activity", messages))
    ours = brand_accounts(
        engine.table(rows_of("account", ACCOUNTS)), engine.table(rows_of("post", []))
    )
    found = of_conversations(judged(threads(public_messages(activity, ours), engine.cache), bots))
    rows = engine.collect(found).to_pylist()
    assert set(rows[0]) == set(COLUMNS) if rows else True
    return {row["request_id"]: row for row in rows}


def test_a_chain_of_replies_is_one_request(engine: Engine) -> None:
    chain = [message("1", "ann", "2026-05-04T09:00", "Where is my parcel?")]
    chain += [
        message(str(k), "ann", f"2026-05-04T09:{k:02d}", "and?", str(k - 1)) for k in range(2, 40)
    ]
    chain.append(message("40", "us", "2026-05-04T10:00", "It is on its way, Ann.", "39"))
    (found,) = asked(engine, chain).values()
    assert found["request_id"] == "1"
    assert found["answered_on"] == at("2026-05-04T10:00")
    assert found["answered_by"] == "us"


def test_each_comment_under_a_post_of_the_brand_is_its_own(engine: Engine) -> None:
    messages = [
        message("p", "us", "2026-05-04T08:00", "Our new tea"),
        message("1", "ann", "2026-05-04T09:00", "Is it in stock?", "p"),
        message("2", "bob", "2026-05-04T09:10", "Too dear", "p"),
        message("3", "us", "2026-05-04T09:30", "Not at all, Bob", "2"),
        message("4", "bob", "2026-05-04T09:40", "Oh yes it is", "3"),
    ]
    found = asked(engine, messages)
    assert set(found) == {"1", "2"}
    assert found["1"]["answered_on"] is None
    assert found["2"]["answered_on"] == at("2026-05-04T09:30")


def test_another_customer_who_answers_is_not_the_brand(engine: Engine) -> None:
    messages = [
        message("1", "ann", "2026-05-04T09:00", "How long to brew?"),
        message("2", "bob", "2026-05-04T09:05", "Three minutes", "1"),
        message("3", "ann", "2026-05-04T09:06", "Thanks", "2"),
        message("4", "us", "2026-05-04T11:00", "Bob is right", "1"),
    ]
    (found,) = asked(engine, messages).values()
    assert found["community_on"] == at("2026-05-04T09:05")
    assert found["answered_on"] == at("2026-05-04T11:00")


def test_a_circle_and_an_orphan_stop_nobody(engine: Engine) -> None:
    messages = [
        message("1", "ann", "2026-05-04T09:00", "a", "2"),
        message("2", "bob", "2026-05-04T09:05", "b", "1"),
        message("3", "cid", "2026-05-04T09:06", "c", "gone"),
    ]
    assert set(asked(engine, messages)) == {"3"}


def test_what_machines_say_is_no_answer(engine: Engine) -> None:
    start = at("2026-05-04T00:00:00")
    messages = []
    for k in range(6):
        opened = start + dt.timedelta(hours=k)
        ask = {**message(f"q{k}", f"c{k}", "2026-05-04", "Help?"), "occurred_on": opened}
        copy = message(
            f"b{k}", "us", "2026-05-04", f"@c{k} Thanks! A colleague will look.", f"q{k}"
        )
        copy["occurred_on"] = opened + dt.timedelta(seconds=4)
        messages += [ask, copy]
    human = message("h0", "us", "2026-05-04T02:00", "@c0 Sorry: it leaves today.", "q0")
    messages.append(human)
    messages += [
        message("q9", "zoe", "2026-05-05T09:00", "Bonjour ?"),
        message("a9", "us", "2026-05-05T09:20", "Nous avons bien reçu votre message.", "q9"),
        message("r9", "robot", "2026-05-05T09:21", "Hi", "q9"),
    ]
    found = asked(engine, messages)
    assert found["q0"]["answered_on"] == at("2026-05-04T02:00")
    assert [found[f"q{k}"]["answered_on"] for k in range(1, 6)] == [None] * 5
    assert found["q9"]["answered_on"] is None


def test_a_stock_answer_that_people_send_by_hand_is_an_answer(engine: Engine) -> None:
    messages = []
    for k in range(8):
        messages.append(message(f"q{k}", f"c{k}", f"2026-05-{k + 1:02d}T09:00", "Parcel?"))
        messages.append(
            message(f"a{k}", "us", f"2026-05-{k + 1:02d}T09:4{k}", "It takes 3 days.", f"q{k}")
        )
    assert all(row["answered_on"] for row in asked(engine, messages).values())


def test_a_named_bot_and_an_account_that_never_sleeps(engine: Engine) -> None:
    start = at("2026-05-04T00:00:00")
    messages = [message("q", "ann", "2026-05-01T09:00", "Hello?")]
    messages.append(message("a", "us", "2026-05-01T15:00", "Slow and steady", "q"))
    assert asked(engine, messages)["q"]["answered_on"] is not None
    assert asked(engine, messages, bots=("us",))["q"]["answered_on"] is None
    for k in range(48):
        opened = start + dt.timedelta(hours=k)
        ask = {**message(f"n{k}", f"c{k}", "2026-05-04", "Hm?"), "occurred_on": opened}
        quick = message(f"m{k}", "us", "2026-05-04", f"Text number {k}, never the same", f"n{k}")
        quick["occurred_on"] = opened + dt.timedelta(seconds=20)
        messages += [ask, quick]
    found = asked(engine, messages)
    assert found["n7"]["answered_on"] is None
    assert found["q"]["answered_on"] is not None


def ticket(number: str, when: str, answered: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "source": "desk",
        "ticket_id": number,
        "channel": "email",
        "account_id": "ann",
        "opened_on": at(when),
        "first_human_answer_on": at(answered) if answered else None,
        **more,
    }


def test_one_request_on_two_channels_is_one(engine: Engine) -> None:
    tickets = [
        ticket("1", "2026-05-04T09:00"),
        ticket("2", "2026-05-04T10:00", "2026-05-04T11:00", channel="phone"),
        ticket("3", "2026-05-04T12:00", channel="chat"),  # after the answer: a new one
        ticket("4", "2026-05-09T12:00", channel="email"),  # days later: a new one
        ticket("5", "2026-05-04T09:30", channel="email", account_id=None),
    ]
    desks = of_desks(
        engine.table(rows_of("ticket", tickets)), engine.table(rows_of("activity", []))
    )
    people = desks.with_columns(person_id=nw.col("account_id"))
    found = engine.collect(once(people, 24)).to_pylist()
    told = {row["request_id"]: row for row in found}
    assert set(told) == {"1", "3", "4", "5"}
    assert told["1"]["contacts"] == 2
    assert told["1"]["channel"] == "email"
    assert told["1"]["answered_on"] == at("2026-05-04T11:00")
    assert sum(row["contacts"] for row in found) == len(tickets)


def test_solved_without_a_known_answer_has_ended(engine: Engine) -> None:
    tickets = [ticket("1", "2026-05-04T09:00", solved_on=at("2026-05-04T10:00"))]
    desks = of_desks(
        engine.table(rows_of("ticket", tickets)), engine.table(rows_of("activity", []))
    )
    assert engine.collect(desks)["ended_on"].to_pylist() == [at("2026-05-04T10:00")]


def test_a_conversation_that_is_also_a_ticket_counts_once(engine: Engine) -> None:
    messages = [
        message("1", "ann", "2026-05-04T09:00", "Where is it?"),
        message("2", "us", "2026-05-04T09:00:05", "Automatic reply: we are closed.", "1"),
    ]
    activity = engine.table(rows_of("activity", messages))
    account = engine.table(rows_of("account", ACCOUNTS))
    ours = brand_accounts(account, engine.table(rows_of("post", [])))
    talks = of_conversations(judged(threads(public_messages(activity, ours), engine.cache)))
    same = [ticket("1", "2026-05-04T09:00", "2026-05-04T09:00:05", channel="x", source="x")]
    desks = of_desks(engine.table(rows_of("ticket", same)), activity)
    (found,) = engine.collect(together(desks, talks)).to_pylist()
    assert found["answered_on"] is None


def test_hostile_text_is_only_text(engine: Engine) -> None:
    bad = [
        "<script>1</script>",
        "=1+1",
        "\u202eabc",
        "'; drop table x; --",
        "a" * 1_000_000,
        "\\1 $1 (",
    ]
    messages = [message(str(k), f"c{k}", "2026-05-04T09:00", text) for k, text in enumerate(bad)]
    found = asked(engine, messages)
    assert [found[str(k)]["text"] for k in range(len(bad))] == bad
    assert isinstance(engine.table(pa.table({"a": bad})), nw.LazyFrame)
