"""From orders to a plan: each length of experiment with its spread, and the cells of the grid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pyarrow as pa

from rapport.record.engines import Engine
from rapport.record.frames import Frame
from rapport.simulation.planning.check import Crowd, Measured, measured_power
from rapport.simulation.planning.places import PlaceSpread, place_spread
from rapport.simulation.planning.plan import (
    Cell,
    cell_of_mean,
    cell_of_places,
    cell_of_share,
    round_numbers,
)
from rapport.simulation.planning.power import Design
from rapport.simulation.planning.spread import Spread, Window, spread, together, totals

LENGTHS = (4, 8, 13, 26)
"""Weeks of an experiment, unless others are asked for."""
SHORTEST_PAST = 4
"""Weeks on record that must be left before an experiment."""
MOST_CHECKED = 200_000


@dataclass(frozen=True, slots=True)
class Span:
    """The days on record, both inside."""

    first: dt.date
    last: dt.date

    @property
    def weeks(self) -> int:
        """How many whole weeks they make."""
        return ((self.last - self.first).days + 1) // 7

    def windows(self, lengths: Sequence[int], before: int) -> list[Window]:
        """Return the windows, ending on the last day, for which enough past is on record.

        Examples
        --------
        >>> span = Span(dt.date(2025, 1, 6), dt.date(2025, 4, 6))
        >>> [(window.weeks, window.before) for window in span.windows((4, 8, 13), 26)]
        [(4, 9), (8, 5)]
        """
        return [
            Window(self.last, weeks, min(before, self.weeks - weeks))
            for weeks in lengths
            if self.weeks - weeks >= SHORTEST_PAST
        ]

    def earlier(self, window: Window) -> list[Window]:
        """Return windows like this one a quarter, two and three before, where the past is enough.

        They tell how seasons differ; those of half a year overlap.
        """
        quarters = (1, 2, 3)
        return [
            Window(self.last - dt.timedelta(weeks=13 * ago), window.weeks, window.before)
            for ago in quarters
            if self.weeks - 13 * ago - window.weeks >= window.before
        ]


@dataclass(frozen=True, slots=True)
class Length:
    """One length of experiment.

    Parameters
    ----------
    window
        The latest weeks of that length.
    spread
        How people vary over such weeks, seasons together.
    latest
        The same over the latest ones alone.
    totals
        What each person brought before and during those.
    """

    window: Window
    spread: Spread
    latest: Spread
    totals: Frame


def lengths_of(
    engine: Engine, orders: Frame, span: Span, windows: Sequence[Window], *, binary: bool
) -> list[Length]:
    """Return each window with its spread; windows before which nobody bought are left out.

    Parameters
    ----------
    orders
        person_id, day, value.
    span
        The days on record: earlier windows in it tell how seasons differ.
    binary
        True when the outcome is whether somebody bought.
    """
    kept = engine.cache(orders)
    found = []
    for window in windows:
        people = engine.cache(totals(kept, window, share=binary))
        latest = spread(engine, people, window)
        if not _varies(latest):
            continue
        others = [
            spread(engine, engine.cache(totals(kept, other, share=binary)), other)
            for other in span.earlier(window)
        ]
        seen = [latest, *others]
        known = [each for each in seen if each is not None and _varies(each)]
        found.append(Length(window, together(known), known[0], people))
    return found


def _varies(known: Spread | None) -> bool:
    return known is not None and known.people > SHORTEST_PAST and known.sd > 0


def cells(
    lengths: Sequence[Length], people: Sequence[int], design: Design, *, binary: bool
) -> list[Cell]:
    """Return the grid: for each length and number of people the smallest effect that is seen."""
    made = cell_of_share if binary else cell_of_mean
    return [
        made(length.spread, number, design)
        for length in lengths
        for number in people or round_numbers(min(each.spread.people for each in lengths))
    ]


def place_cells(
    spreads: Sequence[PlaceSpread], places: Sequence[int], design: Design
) -> list[Cell]:
    """Return the grid of whole stores or regions."""
    wanted = places or _some_places(min(spread.places for spread in spreads))
    return [cell_of_places(spread, n, design) for spread in spreads for n in wanted]


def _some_places(most: int) -> list[int]:
    """Return half, three quarters and all of the places, none below six.

    Examples
    --------
    >>> _some_places(20), _some_places(7)
    ([10, 14, 20], [6, 7])
    """
    return sorted({max(6, most // 2 // 2 * 2), max(6, most * 3 // 8 * 2), most})


def place_spreads(engine: Engine, sales: Frame, windows: Sequence[Window]) -> list[PlaceSpread]:
    """Return how places vary over each window, where they are enough and their past is.

    Parameters
    ----------
    sales
        place, day, value: what each place sold.
    """
    if not windows:
        return []
    last, weeks = windows[0].last, max(w.weeks + w.before for w in windows)
    weekly = weekly_sales(engine.collect(_by_day(sales)), last, weeks)
    found = [place_spread(weekly, window.weeks, window.before) for window in windows]
    return [each for each in found if each is not None]


def _by_day(sales: Frame) -> Frame:
    """Return one row for each place and day."""
    return sales.group_by("place", "day").agg(value=nw.col("value").sum())


def weekly_sales(daily: pa.Table, last: dt.date, weeks: int) -> np.ndarray:
    """Return sales by place and week, oldest first: shape (places, weeks), weeks ending on `last`.

    Examples
    --------
    >>> day = dt.date(2025, 6, 30)
    >>> daily = pa.table({"place": ["a", "a", "b"], "value": [1.0, 2.0, 4.0],
    ...                   "day": [day, day - dt.timedelta(7), day]})
    >>> weekly_sales(daily, day, 2).tolist()
    [[2.0, 1.0], [0.0, 4.0]]
    """
    rows = [row for row in daily.to_pylist() if row["place"] is not None]
    names = sorted({row["place"] for row in rows})
    position = {name: number for number, name in enumerate(names)}
    made = np.zeros((len(names), weeks))
    for row in rows:
        ago = (last - _date(row["day"])).days // 7
        if 0 <= ago < weeks:
            made[position[row["place"]], weeks - 1 - ago] += row["value"]
    return made


def _date(day: dt.date) -> dt.date:
    return day.date() if isinstance(day, dt.datetime) else day


def checked(
    engine: Engine, length: Length, people: int, design: Design, *, binary: bool, rounds: int
) -> Measured:
    """Return the power that is measured when the experiment is run on the people of `totals`.

    The effect is the smallest that the plan promises to see in those very weeks. Their own
    outcomes are used, those of `MOST_CHECKED` at most; the seed is fixed.
    """
    rows = engine.collect(length.totals.select("past", "outcome").head(MOST_CHECKED))
    ordered = rows.sort_by([("outcome", "ascending"), ("past", "ascending")])
    past, outcome = (ordered[name].to_numpy().astype(float) for name in ("past", "outcome"))
    cell = (cell_of_share if binary else cell_of_mean)(length.latest, people, design)
    effect = cell.amount.value * (1 if binary else cell.weeks)
    return measured_power(
        np.random.default_rng(20_15), Crowd(past, outcome, binary), effect, people, design, rounds
    )
