"""How relationship equity changed over a year: today's forecast of customers then, and of now."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

from rapport.estimate import Estimate
from rapport.record.frames import Frame
from rapport.steps.context import Context
from rapport.steps.worth_tables import Valued, cells_of
from rapport.value.equity import Cells, purchases_outlook, worth

FINEST = 20_000  # more histories are told apart by the week only


def equity_change(
    context: Context, valued: Valued, then: tuple[dt.date, Frame], terms: tuple[float, float]
) -> tuple[Estimate, pa.Table]:
    """Return equity now less equity on a day before, and both as a table.

    The customers of then are those who had bought by then, with the history they had; the forecast
    is today's for both, so that what changes is people and not the model. Both are off together
    where the model is off: their draws are paired.

    Parameters
    ----------
    then
        A day, and customers with their histories on that day.
    terms
        How many days ahead money is counted, and its yearly discount rate.
    """
    day, customers = then
    unit = context.settings.currency
    now_cells, then_cells = (_coarse(each) for each in (valued.cells, cells_of(context, customers)))
    now, before = (_worth(each, valued, terms, unit) for each in (now_cells, then_cells))
    change = now - before
    rows = [
        {"day": each_day, "value": each.value, "low": each.low, "high": each.high,
         "people": int(cells.people.sum())}
        for each_day, each, cells in (
            (day, before, then_cells),
            (dt.date.fromisoformat(context.results.facts["last_day"]), now, now_cells),
        )
    ]  # fmt: skip
    people = int(now_cells.people.sum())
    named = change.based_on(people=people, rows=people, name="equity_change", table="equity")
    return named, pa.Table.from_pylist(rows)


def _worth(cells: Cells, valued: Valued, terms: tuple[float, float], unit: str) -> Estimate:
    seen = purchases_outlook(valued.found.buying, cells, *terms)
    return worth(cells, seen, valued.found.spending, valued.chances, unit)


def _coarse(cells: Cells) -> Cells:
    """Return histories to the week where there are many: a total needs no finer ones."""
    if len(cells) <= FINEST:
        return cells
    week = [np.ceil(days / 7) * 7 for days in (cells.recency, cells.age)]
    keys = np.stack([cells.frequency, *week, cells.valued], axis=1)
    unique, place = np.unique(keys, axis=0, return_inverse=True)
    weights = (cells.people, cells.mean_sum)
    people, means = (
        np.bincount(place.ravel(), each, len(unique)).astype(float) for each in weights
    )
    frequency, recency, age, seen = unique.T
    return Cells(frequency, recency, age, seen, people, means)
