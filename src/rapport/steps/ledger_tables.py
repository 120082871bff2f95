"""Tables of the statement: its lines, what each would need, and where every order's margin went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from rapport.estimate import Grade, weakest
from rapport.record.frames import UNIT
from rapport.steps.context import Context
from rapport.value.ledger.causes import CANCELLED, CAUSES, COSTS, FUNCTIONS, RESTS
from rapport.value.ledger.needs import Basis, Need, need
from rapport.value.ledger.people import COLUMN
from rapport.value.ledger.rounding import to_cents
from rapport.value.ledger.stating import KINDS, Part

if TYPE_CHECKING:
    from rapport.steps.ledger import Stated

_MONEY = pa.decimal128(18, 2)
STATEMENT = pa.schema(
    [
        *((name, pa.string()) for name in ("period", "kind", "line", "cause", "function")),
        ("value", _MONEY),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("grade", pa.string()),
        ("people", pa.int64()),
        ("rows", pa.int64()),
        ("needs", pa.string()),
        ("needs_people", pa.int64()),
        ("note", pa.string()),
    ]
)
CUTS = pa.schema(
    [
        *((name, pa.string()) for name in ("period", "cut", "kind", "name")),
        ("value", _MONEY),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("grade", pa.string()),
    ]
)
BALANCE = pa.schema(
    [
        ("period", pa.string()),
        ("part", pa.string()),
        ("orders", pa.int64()),
        ("margin", _MONEY),
        ("refunded", _MONEY),
    ]
)


def statement_rows(context: Context, stated: Stated, measured: set[str]) -> list[dict[str, Any]]:
    """Return the lines of one period; causes that nobody measured are there without an amount."""
    rows: list[dict[str, Any]] = []
    smallest = context.settings.people.smallest_group
    for line in stated.sums.lines:
        number = line.number
        wanted = Need() if line.kind == "cost" else need(line.cause, number, _basis(stated, line))
        rows.append(
            {
                "period": stated.period.name, "kind": line.kind, "line": line.line,
                "cause": line.cause, "function": line.function, "value": line.exact,
                "low": number.low, "high": number.high, "grade": number.grade.value,
                "people": number.people, "rows": number.rows, "needs": wanted.how,
                "needs_people": None if wanted.people is None else max(wanted.people, smallest),
                "note": line.note,
            }
        )  # fmt: skip
    rows += [
        {"period": stated.period.name, "kind": "return", "line": cause.line, "cause": cause.name,
         "function": cause.function, "note": "not measured"}
        for cause in CAUSES if cause.key not in measured
    ]  # fmt: skip
    return rows


def _basis(stated: Stated, line: Any) -> Basis:
    sums = stated.people
    people = int(sums.get("people", 0))
    if not people:
        return Basis(0, 0, 0.0)
    mean = sums["margin"] / people
    variance = max(sums["margin_square"] / people - mean**2, 0.0)
    share = float(line.exact) / whole if (whole := margin_of(stated)) > 0 else 0.0
    return Basis(people, int(line.number.people or 0), variance, share)


def margin_of(stated: Stated) -> float:
    """Return the margin of all orders of a period that were not cancelled."""
    units = sum(row["units"] for row in stated.balance if row["part"] != CANCELLED)
    return float(units * UNIT)


def statement_table(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Return the lines as a table."""
    return pa.Table.from_pylist([{n: row.get(n) for n in STATEMENT.names} for row in rows],
                                STATEMENT)  # fmt: skip


def cut_rows(stated: Stated) -> list[dict[str, Any]]:
    """Return the same lines cut by line, by cause and by function; each cut adds up to the net."""
    sums = stated.sums
    wholes = [("return", sums.returned), ("cost", sums.cost), ("net", sums.net)]
    parts: list[tuple[str, str, Part]] = [("whole", kind, part) for kind, part in wholes]
    parts += [("line", "cost" if p.name in COSTS else "return", p) for p in sums.by_line]
    parts += [("cause", "return", part) for part in sums.by_cause]
    parts += [("function", "net", part) for part in sums.by_function]
    for name in FUNCTIONS:
        parts += [("function", kind, sums.function(name, kind)) for kind in KINDS]
    return [
        {"period": stated.period.name, "cut": cut, "kind": kind, "name": part.name,
         "value": part.exact, "low": part.number.low, "high": part.number.high,
         "grade": part.number.grade.value}
        for cut, kind, part in parts
    ]  # fmt: skip


def cuts_table(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Return the cuts of the statement as a table."""
    return pa.Table.from_pylist(list(rows), CUTS)


def balance_rows(stated: Stated) -> list[dict[str, Any]]:
    """Return where the margin of all orders of a period went; the parts add up to it."""
    orders: dict[str, int] = dict.fromkeys([*(c.name for c in CAUSES), *RESTS], 0)
    units, refunded = dict(orders), dict(orders)
    for row in stated.balance:
        orders[row["part"]] += row["n"]
        units[row["part"]] += row["rest"]
        refunded[row["part"]] += row["refunded"]
        for cause in CAUSES:
            orders[cause.name] += row[f"n_{cause.key}"]
            units[cause.name] += row[f"credit_{cause.key}"]
    named = [name for name in orders if orders[name]]
    cents = to_cents([units[name] * UNIT for name in named])
    back = to_cents([refunded[name] * UNIT for name in named])
    return [
        {"period": stated.period.name, "part": name, "orders": orders[name], "margin": margin,
         "refunded": returned}
        for name, margin, returned in zip(named, cents, back, strict=True)
    ]  # fmt: skip


def balance_table(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Return where every order's margin went as a table."""
    return pa.Table.from_pylist(list(rows), BALANCE)


def companion(grades: Mapping[str, Grade]) -> pa.Table:
    """Return what each column of the ledger rests on."""
    terms = [(COLUMN[c.key], grades.get(c.key), c.table) for c in CAUSES]
    terms += [
        ("margin", Grade.COUNT, "orders"),
        ("baseline", weakest(grades.values()), "ledger_orders"),
        ("contacts", Grade.COUNT, "requests"),
        ("service_cost", Grade.ASSUMPTION, "requests"),
        ("expected", Grade.MODEL, "lifetime"),
        ("referral_value", Grade.MODEL, "referral_value"),
    ]
    return pa.table(
        {
            "term": [term for term, _, _ in terms],
            "grade": pa.array([grade and grade.value for _, grade, _ in terms], pa.string()),
            "from": [table for _, _, table in terms],
        }
    )
