"""A simulated brand put straight into a record, as readers and identity that never err would.

It measures what comes after them. Every account is one person, `p` and their number in the truth;
orders paid in a store without a card stay nobody's, as they are in life.
"""

from __future__ import annotations

import hashlib

import duckdb
import numpy as np
import pyarrow as pa

from rapport.record.facts import Batch, Facts
from rapport.record.schema import TABLES
from rapport.simulation.history import History
from rapport.simulation.recorded_rows import OWNER, ROWS

SOURCE = "simulated"


def facts_of(history: History, *, seen: float = 1.0) -> Facts:
    """Return all that happened as facts, ready for `Record.load`.

    Parameters
    ----------
    history
        What `rapport.simulation.making.write_down` gives.
    seen
        The share of people whose accounts on networks are known to be theirs; those of the others
        stay accounts of their own, as they are where nobody gave a handle.

    Returns
    -------
    Facts
        One batch of account, activity, post, post_metric, purchase, visit, ticket, answer, spend,
        audience and event; accounts are named `p17` after the number of the person.

    Examples
    --------
    >>> from rapport.simulation.making import live_through, write_down
    >>> from rapport.simulation.world_file import parse_world
    >>> history = write_down(live_through(parse_world(""), people=200, months=2, seed=1))
    >>> batch = next(facts_of(history).batches)
    >>> batch.tables["purchase"].num_rows == history.order.num_rows
    True
    """
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("set threads = 1")
        for name, sheet in history.tables().items():
            connection.register(f"{name}_sheet", sheet)
        draw = np.random.default_rng([history.seed, 271828]).random(history.person.num_rows)
        number = history.person["person_id"]
        connection.register("known_people", pa.table({"person_id": number, "seen": draw < seen}))
        connection.execute(OWNER)
        tables: dict[str, pa.Table] = {}
        for name, parts in ROWS.items():
            first = 2 + sum(table.num_rows for table in tables.values())
            tables[name] = _rows(connection, name, parts, first)
        for name in [*history.tables(), "known_people"]:
            connection.unregister(name if name == "known_people" else f"{name}_sheet")
    rows = sum(table.num_rows for table in tables.values())
    content = hashlib.sha256(f"{history.seed} {seen} {rows}".encode()).hexdigest()
    return Facts(SOURCE, f"{SOURCE}.parquet", content, SOURCE, iter([Batch(rows, tables)]))


def _rows(
    connection: duckdb.DuckDBPyConnection, name: str, parts: tuple[str, ...], first: int
) -> pa.Table:
    """Return the rows of one table of the record, numbered from `first` on."""
    fields = {field.name: field for field in TABLES[name].arrow}
    made = []
    for part in parts:
        table = connection.sql(part).to_arrow_table()
        schema = pa.schema([fields[column] for column in table.column_names])
        made.append(table.cast(schema))
    whole = pa.concat_tables(made, promote_options="default")
    numbers = pa.array(np.arange(first, first + whole.num_rows))
    return whole.append_column("source_row", numbers)
