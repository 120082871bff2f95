"""When alerts are sent: at once, later after a failure, together in a flood, and given up at last.

A failed try is repeated after 5, 15, 45 … seconds, at most an hour, each time by chance up to half
sooner or later, so that many who wait do not come back in step; a server that says how long it
wants to be left alone is obeyed. While a channel does not answer, its other alerts wait with it.
"""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rapport.actions.alerts.addresses import RefusedError, UnreachableError
from rapport.actions.alerts.alert import Alert, digest_of, line
from rapport.actions.alerts.outbox import Delivery, Outbox
from rapport.actions.alerts.sending import Sender
from rapport.listening.routing import urgency
from rapport.results import Said

WINDOW = 60.0  # seconds
SHOWN = 10  # alerts of a digest that are told one by one
MOST = 500  # alerts in one digest
URGENT = ("crisis", "test")  # never wait in a flood

# For a digest, in the order of urgency.
COUNT_SENTENCES = {
    "crisis": "Crises: {n}",
    "complaint": "Complaints: {n}",
    "waiting": "Complaints that wait: {n}",
    "sales": "Wishes to buy: {n}",
    "review": "To be looked at: {n}",
    "product": "Suggestions: {n}",
    "question": "Questions: {n}",
    "praise": "Waves of praise: {n}",
}
_RANKS = ("digest", "complaint", "waiting", "sales", "review", "question", "product", "praise")


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast: alerts a minute, tries, and seconds between tries."""

    per_minute: int = 10
    attempts: int = 8
    first: float = 5.0
    factor: float = 3.0
    longest: float = 3600.0

    def pause(self, tries: int, chance: float) -> float:
        """Return the seconds until the next try; `chance` is between 0 and 1.

        Examples
        --------
        >>> [Pace().pause(tries, 0.5) for tries in (1, 2, 3, 9)]
        [5.0, 15.0, 45.0, 3600.0]
        """
        return min(self.longest, self.first * self.factor ** (tries - 1)) * (0.5 + chance)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a try: "sent", "failed" (and tried again) or "dead"; and why not."""

    delivery: Delivery
    what: str
    why: str = ""


@dataclass
class Courier:
    """Sends what waits for one channel.

    Parameters
    ----------
    outbox
        Where alerts wait.
    sender
        Where they go.
    pace
        How fast.
    clock, chance
        The time in seconds since 1970, and numbers between 0 and 1.
    """

    outbox: Outbox
    sender: Sender
    pace: Pace = field(default_factory=Pace)
    clock: Callable[[], float] = time.time
    chance: Callable[[], float] = random.random
    _paused: float = 0.0
    _calm: float = 0.0

    @property
    def name(self) -> str:
        """The channel's name."""
        return self.sender.channel.name

    def due(self) -> float | None:
        """Return when there is something to do, as the clock tells; None when nothing waits."""
        waiting = self.outbox.waiting(self.name)
        if not waiting:
            return None
        soonest = max(min(each.due for each in waiting), self._paused)
        if any(each.route in URGENT for each in waiting):
            return soonest
        return max(soonest, self._calm, self._slot_free())

    def deliver(
        self,
        stopped: Callable[[], bool] = lambda: False,
        tell: Callable[[Outcome], None] = lambda _: None,
    ) -> list[Outcome]:
        """Send what is due now until `stopped`; tell and return what became of each try."""
        outcomes: list[Outcome] = []
        if self.clock() < self._paused:
            return outcomes
        for delivery in self._chosen():
            if stopped():
                break
            outcome = self._try(delivery)
            outcomes.append(outcome)
            tell(outcome)
            if outcome.what == "failed":
                break
        return outcomes

    def _try(self, delivery: Delivery) -> Outcome:
        key, again = delivery.delivery_id, delivery.maybe
        alert = delivery.alert
        if alert is None:
            self.outbox.give_up(key, self.clock(), "Its text is gone.")
            return Outcome(delivery, "dead", "Its text is gone.")
        self.outbox.begin(key, self.clock())
        try:
            self.sender.send(alert, key, again=again)
        except RefusedError as error:
            self.outbox.give_up(key, self.clock(), str(error))
            return Outcome(delivery, "dead", str(error))
        except UnreachableError as error:
            return self._failed(delivery, error)
        self.outbox.sent(key, self.clock())
        return Outcome(delivery, "sent")

    def _failed(self, delivery: Delivery, error: UnreachableError) -> Outcome:
        tries, now, why = delivery.tries + 1, self.clock(), str(error)
        if tries >= self.pace.attempts:
            self.outbox.give_up(delivery.delivery_id, now, f"{why} It was tried {tries} times.")
            return Outcome(delivery, "dead", why)
        pause = max(self.pace.pause(tries, self.chance()), error.wait or 0.0)
        maybe = delivery.maybe or error.maybe
        self.outbox.failed(delivery.delivery_id, now, now + pause, why, maybe=maybe)
        self._paused = now + pause
        return Outcome(delivery, "failed", why)

    def _chosen(self) -> Sequence[Delivery]:
        """Return what is sent now: in a flood the most urgent, and one digest of the others."""
        now = self.clock()
        waiting = sorted(self.outbox.waiting(self.name), key=lambda each: _urgency(each, now))
        waiting = [each for each in waiting if each.due <= now]
        urgent = [each for each in waiting if each.route in URGENT]
        others = [each for each in waiting if each.route not in URGENT]
        if not others or now < self._calm or self._slot_free() > now:
            return urgent
        slots = self.pace.per_minute - len(self._recent(now))
        if len(others) <= slots:
            return [*urgent, *others]
        singly = others[: slots - 1]
        joined = [each for each in others[slots - 1 :] if not each.maybe][:MOST]
        self._calm = now + WINDOW
        if len(joined) < 2:
            return [*urgent, *singly, *joined]
        digest = _digest(joined, self.sender.language)
        return [*urgent, *singly, self.outbox.join(digest, self.name, joined, now)]

    def _recent(self, now: float) -> list[float]:
        """Return when this channel got something in the last minute, first to last."""
        sent = [
            each.ended
            for each in self.outbox.deliveries()
            if each.channel == self.name and each.state == "sent" and each.ended is not None
        ]
        return sorted(ended for ended in sent if now - WINDOW < ended <= now)

    def _slot_free(self) -> float:
        """Return when the channel may get something again."""
        recent = self._recent(self.clock())
        if len(recent) < self.pace.per_minute:
            return 0.0
        return recent[-self.pace.per_minute] + WINDOW


def _urgency(delivery: Delivery, now: float) -> tuple[int, float, float]:
    """Return what sorts the most urgent first: crises, then what is at stake × time waited."""
    if delivery.alert is None or delivery.route in URGENT:
        return (0, 0.0, delivery.put)
    facts = delivery.alert.facts
    stake = float(facts.get("stake") or 0.0)
    rank = _RANKS.index(delivery.route) if delivery.route in _RANKS else len(_RANKS)
    if not facts.get("said"):
        return (1 + rank, 0.0, delivery.put)
    said = dt.datetime.fromisoformat(str(facts["said"]))
    at = dt.datetime.fromtimestamp(now, dt.UTC).replace(tzinfo=None)
    return (1 + rank, -urgency(stake, said, at), delivery.put)


def _digest(parts: Sequence[Delivery], language: str) -> Alert:
    """Return one alert that tells many: how many of each kind, and the first of them."""
    alerts = [part.alert for part in parts if part.alert is not None]
    counts = {route: sum(alert.route == route for alert in alerts) for route in COUNT_SENTENCES}
    lines = [Said(COUNT_SENTENCES[route], {"n": n}) for route, n in counts.items() if n]
    for alert in alerts[:SHOWN]:
        said = line(f"{alert.title.text(language)} – {line(alert.quote, 120)}", 250)
        link = f" {alert.url}" if alert.url else ""
        lines.append(Said("• {text}", {"text": f"{said}{link}"}))
    inside = [{**alert.to_dict()["facts"], "key": alert.key} for alert in alerts]
    return Alert(
        key=digest_of("digest", *(part.delivery_id for part in parts)),
        route="digest",
        title=Said("{n} alerts came at once; here they are together.", {"n": len(alerts)}),
        lines=tuple(lines),
        facts={"alerts": inside},
    )
