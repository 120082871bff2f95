"""Files of purchases that no known system wrote, read through a mapping of rapport.toml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath

import pyarrow as pa
import pyarrow.compute as pc

from rapport.errors import Fault, Problem, nearest
from rapport.record.schema import PROVENANCE, TABLES
from rapport.settings import FileMapping, Settings
from rapport.sources.fields import Field, Kind
from rapport.sources.loading import KEY, LINE, Recipe, present, record_table
from rapport.sources.reading import TableFile

VERSION = 1
_REQUIRED = {"purchase_id", "ordered_on", "revenue", "quantity", "currency"}
_MADE = {"zone", "line", "is_return", *(column.name for column in PROVENANCE)}
_POSITIVE = ("discount", "refund")


def targets(table: str) -> tuple[str, ...]:
    """Return the columns of the record that a mapping may fill.

    Examples
    --------
    >>> targets("purchase")[:4]
    ('purchase_id', 'ordered_on', 'account_id', 'channel')
    """
    names = (column.name for column in TABLES[table].columns)
    return tuple(name for name in names if name not in _MADE)


def factors(text: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that a value of a mapping names: one, or two parted by a star.

    Examples
    --------
    >>> factors("Quantity * UnitPrice", ["Quantity", "UnitPrice"])
    ('Quantity', 'UnitPrice')
    """
    if text in names:
        return (text,)
    return tuple(part.strip() for part in text.split("*"))


def _fields(file: TableFile, mapping: FileMapping, name: str) -> tuple[Field, ...]:
    where = f"rapport.toml, mappings.{name}"
    allowed = targets(mapping.table)
    faults, fields = [], []
    for target, text in mapping.columns.items():
        if target not in allowed:
            faults.append(Fault(f"'{target}' is no column of it.", where, nearest(target, allowed)))
            continue
        columns = factors(text, file.names)
        kind = _kind(mapping.table, target)
        if len(columns) > 2 or (len(columns) == 2 and kind not in ("money", "number")):
            hint = "Write the name of a column, or of two numbers as 'Quantity * UnitPrice'."
            faults.append(Fault(f"{target} = '{text}' cannot be worked out.", where, hint))
        for column in columns:
            if column not in file.names:
                what = f"{file.name} has no column '{column}'."
                faults.append(Fault(what, where, nearest(column, file.names)))
        fields.append(Field(target, kind, columns, target in _REQUIRED))
    for target in ("ordered_on", "revenue"):
        if target not in mapping.columns:
            hint = f'Write {target} = "…", the name of a column.'
            faults.append(Fault(f"It does not say which column is {target}.", where, hint))
    if faults:
        raise Problem(f"{file.name} was not read.", faults)
    return tuple(fields)


def _kind(table: str, target: str) -> Kind:
    if target in ("purchase_id", "account_id"):
        return "identifier"
    if target == "currency":
        return "currency"
    kind = TABLES[table].column(target).kind
    return kind if kind in ("time", "money", "number") else "text"


def recipe(file: TableFile, mapping: FileMapping, settings: Settings, name: str) -> Recipe:
    """Return how a file is read through a mapping.

    Parameters
    ----------
    file
        The file.
    mapping
        The mapping; `name` is what rapport.toml calls it.
    settings
        The brand's settings: currency and time zone, where the mapping names none.

    Raises
    ------
    Problem
        With every column that the file or the record does not have.
    """
    fields = _fields(file, mapping, name)
    by_name = {field.name: field for field in fields}
    order = by_name.get("purchase_id")
    keys = [by_name[key].columns[0] for key in ("account_id", "ordered_on") if key in by_name]
    lines = mapping.table == "purchase_line"

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        return {mapping.table: _rows(typed, mapping, settings)}

    return Recipe(
        source=name,
        version=VERSION,
        fields=fields,
        order=order.columns if order else tuple(keys),
        finish=finish,
        by_line=lines or order is None,
        numbered=order is not None,
        mapping=mapping,
        notes=_notes(by_name, mapping, settings),
    )


def _notes(
    fields: Mapping[str, Field], mapping: FileMapping, settings: Settings
) -> tuple[str, ...]:
    notes = []
    if "currency" not in fields:
        notes.append(f"Amounts are in {mapping.currency or settings.currency}.")
    if "purchase_id" not in fields:
        notes.append("The file numbers no orders: they are named by their customer and time.")
    if "account_id" not in fields:
        notes.append("The file names no customers.")
    if mapping.table == "purchase_line" and "quantity" not in fields:
        notes.append("The file has no quantity: each line counts as one piece.")
    if mapping.return_prefix:
        notes.append(f"Orders that begin with '{mapping.return_prefix}' are returns.")
    return tuple(notes)


def _rows(typed: pa.Table, mapping: FileMapping, settings: Settings) -> pa.Table:
    columns = present(typed, [*targets(mapping.table), "zone"])
    lines = mapping.table == "purchase_line"
    columns.setdefault("currency", mapping.currency or settings.currency)
    if "channel" not in columns and mapping.channel:
        columns["channel"] = mapping.channel
    if "purchase_id" not in columns:
        columns["purchase_id"] = _made_ids(typed, by_line=lines)
    for name in _POSITIVE:
        if name in columns:
            columns[name] = pc.abs(columns[name])
    returned = _returned(typed, mapping)
    if returned is not None:
        columns["revenue"] = _minus(typed.column("revenue"), returned)
    if lines:
        columns |= _line_columns(typed, columns, returned)
    return record_table(mapping.table, columns, typed)


def _line_columns(
    typed: pa.Table, columns: Mapping[str, object], returned: pa.ChunkedArray | None
) -> dict[str, object]:
    minus = pc.less(columns["revenue"], pa.scalar(0, pa.decimal128(18, 4)))
    if "quantity" in typed.column_names:
        quantity = typed.column("quantity")
        if returned is not None:
            quantity = _minus(quantity, returned)
        minus = pc.or_(minus, pc.less(quantity, 0))
    else:
        quantity = pc.if_else(minus, -1.0, 1.0)
    back = minus if returned is None else pc.or_(minus, returned)
    return {"line": typed.column(LINE), "quantity": quantity, "is_return": back}


def _returned(typed: pa.Table, mapping: FileMapping) -> pa.ChunkedArray | None:
    if not mapping.return_prefix or "purchase_id" not in typed.column_names:
        return None
    return pc.starts_with(typed.column("purchase_id"), mapping.return_prefix)


def _minus(values: pa.ChunkedArray, where: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(where, pc.negate(pc.abs(values)), values)


def _made_ids(typed: pa.Table, *, by_line: bool) -> pa.ChunkedArray:
    """Name orders by customer and time; of several at one time, the second and later by number."""
    keys = typed.column(KEY)
    if by_line:
        return keys
    place = typed.column(LINE)
    numbered = pc.binary_join_element_wise(keys, pc.cast(place, pa.string()), "|")
    return pc.if_else(pc.equal(place, 1), keys, numbered)


def name_for(path: PurePath, taken: Sequence[str]) -> str:
    """Return a free name for a file's mapping.

    Examples
    --------
    >>> name_for(PurePath("My Shop 2024.csv"), ["my_shop"])
    'my_shop_2'
    """
    letters = "".join(sign if sign.isalpha() else " " for sign in path.name.partition(".")[0])
    base = "_".join(letters.lower().split()) or "file"
    name, number = base, 2
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    return name
