"""What is counted, posted and written where: the same rows on DuckDB and on Spark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa
import pytest

import rapport.impact.content
import rapport.impact.counts
import rapport.impact.platforms
from awkward_shop import ZONE, at, file, money, stored
from parity.comparing import assert_same_rows, relational_steps
from rapport.impact.content import posts as content
from rapport.impact.counts import series, value
from rapport.impact.platforms import presence
from rapport.record.engines import Engine, open_engine
from rapport.record.frames import Frame

pytestmark = pytest.mark.spark

POSTS = [
    {"post_id": "p1", "channel": "x", "published_on": at("2024-03-31T23:30:00"), "text": "Tea",
     "goal": "keep", "paid": True, "cost": money(3)},
    {"post_id": "p1", "channel": "x", "published_on": at("2024-03-31T00:00:00"),
     "source": "archive", "text": "Tea", "format": "photo"},
    {"post_id": "p2", "channel": "x", "published_on": at("2024-04-08T12:00:00"), "text": "@ann Hi"},
    {"post_id": "p3", "channel": "bluesky", "published_on": at("2024-04-09T12:00:00"),
     "paid": False, "source": "sky"},
    {"post_id": "p4", "channel": None, "published_on": at("2024-04-09T12:00:00")},
    {"post_id": "p5", "channel": "x", "published_on": at("2023-01-01T12:00:00"), "text": None},
]  # fmt: skip
METRICS = [
    {"post_id": post, "measured_on": at(when), "metric": metric, "value": number, **more}
    for post, when, metric, number, more in [
        ("p1", "2024-04-02T00:00:00", "likes", 4.0, {}),
        ("p1", "2024-04-09T00:00:00", "likes", 7.0, {}),
        ("p1", "2024-04-09T00:00:00", "reach", 90.5, {}),
        ("p1", "2024-04-09T00:00:00", "click_rate", 0.3, {"denominator": "reach"}),
        ("p1", "2024-04-09T00:00:00", "likes", 9.0, {"source": "archive"}),
        ("p1", "2024-04-01T00:00:00", "views_of_day", 30.0, {}),
        ("p1", "2024-04-08T00:00:00", "views_of_day", 12.0, {}),
        ("p1", "2024-04-08T00:00:00", "likes_of_day", 99.0, {}),
        ("p2", "2024-04-08T00:00:00", "likes", 1.0, {}),
        ("p3", "2024-04-10T00:00:00", "replies", 2.0, {"source": "sky"}),
        ("p3", "2024-04-10T00:00:00", "reposts", 1.0, {"source": "sky"}),
        ("p3", "2024-04-10T00:00:00", "quotes", 0.0, {"source": "sky"}),
        ("px", "2024-04-10T00:00:00", "likes", 5.0, {}),
    ]
]
DAY = dt.date.fromisoformat
AUDIENCE = [
    {"day": DAY(day), "channel": channel, "followers": followers, "gained": gained, "lost": lost}
    for day, channel, followers, gained, lost in [
        ("2024-03-31", "x", 100, 2, 1), ("2024-04-01", "x", 101, 0, None),
        ("2024-04-07", "x", None, 5, 0), ("2024-04-08", "instagram", None, 1, None),
    ]
]  # fmt: skip
CHANNEL_METRICS = [
    {"day": DAY("2024-04-01"), "channel": "x", "metric": metric, "value": number, **more}
    for metric, number, more in [
        ("reactions", 3.0, {}), ("organic_reactions", 2.0, {}), ("reposts", 1.0, {}),
        ("rate", 0.5, {"denominator": "views"}),
    ]
]  # fmt: skip
DEEDS = [
    {"activity_id": str(n), "account_id": who, "occurred_on": at(time), "verb": verb,
     "channel": channel}
    for n, (who, time, verb, channel) in enumerate(
        [
            ("ann", "2024-03-31T22:30:00", "Like", "bluesky"),
            ("ann", "2024-04-01T10:00:00", "Announce", "bluesky"),
            ("bob", "2024-04-07T21:59:00", "Follow", "x"),
            ("shop", "2024-04-07T21:59:00", "Like", "bluesky"),
            ("eve", "2024-04-07T10:00:00", "Create", "mastodon"),
            ("eve", "2024-04-07T10:00:00", "Create", "email"),
            ("bot", "2024-04-07T10:00:00", "Like", "x"),
            (None, "2024-04-07T10:00:00", "Like", None),
        ]
    )
]  # fmt: skip
ACCOUNTS = [
    {"account_id": "shop", "channel": "x", "is_brand": True},
    {"account_id": "ann", "channel": "x"},
    {"account_id": "bob", "channel": None},
    {"account_id": "bot", "channel": "x"},
]
VISITS = [
    {"visit_id": str(n), "started_on": at(when), "channel": channel, "utm_source": tag,
     "referrer": page, "goals": goals}
    for n, (when, channel, tag, page, goals) in enumerate(
        [
            ("2024-04-01T10:00:00", "Organic Social", "IG", None, "purchase"),
            ("2024-04-01T10:00:00", "Organic Social", None, "https://t.co/abc", None),
            ("2024-04-02T10:00:00", "Paid Social", "facebook", "https://l.facebook.com/", "x"),
            ("2024-04-02T10:00:00", None, None, "https://L.FaceBook.com/", "purchase"),
            ("2024-04-03T10:00:00", None, None, None, None),
            ("2023-04-03T10:00:00", "Organic Social", "x", None, None),
        ]
    )
]  # fmt: skip
SPENDS = [
    {"day": DAY(day), "channel": channel, "cost": money(cost)}
    for day, channel, cost in [
        ("2024-03-31", "tv", 10.5), ("2024-04-01", "tv", 4), ("2024-04-02", "tv", 1.25),
        ("2024-04-02", "x", 7), ("2023-04-02", "x", 70), ("2024-04-02", None, 2),
    ]
]  # fmt: skip
EVENTS = [
    {"day": DAY(day), "kind": kind, "note": note}
    for day, kind, note in [
        ("2024-03-31", "holiday", "Easter"), ("2024-03-31", "holiday", "Again"),
        ("2024-04-01", "holiday", "Monday"), ("2024-04-01", "press", "Daily"),
    ]
]  # fmt: skip
ORDERS = pa.table(
    {
        "person_id": ["A", "A", None, "B", "P", "A", "B"],
        "day": [DAY(d) for d in ("2024-03-31", "2024-04-01", "2024-04-01", "2024-04-08",
                                 "2024-04-08", "2024-04-08", "2023-01-02")],
        "net": pa.array([money(n) for n in (10, 20.5, 3, 8, 99, 7, 1)], pa.decimal128(18, 4)),
        "margin": pa.array([money(4), None, None, money(2), None, None, None],
                           pa.decimal128(18, 4)),
        "cancelled": [False, False, False, False, False, True, False],
        "role": [None, None, None, None, "employee", None, None],
        "coupon": ["tea5", "TEA5", None, "NO", "TEA5", "TEA5", None],
    }
)  # fmt: skip
FLAGS = ("is_question", "is_complaint", "is_leaving", "is_praise", "is_thanks",
         "is_recommendation", "is_purchase_intent", "is_suggestion")  # fmt: skip
SAID = [
    ("m1", "x", False, None, {"is_praise"}),
    ("m2", "x", False, None, {"is_question", "is_complaint"}),
    ("m3", "x", True, "m2", set()),
    ("m4", "email", False, None, {"is_complaint"}),
    ("m5", None, False, None, {"is_suggestion"}),
    ("m6", "mastodon", True, None, set()),
]
MESSAGES = pa.table(
    {
        "message_id": [row[0] for row in SAID],
        "channel": pa.array([row[1] for row in SAID], pa.string()),
        "from_brand": [row[2] for row in SAID],
        "in_reply_to": pa.array([row[3] for row in SAID], pa.string()),
        "day": pa.array([DAY("2024-04-01")] * len(SAID), pa.date32()),
        **{
            flag: pa.array([None if flag == "is_thanks" else flag in row[4] for row in SAID],
                           pa.bool_())
            for flag in FLAGS
        },
    }
)  # fmt: skip
LINKS = pa.table(
    {"source": ["shop"] * 5, "account_id": ["shop", "ann", "bob", "eve", "bot"],
     "person_id": ["S", "A", "B", "A", "Z"]}
)  # fmt: skip
PEOPLE = pa.table(
    {"person_id": ["A", "B", "S", "Z"], "role": ["person", "person", "brand", "person"],
     "relation": ["repeat", "prospect", "prospect", "prospect"]}
)  # fmt: skip
LEVELS = pa.table(
    {"person_id": ["A", "B"], "side": ["customer", "prospect"], "p_fully": [0.5, 0.1],
     "p_engaged": [0.25, 0.2], "p_not": [0.25, 0.3], "p_actively": [0.0, 0.4]}
)  # fmt: skip
CONNECTIONS = pa.table(
    {"person_id": ["A", "A", "B", "A"], "platform": ["x", "x", "x", "loyalty"],
     "kind": ["follow", "follow", "follow", "member"],
     "until": pa.array([None, at("2024-01-01T00:00:00").replace(tzinfo=None), None, None],
                       pa.timestamp("us"))}
)  # fmt: skip
SUSPICIOUS = pa.table({"source": ["shop"], "account_id": ["bot"]})
SINCE = DAY("2024-01-01").toordinal()


class World:
    """One record on one engine, with the frames that most steps start from."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        rows: dict[str, Any] = {
            "account": ACCOUNTS, "activity": DEEDS, "post": POSTS, "post_metric": METRICS,
            "audience": AUDIENCE, "channel_metric": CHANNEL_METRICS, "visit": VISITS,
            "spend": SPENDS, "event": EVENTS,
        }  # fmt: skip
        self.record = {t: engine.scan(file(folder, t, r), stored(t)) for t, r in rows.items()}
        self.orders, self.links = engine.table(ORDERS), engine.table(LINKS)
        self.messages, self.people = engine.table(MESSAGES), engine.table(PEOPLE)
        self.levels, self.connections = engine.table(LEVELS), engine.table(CONNECTIONS)
        own = self.record["account"].filter(nw.col("is_brand").fill_null(value=False))
        self.own = own.select("source", "account_id")
        self.there = engine.cache(
            presence.present(
                self.record["account"], self.record["activity"], self.links,
                engine.table(SUSPICIOUS),
            )
        )  # fmt: skip
        self.posts = (self.record["post"], self.record["post_metric"])
        self.parts = [
            series.of_audience(self.record["audience"]),
            series.of_channels(self.record["channel_metric"]),
            series.of_deeds(self.record["activity"], self.own),
            series.of_posts(*self.posts),
            series.of_talk(self.messages),
            series.of_visits(self.record["visit"]),
        ]
        self.valued = presence.valued(self.orders, 0.5, in_margin=True)


STEPS: dict[Callable[..., Any], Callable[[World], Frame]] = {
    series.of_audience: lambda w: w.parts[0],
    series.of_channels: lambda w: w.parts[1],
    series.of_deeds: lambda w: w.parts[2],
    series.of_posts: lambda w: w.parts[3],
    series.of_talk: lambda w: w.parts[4],
    series.of_visits: lambda w: w.parts[5],
    series.weekly: lambda w: series.weekly(w.parts),
    value.weekly_value: lambda w: value.weekly_value(w.orders, 0.5, in_margin=True),
    value.weekly_spend: lambda w: value.weekly_spend(w.record["spend"]),
    value.known_days: lambda w: value.known_days(w.record["event"]),
    content.totals: lambda w: content.totals(w.posts[1]),
    content.posts: lambda w: content.posts(*w.posts),
    content.orders_by_code: lambda w: content.orders_by_code(w.orders, ["TEA5", "NONE"]),
    presence.present: lambda w: w.there,
    presence.people_there: lambda w: presence.people_there(w.there, w.people),
    presence.everybody: lambda w: presence.everybody(w.people),
    presence.levels_there: lambda w: presence.levels_there(w.there, w.levels),
    presence.overlap: lambda w: presence.overlap(w.there, w.people),
    presence.talk: lambda w: presence.talk(w.messages),
    presence.visits_from: lambda w: presence.visits_from(w.record["visit"], SINCE),
    presence.valued: lambda w: w.valued,
    presence.connected_margin: lambda w: presence.connected_margin(w.connections, w.valued, SINCE),
    presence.spent: lambda w: presence.spent(w.record["spend"], ["x"], SINCE),
    presence.published: lambda w: presence.published(w.record["post"], SINCE),
}


def computed(name: str, folder: Path) -> dict[Callable[..., Any], pa.Table]:
    with open_engine(name, time_zone=ZONE, temp=folder) as engine:
        there = World(engine, folder)
        made = {step: engine.collect(use(there)) for step, use in STEPS.items()}
        del there
    return made


def test_every_step_has_a_case() -> None:
    rooms = (rapport.impact.counts, rapport.impact.content, rapport.impact.platforms)
    assert relational_steps(*rooms) == set(STEPS)


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

    def rows(step: Callable[..., Any], *keys: str) -> dict[Any, Any]:
        return {tuple(r[k] for k in keys): r for r in made[step].to_pylist()}

    (week,) = {(DAY("2024-04-01").toordinal() - 1) // 7}
    audience = rows(series.of_audience, "channel", "count", "week")
    assert audience["x", "gained", week - 1]["value"] == 2.0
    assert audience["x", "gained", week]["value"] == 5.0
    assert audience["x", "followers", week]["value"] == 101.0
    posts = rows(series.of_posts, "channel", "count", "week", "rank")
    assert posts["x", "likes", week + 1, 5]["value"] == 9.0  # two systems know one post
    assert posts["x", "views", week, 4]["value"] == 30.0
    deeds = rows(series.of_deeds, "channel", "count", "week")
    assert deeds["bluesky", "likes", week]["value"] == 1.0  # by the brand's calendar a Monday
    assert ("bluesky", "likes", week - 1) not in deeds
    best = rows(series.weekly, "channel", "count", "week")
    assert best["x", "likes", week]["value"] == 3.0  # the channel's own figures go first
    talk = rows(series.of_talk, "channel", "count")
    assert ("email", "mentions") not in talk
    sold = rows(value.weekly_value, "week")
    assert (sold[week,]["margin"], sold[week,]["orders"], sold[week,]["new"]) == (11.75, 2, 0)
    assert sold[week - 1,]["new"] == 1
    assert rows(value.known_days, "kind", "week")["holiday", week - 1]["days"] == 1
    each = rows(content.posts, "channel", "post_id")
    assert set(each) == {("x", "p1"), ("bluesky", "p3")}
    first = each["x", "p1"]
    assert (first["likes"], first["reach"], first["views"], first["paid"]) == (9.0, 90.5, 42.0, 1)
    assert (first["format"], first["comments"]) == ("photo", None)
    assert (each["bluesky", "p3"]["comments"], each["bluesky", "p3"]["shares"]) == (2.0, 1.0)
    codes = rows(content.orders_by_code, "code")
    assert codes["TEA5",]["orders"] == 3
    there = {(r["person_id"], r["platform"]) for r in made[presence.present].to_pylist()}
    assert there == {("S", "x"), ("S", "bluesky"), ("A", "x"), ("A", "bluesky"), ("B", "x"),
                     ("A", "mastodon")}  # fmt: skip
    counted = rows(presence.people_there, "platform")
    assert (counted["x",]["customers"], counted["x",]["prospects"]) == (1, 1)
    spoken = rows(presence.talk, "platform")
    assert {k: spoken["x",][k] for k in ("messages", "answers", "help", "praise")} == {
        "messages": 2, "answers": 1, "help": 1, "praise": 1,
    }  # fmt: skip
    came = rows(presence.visits_from, "platform")
    assert {p: (r["visits"], r["bought"]) for (p,), r in came.items()} == {
        "instagram": (1, 1), "x": (1, 0), "facebook": (1, 1),
    }  # fmt: skip
    bought = rows(presence.connected_margin, "platform")
    assert (bought["x",]["people"], bought["x",]["margin"]) == (2, 16.25)
    assert rows(presence.spent, "platform")["x",]["cost"] == 7.0
    assert rows(presence.published, "platform")["x",]["posts"] == 1
