"""Is something about to blow up? The streams that matter, counted by the hour as messages arrive.

The alarms are those of `rapport.listening.watch`, whose false alarms are set in advance. An hour
that is not over is looked at as if it were: since counts only grow, whatever is flagged early would
have been flagged at its end as well, and looking early costs no false alarm.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass

from rapport.listening.alarm import Alarm
from rapport.listening.routing import Understood
from rapport.listening.rules import Rules
from rapport.listening.watch import Watch

HOUR = 3600
STREAMS = ("complaints", "negative messages")
KEPT = 5000  # messages that an alarm's story is told from
_LONG = 40  # characters from which on the same words are a copy and no habit of speech


@dataclass(frozen=True, slots=True)
class Crisis:
    """An alarm that goes on.

    Parameters
    ----------
    stream
        "complaints" or "negative messages".
    began, flagged
        The hours in which it began and in which that was known, UTC.
    seen, expected
        Messages since it began, and how many would have been usual.
    size, low, high
        How many times the usual, with its 90 % range.
    people
        How many accounts wrote them.
    first, worst
        The first message, and the one that is most surely what is complained of.
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
    complaint
        From which probability on a message is a complaint.
    """

    def __init__(
        self, *, false_alarms: float = 1.0, zone: str = "UTC", complaint: float = 0.6
    ) -> None:
        self.rules = Rules(every=HOUR, false_alarms=false_alarms, zone=zone)
        self.complaint = complaint
        self._counts: dict[dt.datetime, Counter[str]] = {}
        self._seen: dict[str, dt.datetime] = {}
        self._lately: deque[tuple[dt.datetime, str, Understood]] = deque(maxlen=KEPT)
        self._watch: Watch | None = None

    def add(self, messages: Iterable[Understood]) -> None:
        """Count messages; one that is a copy of another of its day is counted once."""
        for message in messages:
            hour = message.said.replace(minute=0, second=0, microsecond=0)
            counts = self._counts.setdefault(hour, Counter())
            if self._watch is not None and hour < self._watch.start_of(self._watch.period):
                self._watch = None  # an hour that was taken has changed: all is taken anew
            if message.from_brand or self._is_copy(message, hour):
                continue
            for stream in self._streams(message):
                counts[stream] += 1
                self._lately.append((hour, stream, message))

    def add_counts(self, hour: dt.datetime, counts: dict[str, int]) -> None:
        """Take in an hour of the past that was counted elsewhere."""
        self._counts.setdefault(hour, Counter()).update(counts)
        self._watch = None

    def _streams(self, message: Understood) -> list[str]:
        scores, found = message.scores, []
        if max(scores.get("complaint", 0.0), scores.get("leaving", 0.0)) >= self.complaint:
            found.append("complaints")
        if scores.get("negative", 0.0) > max(
            scores.get("neutral", 0.0), scores.get("positive", 0.0)
        ):
            found.append("negative messages")
        return found

    def _is_copy(self, message: Understood, hour: dt.datetime) -> bool:
        folded = " ".join(message.text[:2000].casefold().split())
        if len(folded) < _LONG:
            return False
        before = self._seen.get(folded)
        self._seen[folded] = hour
        if len(self._seen) > 4 * KEPT:
            newest = max(self._seen.values())
            day = dt.timedelta(days=1)
            self._seen = {text: at for text, at in self._seen.items() if newest - at < day}
        return before is not None and abs(hour - before) <= dt.timedelta(days=1)

    @property
    def is_watching(self) -> bool:
        """Whether there is enough of a past to tell what is usual."""
        watch = self._upto_now()
        return watch is not None and not watch.unwatched

    def crises(self) -> list[Crisis]:
        """Return the alarms that go on, as of the newest message.

        Complaints are negative messages too: of two alarms that began within a day of each other,
        that of the complaints stands for both.
        """
        watch = self._upto_now()
        if watch is None or not self._counts:
            return []
        newest = max(self._counts)
        now = copy.deepcopy(watch)
        now.take(dict(self._counts[newest]), newest)
        found = [self._told(now, alarm) for alarm in now.open.values() if alarm.direction == "up"]
        found.sort(key=lambda crisis: STREAMS.index(crisis.stream))
        day = dt.timedelta(days=1)
        return [
            crisis
            for place, crisis in enumerate(found)
            if all(abs(crisis.began - before.began) > day for before in found[:place])
        ]

    def _upto_now(self) -> Watch | None:
        """Return the watch over all hours before the newest."""
        if not self._counts:
            return None
        newest = max(self._counts)
        if self._watch is None:
            self._watch = Watch(STREAMS, min(self._counts), self.rules)
        watch = self._watch
        hour = watch.start_of(watch.period)
        while hour < newest:
            watch.take(dict(self._counts.get(hour, {})), hour)
            hour = watch.start_of(watch.period)
        return watch

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
            worst=max(story, key=_badness, default=None),
        )


def _badness(message: Understood) -> float:
    return message.scores.get("complaint", 0.0) + message.scores.get("negative", 0.0)
