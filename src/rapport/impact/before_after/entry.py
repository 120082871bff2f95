"""Before and after the connection, in any dataframe of people and periods."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapport.errors import Fault, Problem
from rapport.impact.before_after.effects import Control
from rapport.impact.before_after.moments import NEVER, Values, moments_of
from rapport.impact.before_after.robust import People, robust_times
from rapport.impact.before_after.study import EventStudy, study, study_of
from rapport.impact.given import Given, months_since_zero

_FAILED = "Before and after were not compared."


def event_study(
    panel: Any,
    *,
    unit: str,
    period: str,
    outcome: str,
    connected_since: str,
    covariates: Sequence[str] = (),
    control: Control = "not yet",
) -> EventStudy:
    """Return what people brought from their connection on, beyond what they would have brought.

    Each cohort of people who connected in the same period is compared with those who had not
    connected by then, both against themselves in the last period before the connection.

    Parameters
    ----------
    panel
        A dataframe of pandas, Polars, PyArrow, DuckDB or Spark: one row for each person and
        period, with a row (an outcome of 0) also where somebody did nothing.
    unit
        The column that says who.
    period
        The column that says when: whole numbers, or days (their months count).
    outcome
        The column that says how much.
    connected_since
        The column that says when somebody connected, in the same terms; null for those who did
        not (in numbers also 0).
    covariates
        Columns with which paths may differ; text makes strata of like people, numbers are adjusted
        for as they are before the connection.
    control
        "not yet": those who had not connected by then; "never": those who never did.

    Raises
    ------
    Problem
        If columns are missing or of the wrong kind, or nobody can be compared: all at once.

    Examples
    --------
    >>> rows = [("ann", m, 10.0 + m + 5 * (m >= 3), 3) for m in range(1, 6)]
    >>> rows += [("bob", m, 11.0 + m + 5 * (m >= 4), 4) for m in range(1, 6)]
    >>> rows += [(who, m, base + m, None) for who, base in (("cat", 4.0), ("dan", 7.0))
    ...          for m in range(1, 6)]
    >>> panel = pa.table(dict(zip(("who", "month", "spent", "since"), zip(*rows))))
    >>> found = event_study(panel, unit="who", period="month", outcome="spent",
    ...                     connected_since="since")
    >>> round(found.average.value, 6), found.connected, found.control
    (5.0, 2, 2)
    """
    names = [unit, period, outcome, connected_since, *covariates]
    given = Given.of(panel, names, _FAILED)
    if control not in {"not yet", "never"}:
        given.fault(f"There is no control '{control}'.", "control", "Allowed: not yet, never.")
    when = _periods(given, period)
    since = _since(given, connected_since)
    values = given.numbers(outcome)
    people, who = given.labels(unit)
    given.check()
    rows = _Rows(who, when, since, values)
    wide, first, whole = _wide(given, rows, len(people))
    numeric = [name for name in covariates if _is_number(given, name)]
    kinds = [name for name in covariates if name not in numeric]
    if numeric:
        return _adjusted(given, rows, whole, (numeric, kinds), control)
    strata = _strata(given, kinds, rows, len(people))[whole]
    moments = moments_of(wide[whole], first[whole], np.unique(when), strata)
    try:
        return study(moments, control)
    except ValueError as error:
        raise _nobody(given, connected_since) from error


class _Rows:
    """Who, when, since when connected, how much: one row for each person and period."""

    def __init__(self, who: NDArray[np.int64], when: Values, since: Values, values: Values) -> None:
        self.who, self.when, self.since, self.values = who, when, since, values


def _periods(given: Given, name: str) -> Values:
    column = given.rows.column(name)
    if pa.types.is_temporal(column.type):
        when = np.array(months_since_zero(column.to_pylist()))
    else:
        when = given.numbers(name)
    if len(when) and not np.isfinite(when).all():
        given.fault("Some rows say no period.", name, "Leave those rows out.")
        return when
    there = np.unique(when)
    if len(there) < 2:
        given.fault("There is one period only; before and after need two.", name)
    elif not np.allclose(np.diff(there), 1.0):
        given.fault("Its periods are not one apart.", name, "Number them 1, 2, 3, … without gaps.")
    return when


def _since(given: Given, name: str) -> Values:
    column = given.rows.column(name)
    if pa.types.is_temporal(column.type):
        return np.array(months_since_zero(column.to_pylist()))
    found = given.rows.column(name).to_pylist()
    endless = [isinstance(v, float) and np.isinf(v) for v in found]
    if any(endless):
        kept = [None if gone else v for v, gone in zip(found, endless, strict=True)]
        place = given.rows.schema.get_field_index(name)
        given.rows = given.rows.set_column(place, name, pa.array(kept, column.type))
    numbers = given.numbers(name)
    return np.where(np.isnan(numbers) | (numbers == 0), NEVER, numbers)


def _wide(given: Given, rows: _Rows, people: int) -> tuple[Values, Values, NDArray[np.bool_]]:
    """Return outcomes by person and period, cohorts, and who is known in every period."""
    there = np.unique(rows.when)
    wide = np.full((people, len(there)), np.nan)
    first = np.full(people, np.nan)
    place = np.searchsorted(there, rows.when)
    known = rows.who >= 0
    if len(set(zip(rows.who[known].tolist(), place[known].tolist(), strict=True))) < known.sum():
        given.fault("Some people have several rows in one period.", "panel", "Add them up first.")
    wide[rows.who[known], place[known]] = rows.values[known]
    low, high = np.full(people, np.inf), np.full(people, -np.inf)
    np.minimum.at(low, rows.who[known], rows.since[known])
    np.maximum.at(high, rows.who[known], rows.since[known])
    if not np.array_equal(low, high):
        given.fault(
            "Some people have several times of connecting.", "panel", "Keep the first of each."
        )
    given.check()
    first = low
    whole = ~np.isnan(wide).any(axis=1)
    if not whole.any():
        given.fault(
            "Nobody is known in every period.",
            "panel",
            "Add rows with 0 for periods in which people did nothing.",
        )
        given.check()
    return wide, first, whole


def _is_number(given: Given, name: str) -> bool:
    kind = given.rows.column(name).type
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def _strata(given: Given, kinds: Sequence[str], rows: _Rows, people: int) -> NDArray[np.int64]:
    """Return a number for each person's stratum: the values in the person's first row."""
    made = np.zeros(people, np.int64)
    ranked = np.lexsort((rows.when, rows.who))
    ranked = ranked[rows.who[ranked] >= 0]
    _, at = np.unique(rows.who[ranked], return_index=True)
    for name in kinds:
        known, codes = given.labels(name)
        made = made * (len(known) + 1) + codes[ranked[at]] + 1
    return np.unique(made, return_inverse=True)[1].reshape(-1)


def _adjusted(
    given: Given,
    rows: _Rows,
    whole: NDArray[np.bool_],
    covariates: tuple[Sequence[str], Sequence[str]],
    control: Control,
) -> EventStudy:
    """Return the doubly robust study; strata enter as columns of 0 and 1."""
    numeric, kinds = covariates
    columns = {name: given.numbers(name) for name in numeric}
    for name in kinds:
        known, codes = given.labels(name)
        columns |= {f"{name} {n}": (codes == n).astype(float) for n in range(1, len(known))}
    kept = (rows.who >= 0) & whole[np.maximum(rows.who, 0)]
    for name, column in columns.items():
        if not np.isfinite(column[kept]).all():
            given.fault("Some people have no value.", name, "Leave them out, or fill it in.")
    given.check()
    there = np.unique(rows.when)
    place = (rows.who[kept], np.searchsorted(there, rows.when[kept]))
    outcome = np.zeros((len(whole), len(there)))
    outcome[place] = rows.values[kept]
    like = np.zeros((len(whole), len(there), len(columns)))
    for number, column in enumerate(columns.values()):
        like[(*place, number)] = column[kept]
    first = np.full(len(whole), np.inf)
    np.minimum.at(first, rows.who[kept], rows.since[kept])
    people = People(there, outcome[whole], like[whole], first[whole])
    try:
        moving = robust_times(people, control, one_base=False)
        return study_of(moving, robust_times(people, control, one_base=True))
    except ValueError as error:
        raise _nobody(given, "connected_since") from error


def _nobody(given: Given, name: str) -> Problem:
    fault = Fault(
        "Nobody connected who could be compared with somebody else.",
        name,
        "It takes people known before they connected, and others who had not yet.",
    )
    return Problem(given.failed, [fault])


def month_of(day: dt.date) -> float:
    """Return a day's month as a period: twelve a year."""
    return months_since_zero([day])[0]
