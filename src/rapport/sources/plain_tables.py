"""Files of anything but purchases that no known system wrote, read through a mapping."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.errors import Fault, Problem, nearest
from rapport.record.schema import PROVENANCE, TABLES, Table
from rapport.settings import FileMapping, Settings
from rapport.sources.fields import Field, Kind
from rapport.sources.identifiers import column_of, emails, identifiers_of
from rapport.sources.loading import KEY, LINE, Recipe, record_table
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW

VERSION = 1
_MADE = {"zone", *(column.name for column in PROVENANCE)}
# What names a row, made from its content where the file has no number for it.
_NAMES = {
    "activity": "activity_id",
    "ticket": "ticket_id",
    "lead": "lead_id",
    "visit": "visit_id",
    "answer": "respondent",
}
_IDS = {*_NAMES.values(), "account_id"}


def recipe(file: TableFile, mapping: FileMapping, settings: Settings, name: str) -> Recipe:
    """Return how a file is read through a mapping; `name` is what rapport.toml calls it.

    A row that the file gives no number is named by its content, so that the same row has the same
    name in every export.

    Raises
    ------
    Problem
        With every column that the file or the record does not have, and what is missing.
    """
    table = TABLES[mapping.table]
    defaults = _defaults(mapping, settings, name)
    fields = _fields(file, mapping, table, defaults, name)
    by_name = {field.name: field for field in fields}
    given = _NAMES.get(table.name)
    named = given in by_name

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        return _tables(typed, table, defaults)

    return Recipe(
        source=name,
        version=VERSION,
        fields=fields,
        order=_order(by_name, table, given if named else None),
        finish=finish,
        by_line=given is not None and not named,
        numbered=given is None or named,
        mapping=mapping,
        notes=_notes(by_name, defaults, named=named or given is None),
    )


def _defaults(mapping: FileMapping, settings: Settings, name: str) -> dict[str, str]:
    """Return what holds for every row where the file has no column for it."""
    plain = {
        "activity": {"verb": "Create"},
        "answer": {"instrument": name, "item": "answer"},
        "audience": {"channel": mapping.channel or name},
        "event": {"kind": name},
        "lead": {"currency": mapping.currency or settings.currency},
        "sales": {"currency": mapping.currency or settings.currency},
        "spend": {"currency": mapping.currency or settings.currency},
    }.get(mapping.table, {})
    channel = {"channel": mapping.channel} if mapping.channel else {}
    columns = {column.name for column in TABLES[mapping.table].columns}
    return {**plain, **{k: v for k, v in channel.items() if k in columns}, **mapping.values}


def _fields(
    file: TableFile, mapping: FileMapping, table: Table, defaults: Mapping[str, str], name: str
) -> tuple[Field, ...]:
    where = f"rapport.toml, mappings.{name}"
    allowed = [column.name for column in table.columns if column.name not in _MADE]
    faults = [
        Fault(f"'{target}' is no column of it.", where, nearest(target, allowed))
        for target in (*mapping.columns, *mapping.values)
        if target not in allowed
    ]
    fields = []
    for target, column in mapping.columns.items():
        if column not in file.names:
            hint = nearest(column, file.names)
            faults.append(Fault(f"{file.name} has no column '{column}'.", where, hint))
        elif target in allowed:
            required = table.column(target).required
            fields.append(Field(target, _kind(table, target), (column,), required))
    made = {*mapping.columns, *defaults, _NAMES.get(table.name)}
    for column in (column.name for column in table.columns if column.required):
        if column not in made:
            hint = f'Write {column} = "…", the name of a column.'
            faults.append(Fault(f"It does not say which column is {column}.", where, hint))
    if faults:
        raise Problem(f"{file.name} was not read.", faults)
    return tuple(fields)


def _kind(table: Table, target: str) -> Kind:
    if target in _IDS:
        return "identifier"
    return "currency" if target == "currency" else table.column(target).kind


def _order(fields: Mapping[str, Field], table: Table, given: str | None) -> tuple[str, ...]:
    """Return the columns that tell rows apart: their number, their key, or all that they say."""
    if given:
        return fields[given].columns
    if table.name == "spend":  # rows of one key are added up
        return ()
    if table.name in _NAMES:
        return tuple(field.columns[0] for field in fields.values())
    return tuple(fields[name].columns[0] for name in table.key if name in fields)


def _notes(
    fields: Mapping[str, Field], defaults: Mapping[str, str], *, named: bool
) -> tuple[str, ...]:
    notes = [
        f"{column} is '{value}' in every row."
        for column, value in defaults.items()
        if column not in fields
    ]
    if not named:
        notes.append("The file numbers no rows: each is named by its content.")
    return tuple(notes)


def _tables(typed: pa.Table, table: Table, defaults: Mapping[str, str]) -> dict[str, pa.Table]:
    known = {column.name for column in table.columns}
    columns: dict[str, object] = {
        name: typed.column(name) for name in typed.column_names if name in known
    }
    for name, value in defaults.items():
        columns[name] = pc.fill_null(columns[name], value) if name in columns else value
    given = _NAMES.get(table.name)
    if given and given not in typed.column_names:
        columns[given] = _named(typed)
    made = {table.name: record_table(table.name, columns, typed)}
    who = {"answer": "respondent"}.get(table.name, "account_id")
    if who in typed.column_names:
        account = column_of(typed, who)
        evidence = identifiers_of(account, {"email": [emails(account)]}, typed.column(ROW))
        if evidence.num_rows:
            made["identifier"] = evidence
    return made


def _named(typed: pa.Table) -> pa.Array:
    """Name rows by their content; of several with the same, the second and later by place."""
    names = []
    for key, place in zip(
        typed.column(KEY).to_pylist(), typed.column(LINE).to_pylist(), strict=True
    ):
        name = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:24]
        names.append(name if place == 1 else f"{name}-{place}")
    return pa.array(names, pa.string())
