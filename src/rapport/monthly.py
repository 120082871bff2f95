"""Whether answers that a large brand gets by the month stand until that month is over.

What asks for the whole of everybody's past, such as levels or the return, says nearly the same
after one more day and takes most of a run. For a large brand it is answered again once a month has
ended, or as soon as anything of a month that was over has changed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import ZoneInfo

import narwhals as nw

from rapport.record.delta import STORED
from rapport.record.ledger import State
from rapport.record.load import Load
from rapport.settings import Settings
from rapport.steps import order
from rapport.steps.context import Context

LARGE = 10_000_000
"""Rows of a record from which monthly answers wait for their month to end."""
GONE = 0.001
"""Share of people who may have turned out to be one with others until then."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What monthly answers were given from.

    Parameters
    ----------
    upto
        The last load that counted.
    counted
        Digest of what counted of the loads up to it.
    grounds
        Digest of settings, files and code.
    last
        The last day on record.
    apart
        Digest of who is no customer: the brand's own people.
    """

    upto: str
    counted: str
    grounds: str
    last: dt.date
    apart: str

    def to_dict(self) -> dict[str, Any]:
        """Return it for storage."""
        return {**asdict(self), "last": self.last.isoformat()}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Seen:
        """Return what `to_dict` wrote."""
        return cls(**{**stored, "last": dt.date.fromisoformat(stored["last"])})


def names() -> tuple[str, ...]:
    """Return the steps that answer by the month."""
    return tuple(step.name for step in order.STEPS if step.monthly)


def seen_now(
    state: State, settings: Settings, grounds: Mapping[str, list[str]], apart: str
) -> Seen | None:
    """Return what is there to be seen; None when nothing on record has a day.

    Parameters
    ----------
    state
        The instant of the record.
    settings
        Of the brand: its time zone.
    grounds
        As `rapport.freshness.grounds` gives them.
    apart
        Digest of what the step `roles` found.
    """
    last = last_day(state.visible, settings.time_zone)
    if last is None:
        return None
    upto = max(load.load_id for load in state.visible)
    counted, ground = _counted(state, upto), _digest([grounds[name] for name in names()])
    return Seen(upto, counted, ground, last, apart)


def last_day(loads: Collection[Load], zone: str) -> dt.date | None:
    """Return the last day on which anybody did something, where the brand is."""
    ends = [load.spans[table][1] for load in loads for table in order.DATED if table in load.spans]
    return _day(max(ends), zone) if ends else None


def open_month(last: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first day of the month that goes on after a day, and of the one that follows.

    Examples
    --------
    >>> [day.isoformat() for day in open_month(dt.date(2026, 9, 29))]
    ['2026-09-01', '2026-10-01']
    >>> [day.isoformat() for day in open_month(dt.date(2026, 9, 30))]
    ['2026-10-01', '2026-11-01']
    """
    first = (last + dt.timedelta(days=1)).replace(day=1)
    return first, (first + dt.timedelta(days=31)).replace(day=1)


def stand(
    seen: Seen | None, state: State, settings: Settings, grounds: Mapping[str, list[str]]
) -> bool:
    """Return whether monthly answers stand: all that came since is of the month that goes on.

    They do not when anything that was seen was undone, replaced or forgotten, when a setting
    changed that they rest on, or when something of a month that was over came late.
    """
    if seen is None or seen.upto not in state.loads:
        return False
    if _counted(state, seen.upto) != seen.counted:
        return False
    if _digest([grounds[name] for name in names()]) != seen.grounds:
        return False
    first, following = open_month(seen.last)
    zone = settings.time_zone
    return all(
        first <= _day(since, zone) and _day(until, zone) < following
        for load in state.visible
        if load.load_id > seen.upto
        for since, until in load.spans.values()
    )


def is_large(state: State) -> bool:
    """Return whether a record is so large that monthly answers wait."""
    tables = ("activity", "purchase", "visit")
    return sum(load.rows_now(table) for load in state.visible for table in tables) >= LARGE


def still_known(context: Context) -> bool:
    """Return whether nearly all people of the monthly answers still go by the same id."""
    if "levels" not in context.results.tables:
        return False
    told = context.result("levels").select("person_id").unique()
    links = context.result("links").select("person_id").unique().with_columns(here=nw.lit(1))
    counts = told.join(links, on="person_id", how="left").select(
        people=nw.len(), known=nw.col("here").sum()
    )
    (row,) = context.engine.collect(counts).to_pylist()
    return bool(row["people"] - (row["known"] or 0) <= GONE * row["people"])


def _counted(state: State, upto: str) -> str:
    told = [
        [load.load_id, load.content, load.reading, [load.rows_now(table) for table in STORED]]
        for load in state.visible
        if load.load_id <= upto
    ]
    return _digest([told, sorted(state.touched.items())])


def _digest(told: Any) -> str:
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def _day(moment: dt.datetime, zone: str) -> dt.date:
    return moment.astimezone(ZoneInfo(zone)).date()
