"""Identifiers on their way in: stored as keyed hashes where set, and people who were forgotten."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.schema import TABLES
from rapport.workspace import keyed_hash

FORGOTTEN_CODE = "forgotten_person"
FORGOTTEN_REASON = "forgotten person"

# Free texts stay as they are: they are what the product reads.
_TEXTS = frozenset({"text", "raw"})
_ACCOUNTS = ("account_id", "respondent")
_QUOTED = r"'[^']*'|\"[^\"]*\"|«[^»]*»|“[^”]*”|‘[^’]*’"


def normal(text: str) -> str:
    """Return an identifier as it is compared: outer space off, inner runs as one, case folded.

    Examples
    --------
    >>> normal("  Jane.Doe@X.fr ")
    'jane.doe@x.fr'
    """
    return re.sub(r"\s+", " ", text.strip()).casefold()


def hash_account(key: bytes, account_id: str) -> str:
    """Return an account's id as it is stored when identifiers are hashed."""
    return keyed_hash(key, "account", account_id.strip())


def hash_identifier(key: bytes, kind: str, value: str) -> str:
    """Return an identifier's value as it is stored when identifiers are hashed."""
    return keyed_hash(key, kind, normal(value))


def hashed(table: str, rows: pa.Table, key: bytes) -> pa.Table:
    """Return rows with every column that names a person, free text aside, as keyed hashes."""
    for name in TABLES[table].personal:
        if name in _TEXTS or name not in rows.column_names:
            continue
        column = rows.column(name)
        if name in _ACCOUNTS:
            column = _mapped(column, lambda value: hash_account(key, value))
        elif name == "value":
            column = _hashed_values(rows, key)
        else:
            column = _mapped(column, lambda value, kind=name: hash_identifier(key, kind, value))  # type: ignore[misc]
        rows = rows.set_column(rows.column_names.index(name), name, column)
    return rows


def _hashed_values(rows: pa.Table, key: bytes) -> pa.ChunkedArray:
    """Hash each value under its own kind, so that a phone never equals a postcode."""
    pairs = pc.binary_join_element_wise(rows.column("kind"), rows.column("value"), "\x1f")
    return _mapped(pairs, lambda pair: hash_identifier(key, *pair.split("\x1f", 1)))


def _mapped(column: pa.ChunkedArray, change: Callable[[str], str]) -> pa.ChunkedArray:
    """Change each distinct text once."""
    coded = column.combine_chunks().dictionary_encode()
    texts = [None if text is None else change(text) for text in coded.dictionary.to_pylist()]
    return pa.chunked_array([pa.array(texts, pa.string()).take(coded.indices)])


def without_raw(aside: pa.Table) -> pa.Table:
    """Return rows set aside without what could name a person: the row, and quotes from it."""
    reasons = pc.replace_substring_regex(aside.column("reason"), _QUOTED, "'…'")
    aside = aside.set_column(aside.column_names.index("reason"), "reason", reasons)
    nothing = pa.nulls(aside.num_rows, pa.string())
    return aside.set_column(aside.column_names.index("raw"), "raw", nothing)


def account_tombstone(key: bytes, source: str, stored: str) -> str:
    """Return what is kept of a forgotten account: a keyed hash of it, as it was stored."""
    return keyed_hash(key, "forgotten account", f"{source}\n{stored}")


def identifier_tombstone(key: bytes, stored: str) -> str:
    """Return what is kept of a forgotten person's e-mail, phone or handle."""
    return keyed_hash(key, "forgotten identifier", normal(stored))


@dataclass
class Gate:
    """Keeps rows of forgotten people out of a load.

    `met` gathers the tombstones of accounts that a forgotten identifier led to in this load.
    """

    key: bytes
    source: str
    tombstones: frozenset[str]
    met: set[str] = field(default_factory=set)

    def sift(
        self, tables: Mapping[str, pa.Table], aside: pa.Table
    ) -> tuple[dict[str, pa.Table], pa.Table]:
        """Return the tables without, and the rows set aside with, the rows of forgotten people.

        Where one row of the file names a forgotten person, all that it gave goes.
        """
        if not self.tombstones:
            return dict(tables), aside
        self._meet(tables)
        aside = self._without_texts(aside)
        found = [rows.column("source_row").filter(self.named(rows)) for rows in tables.values()]
        lines = pc.unique(pa.chunked_array([c for col in found for c in col.chunks], pa.int64()))
        if not len(lines):
            return dict(tables), aside
        kept = {}
        for name, rows in tables.items():
            left = rows.filter(pc.invert(pc.is_in(rows.column("source_row"), value_set=lines)))
            if left.num_rows:
                kept[name] = left
        return kept, pa.concat_tables([aside, put_aside(lines, aside.schema)])

    def _meet(self, tables: Mapping[str, pa.Table]) -> None:
        """Learn the accounts whose e-mail, phone or handle is a forgotten one."""
        for name, column in (("identifier", "value"), ("account", "handle")):
            if name not in tables or column not in tables[name].column_names:
                continue
            rows = tables[name].filter(self._is_identifier(tables[name].column(column)))
            for account in pc.unique(rows.column("account_id")).to_pylist():
                if account is not None:
                    self.met.add(account_tombstone(self.key, self.source, account))

    def named(self, rows: pa.Table) -> pa.Array:
        """Return for each row whether its account is a forgotten person's."""
        named = pa.repeat(pa.scalar(False), rows.num_rows)
        for column in _ACCOUNTS:
            if column in rows.column_names:
                named = pc.or_(named, self._is_account(rows.column(column)).combine_chunks())
        return named

    def _without_texts(self, aside: pa.Table) -> pa.Table:
        """Take the text off rows set aside of which a cell is a forgotten account or identifier."""
        hit = pa.array([any(map(self._is_cell, _cells(raw))) for raw in aside["raw"].to_pylist()])
        for name, instead in (("raw", None), ("reason", FORGOTTEN_REASON)):
            new = pc.if_else(hit.cast(pa.bool_()), pa.scalar(instead, pa.string()), aside[name])
            aside = aside.set_column(aside.column_names.index(name), name, new)
        return aside

    def _is_cell(self, text: str) -> bool:
        stone = account_tombstone(self.key, self.source, text)
        known = self.tombstones | self.met
        return stone in known or identifier_tombstone(self.key, text) in known

    def _is_account(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        def known(account: str) -> bool:
            tombstone = account_tombstone(self.key, self.source, account)
            return (
                tombstone in self.met
                or tombstone in self.tombstones
                or ("@" in account and identifier_tombstone(self.key, account) in self.tombstones)
            )

        return _which(column, known)

    def _is_identifier(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        return _which(
            column, lambda value: identifier_tombstone(self.key, value) in self.tombstones
        )


def _which(column: pa.ChunkedArray, test: Callable[[str], bool]) -> pa.ChunkedArray:
    """Ask the question of each distinct text once; a null is never the one."""
    texts = pc.unique(column).to_pylist()
    yes = pa.array([text for text in texts if text is not None and test(text)], pa.string())
    return pc.is_in(column, value_set=yes)


def _cells(raw: str | None) -> list[str]:
    """Return the texts in a row that is kept as JSON."""
    try:
        row = json.loads(raw or "[]")
    except ValueError:
        return [raw or ""]
    cells = row.values() if isinstance(row, dict) else row if isinstance(row, list) else [row]
    return [cell for cell in cells if isinstance(cell, str) and cell.strip()]


def put_aside(lines: pa.Array, schema: pa.Schema) -> pa.Table:
    """Return these rows of a file as set aside for the sake of a forgotten person, untold."""
    count = len(lines)
    columns = {
        "source_row": lines,
        "code": pa.repeat(FORGOTTEN_CODE, count),
        "reason": pa.repeat(FORGOTTEN_REASON, count),
    }
    nothing = pa.nulls(count, pa.string())
    return pa.table([columns.get(name, nothing) for name in schema.names], schema=schema)
