"""Every relational step gives the same rows on DuckDB and on Spark."""

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

import rapport.record
import rapport.value
from awkward_shop import (
    AWKWARD_LINES,
    AWKWARD_ORDERS,
    ZONE,
    at,
    file,
    random_lines,
    stored,
    whole,
)
from parity.comparing import assert_same_rows, relational_steps
from rapport.record import coverage, frames, reading
from rapport.record.engines import Engine, open_engine
from rapport.record.frames import Frame
from rapport.value import (
    concentration,
    contracts,
    customers,
    glance,
    histories,
    lines,
    purchases,
    retention,
    returning,
    returns,
    rhythm,
    totals,
)

RATES = {"GBP": 1.17}
UNTIL = dt.date(2024, 12, 31)
SPLIT = dt.date(2024, 8, 1)

pytestmark = pytest.mark.spark


@dataclass
class World:
    """One data set on one engine, with the frames that most steps start from."""

    purchase: Frame
    purchase_line: Frame
    account: Frame
    post: Frame
    post_metric: Frame
    links: Frame
    lines: Frame
    matched: Frame
    orders: Frame
    days: Frame
    counts: Frame
    gaps: Frame
    lifetime: Frame
    outlooks: Frame


def world(engine: Engine, files: dict[str, list[Path]]) -> World:
    purchase = engine.scan(files["purchase"], stored("purchase"))
    line = engine.scan(files["purchase_line"], stored("purchase_line"))
    links = engine.table(
        pa.table(
            {
                "source": ["shop", "shop"],
                "account_id": ["bob", "cid"],
                "person_id": ["same", "same"],
            }
        )
    )
    every = engine.cache(lines.lines(purchase, line, currency="EUR", rates=RATES, people=links))
    matched = engine.cache(returns.matched_returns(every, keep=engine.cache))
    orders = engine.cache(purchases.orders(every, matched))
    days = engine.cache(customers.buying_days(orders))
    counts = engine.cache(customers.purchase_counts(orders, UNTIL))
    outlooks = engine.cache(
        counts.select(*histories.HISTORY)
        .unique()
        .with_columns(
            alive=1 / (1 + nw.col("frequency")),
            expected_orders=nw.col("frequency") * 0.5,
            purchases=nw.col("frequency") * 2.0,
            error=nw.lit(0.1),
        )
    )
    spending = {"p": 2.0, "q": 3.0, "v": 15.0}
    return World(
        purchase,
        line,
        engine.scan(files["account"], stored("account")),
        engine.scan(files["post"], stored("post")),
        engine.scan(files["post_metric"], stored("post_metric")),
        links,
        every,
        matched,
        orders,
        days,
        counts,
        engine.cache(rhythm.gaps(days)),
        engine.cache(histories.lifetimes(counts, outlooks, spending)),
        outlooks,
    )


def tenants(there: World) -> Frame:
    return contracts.tenants(there.counts.with_columns(paid=nw.col("revenue")), UNTIL)


STEPS: dict[Callable[..., Any], Callable[[World], Frame]] = {
    reading.last_loaded: lambda w: reading.last_loaded(
        w.purchase_line, ("source", "purchase_id", "line")
    ),
    frames.distinct: lambda w: frames.distinct(w.purchase.select("source", "account_id")),
    coverage.rows_by_day: lambda w: coverage.rows_by_day(w.purchase, "purchase"),
    coverage.figures: lambda w: coverage.figures(w.post, w.post_metric),
    glance.glance: lambda w: glance.glance(w.purchase, w.purchase_line),
    lines.lines: lambda w: lines.lines(w.purchase, w.purchase_line, currency="EUR"),
    lines.left_out: lambda w: lines.left_out(
        w.purchase, w.purchase_line, currency="EUR", rates=RATES
    ),
    returns.matched_returns: lambda w: w.matched,
    purchases.orders: lambda w: w.orders,
    purchases.kept: lambda w: purchases.kept(w.orders),
    purchases.of_known: lambda w: purchases.of_known(w.orders),
    purchases.with_roles: lambda w: purchases.with_roles(
        w.orders, w.links.select("person_id", role=nw.lit("employee")).unique()
    ),
    purchases.balance: lambda w: purchases.balance(w.lines, w.matched),
    customers.buying_days: lambda w: w.days,
    customers.purchase_counts: lambda w: w.counts,
    customers.holdout_counts: lambda w: customers.holdout_counts(w.orders, SPLIT, 90),
    customers.counts_of: lambda w: customers.counts_of(customers.buying_days(w.orders), UNTIL),
    customers.holdout_of: lambda w: customers.holdout_of(
        customers.buying_days(w.orders), SPLIT, 90
    ),
    customers.in_weeks: lambda w: customers.in_weeks(
        customers.grouped(customers.holdout_counts(w.orders, SPLIT, 90))
    ),
    customers.grouped: lambda w: customers.grouped(customers.holdout_counts(w.orders, SPLIT, 90)),
    totals.totals: lambda w: totals.totals(w.orders),
    totals.customer_sums: lambda w: totals.customer_sums(w.counts),
    totals.by_channel: lambda w: totals.by_channel(w.orders),
    totals.known_people: lambda w: totals.known_people(w.account, w.links),
    totals.segments: lambda w: totals.segments(w.counts, totals.known_people(w.account)),
    rhythm.gaps: lambda w: w.gaps,
    rhythm.gap_quantiles: lambda w: rhythm.gap_quantiles(w.gaps, [0.1, 0.5, 0.9]),
    rhythm.gaps_up_to: lambda w: rhythm.gaps_up_to(w.gaps, 20.5),
    rhythm.gap_pairs: lambda w: rhythm.gap_pairs(w.gaps),
    rhythm.silence: lambda w: rhythm.silence(w.counts),
    retention.retention: lambda w: retention.retention(w.days),
    retention.tenures: lambda w: retention.tenures(w.days, UNTIL),
    contracts.tenants: tenants,
    contracts.by_tenure: lambda w: contracts.by_tenure(tenants(w)),
    returning.revenue_by_month: lambda w: returning.revenue_by_month(w.orders),
    concentration.ranked_values: lambda w: concentration.ranked_values(w.counts),
    concentration.top_shares: lambda w: concentration.top_shares(
        concentration.ranked_values(w.counts), (0.0, 0.05, 0.1, 0.33, 1.0)
    ),
    concentration.edge_sums: lambda w: concentration.edge_sums(
        concentration.ranked_values(w.counts), 0.1
    ),
    histories.histories: lambda w: histories.histories(w.counts),
    histories.spends: lambda w: histories.spends(w.counts),
    histories.lifetimes: lambda w: w.lifetime,
    histories.drifting: lambda w: histories.drifting(w.lifetime, w.orders),
    histories.best_tenth: lambda w: histories.best_tenth(w.lifetime),
    histories.weekly: lambda w: histories.weekly(w.orders, dt.date(2024, 1, 1)),
}

DATA: dict[str, dict[str, list[dict[str, Any]]]] = {
    "awkward": {
        "purchase": [dict(row) for row in AWKWARD_ORDERS],
        "purchase_line": [
            *(dict(row) for row in AWKWARD_LINES),
            *(dict(row) for row in random_lines(1)),
        ],
        "account": [
            {"account_id": "ann"},
            {"account_id": "bob"},
            {"account_id": "cid"},
            {"account_id": "zoe"},
            {"account_id": "us", "is_brand": True},
        ],
        "post": [
            {"post_id": "p1", "published_on": at("2024-03-30T23:30")},
            {"post_id": "p2", "published_on": at("2024-12-31T12:00")},
            {"post_id": "p3", "published_on": None},
        ],
        "post_metric": [
            {"post_id": post, "metric": metric, "measured_on": at(day), "value": 1.0}
            for post, metric, day in (
                ("p1", "impressions", "2024-04-01T00:00"),
                ("p1", "impressions", "2024-05-01T00:00"),
                ("p1", "views", "2024-05-01T00:00"),
                ("p2", "views", "2025-01-01T00:00"),
                ("gone", "views", "2025-01-01T00:00"),
            )
        ],
    },
    "empty": {name: [] for name in ("purchase", "purchase_line", "account", "post", "post_metric")},
}


@pytest.fixture(scope="module", params=["awkward", pytest.param("empty", marks=pytest.mark.slow)])
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, spark: Any
) -> Iterator[tuple[tuple[Engine, World], tuple[Engine, World]]]:
    folder = tmp_path_factory.mktemp("shop")
    files = {name: file(folder, name, rows) for name, rows in DATA[request.param].items()}
    with ExitStack() as stack:
        engines = [
            stack.enter_context(open_engine(name, time_zone=ZONE, temp=folder / name))
            for name in ("duckdb", "spark")
        ]
        worlds = [(engine, world(engine, files)) for engine in engines]
        yield worlds[0], worlds[1]
        worlds.clear()


@pytest.mark.parametrize("step", list(STEPS.values()), ids=[step.__name__ for step in STEPS])
def test_step_gives_the_same_rows_on_both_engines(
    both: tuple[tuple[Engine, World], tuple[Engine, World]], step: Callable[[World], Frame]
) -> None:
    (duck, there), (spark, yonder) = both
    assert_same_rows(duck.collect(step(there)), spark.collect(step(yonder)))


def test_every_relational_step_has_its_place_here() -> None:
    # rooms within the room have modules of their own beside this one
    apart = ("rapport.value.ledger", "rapport.value.referral", "rapport.value.word_of_mouth",
             "rapport.value.service", "rapport.value.gains", "rapport.value.crediting",
             "rapport.value.reviews")  # fmt: skip
    every = relational_steps(rapport.value, rapport.record)
    missing = {f for f in every if not f.__module__.startswith(apart)} - set(STEPS)
    assert {f.__name__ for f in missing} <= {"table_frame", "as_is", "plain"}


def test_a_day_belongs_to_the_brands_calendar_on_both(tmp_path: Path, spark: Any) -> None:
    edges = (
        *("2024-03-30T22:59", "2024-03-30T23:00", "2024-03-31T21:59", "2024-03-31T22:00"),
        *("2024-10-26T21:59", "2024-10-26T22:00", "2024-10-27T22:59", "2024-10-27T23:00"),
    )
    rows = [{**whole(str(n), "a", t, 1), "ordered_on": at(t)} for n, t in enumerate(edges)]
    files = file(tmp_path, "purchase", rows)
    told = []
    for name in ("duckdb", "spark"):
        with open_engine(name, time_zone=ZONE, temp=tmp_path) as engine:
            frame = engine.scan(files, stored("purchase")).select(
                "purchase_id", "ordered_on", "ordered_on_day"
            )
            told.append(sorted(engine.collect(frame).to_pylist(), key=lambda r: r["purchase_id"]))
            del frame
    assert told[0] == told[1]
    days = [row["ordered_on_day"].day for row in told[0]]
    assert days == [30, 31, 31, 1, 26, 27, 27, 28]
    assert told[0][0]["ordered_on"] == dt.datetime(2024, 3, 30, 22, 59)  # noqa: DTZ001
