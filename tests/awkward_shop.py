"""A small awkward shop: whatever trips an engine up, in the shape of the record's tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rapport.record.schema import TABLES

ZONE = "Europe/Paris"
UTC = dt.UTC

Row = Mapping[str, Any]


def stored(name: str) -> pa.Schema:
    """Return the schema of a table's files."""
    return pa.schema([field for field in TABLES[name].arrow if field.name != "month"])


def table(name: str, rows: Iterable[Row]) -> pa.Table:
    """Return rows as the record stores them; what is not given is null or plain."""
    plain = {
        "source": "shop",
        "source_file": "shop.csv",
        "source_row": 2,
        "load_id": "A1",
        "currency": "EUR",
        "is_return": False,
        "line": 1,
    }
    schema = stored(name)
    made = [{**plain, **row} for row in rows]
    return pa.Table.from_pylist(
        [{key: row.get(key) for key in schema.names} for row in made], schema=schema
    )


def file(folder: Path, name: str, rows: Iterable[Row]) -> list[Path]:
    """Write rows as a Parquet file and return it as a list of files."""
    path = folder / f"{name}.parquet"
    pq.write_table(table(name, rows), path)
    return [path]


def at(text: str) -> dt.datetime:
    """Return a UTC time."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=UTC)


def money(amount: float | str) -> Decimal:
    """Return exact money."""
    return Decimal(str(amount)).quantize(Decimal("0.0001"))


def sold(number: str, who: str | None, when: str, what: str | None, q: float, each: float) -> Row:
    """Return a line that was sold, or with a negative quantity taken back."""
    return {
        "purchase_id": number,
        "account_id": who,
        "ordered_on": at(when),
        "product_id": what,
        "quantity": q,
        "revenue": money(round(q * each, 4)),
        "is_return": q < 0,
    }


def whole(number: str, who: str | None, when: str, revenue: float, **more: Any) -> Row:
    """Return an order known as a whole."""
    return {
        "purchase_id": number,
        "account_id": who,
        "ordered_on": at(when),
        "revenue": money(revenue),
        **more,
    }


AWKWARD_LINES: tuple[Row, ...] = (
    # twice on one day, by the brand's calendar, though on two by UTC
    sold("1", "ann", "2024-07-01T22:30", "cup", 2, 3.5),
    sold("2", "ann", "2024-07-02T09:00", "cup", 1, 3.5),
    # both sides of the days that have 23 and 25 hours
    sold("3", "ann", "2024-03-30T23:30", "pot", 1, 20),
    sold("4", "ann", "2024-10-26T22:30", "pot", 1, 20),
    sold("5", "ann", "2024-10-27T23:30", "pot", 1, 20),
    # a return of the middle one of three alike, then one more than was ever bought
    sold("C6", "ann", "2024-11-02T10:00", "pot", -1, 20),
    sold("C7", "ann", "2024-11-03T10:00", "pot", -3, 20),
    # returned before it was bought; nobody's return; no product
    sold("C8", "bob", "2024-01-05T10:00", "hat", -1, 15),
    sold("9", "bob", "2024-01-06T10:00", "hat", 2, 15),
    sold("C10", None, "2024-01-07T10:00", "hat", -1, 15),
    sold("C11", "bob", "2024-02-07T10:00", None, -1, 12.34),
    # thirds of an amount, fractional quantities, a gift, and a tie at one instant
    sold("12", "cid", "2024-02-10T10:00", "tea", 0.333, 30),
    sold("13", "cid", "2024-02-11T10:00", "tea", 0.5, 30),
    sold("C14", "cid", "2024-02-12T10:00", "tea", -0.7, 29.99),
    sold("15", "cid", "2024-02-12T10:00", "gift", 1, 0),
    sold("C16", "dan", "2024-02-12T10:00", "cap", -1, 9),
    sold("16", "dan", "2024-02-12T10:00", "cap", 1, 9),
    # no customer, other money, postage, a credit given by hand
    sold("17", None, "2024-05-01T10:00", "cup", 3, 3.5),
    {**sold("18", "eve", "2024-05-01T10:00", "cup", 3, 3.5), "currency": "GBP"},
    {**sold("19", "eve", "2024-05-02T10:00", "cup", 3, 3.5), "currency": "SEK"},
    {**sold("20", "fay", "2024-05-03T10:00", "POST", 1, 6), "category": "postage", "line": 2},
    sold("20", "fay", "2024-05-03T10:00", "cup", 10, 3.5),
    {**sold("C21", "fay", "2024-05-04T10:00", "D", -1, 5), "category": "discount"},
    {**sold("22", "fay", "2024-06-03T10:00", "cup", 4, 3.5), "cost": money(8)},
    {**sold("23", "fay", "2024-07-03T10:00", "cup", 4, 3.5), "cost": money(8), "channel": "web"},
    sold("C24", "fay", "2024-07-04T10:00", "cup", -1, 3.5),
    # an exchange within one order
    sold("25", "gus", "2024-08-01T10:00", "cup", 5, 3.5),
    {**sold("25", "gus", "2024-08-01T10:00", "cup", -2, 3.5), "line": 2},
    # known as a whole too: these lines do not count
    {**sold("30", "hal", "2024-08-02T10:00", "cup", 1, 1000)},
)

AWKWARD_ORDERS: tuple[Row, ...] = (
    whole("30", "hal", "2024-08-02T10:00", 80, refund=money(30), margin=money(40)),
    whole("31", "hal", "2024-09-02T10:00", 50, discount=money(5), channel="web"),
    whole("32", "hal", "2024-09-09T10:00", 70, cancelled_on=at("2024-09-10T10:00")),
    whole("33", "hal", "2024-09-20T10:00", -50),
    whole("34", "jon", "2024-09-21T10:00", -500),
    whole("35", "ida", "2024-09-21T10:00", 10.005, currency="GBP"),
    whole("36", None, "2024-09-21T10:00", 33),
)


def random_lines(seed: int, rows: int = 400) -> list[Row]:
    """Return lines of a few people and products, many returned, in no order."""
    rng = np.random.default_rng(seed)
    made: list[Row] = []
    for number in range(rows):
        back = rng.random() < 0.3
        quantity = float(rng.integers(1, 6)) * (-1 if back else 1)
        who = None if rng.random() < 0.1 else f"p{seed}-{rng.integers(0, 12)}"
        when = at("2024-01-01") + dt.timedelta(hours=int(rng.integers(0, 9000)))
        line = sold("", who, "2024-01-01", f"g{rng.integers(0, 4)}", quantity, 0)
        price = int(rng.integers(90, 93))
        made.append(
            {
                **line,
                "purchase_id": f"r{seed}-{number}",
                "ordered_on": when,
                "revenue": money(quantity * price / 7),
                "cost": money(abs(quantity)) if rng.random() < 0.5 else None,
                "channel": [None, "web", "store"][rng.integers(0, 3)],
            }
        )
    return made
