"""Weeks side by side: value, what is known of each week, and every count of every channel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rapport.impact.counts.design import Floats
from rapport.impact.counts.series import LEVELS

ALL = ""
"""The channel of a count summed over all of them."""
EARNED = "earned media value"
SEEN = ("views", "impressions", "reach")
"""What earned media value is counted from: of each channel the first that it has."""
Key = tuple[str, str]
"""channel, count."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Whole weeks in a row.

    Parameters
    ----------
    first
        The number of the first week: whole weeks since Monday 1 January of the year 1.
    value
        Outcomes by name, one number a week.
    days, spend
        Days with a known event by kind, and cost by channel, of each week.
    counts
        Each count of each channel; weeks in which a channel was not counted are not a number.
    """

    first: int
    value: Mapping[str, Floats]
    days: Mapping[str, Floats] = field(default_factory=dict)
    spend: Mapping[str, Floats] = field(default_factory=dict)
    counts: Mapping[Key, Floats] = field(default_factory=dict)

    @property
    def weeks(self) -> int:
        """How many weeks there are."""
        return len(next(iter(self.value.values()), ()))


def whole_weeks(first: dt.date, last: dt.date) -> tuple[int, int]:
    """Return the number of the first whole week of a stretch of days, and how many there are.

    Examples
    --------
    >>> first, weeks = whole_weeks(dt.date(2026, 1, 1), dt.date(2026, 1, 31))
    >>> dt.date.fromordinal(7 * first + 1).isoformat(), weeks
    ('2026-01-05', 3)
    """
    begin = -(-(first.toordinal() - 1) // 7)
    end = last.toordinal() // 7
    return begin, max(0, end - begin)


def spread(rows: Iterable[Mapping[str, Any]], key: str, value: str, frame: Panel) -> dict[str, Any]:
    """Return rows of `key`, week, `value` as one array of weeks a key; weeks without a row are 0.

    Examples
    --------
    >>> panel = Panel(10, {"margin": np.zeros(3)})
    >>> row = {"kind": "launch", "week": 11, "days": 2}
    >>> spread([row, {**row, "week": 99}], "kind", "days", panel)["launch"].tolist()
    [0.0, 2.0, 0.0]
    """
    made: dict[str, Floats] = {}
    for row in rows:
        place = int(row["week"]) - frame.first
        if 0 <= place < frame.weeks:
            series = made.setdefault(str(row[key]), np.zeros(frame.weeks))
            series[place] += float(row[value] or 0.0)
    return made


def counted(rows: Sequence[Mapping[str, Any]], first: int, weeks: int) -> dict[Key, Floats]:
    """Return each count of each channel, sums over channels, and earned media value.

    A channel is counted from the first week to the last in which it has any figure: a week without
    a row in between is zero, or what it was before for a count that stands.

    Parameters
    ----------
    rows
        channel, count, week, value, as `series.weekly` gives them.
    """
    spans: dict[str, tuple[int, int]] = {}
    for row in rows:
        begin, end = spans.get(row["channel"], (row["week"], row["week"]))
        spans[row["channel"]] = (min(begin, row["week"]), max(end, row["week"]))
    made: dict[Key, Floats] = {}
    for row in rows:
        key = (str(row["channel"]), str(row["count"]))
        if key not in made:
            made[key] = _blank(spans[row["channel"]], first, weeks, stands=key[1] in LEVELS)
        place = int(row["week"]) - first
        if 0 <= place < weeks:
            made[key][place] = float(row["value"] or 0.0)
    for (_, name), series in made.items():
        if name in LEVELS:
            _carried(series)
    return {key: made[key] for key in sorted(made)} | _sums(made)


def _blank(span: tuple[int, int], first: int, weeks: int, *, stands: bool) -> Floats:
    week = first + np.arange(weeks)
    inside = (span[0] <= week) & (week <= span[1]) & (not stands)
    return np.where(inside, 0.0, np.nan)


def _carried(series: Floats) -> None:
    last = np.nan
    for place, value in enumerate(series):
        last = value if np.isfinite(value) else last
        series[place] = last


def _sums(made: Mapping[Key, Floats]) -> dict[Key, Floats]:
    names = sorted({name for _, name in made})
    sums: dict[Key, Floats] = {}
    for name in names:
        parts = [series for (_, other), series in made.items() if other == name]
        if len(parts) > 1:
            sums[ALL, name] = _together(parts)
    channels = sorted({channel for channel, _ in made})
    seen = [next((made[c, n] for n in SEEN if (c, n) in made), None) for c in channels]
    if shown := [series for series in seen if series is not None]:
        sums[ALL, EARNED] = _together(shown)
    return sums


def _together(parts: Sequence[Floats]) -> Floats:
    """Return the sum of channels; not a number in weeks in which none was counted."""
    stacked = np.stack(parts)
    none = np.isnan(stacked).all(axis=0)
    return np.where(none, np.nan, np.nansum(stacked, axis=0))
