"""What the record holds already of an account's pulls."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rapport.record.lookup import connect
from rapport.record.store import Record

UNDONE = "#undo"  # ends the id of the row that says that a deed was undone
DELETED = "deleted"  # the format of a post that its author deleted
TOMBSTONE = "Tombstone"  # ActivityStreams 2.0: what stands where something was deleted


class Held(NamedTuple):
    """A deed as the record holds it, names as they are stored."""

    verb: str
    account: str | None
    occurred_on: dt.datetime
    object_kind: str | None
    object_id: str | None
    in_reply_to: str | None
    text: str | None  # a digest
    stands: bool


@dataclass
class Known:
    """What the record holds already: deeds by id, people by account, the last figures."""

    deeds: dict[str, Held] = field(default_factory=dict)
    people: dict[str, dict[str, object]] = field(default_factory=dict)
    counts: dict[tuple[str, str], float] = field(default_factory=dict)
    audience: dict[tuple[dt.date, str], int] = field(default_factory=dict)

    def standing(self) -> dict[str, Held]:
        """Return the deeds that stand."""
        return {name: held for name, held in self.deeds.items() if held.stands}


def digest(text: str | None) -> str | None:
    """Return what tells one text from another."""
    return None if text is None else hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


_DEEDS = (
    "activity_id, verb, account_id, occurred_on, object_kind, object_id, in_reply_to, "
    "case when text is not null then sha256(text) end"
)
_PEOPLE = "account_id, handle, name, followers, following, posts, created, is_brand"


def known(record: Record, source: str, loads: Sequence[str]) -> Known:
    """Return what these loads have brought of a network, each fact as it was last loaded."""
    found = Known()
    undone: list[tuple[str, object]] = []
    for row in _rows(record, "activity", _DEEDS, ("activity_id",), source, loads):
        name, kind = str(row[0]), row[4]
        if name.endswith(UNDONE):
            undone.append((name.removesuffix(UNDONE), kind))
            continue
        found.deeds[name] = Held._make((*row[1:], row[1] != "Delete"))
    for name, kind in undone:
        if name in found.deeds and kind != "Undo":
            found.deeds[name] = found.deeds[name]._replace(stands=False)
    for row in _rows(record, "account", _PEOPLE, ("account_id",), source, loads):
        names = _PEOPLE.split(", ")
        found.people[str(row[0])] = dict(zip(names[1:], row[1:], strict=True))
    key = ("post_id", "metric")
    for post, metric, value in _rows(
        record, "post_metric", "post_id, metric, value", key, source, loads, "measured_on"
    ):
        found.counts[str(post), str(metric)] = float(value)
    key = ("day", "channel")
    for day, channel, size in _rows(
        record, "audience", "day, channel, followers", key, source, loads
    ):
        found.audience[day, str(channel)] = size
    return found


def _rows(
    record: Record,
    table: str,
    columns: str,
    key: tuple[str, ...],
    source: str,
    loads: Sequence[str],
    latest: str | None = None,
) -> list[tuple[Any, ...]]:
    """Return, of the rows with one key, the last: by time where `latest` names one, then load."""
    if not loads:
        return []
    with record.reading():
        files = record.visible(table).files
        if not files:
            return []
        order = ", ".join(f"{name} desc" for name in (latest, "load_id", "source_row") if name)
        sql = (
            f"select {columns} from read_parquet(?, hive_partitioning = false) "  # noqa: S608
            "where source = ? and list_contains(?, load_id) qualify row_number() over "
            f"(partition by {', '.join(key)} order by {order}) = 1"
        )
        with connect() as connection:
            connection.execute("set timezone = 'UTC'")
            asked = connection.sql(sql, params=[list(files), source, list(loads)])
            found = asked.to_arrow_table()
            del asked  # relations are let go before their connection
            return list(zip(*(column.to_pylist() for column in found.columns), strict=True))
