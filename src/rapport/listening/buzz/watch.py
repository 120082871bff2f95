"""A watch over streams of counts: one more period at a time, the same answer as all at once."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from rapport.errors import Fault, Problem
from rapport.listening.buzz.alarm import Alarm, beyond
from rapport.listening.buzz.baseline import Baseline, cells_of
from rapport.listening.buzz.evidence import carried, log_ratios, mixed, onset, threshold
from rapport.listening.buzz.rules import DAY, Rules

Floats = NDArray[np.float64]

MONTH = 30.4375 * 86400
_LOOKS = 3  # an hour that is judged anew every few minutes is as good as so many hours apart
_ENOUGH = 3.0  # messages that a quiet stretch would hold


@dataclass(frozen=True, slots=True)
class News:
    """What one more period brought: an alarm that was "flagged", "reopened" or "ended"."""

    what: str
    alarm: Alarm


class Watch:
    """Streams of counts and what is known of them so far.

    Parameters
    ----------
    streams
        Their names; all of them from the start, since they share the false alarms.
    first
        The start of the first period.
    rules
        What counts as an alarm.

    Examples
    --------
    >>> watch = Watch(["complaints"], dt.datetime(2026, 1, 5), Rules(every=3600))
    >>> for hour in range(24 * 21):
    ...     news = watch.take({"complaints": 4 + hour % 3})
    >>> [each.what for each in watch.take({"complaints": 60})]
    ['flagged']
    """

    def __init__(self, streams: Sequence[str], first: dt.datetime, rules: Rules) -> None:
        n, length = len(streams), rules.needed
        if not n or len(set(streams)) < n:
            raise Problem("Nothing was watched.", [Fault("Streams need names of their own.")])
        self.streams, self.first, self.rules = tuple(streams), first, rules
        self.period = 0
        self.baseline = Baseline.empty(n, rules.every)
        self.counts = np.full((n, length), np.nan)
        self.expected = np.full((n, length), np.nan)
        self.wholes = np.ones((n, length))
        self.usual = np.ones((n, length), bool)
        self.armed = np.full(n, -1)
        self.learnt = np.zeros(n, int)
        self.block = np.zeros((2, n))
        self.whole_block = np.ones(n, bool)
        self.hour = np.zeros((2, n))
        self.whole_hour = np.ones(n, bool)
        window = self.baseline.window
        self.evidence = {
            d: np.full((window, n, len(rules.changes(d))), -np.inf) for d in rules.directions
        }
        self.open: dict[int, Alarm] = {}
        self.past: list[Alarm] = []

    @property
    def alarms(self) -> list[Alarm]:
        """All alarms so far, by when they were flagged."""
        return sorted([*self.past, *self.open.values()], key=lambda a: (a.flagged, a.stream))

    @property
    def unwatched(self) -> list[str]:
        """Streams whose history is still too short to tell what is usual."""
        return [name for name, since in zip(self.streams, self.armed, strict=True) if since < 0]

    def start_of(self, period: int) -> dt.datetime:
        """Return the time at which a period begins."""
        return self.first + dt.timedelta(seconds=period * self.rules.every)

    def take(
        self,
        counts: Mapping[str, float | None],
        time: dt.datetime | None = None,
        of: Mapping[str, float] | None = None,
    ) -> list[News]:
        """Take in one more period.

        Parameters
        ----------
        counts
            By stream; None where nothing is known. A stream left out is read as `gaps` says.
        time
            The start of the period; the next one when it is not given. Periods that were passed
            over are read as `gaps` says.
        of
            What the counts are a part of.

        Raises
        ------
        Problem
            If the time was taken before, begins no period, or a stream is unknown.
        """
        steps = 0 if time is None else self._ahead(time)
        unknown = set(counts).difference(self.streams)
        if unknown:
            known = ", ".join(self.streams)
            fault = Fault(f"There is no stream '{min(unknown)}'.", hint=f"Watched: {known}.")
            raise Problem("The period was not taken.", [fault])
        blank = 0.0 if self.rules.gaps == "zero" else math.nan
        n = len(self.streams)
        news = [each for _ in range(steps) for each in self.step(np.full(n, blank), np.ones(n))]
        told = [counts.get(name, blank) for name in self.streams]
        y = np.array([math.nan if value is None else value for value in told], float)
        whole = np.array([(of or {}).get(name, 1.0) for name in self.streams], float)
        return [*news, *self.step(y, whole)]

    def _ahead(self, time: dt.datetime) -> int:
        passed, rest = divmod((time - self.first).total_seconds(), self.rules.every)
        if rest or passed < self.period:
            expected = self.start_of(self.period)
            fault = Fault(f"{time} is no period to come.", hint=f"The next begins at {expected}.")
            raise Problem("The period was not taken.", [fault])
        return int(passed) - self.period

    def step(self, counts: Floats, wholes: Floats) -> list[News]:
        """Take in one more period, as arrays in the order of the streams."""
        counts = np.where(wholes > 0, counts, np.nan)
        wholes = np.where(wholes > 0, wholes, 1.0)
        slot, cell = self.period % self.rules.needed, self._cell(self.period)
        self._learn()
        if self.period % max(DAY // self.rules.every, 1) == 0:
            self.baseline.find_rhythm(np.flatnonzero(self.armed >= 0))
        expected = self.baseline.expected(cell, wholes)
        self.counts[:, slot], self.expected[:, slot] = counts, expected
        self.wholes[:, slot], self.usual[:, slot] = wholes, True
        news = self._test(cell) + self._follow(slot)
        self.period += 1
        self._arm()
        return news

    def _cell(self, period: int) -> int:
        cells, every = cells_of(self.rules.every), self.rules.every
        if cells == 1:
            return 0
        now = self.start_of(period)
        if self.rules.zone is not None:
            now = now.replace(tzinfo=dt.UTC).astimezone(ZoneInfo(self.rules.zone))
        seconds = now.hour * 3600 + now.minute * 60 + now.second
        parts = cells // 7
        return now.weekday() * parts + seconds * parts // DAY if every < DAY else now.weekday()

    def _learn(self) -> None:
        """Learn from the period that no alarm can reach back to any longer."""
        period = self.period - self.rules.guard
        if period < 0:
            return
        slot, cell = period % self.rules.needed, self._cell(period)
        y, mu = self.counts[:, slot], self.expected[:, slot]
        ready = (self.armed >= 0) & (self.learnt <= period)
        used = ready & self.usual[:, slot] & ~np.isnan(y)
        rows = np.flatnonzero(used)
        if len(rows):
            cells = np.full(len(rows), cell)
            self.baseline.learn(rows, y[rows], cells, self.wholes[rows, slot])
            self.hour[:, rows] += y[rows], mu[rows]
        self.whole_hour &= used
        self.whole_block &= used
        if (period + 1) % self.baseline.window == 0:
            seen, usual = self.hour
            self.block[0] += seen - usual
            self.block[1] += usual + self.baseline.spread * usual**2
            rows = np.flatnonzero(self.whole_hour)
            self.baseline.learn_window(rows, seen[rows], usual[rows])
            self.hour, self.whole_hour = np.zeros_like(self.hour), np.ones_like(self.whole_hour)
        if (period + 1) % self.rules.block == 0:
            rows = np.flatnonzero(self.whole_block)
            excess, variance = self.block[:, rows]
            self.baseline.learn_block(rows, excess, variance, self.rules.block)
            self.block[:], self.whole_block[:] = 0.0, True

    def _test(self, cell: int) -> list[News]:
        """Add up the evidence of the last hour (or longer period), and raise alarms.

        Shorter periods scatter together within an hour, so the hour is judged whole, but anew at
        each of them: by as many tests in turn as the hour has periods.
        """
        window = self.baseline.window
        phase = self.period % window
        slots = self._slots(self.period + 1 - window, self.period + 1)
        counts, expected = self.counts[:, slots].sum(axis=1), self.expected[:, slots].sum(axis=1)
        spread = self.baseline.spread + self.baseline.error(cell)
        idle = (self.armed < 0) | (self.armed > self.period + 1 - window)
        idle[list(self.open)] = True
        tested = np.where(idle, np.nan, counts)
        silent = np.isnan(tested)
        if silent.all():
            return []
        patience, limit = self.baseline.patience[:, None], self._limit()
        news = []
        for direction, each in self.evidence.items():
            ratios = log_ratios(tested, expected, spread, self.rules.changes(direction))
            evidence = np.where(
                silent[:, None], each[phase], carried(each[phase], ratios * patience)
            )
            each[phase] = evidence
            for row in np.flatnonzero(~silent & (mixed(evidence) >= limit)):
                if int(row) not in self.open:
                    news += self._flag(int(row), direction, spread[row])
        return news

    def _limit(self) -> float:
        rules = self.rules
        streams = len(self.streams) if rules.over == "all" else 1
        looks = min(self.baseline.window, _LOOKS)
        periods = MONTH / max(rules.every, 3600) / rules.false_alarms
        return threshold(periods, streams, len(rules.directions) * looks)

    def _slots(self, begin: int, end: int) -> NDArray[np.intp]:
        return np.arange(begin, end) % self.rules.needed

    def _flag(self, row: int, direction: str, spread: float) -> list[News]:
        now, name = self.period, self.streams[row]
        begin = max(int(self.armed[row]), now + 1 - self.rules.needed)
        slots = self._slots(begin, now + 1)
        y, mu = self.counts[row, slots], self.expected[row, slots]
        changes = self.rules.changes(direction)
        began = begin + onset(log_ratios(y, mu, np.full(len(y), spread), changes))
        y, mu = y[began - begin :], mu[began - begin :]
        if direction == "up" and np.nansum(y) < self.rules.fewest:
            return []
        self.usual[row, self._slots(began, now + 1)] = False
        before = self._lately(name, direction, began)
        if before is not None:
            self.past.remove(before)
            self._extend(row, before)
            self.open[row] = before
            return [News("reopened", before)]
        error = 1.0 / (float(self.baseline.level_seen[row]) + 0.5)
        own = float(self.baseline.spread[row]) * self.baseline.window
        alarm = Alarm(name, direction, began, now, own, error, int(now - self.learnt[row]))
        alarm.known_for += self.rules.needed
        alarm.counts, alarm.expected = y[:-1].tolist(), mu[:-1].tolist()
        known = ~np.isnan(y)
        alarm.chance = beyond(y[known], mu[known], own, direction)
        self.open[row] = alarm
        return [News("flagged", alarm)]

    def _lately(self, name: str, direction: str, began: int) -> Alarm | None:
        """Return an alarm of the stream that ended so lately that this is the same one."""
        gap = 3 * self.rules.guard
        for alarm in reversed(self.past):
            if alarm.stream == name and alarm.direction == direction:
                ended = alarm.ended if alarm.ended is not None else began
                return alarm if began - ended <= gap else None
        return None

    def _extend(self, row: int, alarm: Alarm) -> None:
        """Open an alarm again, with the periods since it ended but for this one."""
        begin = max(alarm.began + len(alarm.counts), self.period + 1 - self.rules.needed)
        slots = self._slots(begin, self.period)
        alarm.counts += self.counts[row, slots].tolist()
        alarm.expected += self.expected[row, slots].tolist()
        alarm.ended = None

    def _follow(self, slot: int) -> list[News]:
        """Take the period into open alarms, and end those that are over."""
        news = []
        for row, alarm in list(self.open.items()):
            alarm.add(float(self.counts[row, slot]), float(self.expected[row, slot]))
            self.usual[row, slot] = False
            ended = self._over(alarm)
            settled = ended is None and self.period - alarm.began >= self.rules.settled
            if ended is None and not settled:
                continue
            if settled:
                self._begin(row)
            else:
                self.usual[row, self._slots(ended or 0, self.period + 1)] = True
            alarm.close(self.period + 1 if ended is None else ended)
            del self.open[row]
            self.past.append(alarm)
            self.armed[row] = self.period + 1
            for evidence in self.evidence.values():
                evidence[:, row] = -np.inf
            news.append(News("ended", alarm))
        return news

    def _over(self, alarm: Alarm) -> int | None:
        """Return the period in which an alarm ended; None while it goes on."""
        shortest, longest = self.rules.quiet
        there = self.period - alarm.flagged
        if there < shortest:
            return None
        y = np.array(alarm.counts[-longest:])
        mu = np.where(np.isnan(y), 0.0, alarm.expected[-longest:])
        mass = mu[::-1].cumsum()
        length = max(shortest, int(np.searchsorted(mass, _ENOUGH)) + 1)
        if length > min(there, len(y)) and len(y) < longest:
            return None
        length = min(length, len(y), there)
        y, mu = np.nan_to_num(y[-length:]), mu[-length:]
        if mu.sum() <= 0:
            return None
        least = math.sqrt(self.rules.least)
        ratio = float(y.sum() / mu.sum())
        near = ratio <= least if alarm.direction == "up" else ratio >= 1 / least
        if near or beyond(y, mu, alarm.spread, alarm.direction) > 0.1:
            return self.period + 1 - length
        return None

    def _arm(self) -> None:
        """Begin to watch the streams whose history has become long enough."""
        if self.period < self.rules.needed:
            return
        for row in np.flatnonzero(self.armed < 0):
            if np.isfinite(self.counts[row]).sum() * 2 >= self.rules.needed:
                self._begin(int(row))

    def _begin(self, row: int) -> None:
        last = self.period + (1 if self.open.get(row) else 0)
        periods = range(max(last - self.rules.needed, 0), last)
        slots = self._slots(periods.start, periods.stop)
        cells = np.array([self._cell(period) for period in periods])
        counts, wholes = self.counts[row, slots], self.wholes[row, slots]
        self.baseline.restart(row, counts, cells, wholes, self.rules.block)
        self.armed[row], self.learnt[row] = last, last
