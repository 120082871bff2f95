"""The tables of the record, declared once: what one row is, its columns, their types."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import pyarrow as pa

Kind = Literal["text", "time", "day", "money", "number", "integer", "flag"]

MONEY = pa.decimal128(18, 4)

ARROW: MappingProxyType[Kind, pa.DataType] = MappingProxyType(
    {
        "text": pa.string(),
        "time": pa.timestamp("us", tz="UTC"),
        "day": pa.date32(),
        "money": MONEY,
        "number": pa.float64(),
        "integer": pa.int64(),
        "flag": pa.bool_(),
    }
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, kind, whether a row may lack it, and whether it names a person."""

    name: str
    kind: Kind = "text"
    required: bool = False
    personal: bool = False
    about: str = ""

    @property
    def arrow(self) -> pa.Field:
        """The Arrow field; every column may be null in storage, `required` is checked on load."""
        return pa.field(self.name, ARROW[self.kind])


# Every row of every table says where it came from.
PROVENANCE = (
    Column("source", required=True, about="the system the row came from"),
    Column("source_file", required=True, about="the file, as it was named"),
    Column("source_row", "integer", required=True, about="the row in that file, header included"),
    Column("loaded_at", "time", required=True),
    Column("load_id", required=True, about="the load that brought the row"),
    Column("month", required=True, about="partition: the month of the row's time, or 'none'"),
)


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the record.

    `time` is the column that says when the fact happened (it sets the partition); `key` are the
    columns that tell one fact from another: of two rows with one key, the one loaded last holds.
    In a table that is `completed` it holds only where it says something: what it leaves empty
    keeps the value of the row before, since two files of a system may each know a part of a fact.
    """

    name: str
    one_row_is: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    time: str | None = None
    completed: bool = False

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """The columns of the fact, then those of its provenance."""
        return (*self.columns, *PROVENANCE)

    @property
    def arrow(self) -> pa.Schema:
        """The Arrow schema of the stored table."""
        return pa.schema([column.arrow for column in self.all_columns])

    @property
    def personal(self) -> tuple[str, ...]:
        """Names of the columns by which a person could be found."""
        return tuple(column.name for column in self.all_columns if column.personal)

    def column(self, name: str) -> Column:
        """Return a column by its name; raises KeyError."""
        for column in self.all_columns:
            if column.name == name:
                return column
        raise KeyError(name)


def _text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name) for name in names)


def _table(
    name: str,
    one_row_is: str,
    columns: Iterable[Column],
    key: tuple[str, ...],
    time: str | None = None,
    *,
    completed: bool = False,
) -> Table:
    return Table(name, one_row_is, tuple(columns), key, time, completed)


ACCOUNT_ID = Column("account_id", personal=True, about="the account in its own system")
ZONE = Column("zone", about="time zone that the source reported in")

_TABLES = (
    _table(
        "account",
        "one account of somebody in one system",
        (
            Column("account_id", required=True, personal=True),
            Column("channel"),
            Column("handle", personal=True),
            Column("name", personal=True),
            Column("followers", "integer"),
            Column("following", "integer"),
            Column("posts", "integer"),
            Column("created", "time"),
            Column("is_brand", "flag"),
            Column("is_employee", "flag"),
            *_text("country", "language"),
        ),
        ("source", "account_id"),
        completed=True,
    ),
    _table(
        "identifier",
        "one piece of evidence who an account is",
        (
            Column("account_id", required=True, personal=True),
            Column(
                "kind",
                required=True,
                about="email, phone, handle, name, postcode, loyalty card, device or external id",
            ),
            Column("value", required=True, personal=True, about="normalised; hashed where set"),
        ),
        ("source", "account_id", "kind", "value"),
    ),
    _table(
        "activity",
        "one thing somebody did, on any channel, on or offline",
        (
            Column("activity_id", required=True),
            Column("occurred_on", "time", required=True),
            ZONE,
            Column("channel"),
            ACCOUNT_ID,
            Column("verb", required=True, about="ActivityStreams 2.0: Create, Like, Follow, …"),
            *_text("object_kind", "object_id", "in_reply_to"),
            Column("text", personal=True),
            *_text("url", "campaign"),
        ),
        ("source", "activity_id"),
        "occurred_on",
    ),
    _table(
        "post",
        "one thing the brand published",
        (
            Column("post_id", required=True),
            Column("published_on", "time", required=True),
            ZONE,
            Column("channel"),
            ACCOUNT_ID,
            *_text("text", "format"),
            Column("paid", "flag"),
            Column("goal", about="acquire, keep, serve or brand"),
            Column("campaign"),
            Column("cost", "money"),
            Column("currency"),
        ),
        ("source", "post_id"),
        "published_on",
    ),
    _table(
        "post_metric",
        "one figure of one post on one day",
        (
            Column("post_id", required=True),
            Column("measured_on", "time", required=True),
            Column("metric", required=True),
            Column("value", "number", required=True),
            Column("denominator"),
        ),
        ("source", "post_id", "measured_on", "metric"),
        "measured_on",
    ),
    _table(
        "purchase",
        "one order, as a system that knows whole orders reports it",
        (
            Column("purchase_id", required=True),
            Column("ordered_on", "time", required=True),
            ZONE,
            ACCOUNT_ID,
            Column("channel"),
            Column("revenue", "money", required=True, about="goods sold, after discounts, no tax"),
            Column("discount", "money"),
            Column("refund", "money", about="paid back, a positive amount"),
            Column("margin", "money", about="revenue less cost of goods, where the source knows"),
            Column("currency", required=True),
            *_text("coupon", "campaign", "referrer"),
            Column("cancelled_on", "time"),
        ),
        ("source", "purchase_id"),
        "ordered_on",
    ),
    _table(
        "purchase_line",
        "one line of an order, of a return or of a cancellation",
        (
            Column("purchase_id", required=True),
            Column("line", "integer", required=True, about="position in the file of the order"),
            Column("ordered_on", "time", required=True),
            ZONE,
            ACCOUNT_ID,
            Column("channel"),
            *_text("product_id", "product", "category"),
            Column("quantity", "number", required=True, about="negative for a return"),
            Column("revenue", "money", required=True, about="negative for a return"),
            Column("discount", "money"),
            Column("cost", "money", about="cost of goods, where the source knows"),
            Column("currency", required=True),
            *_text("coupon", "campaign"),
            Column("is_return", "flag", required=True, about="a return, refund or cancellation"),
        ),
        ("source", "purchase_id", "line"),
        "ordered_on",
    ),
    _table(
        "visit",
        "one web visit",
        (
            Column("visit_id", required=True),
            Column("started_on", "time", required=True),
            ZONE,
            ACCOUNT_ID,
            Column("channel", about="by the default channel group of Google Analytics 4, and ours"),
            *_text("landing_page", "referrer", "utm_source", "utm_medium", "campaign", "goals"),
        ),
        ("source", "visit_id"),
        "started_on",
    ),
    _table(
        "ticket",
        "one request for help, on any channel",
        (
            Column("ticket_id", required=True),
            Column("opened_on", "time", required=True),
            ZONE,
            ACCOUNT_ID,
            Column("channel"),
            Column("first_human_answer_on", "time"),
            Column("solved_on", "time"),
            Column("reopened", "integer"),
            Column("rating"),
        ),
        ("source", "ticket_id"),
        "opened_on",
    ),
    _table(
        "answer",
        "one survey answer",
        (
            Column("respondent", required=True, personal=True),
            Column("answered_on", "time", required=True),
            ZONE,
            Column("instrument", required=True),
            Column("item", required=True),
            Column("score", "number"),
            Column("text", personal=True),
        ),
        ("source", "respondent", "answered_on", "instrument", "item"),
        "answered_on",
    ),
    _table(
        "lead",
        "one sales lead",
        (
            Column("lead_id", required=True),
            ACCOUNT_ID,
            Column("created_on", "time", about="null where only its deal is known"),
            ZONE,
            *_text("origin", "stage"),
            Column("won_on", "time"),
            Column("amount", "money"),
            Column("currency"),
        ),
        ("source", "lead_id"),
        "created_on",
        completed=True,
    ),
    _table(
        "spend",
        "one day of cost",
        (
            Column("day", "day", required=True),
            *_text("channel", "campaign", "region"),
            Column("cost", "money", required=True),
            Column("currency", required=True),
            Column("impressions", "integer"),
            Column("clicks", "integer"),
        ),
        ("source", "day", "channel", "campaign", "region"),
        "day",
    ),
    _table(
        "audience",
        "one day's size of a channel",
        (
            Column("day", "day", required=True),
            Column("channel", required=True),
            Column("followers", "integer"),
            Column("gained", "integer"),
            Column("lost", "integer"),
        ),
        ("source", "day", "channel"),
        "day",
    ),
    _table(
        "channel_metric",
        "one figure of a whole channel on one day, whatever was posted",
        (
            Column("day", "day", required=True),
            Column("channel", required=True),
            Column("metric", required=True),
            Column("value", "number", required=True),
            Column("denominator"),
        ),
        ("source", "day", "channel", "metric"),
        "day",
    ),
    _table(
        "sales",
        "one day's total sales, where orders are not known one by one",
        (
            Column("day", "day", required=True),
            *_text("region", "channel"),
            Column("revenue", "money", required=True),
            Column("currency", required=True),
            Column("units", "number"),
        ),
        ("source", "day", "region", "channel"),
        "day",
    ),
    _table(
        "event",
        "anything that moves sales or talk",
        (
            Column("day", "day", required=True),
            Column("kind", required=True, about="launch, press, price, holiday or outage"),
            *_text("region", "note"),
        ),
        ("source", "day", "kind", "region", "note"),
        "day",
    ),
)

TABLES: MappingProxyType[str, Table] = MappingProxyType({table.name: table for table in _TABLES})
