"""Time that passes while the brand is open: weekly hours, holidays, and a time zone.

An instant is open when the wall clock in the zone shows opening hours. So an hour that the clocks
skip in spring is no business hour, and one that they repeat in autumn is two.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import narwhals as nw
import pyarrow as pa

from rapport.errors import Fault, Problem, nearest
from rapport.record.frames import Frame, day_number
from rapport.settings import known_zone

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = 86_400
_PART = re.compile(
    r"^(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))?\s+"
    r"(?P<opens>\d{1,2}:\d{2})-(?P<closes>\d{1,2}:\d{2})$"
)


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """When the brand is there to answer.

    Parameters
    ----------
    weekly
        For each day from Monday, the open parts in minutes of the wall clock: (opens, closes).
    zone
        An IANA time zone.
    holidays
        Days on which it stays closed; a part that goes on past midnight belongs to its first day.

    Examples
    --------
    >>> hours = BusinessHours.read("mon-fri 09:00-18:00", "Europe/Paris")
    >>> friday, monday = dt.datetime(2026, 5, 22, 15), dt.datetime(2026, 5, 25, 8)
    >>> hours.seconds_between(friday, monday) / 3600   # 17:00 to 18:00, then 9:00 to 10:00
    2.0
    """

    weekly: tuple[tuple[tuple[int, int], ...], ...]
    zone: str
    holidays: frozenset[dt.date] = frozenset()

    @classmethod
    def read(cls, text: str, zone: str, holidays: Iterable[dt.date] = ()) -> BusinessHours:
        """Return the hours that a text says: "mon-fri 09:00-18:00, sat 10:00-13:00".

        Raises
        ------
        Problem
            If a part cannot be read, days or hours do not exist, or the zone is unknown.
        """
        faults: list[Fault] = []
        parts: list[list[tuple[int, int]]] = [[] for _ in DAYS]
        for part in filter(None, (each.strip().lower() for each in text.split(","))):
            try:
                days, span = _part(part)
            except ValueError as error:
                hint = "Write it like 'mon-fri 09:00-18:00, sat 10:00-13:00'."
                faults.append(Fault(str(error), f"business hours '{part}'", hint))
                continue
            for day in days:
                parts[day].append(span)
        try:
            known_zone(zone)
        except ValueError as error:
            faults.append(Fault(str(error), "time zone"))
        if not faults and not any(parts):
            faults.append(Fault("They hold no open hour.", "business hours"))
        if faults:
            raise Problem("The business hours could not be read.", faults)
        return cls(tuple(tuple(_joined(day)) for day in parts), zone, frozenset(holidays))

    def seconds_between(self, start: dt.datetime, end: dt.datetime) -> int:
        """Return the open seconds from one instant to another; naive times are UTC."""
        first, last = _utc(start), _utc(end)
        spans = self.open_spans(first.date(), last.date())
        lasted = (min(closes, last) - max(opens, first) for opens, closes in spans)
        return sum(max(0, int(each.total_seconds())) for each in lasted)

    def open_spans(
        self, first: dt.date, last: dt.date
    ) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        """Give the open spans that touch the UTC days from `first` to `last`, as naive UTC."""
        zone = ZoneInfo(self.zone)
        start = dt.datetime.combine(first, dt.time())
        end = dt.datetime.combine(last, dt.time()) + dt.timedelta(days=1)
        for begins, ends, offset in _steady(start, end, zone):
            day = (begins + offset).date() - dt.timedelta(days=1)
            while dt.datetime.combine(day, dt.time()) - offset < ends:
                for opens, closes in self._of_day(day):
                    span = (max(opens - offset, begins), min(closes - offset, ends))
                    if span[0] < span[1]:
                        yield span
                day += dt.timedelta(days=1)

    def _of_day(self, day: dt.date) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        if day in self.holidays:
            return
        midnight = dt.datetime.combine(day, dt.time())
        for opens, closes in self.weekly[day.weekday()]:
            yield midnight + dt.timedelta(minutes=opens), midnight + dt.timedelta(minutes=closes)


def calendar(hours: BusinessHours, first: dt.date, last: dt.date) -> pa.Table:
    """Return one row for each UTC day: what `open_seconds` needs to look instants up.

    Returns
    -------
    pa.Table
        number (of the day, as `date.toordinal`), before (open seconds since `first`), and for each
        open part k of the day opens_k, closes_k (seconds since midnight UTC).
    """
    by_day: dict[int, list[tuple[int, int]]] = {}
    for opens, closes in hours.open_spans(first, last):
        for number, span in _by_utc_day(opens, closes):
            by_day.setdefault(number, []).append(span)
    merged = {number: _joined(spans) for number, spans in by_day.items()}
    most = max((len(spans) for spans in merged.values()), default=0) or 1
    columns: dict[str, list[int]] = {"number": [], "before": []}
    columns |= {f"{name}_{k}": [] for k in range(most) for name in ("opens", "closes")}
    passed = 0
    for number in range(first.toordinal(), last.toordinal() + 1):
        spans = merged.get(number, [])
        columns["number"].append(number)
        columns["before"].append(passed)
        for k in range(most):
            start, end = spans[k] if k < len(spans) else (_DAY, _DAY)
            columns[f"opens_{k}"].append(start)
            columns[f"closes_{k}"].append(end)
        passed += sum(end - start for start, end in spans)
    return pa.table({name: pa.array(values, pa.int64()) for name, values in columns.items()})


def open_seconds(rows: Frame, clock: Frame, times: Mapping[str, str]) -> Frame:
    """Return rows with the open seconds from the calendar's first day to each time; null for null.

    Parameters
    ----------
    rows
        With time columns in UTC.
    clock
        `calendar`, over all days of these times, as a frame of the same engine.
    times
        New column = time column.
    """
    spans = sum(name.startswith("opens_") for name in clock.collect_schema().names())
    for name, time in times.items():
        own = {"number": f"{name}_number", "before": f"{name}_before"}
        own |= {f"{e}_{k}": f"{name}_{e}_{k}" for k in range(spans) for e in ("opens", "closes")}
        dated = rows.with_columns(day_number(nw.col(time)).alias(f"{name}_number"))
        joined = dated.join(clock.rename(own), on=f"{name}_number", how="left")
        second = _second_of_day(nw.col(time))
        passed = nw.col(f"{name}_before")
        for k in range(spans):
            opens, closes = nw.col(f"{name}_opens_{k}"), nw.col(f"{name}_closes_{k}")
            lasted = nw.when(second > closes).then(closes - opens).otherwise(second - opens)
            passed = passed + nw.when(second > opens).then(lasted).otherwise(0)
        rows = joined.with_columns(passed.cast(nw.Int64()).alias(name)).drop(list(own.values()))
    return rows


def seconds(time: nw.Expr) -> nw.Expr:
    """Return the seconds of a UTC time since the first day of the calendar, a whole number."""
    return day_number(time) * _DAY + _second_of_day(time)


def _second_of_day(time: nw.Expr) -> nw.Expr:
    hour, minute, second = time.dt.hour(), time.dt.minute(), time.dt.second()
    return hour.cast(nw.Int64()) * 3600 + minute.cast(nw.Int64()) * 60 + second.cast(nw.Int64())


def _part(text: str) -> tuple[list[int], tuple[int, int]]:
    """Return the days and the span of one part; raises ValueError in plain words."""
    found = _PART.match(text)
    if found is None:
        msg = "It does not say days and hours."
        raise ValueError(msg)
    ends = []
    for name in (found["first"], found["last"] or found["first"]):
        if name not in DAYS:
            msg = f"'{name}' is not a day. {nearest(name, DAYS)}"
            raise ValueError(msg)
        ends.append(DAYS.index(name))
    days = [(ends[0] + k) % 7 for k in range((ends[1] - ends[0]) % 7 + 1)]
    opens, closes = (_minutes(found[name]) for name in ("opens", "closes"))
    return days, (opens, closes if closes > opens else closes + 1440)


def _minutes(text: str) -> int:
    hour, minute = (int(part) for part in text.split(":"))
    if hour * 60 + minute > 1440 or minute > 59:
        msg = f"{text} is not a time of day."
        raise ValueError(msg)
    return hour * 60 + minute


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans in order, those that touch or overlap made one."""
    made: list[tuple[int, int]] = []
    for opens, closes in sorted(spans):
        if made and opens <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], closes))
        else:
            made.append((opens, closes))
    return made


def _by_utc_day(opens: dt.datetime, closes: dt.datetime) -> Iterator[tuple[int, tuple[int, int]]]:
    while opens < closes:
        midnight = dt.datetime.combine(opens.date(), dt.time())
        until = min(closes, midnight + dt.timedelta(days=1))
        yield (
            opens.date().toordinal(),
            (int((opens - midnight).total_seconds()), int((until - midnight).total_seconds())),
        )
        opens = until


def _utc(time: dt.datetime) -> dt.datetime:
    return time if time.tzinfo is None else time.astimezone(dt.UTC).replace(tzinfo=None)


def _steady(
    start: dt.datetime, end: dt.datetime, zone: ZoneInfo
) -> Iterator[tuple[dt.datetime, dt.datetime, dt.timedelta]]:
    """Give the parts of a UTC span in which the zone's offset does not change, with the offset."""
    begins, offset = start, _offset(start, zone)
    day = start
    while day < end:
        following = min(day + dt.timedelta(days=1), end)
        if _offset(following, zone) != offset:
            change = _change(day, following, zone)
            yield begins, change, offset
            begins, offset = change, _offset(change, zone)
        day = following
    yield begins, end, offset


def _change(before: dt.datetime, after: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return the first second at which the offset differs from that at `before`."""
    offset = _offset(before, zone)
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(before + dt.timedelta(seconds=middle), zone) == offset:
            low = middle
        else:
            high = middle
    return before + dt.timedelta(seconds=high)


def _offset(time: dt.datetime, zone: ZoneInfo) -> dt.timedelta:
    found = time.replace(tzinfo=dt.UTC).astimezone(zone).utcoffset()
    return found or dt.timedelta(0)
