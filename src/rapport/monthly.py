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

from rapport.freshness import step_of
from rapport.listening.answering.threads import brand_accounts
from rapport.record.delta import STORED
from rapport.record.frames import distinct
from rapport.record.ledger import State
from rapport.record.load import Load
from rapport.record.schema import TABLES
from rapport.record.store import Record
from rapport.settings import Settings
from rapport.steps import order
from rapport.steps.context import Context, seen_twice

LARGE = 10_000_000
"""Rows of a record from which monthly answers wait for their month to end."""
GONE = 0.001
"""Share of accounts that may have turned out to be other people's until then."""


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
    ours
        Digest of who speaks for the brand, see `ours_of`.
    """

    upto: str
    counted: str
    grounds: str
    last: dt.date
    ours: str

    def to_dict(self) -> dict[str, Any]:
        """Return it for storage."""
        return {**asdict(self), "last": self.last.isoformat()}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Seen | None:
        """Return what `to_dict` wrote; None when it was written otherwise, by another version."""
        try:
            return cls(**{**stored, "last": dt.date.fromisoformat(stored["last"])})
        except (TypeError, KeyError, ValueError):
            return None


def names() -> tuple[str, ...]:
    """Return the steps that answer by the month."""
    return tuple(step.name for step in order.STEPS if step.monthly)


def keepers() -> tuple[str, ...]:
    """Return the steps that go on from what they found when all was seen."""
    return tuple(step.name for step in order.STEPS if step.monthly or step.goes_on)


def seen_now(
    record: Record, settings: Settings, grounds: Mapping[str, list[str]], ours: str
) -> Seen | None:
    """Return what is there to be seen; None when nothing on record has a day.

    Parameters
    ----------
    record
        Of which one instant is read.
    settings
        Of the brand.
    grounds
        As `rapport.freshness.grounds` gives them.
    ours
        As `ours_of` gives it.
    """
    state = record.moment
    last = last_day(state.visible, settings.time_zone)
    if last is None:
        return None
    upto = max(load.load_id for load in state.visible)
    return Seen(upto, _counted(state, upto), _grounds(record, settings, grounds), last, ours)


def last_day(loads: Collection[Load], zone: str) -> dt.date | None:
    """Return the last day on which anybody did something, where the brand is."""
    spans = [(name, load.spans[name][1]) for load in loads for name in load.spans]
    ends = [_day(end, zone, name) for name, end in spans if name in order.DATED]
    return max(ends, default=None)


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


def stand(seen: Seen, record: Record, settings: Settings, grounds: Mapping[str, list[str]]) -> bool:
    """Return whether monthly answers stand: all that came since is of the month that goes on.

    They do not when anything that was seen was undone, replaced or forgotten, when a setting
    changed that they rest on, when other sources' orders count, or when something of a month that
    was over came late.
    """
    state, zone = record.moment, settings.time_zone
    if seen.upto not in state.loads or _counted(state, seen.upto) != seen.counted:
        return False
    if _grounds(record, settings, grounds) != seen.grounds:
        return False
    first, following = open_month(seen.last)
    return all(
        first <= _day(since, zone, table) and _day(until, zone, table) < following
        for load in state.visible
        if load.load_id > seen.upto
        for table, (since, until) in load.spans.items()
    )


def is_large(state: State) -> bool:
    """Return whether a record is so large that monthly answers wait."""
    tables = ("activity", "purchase", "visit")
    return sum(load.rows_now(table) for load in state.visible for table in tables) >= LARGE


def ours_of(context: Context) -> str:
    """Return a digest of who speaks for the brand: its accounts, and its own people."""
    told = context.engine.collect(brand_accounts(context.facts("account"), context.facts("post")))
    rows = [repr(row) for row in told.to_pylist()]
    if "roles" in context.results.tables:
        rows += [repr(row) for row in context.engine.collect(context.result("roles")).to_pylist()]
    return _digest(sorted(rows))


def still_known(context: Context) -> bool:
    """Return whether nearly all accounts are still of the person that they were of.

    Accounts that came since are left aside. Nobody may have turned out to be one of our own.
    """
    before = context.engine.scan_delta(context.results.folder / order.WHOLE)
    links = context.result("links").select("source", "account_id", now=nw.col("person_id"))
    moved = before.join(links, on=["source", "account_id"], how="left").with_columns(
        moved=(nw.col("now").is_null() | (nw.col("now") != nw.col("person_id"))).cast(nw.Int64())
    )
    moved = context.engine.cache(moved.select("person_id", "now", "moved"))
    sums = moved.select(accounts=nw.len(), moved=nw.col("moved").sum())
    (row,) = context.engine.collect(sums).to_pylist()
    if not row["moved"]:
        return True
    if row["moved"] > GONE * row["accounts"]:
        return False
    ours = distinct(context.result("roles").select("person_id", ours=nw.lit(1)))
    some = moved.filter(nw.col("moved") == 1)
    both = nw.concat(
        [some.select("person_id"), some.select(person_id=nw.col("now"))], how="vertical"
    )
    (found,) = context.engine.collect(
        both.join(ours, on="person_id", how="inner").select(n=nw.len())
    ).to_pylist()
    return not found["n"]


def _grounds(record: Record, settings: Settings, grounds: Mapping[str, list[str]]) -> str:
    """Return a digest of settings, files and code, and of whose orders count.

    Lists of people that were written are none of it: they are read by the month.
    """
    told = [grounds[name] for name in names() if order.AUDIENCES not in step_of(name).files]
    return _digest([told, seen_twice(record, settings)])


def _counted(state: State, upto: str) -> str:
    told = [
        [load.load_id, load.content, load.reading, [load.rows_now(table) for table in STORED]]
        for load in state.visible
        if load.load_id <= upto
    ]
    return _digest([told, sorted(state.touched.items())])


def _digest(told: Any) -> str:
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def _day(moment: dt.datetime, zone: str, table: str) -> dt.date:
    """Return the day of a fact where the brand is; a fact that has a day only is of that day."""
    time = TABLES[table].time
    if time is not None and TABLES[table].column(time).kind == "day":
        return moment.date()
    return moment.astimezone(ZoneInfo(zone)).date()
