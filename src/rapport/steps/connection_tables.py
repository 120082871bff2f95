"""The tables of the step `connection`: side by side, balance, groups, over time, month by month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from rapport.estimate import EDGE
from rapport.impact.connected.course import by_month, whole
from rapport.impact.connected.histories import Whole
from rapport.impact.connected.judging import FEWEST
from rapport.impact.connected.own_past import Growth
from rapport.impact.connected.shrinking import shrunken
from rapport.impact.connected.trial import Trial
from rapport.steps.connection_measure import Measured, row_of
from rapport.steps.connection_read import Read

_TEXT, _REAL, _WHOLE = pa.string(), pa.float64(), pa.int64()
SIDES = pa.schema(
    [("definition", _TEXT), ("outcome", _TEXT), ("method", _TEXT), ("value", _REAL),
     ("low", _REAL), ("high", _REAL), ("unit", _TEXT), ("people", _WHOLE), ("grade", _TEXT)]
)  # fmt: skip
VERDICTS = pa.schema(
    [("definition", _TEXT), ("verdict", _TEXT), ("why", _TEXT), ("people", _WHOLE),
     ("left_out", _WHOLE), ("lift", _REAL), ("lift_low", _REAL), ("lift_high", _REAL),
     ("drift", _REAL), ("drift_low", _REAL), ("drift_high", _REAL), ("drift_visible", _REAL)]
)  # fmt: skip
BALANCE = pa.schema([("definition", _TEXT), ("trait", _TEXT), ("before", _REAL), ("after", _REAL)])
GROUPS = pa.schema(
    [("grouping", _TEXT), ("group", _TEXT), ("people", _WHOLE), ("lift", _REAL),
     ("lift_low", _REAL), ("lift_high", _REAL), ("alone", _REAL)]
)  # fmt: skip
YEARS = pa.schema(
    [("period", _TEXT), ("begins", pa.date32()), ("people", _WHOLE), ("lift", _REAL),
     ("lift_low", _REAL), ("lift_high", _REAL), ("alone", _REAL)]
)  # fmt: skip
MONTHS = pa.schema(
    [("definition", _TEXT), ("outcome", _TEXT), ("relative_month", _WHOLE), ("value", _REAL),
     ("low", _REAL), ("high", _REAL), ("people", _WHOLE)]
)  # fmt: skip
_TENURES = ("under 6 months", "6 to 11 months", "12 months and more")
_LONG = 36  # months on record from which years are told, else half-years


def sides(found: Iterable[Measured]) -> pa.Table:
    """Return the numbers side by side, of every definition and outcome."""
    rows = [
        row_of(each.definition, outcome, method, number)
        for each in found
        for (outcome, method), number in each.gaps.items()
    ]
    return pa.Table.from_pylist(rows, SIDES)


def verdicts(found: Iterable[Measured]) -> pa.Table:
    """Return the verdict on every definition, with lift and drift."""
    rows = []
    for each in found:
        row = {
            "definition": each.definition, "verdict": each.verdict.said, "why": each.verdict.why,
            "people": each.growth.people, "left_out": each.growth.left_out,
        }  # fmt: skip
        if each.growth.known:
            row |= _spread("lift", each.growth.lift, each.growth.lift_error)
        if each.drift.known:
            row |= _spread("drift", each.drift.lift, each.drift.error)
            row["drift_visible"] = each.drift.visible
        rows.append(row)
    return pa.Table.from_pylist(rows, VERDICTS)


def balances(found: Iterable[Measured]) -> pa.Table:
    """Return how alike those compared are, before and after weighting."""
    rows = [
        {"definition": each.definition, "trait": trait, "before": before, "after": after}
        for each in found
        for trait, before, after in each.balance
    ]
    return pa.Table.from_pylist(rows, BALANCE)


def groups(told: Read, main: Measured, parts: Mapping[str, Measured], smallest: int) -> pa.Table:
    """Return the lift by level, platform and tenure, drawn to the mean as far as it is unsure.

    The level is that of the month before the months compared: a later one would depend on what is
    compared.
    """
    rows = main.rows
    made = {"tenure": _by(told, rows, _tenure(told, rows), _TENURES)}
    if told.level is not None:
        made["level"] = _by(told, rows, _level(told, rows), told.level_names)
    platforms = {name.partition(" ")[2]: each.growth for name, each in parts.items() if " " in name}
    made["platform"] = platforms
    table = [
        {"grouping": grouping, "group": row.pop("group"), **row}
        for grouping, each in made.items()
        for row in _shrunken(each, smallest)
    ]
    return pa.Table.from_pylist(table, GROUPS)


def over_time(told: Read, main: Measured, smallest: int) -> pa.Table:
    """Return the lift of those who connected in each year, or half-year of a short record."""
    rows = main.rows
    months = np.array([told.start], np.int64)[0] + rows.month
    span = 12 if told.told.months >= _LONG else 6
    period = months // span
    names = {int(p): _period(int(p), span) for p in np.unique(period)}
    found = {names[p]: whole(told.told, rows.kept(period == p)) for p in sorted(names)}
    begins = {names[p]: told.month(p * span - told.start) for p in names}
    table = [{"period": row.pop("group"), **row} for row in _shrunken(found, smallest)]
    for row in table:
        row["begins"] = begins[row["period"]]
    return pa.Table.from_pylist(table, YEARS)


def course(told: Read, found: Iterable[Measured], smallest: int) -> pa.Table:
    """Return the effect month by month, before connecting and after."""
    rows = []
    for each in found:
        monthly = by_month(told.told, each.rows, fewest=max(smallest, FEWEST))
        for since, growth in monthly.items():
            half = EDGE * growth.effect_error
            rows.append(
                {"definition": each.definition, "outcome": "margin", "relative_month": since,
                 "value": growth.effect, "low": growth.effect - half,
                 "high": growth.effect + half, "people": growth.people}
            )  # fmt: skip
    return pa.Table.from_pylist(rows, MONTHS)


def _by(told: Read, rows: Trial, code: Whole, names: Sequence[str]) -> dict[str, Growth]:
    return {name: whole(told.told, rows.kept(code == place)) for place, name in enumerate(names)}


def _tenure(told: Read, rows: Trial) -> Whole:
    found: Whole = np.digitize(rows.month - told.told.first[rows.person], (6, 12))
    return found


def _level(told: Read, rows: Trial) -> Whole:
    if told.level is None:
        return np.full(len(rows.person), -1)
    before = rows.start - 1
    return np.where(before >= 0, told.level[rows.person, np.maximum(before, 0)], -1)


def _shrunken(found: Mapping[str, Growth], smallest: int) -> list[dict[str, Any]]:
    kept = {
        name: each
        for name, each in found.items()
        if each.known and each.people >= max(smallest, FEWEST) and 0 < each.lift_error < np.inf
    }
    if not kept:
        return []
    value, error = shrunken(
        np.array([each.lift for each in kept.values()]),
        np.array([each.lift_error for each in kept.values()]),
    )
    return [
        {"group": name, "people": each.people, "alone": each.lift, **_spread("lift", v, e)}
        for (name, each), v, e in zip(kept.items(), value.tolist(), error.tolist(), strict=True)
    ]


def _spread(name: str, value: float, error: float) -> dict[str, float]:
    return {name: value, f"{name}_low": value - EDGE * error, f"{name}_high": value + EDGE * error}


def _period(number: int, span: int) -> str:
    months = number * span
    year = months // 12
    return str(year) if span == 12 else f"{year}-{'H1' if months % 12 == 0 else 'H2'}"
