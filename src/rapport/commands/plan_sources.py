"""Where a plan takes its people from: a workspace's record, or a simulated world."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import narwhals as nw

from rapport.commands.computing import current_results
from rapport.commands.terminal import Terminal
from rapport.errors import Fault, Problem
from rapport.record.engines import Engine, open_engine
from rapport.record.frames import Frame, as_number
from rapport.results import Results
from rapport.simulation.planning.grid import Span
from rapport.workspace import Workspace

WORLD_PEOPLE, WORLD_MONTHS = 20_000, 24


@dataclass(frozen=True)
class Basis:
    """What a plan is made from.

    Parameters
    ----------
    rows
        Orders (person_id, day, value), or sales of places (place, day, value).
    outcome
        What is measured: "margin", "revenue" where margin is not known, "orders", "retention" or
        "stores".
    unit
        A currency, or "orders".
    source
        "record" or "world".
    """

    engine: Engine
    rows: Frame
    span: Span
    outcome: str
    unit: str
    source: str


@contextmanager
def of_record(workspace: Workspace, outcome: str) -> Iterator[Basis]:
    """Give what a workspace knows; raises Problem before the first run, or without sales."""
    from rapport.pipeline import looking
    from rapport.value.purchases import kept

    facts = current_results(workspace).facts
    if "last_day" not in facts:
        fault = Fault("There are no orders.", hint="Load orders, then 'rapport run'.")
        raise Problem("Nothing can be planned.", [fault])
    with looking(workspace) as context:
        if outcome == "stores":
            rows = _sales(context.facts("sales"))
            span = _span(context.engine, rows)
        else:
            rows = _orders(kept(context.result("orders")), workspace, outcome)
            span = Span(_day(facts["first_day"]), _day(facts["last_day"]))
        named = str(facts["money"]) if outcome == "margin" else outcome
        unit = "orders" if outcome == "orders" else workspace.settings.currency
        yield Basis(context.engine, rows, span, named, unit, "record")


@contextmanager
def of_world(terminal: Terminal, file: Path | None, seed: int, outcome: str) -> Iterator[Basis]:
    """Give a simulated world of 20,000 people and two years; raises Problem for a faulty file."""
    from rapport.simulation.history import CURRENCY, ZONE
    from rapport.simulation.making import live_through, write_down
    from rapport.simulation.planning.world import world_orders, world_sales
    from rapport.simulation.world import World
    from rapport.simulation.world_file import read_world

    world = World() if file is None else read_world(file)
    with terminal.progress(terminal.words("Living through the months")):
        history = write_down(
            live_through(world, people=WORLD_PEOPLE, months=WORLD_MONTHS, seed=seed)
        )
    span = Span(history.first_day, history.last_day)
    with open_engine("duckdb", time_zone=ZONE) as engine:
        if outcome == "stores":
            rows = engine.table(world_sales(history))
        else:
            rows = _valued(engine.table(world_orders(history)), outcome)
        unit = "orders" if outcome == "orders" else CURRENCY
        yield Basis(engine, rows, span, outcome, unit, "world")


def _valued(orders: Frame, outcome: str) -> Frame:
    value = nw.col("margin") if outcome == "margin" else nw.lit(1.0)
    return orders.select("person_id", "day", value=value)


def _orders(orders: Frame, workspace: Workspace, outcome: str) -> Frame:
    """Return orders with what they are worth: margin as the value section counts it, or one."""
    if outcome != "margin":
        return orders.select("person_id", "day", value=nw.lit(1.0))
    facts = Results(workspace.results).facts
    if facts["money"] == "revenue":
        return orders.select("person_id", "day", value=as_number(nw.col("net")))
    share = workspace.settings.value.margin
    known = as_number(nw.col("margin"))
    other = nw.lit(0.0) if share is None else as_number(nw.col("net")) * share
    value = nw.when(nw.col("margin").is_null()).then(other).otherwise(known)
    return orders.select("person_id", "day", value=value)


def _sales(sales: Frame) -> Frame:
    """Return daily sales by place: by region, or by channel where no region is told."""
    place = nw.coalesce(nw.col("region"), nw.col("channel"))
    return sales.select("day", place=place, value=as_number(nw.col("revenue")))


def _span(engine: Engine, rows: Frame) -> Span:
    ends = engine.collect(rows.select(first=nw.col("day").min(), last=nw.col("day").max()))
    (row,) = ends.to_pylist()
    if row["first"] is None:
        fault = Fault(
            "There are no daily sales by store or region.",
            hint="Load them into the table sales: a day, a region and an amount on each row.",
        )
        raise Problem("Nothing can be planned.", [fault])
    return Span(_day(row["first"]), _day(row["last"]))


def _day(value: object) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))
