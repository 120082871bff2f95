"""What people do month by month, and who is connected: the same rows on DuckDB and on Spark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pyarrow as pa
import pytest

from parity.comparing import assert_same_rows
from rapport.engagement import connections, deeds
from rapport.record.engines import Engine, open_engine
from rapport.record.frames import Frame

NOON = dt.datetime(2026, 1, 5, 12)  # noqa: DTZ001 - naive, as engines give times


def did(number: int, who: str | None, verb: str, kind: str = "", **more: str) -> dict[str, object]:
    time = NOON + dt.timedelta(days=11 * number)
    return {
        "source": "x", "account_id": who, "activity_id": f"a{number}", "occurred_on": time,
        "day": time.date(), "verb": verb, "object_kind": kind or None, "object_id": None,
        "in_reply_to": None, "channel": "x",
    } | more  # fmt: skip


TEXT = pa.string()
ACTIVITY = pa.Table.from_pylist(
    [
        did(0, "ann", "Follow"),
        did(1, "ann", "Like"),
        did(2, "ann", "Like"),
        did(3, "ann2", "Announce"),
        did(4, "bob", "Arrive"),
        did(5, "bob", "Join", "event"),
        did(6, "bob", "Join", "loyalty programme"),
        did(7, "ann", "Recommend", "referral code"),
        did(8, "eve", "Accept", "purchase", in_reply_to="a7"),
        did(9, "ann", "Undo", "Follow", object_id="a0"),
        did(10, None, "Like"),
        did(11, "eve", "Follow", "newsletter", channel="email"),
        did(12, "nobody", "Like"),
    ],
    schema=pa.schema(
        [("source", TEXT), ("account_id", TEXT), ("activity_id", TEXT),
         ("occurred_on", pa.timestamp("us")), ("day", pa.date32()), ("verb", TEXT),
         ("object_kind", TEXT), ("object_id", TEXT), ("in_reply_to", TEXT), ("channel", TEXT)]
    ),
)  # fmt: skip
LINKS = pa.table(
    {
        "source": ["x"] * 4,
        "account_id": ["ann", "ann2", "bob", "eve"],
        "person_id": ["p:ann", "p:ann", "p:bob", "p:eve"],
    }
)
MESSAGES = pa.table(
    {
        "message_id": ["m1", "m2", "m3"],
        "copy_of": ["m1", "m1", "m3"],
        "person_id": ["p:ann", "p:bob", "p:eve"],
        "channel": ["x", None, "x"],
        "occurred_on": pa.array([NOON] * 3, pa.timestamp("us")),
        "day": pa.array([NOON.date()] * 3, pa.date32()),
        "from_brand": [False, False, True],
        **{flag: [flag == "is_praise"] * 3 for flag in deeds.KINDS.values()},
    }
)
REQUESTS = pa.table(
    {
        "person_id": ["p:ann", "p:bob", "p:eve"],
        "day": pa.array([NOON.date()] * 3, pa.date32()),
        "state": ["waiting", "answered", "answered"],
        "seconds": pa.array([900_000, 900_000, 60], pa.int64()),
    }
)
ORDERS = pa.table(
    {
        "person_id": ["p:ann", "p:ann", "p:bob"],
        "day": pa.array([NOON.date(), NOON.date(), dt.date(2026, 4, 2)], pa.date32()),
        "revenue": [10.0, 5.5, 7.0],
        "margin": [4.0, 2.0, 3.5],
    }
)


def parts(engine: Engine) -> list[Frame]:
    activity, links = engine.table(ACTIVITY), engine.table(LINKS)
    return [
        deeds.of_orders(engine.table(ORDERS)),
        deeds.of_codes_used(activity, links),
        deeds.of_messages(engine.table(MESSAGES)),
        deeds.of_requests(engine.table(REQUESTS), 7 * 86_400),
    ]


def done(engine: Engine) -> Frame:
    return deeds.of_activity(engine.table(ACTIVITY), engine.table(LINKS))


def followed(engine: Engine) -> Frame:
    return connections.followings(engine.table(ACTIVITY), engine.table(LINKS))


CASES: dict[str, Callable[[Engine], Frame]] = {
    **{f"part {n}": lambda engine, n=n: parts(engine)[n] for n in range(4)},
    "of_activity": done,
    "person_months": lambda engine: deeds.person_months(parts(engine), done(engine)),
    "followings": followed,
    "contacts": lambda engine: connections.contacts(engine.table(MESSAGES)),
}


@pytest.fixture(scope="module")
def engines(
    spark: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, Engine]]:
    folder = tmp_path_factory.mktemp("engines")
    with (
        open_engine("duckdb", time_zone="Europe/Paris", temp=folder / "duck") as duck,
        open_engine("spark", time_zone="Europe/Paris", temp=folder / "spark") as other,
    ):
        yield duck, other


@pytest.mark.spark
@pytest.mark.parametrize("case", CASES)
def test_both_engines_give_the_same_rows(case, engines):
    one, other = (engine.collect(CASES[case](engine)) for engine in engines)
    assert one.num_rows > 0
    assert_same_rows(one, other)


def test_it_does_not_matter_which_part_is_the_largest(tmp_path):
    with open_engine("duckdb", time_zone="Europe/Paris", temp=tmp_path) as engine:
        used = deeds.of_codes_used(engine.table(ACTIVITY), engine.table(LINKS))
        one = deeds.person_months(parts(engine), done(engine))
        others = [part for n, part in enumerate(parts(engine)) if n != 1]
        other = deeds.person_months([*others, done(engine)], used)
        assert_same_rows(engine.collect(one), engine.collect(other))


def test_what_people_did_is_counted_in_the_month_it_was_done(tmp_path):
    with open_engine("duckdb", time_zone="Europe/Paris", temp=tmp_path) as engine:
        rows = engine.collect(deeds.person_months(parts(engine), done(engine))).to_pylist()
    told = {(row["person_id"], row["month"].month): row for row in rows}
    ann, bob = told["p:ann", 1], told["p:bob", 3]
    assert (ann["orders"], ann["revenue"], ann["reactions"]) == (2, 15.5, 2)
    assert (ann["praise"], ann["unheard"]) == (1, 1)
    assert (bob["events"], bob["store_visits"]) == (1, 0)
    assert sum(row["referred"] for row in rows if row["person_id"] == "p:ann") == 1
    assert {row["person_id"] for row in rows} == {"p:ann", "p:bob"}
