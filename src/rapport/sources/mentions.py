"""What listening tools have in common: a name for each mention, and its author."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.sources.identifiers import identifiers_of
from rapport.sources.loading import record_table
from rapport.sources.rows import ROW


def mention_ids(told: pa.ChunkedArray, rows: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a name for each mention: its id or address, shortened; its row where it has none.

    The same mention has the same name in every export, so that it counts once.

    Examples
    --------
    >>> told = pa.chunked_array([["https://a.example/1", None]], pa.string())
    >>> mention_ids(told, pa.chunked_array([["2", "3"]])).to_pylist()
    ['https://a.example/1', 'row 3']
    """
    numbered = pc.binary_join_element_wise(pa.scalar("row"), rows, " ")
    named = pc.coalesce(told, numbered)
    long = pc.greater(pc.binary_length(named), 300)
    if not pc.any(long).as_py():
        return named
    return pa.chunked_array([[_short(name) for name in named.to_pylist()]], pa.string())


def _short(name: str) -> str:
    if len(name.encode()) <= 300:
        return name
    return f"{name[:100]}…{hashlib.sha256(name.encode()).hexdigest()}"


def authors(typed: pa.Table, told: Mapping[str, pa.ChunkedArray]) -> dict[str, pa.Table]:
    """Return the accounts of mentions and what shows who they are.

    Parameters
    ----------
    typed
        The rows, for `source_row`.
    told
        What each row says of its author: `account_id`, `handle`, `name`, `followers` and others.
    """
    known = pa.table({**told, ROW: typed.column(ROW)})
    known = known.filter(pc.is_valid(known.column("account_id")))
    if not known.num_rows:
        return {}
    columns: dict[str, object] = {name: known.column(name) for name in told}
    evidence = {"handle": [known.column("handle")], "name": [known.column("name")]}
    return {
        "account": record_table("account", columns, known),
        "identifier": identifiers_of(known.column("account_id"), evidence, known.column(ROW)),
    }
