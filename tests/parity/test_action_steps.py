"""Plays and audiences: the same rows on DuckDB and on Spark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa
import pytest

import rapport.actions.audiences as audience_room
import rapport.actions.plays as play_room
from parity.comparing import assert_same_rows, relational_steps
from rapport.actions.audiences import people as audiences
from rapport.actions.plays import people as plays
from rapport.record.engines import Engine, open_engine
from rapport.record.frames import Frame

pytestmark = pytest.mark.spark

NOW = dt.date(2026, 6, 30).toordinal()
STAMP = pa.timestamp("us", "UTC")
WHO = [f"p{k}" for k in range(12)]


def everybody() -> pa.Table:
    roles = ["person"] * 9 + ["employee", "brand", None]
    return pa.table({"person_id": WHO, "role": pa.array(roles, pa.string())})


def advocates() -> pa.Table:
    return pa.table(
        {
            "person_id": WHO,
            "side": ["customer", "prospect"] * 6,
            "speaks_well": [0.9, 0.4] * 3 + [0.8] * 6,
            "speaks_ill": [0.1] * 8 + [0.7] * 4,
            "influence": [float(k % 5) for k in range(11)] + [None],
            "evidence": ["recommended, code_used"] * 11 + [None],
        }
    )


def asked() -> pa.Table:
    return pa.table({"person_id": ["p0", "p2"], "times": pa.array([4, 1], pa.int64())})


def unanswered() -> pa.Table:
    kinds = ("complaint", "purchase_intent", "leaving", "question")
    rows = [
        {"person_id": None if k == 5 else f"p{k % 5}", "kind": kinds[k % 4],
         "opened_on": dt.datetime(2026, 6, 1 + k, 9, tzinfo=dt.UTC), "source": "s",
         "request_id": f"r{k}", "relation": (None, "prospect", "repeat")[k % 3],
         "text": None if k == 3 else f"=text {k}", "url": None}
        for k in range(14)
    ]  # fmt: skip
    texts = ("person_id", "kind", "source", "request_id", "relation", "text", "url")
    schema = [*((name, pa.string()) for name in texts), ("opened_on", STAMP)]
    return pa.Table.from_pylist(rows, pa.schema(schema))


def yearly() -> pa.Table:
    return pa.table({"person_id": ["p0", "p2", "p4"], "year": [10.0, 300.0, 20.0]})


def money() -> pa.Table:
    days = [NOW - (k * 37) % 400 for k in range(40)]
    return pa.table(
        {"person_id": [f"p{k % 7}" for k in range(40)], "number": pa.array(days, pa.int64()),
         "money": [float(k % 9) for k in range(40)]}
    )  # fmt: skip


def accounts(*, brand: bool = False) -> pa.Table:
    ids = ["a@b.fr", "+33612345678", "jane", "x@masto.example"]
    return pa.table(
        {"source": ["shop", "calls", "instagram", "mastodon"], "account_id": ids,
         "channel": [None, None, "instagram", "mastodon"],
         "handle": [None, None, "jane", "x@masto.example"],
         "country": ["FR", None, None, None], "is_brand": pa.array([brand] * 4, pa.bool_())}
    )  # fmt: skip


def links() -> pa.Table:
    told = accounts().select(["source", "account_id"])
    return told.append_column("person_id", pa.array(["p0", "p1", "p1", "p2"]))


def identifiers() -> pa.Table:
    return pa.table(
        {"source": ["shop", "instagram", "shop"], "account_id": ["a@b.fr", "jane", "a@b.fr"],
         "kind": ["email", "phone", "name"], "value": ["a@b.fr", "0612345678", "Ana"]}
    )  # fmt: skip


def listed(e: Engine) -> Frame:
    rows = nw.concat(
        [
            plays.to_thank(e.table(advocates()), e.table(yearly()), e.table(asked()), 4),
            plays.to_answer(waits(e, "complaint", "leaving"), e.table(yearly()), 15.0),
        ],
        how="vertical",
    )
    return plays.listed(rows, plays.ordinary(e.table(everybody())))


def waits(e: Engine, *kinds: str) -> Frame:
    return plays.waiting(e.table(unanswered()), kinds, NOW - 26)


def breaking() -> pa.Table:
    return pa.table(
        {"person_id": WHO, "margin_at_risk": [None, *map(float, range(11))],
         "because": ["silent"] * 11 + [None]}
    )  # fmt: skip


def influencers() -> pa.Table:
    return pa.table(
        {"person_id": WHO[:3], "verdict": ["stop", "ask", "stop"], "cost": [60.0, 60.0, None],
         "this_year": pa.array([8, 2, 1], pa.int64()), "account": ["x:a", "x:b", None]}
    )  # fmt: skip


def connected() -> pa.Table:
    return pa.table({"person_id": ["p1", "p2", "p2"], "kind": ["follow", "member", "contact"]})


def codes() -> pa.Table:
    return pa.table({"person_id": WHO, "value": [None, *map(float, range(11))]})


def chosen(e: Engine) -> Frame:
    named = audiences.of_play(listed(e), "thank-advocates")
    return audiences.chosen(named, plays.ordinary(e.table(everybody())), e.table(asked()), 1)


CASES: dict[Callable[..., Any], Callable[[Engine], Frame]] = {
    plays.ordinary: lambda e: plays.ordinary(e.table(everybody())),
    plays.to_thank: lambda e: plays.to_thank(
        e.table(advocates()), e.table(yearly()), e.table(asked()), 4
    ),
    plays.waiting: lambda e: waits(e, "complaint", "purchase_intent"),
    plays.to_answer: lambda e: plays.to_answer(
        waits(e, "complaint", "leaving"), e.table(yearly()), 15.0
    ),
    plays.to_sell: lambda e: plays.to_sell(waits(e, "purchase_intent"), 100.0, 12.0, 50.0),
    plays.to_win_back: lambda e: plays.to_win_back(e.table(breaking())),
    plays.to_spare: lambda e: plays.to_spare(e.table(influencers())),
    plays.to_invite: lambda e: plays.to_invite(e.table(money()), e.table(connected()), "follow"),
    plays.listed: listed,
    plays.summed: lambda e: plays.summed(listed(e)),
    plays.code_sums: lambda e: plays.code_sums(e.table(codes())),
    audiences.of_play: lambda e: audiences.of_play(listed(e), "answer-critics"),
    audiences.of_table: lambda e: audiences.of_table(e.table(breaking()), "margin_at_risk"),
    audiences.chosen: chosen,
    audiences.contacts: lambda e: audiences.contacts(
        e.table(identifiers()), e.table(accounts()), e.table(links()), e.table(everybody())
    ),
    audiences.handles: lambda e: audiences.handles(
        e.table(accounts()), e.table(links()), e.table(everybody())
    ),
    audiences.brought: lambda e: audiences.brought(e.table(everybody()), e.table(money()), NOW, 90),
}


def computed(name: str, folder: Path) -> dict[Callable[..., Any], pa.Table]:
    with open_engine(name, time_zone="Europe/Paris", temp=folder) as engine:
        return {step: engine.collect(use(engine)) for step, use in CASES.items()}


def test_every_step_has_a_case() -> None:
    assert relational_steps(play_room, audience_room) == set(CASES)


@pytest.mark.slow
def test_both_engines_say_the_same(tmp_path: Path, spark: Any) -> None:
    duck, other = computed("duckdb", tmp_path), computed("spark", tmp_path)
    for step in CASES:
        assert duck[step].num_rows > 0, step.__name__
        try:
            assert_same_rows(duck[step], other[step])
        except AssertionError as error:
            raise AssertionError(step.__name__) from error
