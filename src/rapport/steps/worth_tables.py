"""Tables of what customers are worth: one by one, by cohort and segment, model against model."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapport.record.frames import Frame
from rapport.steps.context import Context
from rapport.value.equity import (
    Cells,
    Chances,
    Outlook,
    outlook,
    purchases_outlook,
    relative_errors,
    worth,
)
from rapport.value.forecast import Forecast, Holdout
from rapport.value.histories import HISTORY, drifting, histories, lifetimes, spends, weekly
from rapport.value.lifetime import track

Array = NDArray[np.float64]

NEXT_YEAR = 365.0


@dataclass(frozen=True, slots=True)
class Valued:
    """All cells with what is foretold of them."""

    cells: Cells
    found: Forecast
    chances: Chances
    purchases: Outlook
    next_year: Outlook
    alive: Outlook

    @classmethod
    def of(
        cls, cells: Cells, found: Forecast, chances: Chances, horizon: float, rate: float
    ) -> Self:
        """Work out discounted purchases, those of the next year, and who is still active."""
        history = (cells.frequency, cells.recency, cells.age)
        return cls(
            cells,
            found,
            chances,
            purchases_outlook(found.buying, cells, horizon, rate),
            outlook(found.buying, lambda m: m.expected_purchases(NEXT_YEAR, *history)),
            outlook(found.buying, lambda m: m.probability_alive(*history)),
        )


def read_cells(context: Context) -> Cells:
    """Return the customers by history."""
    return cells_of(context, context.result("customers"))


def cells_of(context: Context, customers: Frame) -> Cells:
    """Return customers by history, as they were on any day."""
    rows = context.engine.collect(histories(customers))
    return Cells(*(_floats(rows, name) for name in (*HISTORY, "people", "mean_sum")))


def read_spends(context: Context) -> tuple[Array, Array, Array]:
    """Return purchases with a value, their mean value and people."""
    rows = context.engine.collect(spends(context.result("customers")))
    return _floats(rows, "valued"), _floats(rows, "mean_value"), _floats(rows, "people")


def read_holdout(context: Context) -> Holdout | None:
    """Return what was kept back to check the forecast, or None when the history is too short."""
    days = context.results.facts.get("holdout_days")
    if not days:
        return None
    rows = context.engine.collect(context.result("calibration"))
    return Holdout(
        frequency=_floats(rows, "frequency"),
        recency=_floats(rows, "recency_days"),
        age=_floats(rows, "age_days"),
        purchases=_floats(rows, "holdout"),
        people=_floats(rows, "people"),
        days=float(days),
    )


def write_tables(context: Context, valued: Valued) -> dict[str, int]:
    """Write every table of worth; returns their rows by name."""
    spending = valued.found.spending
    people = lifetimes(
        context.result("customers"), context.engine.table(_outlooks(valued)), spending.params_
    )
    made = {"lifetime": context.write("lifetime", people)}
    small = {
        "lifetime_by_cohort": _by_cohort(context, valued),
        "lifetime_by_group": _by_segment(context, valued),
        "model_choice": _choice(valued.found),
        "tracking": _tracking(context, valued.found),
    }
    if valued.found.sees_leaving:
        gone = drifting(context.result("lifetime"), context.result("orders"))
        made["drifting"] = context.write("drifting", gone)
        small["alive_histogram"] = _histogram(valued)
    for name, rows in small.items():
        if rows.num_rows:
            made[name] = context.write(name, rows)
    return made


def _outlooks(valued: Valued) -> pa.Table:
    cells = valued.cells
    errors = relative_errors(valued.purchases, valued.found.spending, valued.chances, cells.valued)
    keys = (cells.frequency, cells.recency, cells.age, cells.valued)
    named: dict[str, Any] = {
        name: pa.array(key.astype(np.int64)) for name, key in zip(HISTORY, keys, strict=True)
    }
    return pa.table(
        {
            **named,
            "alive": valued.alive.expected,
            "expected_orders": valued.next_year.expected,
            "purchases": valued.purchases.expected,
            "error": errors,
        }
    )


def _value_row(context: Context, valued: Valued, chosen: NDArray[np.bool_]) -> dict[str, Any]:
    part = valued.cells.part(chosen)
    people = float(part.people.sum())
    total = worth(
        part,
        valued.purchases.part(chosen),
        valued.found.spending,
        valued.chances,
        context.settings.currency,
    )
    alive = float(part.people @ valued.alive.expected[chosen])
    return {
        "customers": int(people),
        "alive_share": alive / people,
        "value": total.value / people,
        "low": total.low / people,
        "high": total.high / people,
        "total": total.value,
        "total_low": total.low,
        "total_high": total.high,
    }


def _by_cohort(context: Context, valued: Valued) -> pa.Table:
    """Return value by the quarter of the first purchase; small quarters are left out."""
    last = dt.date.fromisoformat(context.results.facts["last_day"]).toordinal()
    first_days = last - valued.cells.age.astype(int)
    quarters = np.array([_quarter(day) for day in first_days])
    rows = []
    for quarter in np.unique(quarters):
        row = _value_row(context, valued, quarters == quarter)
        if row["customers"] >= context.settings.people.smallest_group:
            rows.append({"cohort": dt.date.fromordinal(int(quarter)), **row})
    return pa.Table.from_pylist(rows) if rows else pa.table({})


def _quarter(ordinal: int) -> int:
    day = dt.date.fromordinal(int(ordinal))
    return dt.date(day.year, 3 * ((day.month - 1) // 3) + 1, 1).toordinal()


def _by_segment(context: Context, valued: Valued) -> pa.Table:
    """Return value of those who bought once and of those who bought again."""
    again = valued.cells.frequency > 0
    rows = []
    for name, chosen in (("one-time", ~again), ("repeat", again)):
        if valued.cells.people[chosen].sum() >= context.settings.people.smallest_group:
            row = _value_row(context, valued, chosen)
            rows.append({"dimension": "segment", "group": name, **row})
    return pa.Table.from_pylist(rows) if rows else pa.table({})


def _histogram(valued: Valued) -> pa.Table:
    edges = np.linspace(0, 1, 11)
    people, _ = np.histogram(valued.alive.expected, edges, weights=valued.cells.people)
    return pa.table(
        {"low": edges[:-1], "high": edges[1:], "customers": people.round().astype(np.int64)}
    )


def _choice(found: Forecast) -> pa.Table:
    rows = [
        {
            "model": trial.name,
            "log_likelihood": float(trial.log_likelihood),
            "parameters": len(trial.model.parameter_names),
            "holdout_mae": float(trial.mean_absolute_error),
            "holdout_correlation": float(trial.correlation),
            "holdout_bias": float(trial.bias),
            "chosen": type(trial.model) is type(found.buying),
            "note": trial.reason,
        }
        for trial in found.trials
    ]
    return pa.Table.from_pylist(rows) if rows else pa.table({})


def _tracking(context: Context, found: Forecast) -> pa.Table:
    """Return cumulative repeat purchases by week, as they were and as the model expects them.

    The model is the one fitted before the holdout, so that its weeks are foretold.
    """
    facts = context.results.facts
    first = dt.date.fromisoformat(facts["first_day"])
    rows = context.engine.collect(weekly(context.result("orders"), first)).sort_by("week")
    numbers = _floats(rows, "week").astype(int)
    count = int((dt.date.fromisoformat(facts["last_day"]) - first).days // 7)
    born, repeats = np.zeros(count + 1), np.zeros(count + 1)
    born[numbers] = _floats(rows, "born")
    repeats[numbers] = _floats(rows, "repeats")
    chosen = [t for t in found.trials if type(t.model) is type(found.buying)]
    foretold = bool(chosen) and math.isfinite(chosen[0].log_likelihood)
    model = chosen[0].model if foretold else found.buying
    if count < 8:
        return pa.table({})
    in_weeks = track(model, repeats[:count], born[:count], period=7.0)
    weeks = [first + dt.timedelta(weeks=n + 1) for n in range(count)]
    fitted_until = facts["calibration_day"] if foretold else facts["last_day"]
    return pa.table(
        {
            "week": pa.array(weeks, pa.date32()),
            "actual": np.cumsum(in_weeks.actual),
            "expected": np.cumsum(in_weeks.expected),
            "phase": ["fit" if week.isoformat() <= fitted_until else "holdout" for week in weeks],
        }
    )


def _floats(rows: pa.Table, name: str) -> Array:
    return np.asarray(rows.column(name).to_numpy(zero_copy_only=False), dtype=float)
