"""Who is leaving, who came back and who is asked to post: the same rows on DuckDB and on Spark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import rapport.engagement.influencers as asked_to_post
import rapport.engagement.trajectory as trajectory
from parity.comparing import assert_same_rows, relational_steps
from rapport.engagement.influencers import approaches, audiences, bringing
from rapport.engagement.trajectory import (
    breaking,
    moves,
    returning,
    signs,
    silence,
    snapshots,
    unheard,
)
from rapport.record.engines import Engine, open_engine
from rapport.record.frames import Frame
from rapport.value.referral.alone import Alone

pytestmark = pytest.mark.spark

ZONE = "Europe/Paris"
HABIT = silence.Habit(shape=1.1, scale=80.0, leaving=1 / 900)
NOW = dt.date(2026, 6, 30).toordinal()
STAMP = pa.timestamp("us", "UTC")


def when(day: int, hour: int = 9) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromordinal(NOW + day), dt.time(hour), dt.UTC)


def buying() -> pa.Table:
    rng = np.random.default_rng(1)
    rows = {(f"p{k}", NOW - int(d)) for k in range(12) for d in rng.integers(0, 700, 3 + k)}
    rows -= {(f"p{k}", day) for k, day in ((3, NOW), (5, NOW))}
    rows |= {("back", NOW - 690), ("back", NOW - 670), ("back", NOW - 650), ("back", NOW - 9)}
    people, days = zip(*sorted(rows), strict=True)
    return pa.table(
        {"person_id": people, "number": pa.array(days, pa.int64()),
         "month": pa.array([day // 31 for day in days], pa.int64()),
         "money": [float(day % 7) for day in days]}
    )  # fmt: skip


def requests() -> pa.Table:
    kinds = ("complaint", "complaint", "question", "complaint", "praise", "complaint", "complaint")
    waits: list[int | None] = [1, 10, None, None, None, 7 * 24, None]
    rows = [
        {"request_id": f"r{k}", "person_id": None if k == 6 else f"p{k // 2}", "kind": kind,
         "state": "hidden" if k == 3 else "waiting" if wait is None else "answered",
         "opened_on": when(-90 - k),
         "answered_on": None if wait is None else when(-90 - k) + dt.timedelta(hours=wait * 20)}
        for k, (kind, wait) in enumerate(zip(kinds, waits, strict=True))
    ]  # fmt: skip
    texts = ("request_id", "person_id", "kind", "state")
    schema = [*((n, pa.string()) for n in texts), ("opened_on", STAMP), ("answered_on", STAMP)]
    return pa.Table.from_pylist(rows, pa.schema(schema))


def level_months() -> pa.Table:
    shares = ([0.7, 0.2, 0.1, 0.0], [0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.25, 0.25])
    months = [dt.date(2026, m, 1) for m in (2, 3, 5, 6)]
    return pa.Table.from_pylist(
        [
            {"person_id": f"p{k}", "month": month, "side": "customer" if k % 2 else "prospect",
             "level": ("engaged", "not engaged", "actively disengaged")[(k + n) % 3],
             **dict(zip(moves.LEVELS, shares[(k * n) % 3], strict=True))}
            for k in range(5) for n, month in enumerate(months)
        ]
    )  # fmt: skip


def deeds() -> pa.Table:
    rows = [
        ("i1", "lea", "Invite", "request to post", None, None, -30),
        ("a1", "lea", "Accept", "request to post", "post1", "i1", -28),
        ("i2", "lea", "Invite", "request to post", None, None, -9),
        ("i3", "tom", "Invite", "request to post", None, None, -9),
        ("x3", None, "Invite", "request to post", None, None, -9),
        ("l1", "ann", "Like", "Note", "post1", None, -27),
        ("l2", "ann", "Announce", "Note", "post1", None, -26),
        ("c1", "tom", "Create", "comment", "x", "post1", -25),
    ]
    names = ("activity_id", "account_id", "verb", "object_kind", "object_id", "in_reply_to")
    made = [
        {"source": "list", "channel": "x", "occurred_on": when(row[-1]),
         **dict(zip(names, row[:-1], strict=True))}
        for row in rows
    ]  # fmt: skip
    schema = [("source", pa.string()), ("channel", pa.string()), ("occurred_on", STAMP)]
    return pa.Table.from_pylist(made, pa.schema(schema + [(n, pa.string()) for n in names]))


def visits() -> pa.Table:
    return pa.table(
        {"person_id": ["p1", "p2", "p1", "p3"], "started_on": pa.array(
            [when(-400, 23), when(-3), when(-2), when(-1)], STAMP),
         "utm_source": ["Influencer", "google", None, None],
         "utm_medium": ["x", "cpc", None, "KOL"],
         "campaign": [None, None, "AMBASSADEURS", None],
         "goals": ["lead purchase", "purchase", None, "purchase"]}
    )  # fmt: skip


class World:
    """What most steps start from, on one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        table = engine.table
        self.buying = table(buying())
        self.days = self.buying.select("person_id", "number")
        self.requests, self.levels = table(requests()), table(level_months())
        self.snapshots = table(pa.table({"snapshot": pa.array([NOW - 240, NOW], pa.int64())}))
        self.money = engine.cache(moves.brought_a_year(self.buying))
        self.standing = engine.cache(snapshots.standing_at(self.days, self.snapshots, NOW))
        self.rhythm = engine.cache(snapshots.with_rhythm(self.standing, HABIT, engine.cache))
        self.asked = engine.cache(signs.asked(self.requests))
        self.marked = engine.cache(
            snapshots.signs_at(self.standing, self.asked.select("person_id", "number", "sign"))
        )
        judged = snapshots.judged_later(self.rhythm, HABIT, NOW, engine.cache)
        self.cells = engine.cache(snapshots.in_cells(judged, [self.marked]))
        here = self.cells.select(*snapshots.CELLS).unique()
        chances = engine.collect(here)
        for name, chance in (("chance", 0.4), ("chance_low", 0.3), ("chance_high", 0.5)):
            chances = chances.append_column(name, pa.array([chance] * chances.num_rows))
        self.chances = table(chances)
        self.waiting = engine.cache(breaking.waiting_since(self.asked, self.standing))
        channel = table(pa.table({"person_id": ["p0", "p1"], "channel": ["email", "phone"]}))
        self.reach = self.waiting.join(channel, on="person_id", how="left")
        self.listed = engine.cache(
            breaking.listed(self.cells, self.chances, self.money, self.reach)
        )
        self.complainants = engine.cache(unheard.complainants(self.requests, self.days, NOW))
        self.returns = engine.cache(returning.returns(self.days, HABIT, NOW - 365, engine.cache))
        self.activity, self.visits = table(deeds()), table(visits())
        self.links = table(
            pa.table({"source": ["list"] * 3, "account_id": ["lea", "tom", "ann"],
                      "person_id": ["L", "T", "p1"]})
        )  # fmt: skip
        self.posts = table(
            pa.table({"post_id": ["post1", "own"], "person_id": ["L", "L"],
                      "asked_for": pa.array([1, 0], pa.int64())})
        )  # fmt: skip
        self.seen = engine.cache(audiences.reactions_to(self.activity, self.posts))


def happened(there: World) -> Frame:
    return there.engine.table(
        pa.table({"person_id": ["back", "back"], "number": pa.array([NOW - 12, NOW - 20]),
                  "what": ["offer", "wrote"]})
    )  # fmt: skip


def traces(there: World) -> Frame:
    rows = [
        {"person_id": f"p{k}", "month": dt.date(2026, 6 - k, 1),
         **{name: int(n == k) for n, name in enumerate(signs.TRACES)}}
        for k in range(4)
    ]  # fmt: skip
    return there.engine.table(pa.Table.from_pylist(rows))


def told(there: World) -> Frame:
    return there.engine.table(
        pa.table({"person_id": ["p1", None], "is_leaving": [True, True],
                  "from_brand": [False, False], "day": [dt.date(2026, 1, 31)] * 2})
    )  # fmt: skip


def connections(there: World) -> Frame:
    return there.engine.table(
        pa.table({"person_id": ["p1", "p2", "p3"], "kind": ["follow", "contact", "member"],
                  "until": pa.array([when(-20, 23), when(-20), None], STAMP)})
    )  # fmt: skip


def judged_accounts(there: World) -> Frame:
    return there.engine.table(
        pa.table({"source": ["list"], "account_id": ["tom"], "suspicion": [0.75]})
    )


def metrics(there: World) -> Frame:
    return there.engine.table(
        pa.table({"post_id": ["post1", "post1"], "metric": ["reach", "likes"], "value": [9.0, 7.0]})
    )


def shop_orders(there: World) -> Frame:
    return there.engine.table(
        pa.table({"source": ["shop"] * 2, "purchase_id": ["1", "2"], "person_id": ["p1", "p3"],
                  "number": pa.array([NOW - 400, NOW - 1], pa.int64())})
    )  # fmt: skip


def day_chances(there: World) -> Frame:
    days = pa.array([NOW - 400, NOW - 1], pa.int64())
    return there.engine.table(pa.table({"number": days, "chance": [0.25, 0.0]}))


STEPS: dict[Callable[..., Any], Callable[[World], Frame]] = {
    silence.with_chance_left: lambda w: w.rhythm,
    snapshots.standing_at: lambda w: w.standing,
    snapshots.judged_later: lambda w: snapshots.judged_later(
        w.standing, HABIT, NOW, w.engine.cache
    ),
    snapshots.with_rhythm: lambda w: w.rhythm,
    snapshots.signs_at: lambda w: w.marked,
    snapshots.in_cells: lambda w: w.cells,
    snapshots.counted: lambda w: snapshots.counted(w.cells),
    signs.asked: lambda w: w.asked,
    signs.said: lambda w: signs.said(told(w)),
    signs.ended: lambda w: signs.ended(connections(w)),
    signs.seen_at: lambda w: signs.seen_at(w.standing, traces(w)),
    signs.level_at: lambda w: signs.level_at(w.snapshots, w.levels),
    breaking.listed: lambda w: w.listed,
    breaking.waiting_since: lambda w: w.waiting,
    breaking.summed: lambda w: breaking.summed(w.listed, w.cells),
    unheard.complainants: lambda w: w.complainants,
    unheard.grouped: lambda w: unheard.grouped(w.complainants),
    returning.returns: lambda w: w.returns,
    returning.after_what: lambda w: returning.after_what(w.returns, [happened(w)]),
    moves.level_moves: lambda w: moves.level_moves(w.levels, w.money),
    moves.histories: lambda w: moves.histories(w.days, w.money),
    moves.brought_a_year: lambda w: w.money,
    moves.came_by_month: lambda w: moves.came_by_month(w.buying, w.money),
    approaches.approaches: lambda w: approaches.approaches(w.activity, w.links),
    approaches.reaches: lambda w: approaches.reaches(metrics(w)),
    approaches.tagged_by_day: lambda w: approaches.tagged_by_day(w.visits, ("ambassadeurs",)),
    approaches.tagged_orders: lambda w: approaches.tagged_orders(
        w.visits, shop_orders(w), ("ambassadeurs",)
    ),
    bringing.brought_orders: lambda w: bringing.brought_orders(
        shop_orders(w), day_chances(w), Alone.seen(0, 0.0, 0)
    ),
    audiences.reactions_to: lambda w: w.seen,
    audiences.audiences: lambda w: audiences.audiences(
        w.seen, w.links, judged_accounts(w), w.days.select("person_id")
    ),
    audiences.by_post: lambda w: audiences.by_post(w.seen, w.posts),
}


def computed(name: str, folder: Path) -> dict[Callable[..., Any], pa.Table]:
    with open_engine(name, time_zone=ZONE, temp=folder) as engine:
        there = World(engine)
        made = {step: engine.collect(use(there)) for step, use in STEPS.items()}
        del there
    return made


def test_every_step_has_a_case() -> None:
    assert relational_steps(trajectory, asked_to_post) == set(STEPS)


@pytest.mark.slow
def test_both_engines_say_the_same(tmp_path: Path, spark: Any) -> None:
    duck, other = computed("duckdb", tmp_path), computed("spark", tmp_path)
    for step in STEPS:
        assert duck[step].num_rows > 0, step.__name__
        try:
            assert_same_rows(duck[step], other[step])
        except AssertionError as error:
            raise AssertionError(step.__name__) from error
