"""The periods that a statement is made for: the last twelve whole months, and the whole record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rapport.value.ledger.people import LATEST, WHOLE

_MONTH = 365.25 / 12


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `since` to `until`, both included."""

    name: str
    since: dt.date
    until: dt.date

    @property
    def months(self) -> float:
        """Its length; a year of whole months is exactly twelve."""
        return 12.0 if self.name == LATEST else (self.days / _MONTH)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.until - self.since).days + 1


def periods(facts: Mapping[str, Any]) -> tuple[Period, ...]:
    """Return the periods that the record holds, the shorter first.

    Examples
    --------
    >>> found = periods({"first_day": "2024-10-01", "last_day": "2026-10-15"})
    >>> [(p.name, str(p.since), str(p.until), round(p.months, 1)) for p in found]
    [('12 months', '2025-10-01', '2026-09-30', 12.0), ('whole', '2024-10-01', '2026-10-15', 24.5)]
    >>> [p.name for p in periods({"first_day": "2026-03-02", "last_day": "2026-10-15"})]
    ['whole']
    """
    first, last = (dt.date.fromisoformat(str(facts[name])) for name in ("first_day", "last_day"))
    whole = Period(WHOLE, first, last)
    after = (last + dt.timedelta(days=1)).replace(day=1)
    latest = Period(LATEST, after.replace(year=after.year - 1), after - dt.timedelta(days=1))
    return (latest, whole) if latest.since >= first else (whole,)
