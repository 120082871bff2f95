"""Conversations between customers and brands on a network, as messages with reply links.

The shape is that of public collections of customer support on Twitter: `inbound` says whether a
customer wrote, and a brand stands under its handle. A request begins with a customer's message that
answers nothing in the file, or a brand's own post; the first message of a brand below it answers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.fields import Field
from rapport.sources.loading import Recipe, facts_of, record_table
from rapport.sources.mending import Change, mended
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW, trimmed
from rapport.sources.shapes import Header, Shape, System, as_named

SOURCE = "support_conversations"
VERSION = 1
CHANNEL = "x"
_COLUMNS = (
    *("tweet_id", "author_id", "inbound", "created_at", "text", "response_tweet_id"),
    "in_response_to_tweet_id",
)
_TWITTER = r"^\w{3} (\w{3}) (\d{2}) (\d{2}:\d{2}:\d{2}) ([+-]\d{4}) (\d{4})$"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass
class Threads:
    """Which message began each conversation, and when a brand first answered it.

    Examples
    --------
    >>> threads = Threads()
    >>> threads.add("1", True, "", "10:00")
    >>> threads.add("2", False, "1", "10:09")
    >>> threads.requests()
    {'1': '10:09'}
    """

    parents: dict[str, str] = field(default_factory=dict)
    by_customer: set[str] = field(default_factory=set)
    answers: list[tuple[str, str]] = field(default_factory=list)

    def add(self, number: str, inbound: bool, parent: str, moment: str) -> None:  # noqa: FBT001 - a row
        """Add one message; of two with one number the first holds."""
        if number in self.parents:
            return
        self.parents[number] = parent
        if inbound:
            self.by_customer.add(number)
        else:
            self.answers.append((number, moment))

    def requests(self) -> dict[str, str | None]:
        """Return the messages that began a request, with the moment of the first answer."""
        first: dict[str, str | None] = {
            number: None for number in self.parents if self._begins(number)
        }
        for number, moment in self.answers:
            above = self.parents[number]
            seen = {number}
            while above and above not in first and above not in seen:
                seen.add(above)
                above = self.parents.get(above, "")
            known = first.get(above, "")
            if above in first and (known is None or moment < known):
                first[above] = moment
        return first

    def _begins(self, number: str) -> bool:
        above = self.parents[number]
        return number in self.by_customer and (
            above not in self.parents
            or (above not in self.by_customer and self.parents[above] not in self.parents)
        )


def _facts(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    made = mended(file, _iso_moments(header["created_at"]), _whole_links(header))
    threads, brands = Threads(), set()
    for part in made.rows():
        rows = part.table
        columns = (
            trimmed(rows.column(header[name])).to_pylist()
            for name in ("tweet_id", "inbound", "in_response_to_tweet_id", "created_at")
        )
        for number, inbound, parent, moment in zip(*columns, strict=True):
            threads.add(number, inbound.casefold() in ("true", "1"), parent, moment)
        ours = pc.is_in(pc.utf8_lower(rows.column(header["inbound"])), pa.array(["false", "0"]))
        brands.update(pc.unique(rows.filter(ours).column(header["author_id"])).to_pylist())
    recipe = _recipe(header, threads.requests(), sorted(brands))
    return facts_of(made, recipe, settings, now)


def _iso_moments(column: str) -> Change:
    """Return the change that writes the network's own moments as ISO 8601 does, in UTC."""

    def change(rows: pa.Table) -> pa.Table:
        said = rows.column(column)
        written = pc.replace_substring_regex(said, _TWITTER, r"\5-\1-\2 \3 \4")
        for number, month in enumerate(_MONTHS, start=1):
            written = pc.replace_substring(written, f"-{month}-", f"-{number:02d}-")
        return rows.set_column(rows.column_names.index(column), column, written)

    return change


def _whole_links(header: Header) -> Change:
    """Return the change that takes the .0 off numbers that a table of numbers wrote."""

    def change(rows: pa.Table) -> pa.Table:
        for name in ("tweet_id", "in_response_to_tweet_id"):
            plain = pc.replace_substring_regex(rows.column(header[name]), r"\.0$", "")
            rows = rows.set_column(rows.column_names.index(header[name]), header[name], plain)
        return rows

    return change


def _recipe(header: Header, requests: Mapping[str, str | None], brands: list[str]) -> Recipe:
    """Return how messages are read, knowing which of them began a request."""
    fields = (
        Field("activity_id", "identifier", (header["tweet_id"],), required=True),
        Field("occurred_on", "time", (header["created_at"],), required=True),
        Field("account_id", "identifier", (header["author_id"],), required=True),
        Field("inbound", "flag", (header["inbound"],), required=True),
        Field("text", "text", (header["text"],)),
        Field("in_reply_to", "identifier", (header["in_response_to_tweet_id"],)),
    )
    opened = pa.array(list(requests), pa.string())
    moments = [_moment(text) for text in requests.values()]
    answered = pa.array(moments, pa.timestamp("us", "UTC"))

    def tables(typed: pa.Table) -> Mapping[str, pa.Table]:
        return _tables(typed, opened, answered)

    shown = ", ".join(brands[:5]) + (", …" if len(brands) > 5 else "")
    notes = (
        f"{len(brands)} brands answer in it: {shown}.",
        "Whether a brand's answer was written by a person the file does not say.",
    )
    order = (header["tweet_id"],)
    return Recipe(
        SOURCE, VERSION, fields, order, tables, by_line=False, time_zone="UTC", notes=notes
    )


def _moment(text: str | None) -> dt.datetime | None:
    if not text:
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _tables(typed: pa.Table, opened: pa.Array, answered: pa.Array) -> Mapping[str, pa.Table]:
    names = ("activity_id", "occurred_on", "zone", "account_id", "text", "in_reply_to")
    columns: dict[str, object] = {name: typed.column(name) for name in names}
    columns |= {"channel": CHANNEL, "verb": "Create", "object_kind": "note"}
    found = {"activity": record_table("activity", columns, typed)}
    place = pc.index_in(typed.column("activity_id"), opened)
    began = pc.is_valid(place)
    rows = typed.filter(began)
    if rows.num_rows:
        ticket: dict[str, object] = {
            "ticket_id": rows.column("activity_id"),
            "opened_on": rows.column("occurred_on"),
            "zone": rows.column("zone"),
            "account_id": rows.column("account_id"),
            "channel": CHANNEL,
            "first_human_answer_on": pc.take(answered, place.filter(began)),
        }
        found["ticket"] = record_table("ticket", ticket, rows)
    return found | _accounts(typed)


def _accounts(typed: pa.Table) -> dict[str, pa.Table]:
    """Return everybody who wrote, each once; a brand's handle is its name."""
    last = typed.group_by("account_id", use_threads=False).aggregate(
        [("inbound", "last"), (ROW, "last")]
    )
    last = last.rename_columns(["account_id", "inbound", ROW])
    brand = pc.invert(last.column("inbound"))
    handle = pc.if_else(brand, last.column("account_id"), pa.scalar(None, pa.string()))
    columns: dict[str, object] = {
        "account_id": last.column("account_id"),
        "channel": CHANNEL,
        "handle": handle,
        "is_brand": brand,
    }
    return {"account": record_table("account", columns, last)}


SYSTEM = System(
    SOURCE,
    "Support conversations",
    "service",
    (
        Shape(
            name="messages",
            title="Conversations between customers and brands on a network",
            grain="one message",
            tables=("activity", "ticket", "account"),
            columns=as_named(*_COLUMNS),
            needs=tuple(name for name in _COLUMNS if name != "response_tweet_id"),
            where="a collection of messages with reply links, as CSV",
            since="2017",
            checked="a real file of 5,001 messages",
            facts=_facts,
        ),
    ),
)
