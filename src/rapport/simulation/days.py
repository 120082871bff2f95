"""The days of a world: months, seasons, weekdays, and the zone in which people live."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np

from rapport.simulation.world import Campaign, World

YEAR = 365.25
MONTH = YEAR / 12
_MONTHS = np.array([0.86, 1.02, 0.90, 1.04, 0.92, 0.84, 0.72, 0.66, 0.92, 1.04, 1.25, 1.83])
_WEEK = np.array([0.85, 0.88, 0.95, 0.97, 1.12, 1.28, 0.95])
_MICRO = 86_400_000_000


@dataclass(frozen=True)
class Days:
    """Day 0 is the first day of the world; `count` days in `months` whole calendar months."""

    first: dt.date
    months: int

    @cached_property
    def starts(self) -> np.ndarray:
        """Day on which each month begins, and one more: the end. Shape (months + 1,)."""
        firsts = [_add_months(self.first, month) for month in range(self.months + 1)]
        return np.array([(day - self.first).days for day in firsts])

    @cached_property
    def count(self) -> int:
        """How many days there are."""
        return int(self.starts[-1])

    @property
    def last(self) -> dt.date:
        """The last day, inside."""
        return self.first + dt.timedelta(days=self.count - 1)

    @cached_property
    def month_of(self) -> np.ndarray:
        """Number of the month of each day, from 0. Shape (count,)."""
        return np.repeat(np.arange(self.months), np.diff(self.starts))

    @cached_property
    def weekday(self) -> np.ndarray:
        """Weekday of each day, Monday 0. Shape (count,)."""
        return (self.first.weekday() + np.arange(self.count)) % 7

    def date(self, day: int) -> dt.date:
        """Return the date of a day."""
        return self.first + dt.timedelta(days=int(day))

    def dates(self, days: np.ndarray) -> np.ndarray:
        """Return dates (datetime64[D]) of whole days."""
        found: np.ndarray = np.datetime64(self.first, "D") + np.floor(days).astype("timedelta64[D]")
        return found

    @cached_property
    def _offsets(self) -> np.ndarray:
        """Microseconds from UTC to the brand's zone at noon of each day from 20 years before."""
        zone, before = ZoneInfo("Europe/Paris"), 7305
        return np.array(
            [
                int(
                    dt.datetime.combine(self.date(day), dt.time(12), zone)
                    .utcoffset()
                    .total_seconds()  # type: ignore[union-attr]
                    * 1_000_000
                )
                for day in range(-before, self.count + 400)
            ]
        )

    def times(self, days: np.ndarray) -> np.ndarray:
        """Return UTC times (datetime64[us], whole seconds) of local days with a fraction.

        Not-a-number becomes not-a-time.
        """
        known = np.isfinite(days)
        safe = np.where(known, days, 0.0)
        offsets = self._offsets[
            np.clip(np.floor(safe).astype(int) + 7305, 0, len(self._offsets) - 1)
        ]
        micro = np.round(safe * 86_400).astype(np.int64) * 1_000_000 - offsets
        made = np.datetime64(self.first, "us") + micro.astype("timedelta64[us]")
        return np.where(known, made, np.datetime64("NaT"))

    def demand(self, world: World) -> np.ndarray:
        """Return how much is bought on each day by season and weekday; 1 on average of a year."""
        dates = self.dates(np.arange(self.count))
        month = dates.astype("datetime64[M]").astype(int) % 12
        year = 1 + world.season.strength * world.season.on * (_MONTHS[month] - 1)
        week = 1 + world.season.week * world.season.on * (_WEEK[self.weekday] - 1)
        found: np.ndarray = year * week
        return found

    def stretches(self, campaigns: list[Campaign]) -> list[tuple[Campaign, int, int]]:
        """Return each year's run of each campaign: first day and the day after the last."""
        found = []
        for year in range(self.first.year - 1, self.last.year + 1):
            for campaign in campaigns:
                begin = (dt.date(year, campaign.month, campaign.day) - self.first).days
                end = begin + campaign.days
                if end > 0 and begin < self.count:
                    found.append((campaign, max(begin, 0), min(end, self.count)))
        return sorted(found, key=lambda run: (run[1], run[0].name))


def _add_months(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(
        year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1])
    )
