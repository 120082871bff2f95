"""Which people a name stands for: those of a play, or of a result table that names people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import pyarrow as pa
from deltalake import DeltaTable

from rapport.actions.audiences import people
from rapport.actions.audiences.lists import Reach, reach_of
from rapport.actions.plays import play, wording
from rapport.actions.plays.people import ordinary
from rapport.record.frames import Frame
from rapport.results import Results
from rapport.steps.breaking_up import money_of
from rapport.steps.context import Context
from rapport.steps.plays_facts import ASKED, asked_in_a_year

_BY = (
    "influence",
    "margin_at_risk",
    "value_at_risk",
    "value",
    "lifetime_value",
    "chance",
    "revenue",
)


@dataclass(frozen=True, slots=True)
class Choice:
    """The people of an audience, and what is known of them.

    Parameters
    ----------
    people
        place, person_id, name, level, reasons, said, url, in their order.
    spared
        How many were left out since they were asked often enough this year.
    reach
        How each can be reached, by person_id.
    """

    people: Sequence[Mapping[str, Any]]
    spared: int
    reach: Mapping[str, Reach]


def names(results: Results) -> dict[str, tuple[str, int]]:
    """Return what an audience can be made of: name, and what it is called and how many it has."""
    tables = results.tables
    found: dict[str, tuple[str, int]] = {}
    if tables.get("play_people"):
        counted = results.table("play_people", ["play"])["play"].value_counts().to_pylist()
        many = {row["values"]: int(row["counts"]) for row in counted}
        found = {
            key: (wording.TITLES[key].message, many[key]) for key in play.WITH_PEOPLE if key in many
        }
    for name, rows in tables.items():
        if rows and name not in ("play_people", "links") and _has_people(results, name):
            found.setdefault(name, ("", rows))
    return found


def choose(context: Context, name: str, most: int | None, day: dt.date) -> Choice:
    """Return the people of an audience who may be reached.

    Parameters
    ----------
    name
        A play, or a result table with a column person_id.
    most
        Only so many, from the first on.
    day
        The day for which the list is written.
    """
    engine, results = context.engine, context.results
    everybody = context.result("people")
    listed = engine.cache(_named(context, name))
    nobody = engine.table(ASKED.empty_table())
    cap = context.settings.engagement.most_asks_a_year
    asked = engine.table(asked_in_a_year(context, day)) if name in play.ASKING else nobody
    apart = ordinary(everybody)
    free = engine.cache(people.chosen(listed, apart, asked, cap))
    taken = free if most is None else engine.cache(free.filter(nw.col("place") <= most))
    told = taken.join(everybody.select("person_id", "name"), on="person_id", how="left")
    if "levels" in results.tables:
        levels = context.result("levels").select("person_id", "level")
        told = told.join(levels, on="person_id", how="left")
    else:
        told = told.with_columns(level=nw.lit(""))
    rows = engine.collect(told).sort_by("place").to_pylist()
    spared = 0
    if name in play.ASKING:
        all_of_them = people.chosen(listed, apart, nobody, cap)
        spared = _many(context, all_of_them) - _many(context, free)
    return Choice(rows, spared, _reach(context, taken))


def sums_of(context: Context, chosen: Sequence[str], window: int) -> Mapping[str, float]:
    """Return what people brought in the last days, as the planner takes it."""
    if "orders" not in context.results.tables:
        return {"people": 0}
    last = dt.date.fromisoformat(str(context.results.facts["last_day"])).toordinal()
    mine = context.engine.table(pa.table({"person_id": pa.array(chosen, pa.string())}))
    told = people.brought(mine, money_of(context), last, window)
    (row,) = context.engine.collect(told).to_pylist()
    return row if row["people"] else {"people": 0}


def _named(context: Context, name: str) -> Frame:
    if name in play.WITH_PEOPLE:
        return people.of_play(context.result("play_people"), name)
    table = context.result(name)
    columns = table.collect_schema().names()
    by = next((column for column in _BY if column in columns), None)
    return people.of_table(table, by)


def _many(context: Context, frame: Frame) -> int:
    (many,) = context.engine.collect(frame.select(many=nw.len()))["many"].to_pylist()
    return int(many)


def _reach(context: Context, chosen: Frame) -> Mapping[str, Reach]:
    """Return how people are reached; nobody where identifiers are kept as hashes alone."""
    if context.settings.people.hash_identifiers:
        return {}
    account, links = context.facts("account"), context.result("links")
    pairs = links.select("source", "account_id", "person_id")
    known = people.contacts(context.facts("identifier"), account, pairs, chosen)
    named = people.handles(account, pairs, chosen)
    collect = context.engine.collect
    return reach_of(collect(known).to_pylist(), collect(named).to_pylist())


def _has_people(results: Results, name: str) -> bool:
    names: list[str] = DeltaTable(results.path(name)).to_pyarrow_dataset().schema.names
    return "person_id" in names
