"""Is something about to blow up? The streams that matter, counted as messages arrive.

Messages are counted by five minutes, and the last hour is judged anew at each, so that an hour that
begins badly is told before it is over. The alarms are those of `rapport.listening.buzz.watch`,
whose false alarms are set in advance. Five minutes that are not over are looked at as if they were:
since counts only grow, whatever is flagged early would have been flagged at their end as well.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass

from rapport.listening.buzz.alarm import Alarm
from rapport.listening.buzz.rules import Rules
from rapport.listening.buzz.watch import Watch
from rapport.listening.routing import Understood

EVERY = 300  # seconds
LATE = 72  # periods for which messages may come late before all is counted anew: six hours
STREAMS = ("complaints", "negative messages", "praise")
KEPT = 5000  # messages that an alarm's story is told from
_LONG = 40  # characters from which on the same words are a copy and no habit of speech


@dataclass(frozen=True, slots=True)
class Crisis:
    """An alarm that goes on: a crisis, or a wave of praise.

    Parameters
    ----------
    stream
        "complaints", "negative messages" or "praise".
    began, flagged
        The five minutes in which it began and in which that was known, UTC.
    seen, expected
        Messages since it began, and how many would have been usual.
    size, low, high
        How many times the usual, with its 90 % range.
    people
        How many accounts wrote them.
    first, worst
        The first message, and the one that is most surely what is complained of, or praise.
    """

    stream: str
    began: dt.datetime
    flagged: dt.datetime
    seen: int
    expected: float
    size: float
    low: float
    high: float
    people: int
    first: Understood | None
    worst: Understood | None


class CrisisWatch:
    """Counts messages and says which streams are out of the usual.

    Parameters
    ----------
    false_alarms
        How many a month are accepted.
    zone
        The time zone of the weekly rhythm.
    complaint, praise
        From which probability on a message is a complaint, or praise.
    """

    def __init__(
        self,
        *,
        false_alarms: float = 1.0,
        zone: str = "UTC",
        complaint: float = 0.6,
        praise: float = 0.6,
    ) -> None:
        self.rules = Rules(every=EVERY, false_alarms=false_alarms, zone=zone)
        self.complaint, self.praise = complaint, praise
        self._counts: dict[dt.datetime, Counter[str]] = {}
        self._seen: dict[str, dt.datetime] = {}
        self._lately: deque[tuple[dt.datetime, str, Understood]] = deque(maxlen=KEPT)
        self._watch: Watch | None = None

    def add(self, messages: Iterable[Understood]) -> None:
        """Count messages; one that is a copy of another of its day is counted once."""
        for message in messages:
            start = _start(message.said)
            counts = self._counts.setdefault(start, Counter())
            if self._watch is not None and start < self._watch.start_of(self._watch.period):
                self._watch = None  # what was taken has changed: all is taken anew
            if message.from_brand or self._is_copy(message, start):
                continue
            for stream in self._streams(message):
                counts[stream] += 1
                self._lately.append((start, stream, message))

    def _streams(self, message: Understood) -> list[str]:
        scores, found = message.scores, []
        if max(scores.get("complaint", 0.0), scores.get("leaving", 0.0)) >= self.complaint:
            found.append("complaints")
        if scores.get("negative", 0.0) > max(
            scores.get("neutral", 0.0), scores.get("positive", 0.0)
        ):
            found.append("negative messages")
        if scores.get("praise", 0.0) >= self.praise:
            found.append("praise")
        return found

    def _is_copy(self, message: Understood, start: dt.datetime) -> bool:
        folded = " ".join(message.text[:2000].casefold().split())
        if len(folded) < _LONG:
            return False
        before = self._seen.get(folded)
        self._seen[folded] = start
        if len(self._seen) > 4 * KEPT:
            newest = max(self._seen.values())
            day = dt.timedelta(days=1)
            self._seen = {text: at for text, at in self._seen.items() if newest - at < day}
        return before is not None and abs(start - before) <= dt.timedelta(days=1)

    @property
    def is_watching(self) -> bool:
        """Whether there is enough of a past to tell what is usual."""
        watch = self._settled()
        return watch is not None and len(watch.unwatched) < len(STREAMS)

    def crises(self) -> list[Crisis]:
        """Return the alarms that go on, as of the newest message.

        Complaints are negative messages too: of two alarms that began within a day of each other,
        that of the complaints stands for both. Praise stands for itself.
        """
        watch = self._settled()
        if watch is None:
            return []
        now = copy.deepcopy(watch)
        self._take(now, max(self._counts) + self._length)
        found = [self._told(now, alarm) for alarm in now.open.values() if alarm.direction == "up"]
        found.sort(key=lambda crisis: STREAMS.index(crisis.stream))
        day = dt.timedelta(days=1)
        return [
            crisis
            for place, crisis in enumerate(found)
            if crisis.stream == "praise"
            or all(abs(crisis.began - before.began) > day for before in found[:place])
        ]

    @property
    def _length(self) -> dt.timedelta:
        return dt.timedelta(seconds=self.rules.every)

    def _settled(self) -> Watch | None:
        """Return the watch over all but the last hours, in which messages may still come late."""
        if not self._counts:
            return None
        if self._watch is None:
            self._watch = Watch(STREAMS, min(self._counts), self.rules)
        self._take(self._watch, max(self._counts) - LATE * self._length)
        return self._watch

    def _take(self, watch: Watch, end: dt.datetime) -> None:
        """Take in all periods that begin before a time."""
        start = watch.start_of(watch.period)
        while start < end:
            watch.take(dict(self._counts.get(start, {})), start)
            start += self._length

    def _told(self, watch: Watch, alarm: Alarm) -> Crisis:
        row = alarm.row()
        began, flagged = watch.start_of(alarm.began), watch.start_of(alarm.flagged)
        story = [m for at, name, m in self._lately if name == alarm.stream and at >= began]
        people = {m.account_id or m.message_id for m in story}
        return Crisis(
            stream=alarm.stream,
            began=began,
            flagged=flagged,
            seen=int(row["seen"]),
            expected=float(row["expected"]),
            size=float(row["size"]),
            low=float(row["size_low"]),
            high=float(row["size_high"]),
            people=len(people),
            first=min(story, key=lambda m: m.said, default=None),
            worst=max(story, key=lambda m: _sure(m, alarm.stream), default=None),
        )


def _sure(message: Understood, stream: str) -> float:
    told = ("praise", "positive") if stream == "praise" else ("complaint", "negative")
    return sum(message.scores.get(name, 0.0) for name in told)


def _start(said: dt.datetime) -> dt.datetime:
    """Return when the five minutes of a time begin."""
    minutes = EVERY // 60
    return said.replace(minute=said.minute - said.minute % minutes, second=0, microsecond=0)
