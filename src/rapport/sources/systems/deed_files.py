"""Files of networks whose entries are deeds: each entry is one row, kept or set aside."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rapport.errors import Fault
from rapport.record.facts import Batch, Facts
from rapport.settings import Settings
from rapport.sources.live.rows import typed
from rapport.sources.loading import all_aside
from rapport.sources.other_tables import object_rows
from rapport.sources.pieces import Piece
from rapport.sources.reading import TableFile, made_table
from rapport.sources.rows import ROW, Aside, RawRows, raw_json
from rapport.sources.shapes import Header

Item = Mapping[str, Sequence[Mapping[str, Any]]]
Entries = Sequence[Mapping[str, Any]]

COLUMNS = ("kind", "name", "entry")
OTHER = "other"  # the kind of an entry that is none that we know: it is set aside
_UNNEEDED = "It is of a kind that is not needed, was deleted, or has nothing to do with the brand."
_STRANGE = "It is not written as the network documents it."


def entry_table(piece: Piece, entries: Callable[[], Entries]) -> TableFile:
    """Return a table with a row for each entry: its kind, its name and itself as JSON."""

    def rows() -> Iterator[RawRows]:
        numbered = (
            (
                number,
                {**entry, "entry": json.dumps(entry["entry"], ensure_ascii=False, default=str)},
            )
            for number, entry in enumerate(entries(), start=1)
        )
        return object_rows(numbered, COLUMNS)

    return made_table(piece, COLUMNS, rows)


def entry_facts(
    file: TableFile,
    source: str,
    version: int,
    item: Callable[[str, str, Any], Item | None],
    notes: tuple[str, ...],
) -> Facts:
    """Return the facts of a file of entries.

    `item` makes the rows of an entry of its kind, its name and itself; None sets it aside.
    """
    reading = hashlib.sha256(f"{source} entries {version}".encode()).hexdigest()
    batches = (_batch(raw, item) for raw in file.rows())
    return Facts(source, file.name, file.digest(), reading, batches, (*file.notes, *notes))


def _batch(raw: RawRows, item: Callable[[str, str, Any], Item | None]) -> Batch:
    rows: dict[str, list[dict[str, Any]]] = {}
    asides: list[Aside] = []
    for row in raw.table.to_pylist():
        number, entry = row[ROW], json.loads(row["entry"])
        try:
            made = item(row["kind"], row["name"], entry)
        except (KeyError, TypeError, AttributeError, ValueError):
            asides.append(Aside(number, None, "not_as_documented", _STRANGE, _named(row, entry)))
            continue
        if made is None:
            asides.append(Aside(number, None, "not_needed", _UNNEEDED, _named(row, entry)))
            continue
        for table, of_item in made.items():
            rows.setdefault(table, []).extend({**each, ROW: number} for each in of_item)
    tables = {name: typed(name, found) for name, found in rows.items()}
    return Batch(raw.rows, tables, all_aside(raw, asides))


def _named(row: Mapping[str, Any], entry: object) -> str:
    """Return what tells an entry from others: what was said to few, or deleted, is not kept."""
    name = row["name"] or (entry.get("id") if isinstance(entry, Mapping) else None)
    return raw_json({"kind": row["kind"], "id": name})


def names_people(file: TableFile, header: Header, settings: Settings) -> list[Fault]:
    """Refuse a file whose ids name people, where the brand wants no name in clear."""
    del header
    if not settings.people.hash_identifiers:
        return []
    what = "Its ids of posts name people, and people.hash_identifiers is on."
    hint = "Bring it in with 'rapport pull', which stores them as keyed hashes."
    return [Fault(what, file.name, hint)]


def present(now: dt.datetime | None) -> dt.datetime:
    """Return the present."""
    return now or dt.datetime.now(dt.UTC)
