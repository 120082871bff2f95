"""The few pieces of SQL that conversions are made of; names are quoted, data never part of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb

BLANK_WORDS = ("null", "nan", "nat", "na", "n/a", "#n/a", "none", "-", "--", "—", "\\n")


def quoted(name: str) -> str:
    """Return a name as an SQL identifier, whatever it holds.

    Examples
    --------
    >>> print(quoted('Tax "1" rate'))
    "Tax ""1"" rate"
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text of our own as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


Step = tuple[str, str]


def staged(source: str, steps: Sequence[Step]) -> str:
    """Return a subquery that adds one named expression after the other to the rows of `source`.

    Each may use those before it, which keeps long expressions from being written out many times.

    Examples
    --------
    >>> staged("cells", [("a", "trim(cell)"), ("b", "lower(a)")])
    '(select *, lower(a) as b from (select *, trim(cell) as a from cells))'
    """
    query = source
    for name, expression in steps:
        query = f"(select *, {expression} as {name} from {query})"  # noqa: S608 - our own
    return query


def filled_steps(column: str) -> list[Step]:
    """Return the steps to `filled`: the cell trimmed, null when it is blank or says so."""
    words = ", ".join(literal(word) for word in BLANK_WORDS)
    return [
        ("trimmed", f"trim({column}, {literal(BLANKS_IN_CELLS)})"),
        (
            "filled",
            f"case when length(trimmed) > 4 then trimmed "
            f"when lower(trimmed) in ('', {words}) then null else trimmed end",
        ),
    ]


BLANKS_IN_CELLS = " \t\r\n\u00a0\u202f\u2009\ufeff"


@contextmanager
def engine(memory: str = "400MB") -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection of one's own, which reads nothing but what is registered with it."""
    settings = {
        "memory_limit": memory,
        "enable_external_access": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    connection = duckdb.connect(":memory:", config=settings)
    try:
        yield connection
    finally:
        connection.close()
