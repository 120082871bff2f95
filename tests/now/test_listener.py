"""What arrives in the record is understood, routed to whom it concerns, and told once."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from now.conftest import said
from now.places import understand
from rapport.adding import add
from rapport.pipeline import open_record
from rapport.record.facts import ASIDE, Batch, Facts
from rapport.watching.listener import Listener, utc_now
from rapport.workspace import Workspace

CHANNELS = """
[listening]
waiting_hours = [4, 24]
[[alerts]]
name = "all"
kind = "url"
url = "http://127.0.0.1:9/"
[[alerts]]
name = "sales"
kind = "url"
url = "http://127.0.0.1:9/"
routes = ["sales"]
[[alerts]]
name = "dear"
kind = "url"
url = "http://127.0.0.1:9/"
routes = ["complaint", "waiting"]
least_value = 100
"""


class Brand:
    """A workspace that is listened in, and a clock."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.events: list[dict[str, Any]] = []
        self.ahead = dt.timedelta()
        self.files = 0

    def listener(self) -> Listener:
        made = Listener(
            self.workspace,
            understand,
            weigh=lambda text, _: text.split()[:1],
            tell=self.events.append,
            now=lambda: utc_now() + self.ahead,
        )
        made.start()
        return made

    def drop(self, content: str, name: str = "said") -> None:
        self.files += 1
        path = self.workspace.root / f"{name}{self.files}.csv"
        path.write_text(content, "utf-8", "replace")
        added = add(self.workspace, [path], confirm=lambda _: False, overlap="keep")
        assert added.loads, added.refused

    def ours(self, account: str, name: str) -> None:
        """Say that a forum's account is the brand's."""
        rows = [
            {"account_id": account, "is_brand": True, "name": name, "source_row": 1},
            {"account_id": "ann", "is_brand": False, "name": "Ann", "source_row": 2},
        ]
        batch = Batch(2, {"account": pa.Table.from_pylist(rows)}, ASIDE.empty_table())
        facts = Facts("forum", "members.csv", "digest", "reading", iter([batch]))
        open_record(self.workspace).load(facts)

    def result(self, name: str, rows: list[dict[str, Any]]) -> None:
        from deltalake import write_deltalake

        write_deltalake(str(self.workspace.results / name), pa.Table.from_pylist(rows))


@pytest.fixture
def brand(settings: Callable[[str], Workspace]) -> Brand:
    return Brand(settings(CHANNELS))


def waiting(listener: Listener, channel: str) -> list[str]:
    return [
        f"{each.route}: {each.alert.quote}"
        for each in listener.outbox.waiting(channel)
        if each.alert
    ]


def test_messages_go_to_whom_they_concern(brand: Brand) -> None:
    listener = brand.listener()
    brand.drop(
        said(
            ("1", "ann", "It is broken!"),
            ("2", "bob", "Where can I buy it?"),
            ("3", "cat", "You should make it in red"),
            ("4", "dan", "What a nice day"),
            ("5", "eve", "Bravo, broken again"),
            ("6", "fay", "Open on Sunday?"),
        )
    )
    assert listener.step() == 6
    assert sorted(waiting(listener, "all")) == [
        "complaint: Bravo, broken again",
        "complaint: It is broken!",
        "product: You should make it in red",
        "question: Open on Sunday?",
        "sales: Where can I buy it?",
    ]
    assert waiting(listener, "sales") == ["sales: Where can I buy it?"]
    told = {each.alert.quote: each.alert for each in listener.outbox.waiting("all") if each.alert}
    ironic = [line.text("en") for line in told["Bravo, broken again"].lines]
    assert "It may be ironic: look before you answer." in ironic
    buys = told["Where can I buy it?"]
    assert buys.url == "https://forum.example/2"
    lines = [line.text("en") for line in buys.lines]
    assert lines[0] == "By bob."
    assert lines[-1] == "Why: 90 in 100, by the words “Where”."
    assert listener.step() == 0


def test_what_was_there_before_is_not_told(brand: Brand) -> None:
    brand.drop(said(("1", "ann", "It is broken!")))
    listener = brand.listener()
    assert listener.step() == 0
    brand.drop(said(("2", "ann", "It is broken again!")))
    assert listener.step() == 1
    assert waiting(listener, "all") == ["complaint: It is broken again!"]


def test_what_was_loaded_while_nobody_listened_is_told_after(brand: Brand) -> None:
    brand.listener()
    brand.drop(said(("1", "ann", "It is broken!")))
    listener = brand.listener()
    assert listener.step() == 1
    assert waiting(listener, "all") == ["complaint: It is broken!"]


def test_a_message_is_told_once_in_however_many_files_it_comes(brand: Brand) -> None:
    listener = brand.listener()
    brand.drop(said(("1", "ann", "It is broken!")))
    listener.step()
    brand.drop(said(("1", "ann", "It is broken!"), ("2", "bob", "Mine came late")))
    brand.listener().step()
    brand.drop(said(("1", "ann", "It is broken!!! (edited)")))
    brand.listener().step()
    assert sorted(waiting(brand.listener(), "all")) == [
        "complaint: It is broken!",
        "complaint: Mine came late",
    ]


def test_what_was_said_long_ago_is_counted_and_not_told(brand: Brand) -> None:
    listener = brand.listener()
    old = dt.datetime.now(dt.UTC) - dt.timedelta(days=10)
    brand.drop(said(("1", "ann", "It is broken!"), at=old))
    listener.step()
    assert waiting(listener, "all") == []
    assert {"event": "old", "messages": 1} in brand.events


def test_the_brands_own_words_are_not_told(brand: Brand) -> None:
    listener = brand.listener()
    brand.ours("maison", "Maison")
    brand.drop(said(("1", "maison", "Sorry that it is broken"), ("2", "ann", "Broken, broken")))
    listener.step()
    (told,) = listener.outbox.waiting("all")
    assert told.alert is not None
    assert told.alert.lines[0].text("en") == "By Ann."


def test_who_it_is_and_what_is_at_stake_come_from_the_last_run(brand: Brand) -> None:
    brand.result(
        "links",
        [
            {"source": "forum", "account_id": "ann", "person_id": "p1", "probability": 0.99},
            {"source": "forum", "account_id": "bob", "person_id": "p2", "probability": 0.99},
        ],
    )
    brand.result(
        "people", [{"person_id": "p1", "relation": "repeat", "role": "person", "name": "Ann Lee"}]
    )
    worth = [("p1", 480.0), ("p2", 20.0), ("p3", 90.0)]
    brand.result(
        "lifetime",
        [{"person_id": p, "lifetime_value": v, "low": v / 2, "high": v * 2} for p, v in worth],
    )
    listener = brand.listener()
    brand.drop(
        said(("1", "ann", "It is broken!"), ("2", "bob", "Broken too"), ("3", "x", "All broken"))
    )
    listener.step()
    assert waiting(listener, "dear") == ["complaint: It is broken!"]
    told = {each.alert.quote: each.alert for each in listener.outbox.waiting("all") if each.alert}
    lines = [line.text("en") for line in told["It is broken!"].lines]
    assert lines[:2] == [
        "By Ann Lee, a repeat customer.",
        "Value at stake: €480 (€240 to €960).",
    ]
    assert told["It is broken!"].facts["person_id"] == "p1"
    assert told["All broken"].facts["stake"] == 90.0  # as much as a usual customer
    assert told["All broken"].value is None


def test_a_complaint_without_an_answer_is_told_again_once_for_each_limit(brand: Brand) -> None:
    brand.ours("maison", "Maison")
    listener = brand.listener()
    brand.drop(said(("1", "ann", "It is broken!"), ("2", "bob", "Mine is broken too")))
    listener.step()
    assert listener.escalate() == 0
    brand.drop(said(("3", "maison", "Sorry, Bob"), answers="2"))
    listener.step()
    brand.ahead = dt.timedelta(hours=5)
    assert listener.escalate() == 1
    assert listener.escalate() == 0
    assert brand.listener().escalate() == 0
    (told,) = [e for e in listener.outbox.waiting("all") if e.route == "waiting" and e.alert]
    assert told.alert is not None
    assert told.alert.quote == "It is broken!"
    title = "A complaint on forum has waited for more than 4 hours"
    assert told.alert.title.text("en") == title
    brand.ahead = dt.timedelta(hours=30)
    assert brand.listener().escalate() == 1
    assert brand.listener().escalate() == 0
    brand.ahead = dt.timedelta(hours=100)
    assert brand.listener().escalate() == 0
    assert brand.listener().journal.open == {}


def test_a_request_that_a_help_desk_answered_does_not_wait(brand: Brand) -> None:
    listener = brand.listener()
    when = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    deeds, tickets = [], []
    for n, answered in enumerate((when, None)):
        same = {"account_id": f"c{n}", "channel": "email", "source_row": n + 1}
        deeds.append(
            same
            | {"activity_id": f"ticket {n}", "occurred_on": when, "verb": "Create"}
            | {"object_kind": "ticket", "object_id": str(n), "text": f"Broken, number {n}"}
        )
        times = {"opened_on": when, "first_human_answer_on": answered}
        tickets.append(same | {"ticket_id": str(n)} | times)
    tables = {"activity": pa.Table.from_pylist(deeds), "ticket": pa.Table.from_pylist(tickets)}
    batch = Batch(2, tables, ASIDE.empty_table())
    open_record(brand.workspace).load(Facts("desk", "t.json", "digest", "reading", iter([batch])))
    listener.step()
    brand.ahead = dt.timedelta(hours=5)
    assert listener.escalate() == 1
    (told,) = [e for e in listener.outbox.waiting("all") if e.route == "waiting"]
    assert told.alert is not None
    assert told.alert.quote == "Broken, number 1"


def test_after_a_long_stop_only_the_last_limit_is_told(brand: Brand) -> None:
    listener = brand.listener()
    brand.drop(said(("1", "ann", "It is broken!")))
    listener.step()
    brand.ahead = dt.timedelta(hours=30)
    assert brand.listener().escalate() == 1
    assert brand.listener().escalate() == 0
    (told,) = [e for e in brand.listener().outbox.waiting("all") if e.route == "waiting"]
    assert told.alert is not None
    assert told.alert.facts["hours"] == 24


def test_a_complaint_that_was_taken_back_no_longer_waits(brand: Brand) -> None:
    listener = brand.listener()
    brand.drop(said(("1", "ann", "It is broken!")))
    listener.step()
    open_record(brand.workspace).undo("1")
    brand.ahead = dt.timedelta(hours=5)
    assert listener.escalate() == 0


def test_a_crisis_is_told_as_it_begins_and_once(brand: Brand) -> None:
    now = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0)
    rows: list[str] = []
    chance = random.Random(5)
    for hour in range(24 * 30, 2, -1):
        for n in range(chance.choice([0, 0, 1, 1, 2, 4])):
            when = now - dt.timedelta(hours=hour) + dt.timedelta(minutes=n * 9)
            key = f"h{hour}-{n}"
            line = said((key, f"a{hour % 50}", f"broken {key}"), at=when).splitlines()
            rows += line if not rows else line[1:]
    brand.drop("\n".join(rows) + "\n")
    listener = brand.listener()
    assert listener.crises.is_watching
    assert waiting(listener, "all") == []
    for n in range(40):
        text = f"My jar number {n} exploded and is broken"
        brand.drop(said((f"c{n}", f"p{n}", text), at=now + dt.timedelta(seconds=n)))
        listener.step()
        if any(each.startswith("crisis") for each in waiting(listener, "all")):
            break
    assert 5 <= n <= 20
    (crisis,) = [e.alert for e in listener.outbox.waiting("all") if e.route == "crisis"]
    assert crisis is not None
    lines = [line.text("en") for line in crisis.lines]
    assert crisis.title.text("en") == "Complaints are far above the usual"
    assert "times as many" in lines[0]
    assert lines[1] == f"Accounts that wrote them: {n + 1}."
    assert lines[2] == "It began with: My jar number 0 exploded and is broken"
    for more in range(3):
        text = f"And number {more} is broken as well"
        brand.drop(said((f"d{more}", f"q{more}", text), at=now + dt.timedelta(seconds=90)))
        listener.step()
    again = brand.listener()
    again.step()
    assert [each.route for each in again.outbox.waiting("all")].count("crisis") == 1


def test_copies_are_no_crisis(brand: Brand) -> None:
    from rapport.listening.buzz.crisis import CrisisWatch
    from rapport.listening.routing import Understood

    start = dt.datetime.now(dt.UTC).replace(tzinfo=None, minute=0, second=0, microsecond=0)
    watch = CrisisWatch()
    bad = {"complaint": 0.9, "negative": 0.9}
    for hour in range(24 * 30):
        at = start - dt.timedelta(hours=24 * 30 - hour)
        watch.add([Understood(f"x:{hour}", at, f"broken {hour}", bad)])
    text = "The very same text of an agency that forty papers have printed today, broken"
    watch.add([Understood(f"y:{n}", start, text, bad) for n in range(40)])
    assert watch.crises() == []
    watch.add([Understood(f"z:{n}", start, f"{text} {n}", bad) for n in range(40)])
    assert [crisis.stream for crisis in watch.crises()] == ["complaints"]


def test_a_wave_of_praise_is_told_apart_from_a_crisis_of_the_same_day(brand: Brand) -> None:
    from rapport.listening.buzz.crisis import CrisisWatch
    from rapport.listening.routing import Understood
    from rapport.watching import wording

    start = dt.datetime.now(dt.UTC).replace(tzinfo=None, minute=0, second=0, microsecond=0)
    watch = CrisisWatch(false_alarms=0.5)
    bad, good = {"complaint": 0.9, "negative": 0.9}, {"praise": 0.9, "positive": 0.9}
    for hour in range(24 * 30, 0, -2):
        at = start - dt.timedelta(hours=hour)
        watch.add([Understood(f"x:{hour}", at, f"broken {hour}", bad)])
        watch.add([Understood(f"y:{hour}", at, f"lovely {hour}", good)])
    waves = []
    for n in range(12):  # within the hour, a message of each every four minutes
        at = start + dt.timedelta(minutes=4 * n)
        watch.add([Understood(f"a:{n}", at, f"broken again {n}", bad, account_id=f"p{n}")])
        watch.add([Understood(f"b:{n}", at, f"what a tea {n}", good, account_id=f"q{n}")])
        waves = [crisis.stream for crisis in watch.crises()]
    assert waves == ["complaints", "praise"]
    crisis, praise = watch.crises()
    assert crisis.flagged - start < dt.timedelta(hours=1)
    told = wording.of_crisis(praise, lambda at: at)
    assert (told.route, told.title.text("fr")) == (
        "praise", "Les éloges dépassent de loin leur niveau habituel",
    )  # fmt: skip
    assert told.quote.startswith("what a tea")
    journal = brand.listener().journal
    journal.crisis(crisis.stream, crisis.began)
    assert journal.knows_crisis("negative messages", crisis.began + dt.timedelta(hours=3))
    assert not journal.knows_crisis("praise", praise.began)


@pytest.mark.slow
def test_late_hours_are_counted_as_if_they_had_come_in_time() -> None:
    from rapport.listening.buzz.crisis import CrisisWatch
    from rapport.listening.routing import Understood

    start = dt.datetime.now(dt.UTC).replace(tzinfo=None, minute=0, second=0, microsecond=0)
    bad = {"complaint": 0.9, "negative": 0.9}
    chance = random.Random(7)
    messages = [
        Understood(
            f"x:{n}", start - dt.timedelta(minutes=chance.randrange(1, 43_000)), f"b{n}", bad
        )
        for n in range(1500)
    ]
    messages += [Understood(f"c:{n}", start, f"c{n}", bad, account_id=f"a{n}") for n in range(60)]
    in_time, late = CrisisWatch(), CrisisWatch()
    in_time.add(sorted(messages, key=lambda message: message.said))
    for place in range(0, len(messages), 130):
        late.add(messages[place : place + 130])
        late.crises()
    numbers = [
        [(c.stream, c.began, c.flagged, c.seen, c.people) for c in watch.crises()]
        for watch in (in_time, late)
    ]
    assert numbers[0] == numbers[1]
    assert numbers[0]


def test_hostile_messages_go_through(brand: Brand) -> None:
    listener = brand.listener()
    texts = [
        "<script>broken</script>", "=cmd|' /C calc'!A0 broken", "\u202ebroken\u202c",
        "broken " * 140_000, "broken {name} {0} %s", "broken\r\n\r\nBcc: x@y.example",
    ]  # fmt: skip
    brand.drop(said(*((f"{n}", f"w{n}<b>", text) for n, text in enumerate(texts))))
    listener.step()
    told = listener.outbox.waiting("all")
    assert len(told) == len(texts)
    assert all(each.alert and len(each.alert.quote) <= 20_000 for each in told)


def test_hashed_names_stay_hashed(settings: Callable[[str], Workspace]) -> None:
    workspace = settings(CHANNELS)
    path = workspace.root / "rapport.toml"
    text = path.read_text().replace("hash_identifiers = false", "hash_identifiers = true")
    path.write_text(text)
    workspace.reload()
    brand = Brand(workspace)
    listener = brand.listener()
    brand.drop(said(("1", "ann@post.example", "It is broken!")))
    listener.step()
    assert "ann@post.example" not in (workspace.listening / "outbox.jsonl").read_text()
    assert waiting(listener, "all") == ["complaint: It is broken!"]


def test_a_wish_to_buy_names_the_product(brand: Brand) -> None:
    now = dt.datetime.now(dt.UTC)
    line = {
        "purchase_id": "o1", "line": 1, "ordered_on": now, "product": "Théière émaillée",
        "quantity": 1.0, "revenue": Decimal(40), "currency": "EUR", "is_return": False,
        "source_row": 1,
    }  # fmt: skip
    rows = pa.Table.from_pylist([line])
    batch = Batch(1, {"purchase_line": rows}, ASIDE.empty_table())
    facts = Facts("shop", "lines.csv", "digest", "reading", iter([batch]))
    open_record(brand.workspace).load(facts)
    listener = brand.listener()
    brand.drop(said(("1", "ann", "Where can I buy the theiere emaillee, please")))
    listener.step()
    (told,) = listener.outbox.waiting("sales")
    assert told.alert is not None
    assert told.alert.facts["needs"] == ["Théière émaillée"]
    assert "It names: Théière émaillée." in [line.text("en") for line in told.alert.lines]


def test_messages_have_the_ids_that_a_run_gives_them(brand: Brand) -> None:
    from rapport.listening.messages import written
    from rapport.pipeline import looking
    from rapport.watching import news

    brand.drop(said(("1", "ann", "It is broken!")))
    when = dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.UTC)
    answer = {
        "respondent": "r1", "answered_on": when, "instrument": "nps", "item": "why",
        "text": "Too late, always", "source_row": 1,
    }  # fmt: skip
    batch = Batch(1, {"answer": pa.Table.from_pylist([answer])}, ASIDE.empty_table())
    facts = Facts("survey", "a.csv", "digest", "reading", iter([batch]))
    record = open_record(brand.workspace)
    record.load(facts)
    with looking(brand.workspace) as context:
        made = written(context.facts("activity"), context.facts("answer"))
        theirs = set(context.engine.collect(made).column("message_id").to_pylist())
        del made
    ours = [
        key
        for load in record.loads()
        for rows in news.of_load(record, load.load_id)
        for key in rows.column("message_id").to_pylist()
    ]
    assert set(ours) == theirs
    assert len(theirs) == 2
