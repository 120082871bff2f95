"""New loads of the record: their messages understood, routed, and put where alerts wait."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from rapport.actions.alerts.alert import Alert
from rapport.actions.alerts.outbox import Delivery, Outbox
from rapport.listening.buzz.crisis import CrisisWatch
from rapport.listening.routing import Routed, Thresholds, Understood, ways
from rapport.pipeline import open_record
from rapport.record.load import Load
from rapport.watching import news, wording
from rapport.watching.forgetting import close_missing
from rapport.watching.journal import Journal
from rapport.watching.needs import Needs
from rapport.watching.people import People, Who
from rapport.watching.understanding import Understand, Weigh, naive, understood
from rapport.workspace import Workspace

PAST_DAYS = 45  # of messages from which it is learnt how many are usual
EXPLAINED = 50  # of messages that come together, how many are told with the words that weighed
KEEP_DAYS = 90  # for which it is remembered what was told

Tell = Callable[[dict[str, Any]], None]
Clock = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    """Return the time now, UTC without a zone, as the record's times are read."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


class Listener:
    """Routes what arrives in the record of a workspace; one process at a time.

    Parameters
    ----------
    workspace
        The brand's folder.
    understand
        Makes probabilities of texts; see `rapport.listening.understand`.
    weigh
        Names the words of a text that weighed for a kind of message.
    tell
        Told what happens, for people and for machines.
    now
        The time, UTC without a zone.
    folder
        Where it is kept what was told; the workspace's own unless another is named.
    """

    def __init__(
        self,
        workspace: Workspace,
        understand: Understand,
        *,
        weigh: Weigh | None = None,
        tell: Tell = lambda _: None,
        now: Clock = utc_now,
        folder: Path | None = None,
    ) -> None:
        self.workspace, self.settings = workspace, workspace.settings
        self.understand, self.weigh = understand, weigh
        self.tell, self.now = tell, now
        self.record = open_record(workspace)
        self.journal = Journal(folder or workspace.listening)
        self.outbox = Outbox(folder or workspace.listening)
        self.people = People(self.record, workspace.results)
        self.needs = Needs(self.record, workspace.names)
        of = self.settings.listening
        self.thresholds = Thresholds(of.complaint, of.sales, of.product, of.question, of.irony)
        self.crises = CrisisWatch(
            false_alarms=of.false_alarms,
            zone=self.settings.time_zone,
            complaint=of.complaint,
        )
        self._brand: tuple[str, set[tuple[str, str]]] = ("", set())
        self._zone = ZoneInfo(self.settings.time_zone)

    def start(self) -> None:
        """Begin, or go on where the last listener stopped; learn what is usual."""
        loads = self._committed()
        if self.journal.is_new:
            self.journal.start([load.load_id for load in loads])
        self.tidy()
        self.understand(["Bonjour"])  # its first answer takes longer than all others
        known = [load.load_id for load in loads if load.load_id in self.journal.loads]
        start = self.now() - dt.timedelta(days=PAST_DAYS)
        with self.record.reading():
            brand = self._brand_accounts()
            for rows in news.since(self.record, start, known):
                self.crises.add(understood(rows, self.understand, brand))
        self._alert_crises()

    def tidy(self) -> None:
        """Let go of the texts of what was told, and of all that was told long ago."""
        before = self.now() - dt.timedelta(days=KEEP_DAYS)
        close_missing(self.journal, self.record)
        self.journal.tidy(before)
        self.outbox.tidy(before.replace(tzinfo=dt.UTC).timestamp())

    def step(self) -> int:
        """Route what was loaded since the last step; return how many messages were looked at."""
        looked = 0
        for load in self._committed():
            if load.load_id not in self.journal.loads:
                with self.record.reading():
                    looked += self._route_load(load)
                self.journal.looked_through(load.load_id)
        if looked:
            self._alert_crises()
        return looked

    def look_back(self, since: dt.datetime) -> int:
        """Route what was said since a time (UTC), whichever load brought it; return how many."""
        looked = 0
        ids = [load.load_id for load in self._committed()]
        with self.record.reading():
            brand = self._brand_accounts()
            for rows in news.since(self.record, since, ids):
                messages = understood(rows, self.understand, brand)
                looked += len(messages)
                self._route(messages, since)
        return looked

    def escalate(self) -> int:
        """Tell of complaints that wait for longer than the settings allow; return how many."""
        hours = self.settings.listening.waiting_hours
        now, due = self.now(), {}
        for each in self.journal.open.values():
            waited = (now - each.said).total_seconds() / 3600
            passed = [limit for limit in hours if each.told < limit <= waited]
            if passed:
                due[each.message_id] = max(passed)
        if not due:
            self._let_go(hours)
            return 0
        with self.record.reading():
            waiting = self._still_waiting(list(due))
            who = self._who(waiting)
        usual = self.people.usual_value()
        alerts = [
            wording.of_waiting(each, who.get(_account(each)), due[each.message_id], usual)
            for each in waiting
        ]
        self._put(alerts)
        ids = {each.message_id for each in waiting}
        self.journal.waited({key: limit for key, limit in due.items() if key in ids})
        self.journal.close(set(due) - ids)
        return len(alerts)

    def _let_go(self, hours: Sequence[float]) -> None:
        """Forget complaints of which all that was to be told is told."""
        last = max(hours, default=0.0)
        self.journal.close({e.message_id for e in self.journal.open.values() if e.told >= last})

    def _still_waiting(self, message_ids: list[str]) -> list[Understood]:
        """Return those messages that still count and that the brand has not answered."""
        rows = news.messages(self.record, message_ids)
        answered = news.answered(self.record, rows, self._brand_accounts())
        left = [row for key, row in rows.items() if key not in answered]
        if not left:
            return []
        return understood(pa.Table.from_pylist(left), self.understand, self._brand_accounts())

    def _committed(self) -> list[Load]:
        return [load for load in self.record.loads() if load.status == "committed"]

    def _route_load(self, load: Load) -> int:
        looked = 0
        brand = self._brand_accounts()
        for rows in news.of_load(self.record, load.load_id):
            messages = understood(rows, self.understand, brand)
            looked += len(messages)
            self.crises.add(messages)
            self._route(messages, self._oldest(), load)
        return looked

    def _oldest(self) -> dt.datetime:
        return self.now() - dt.timedelta(hours=self.settings.listening.oldest_hours)

    def _route(
        self, messages: Sequence[Understood], oldest: dt.datetime, load: Load | None = None
    ) -> None:
        fresh = [m for m in messages if not self.journal.knows(m.message_id)]
        routed = [each for message in fresh for each in ways(message, self.thresholds)]
        late = [each for each in routed if each.message.said < oldest]
        timely = [each for each in routed if each.message.said >= oldest]
        if late:
            self.tell({"event": "old", "messages": len({e.message.message_id for e in late})})
        if not timely:
            return
        who = self._who([each.message for each in timely])
        usual = self.people.usual_value()
        alerts = [
            self._alert(each, who, usual, explained=place < EXPLAINED)
            for place, each in enumerate(timely)
        ]
        new = self._put(alerts)
        self.journal.route(_told(timely))
        behind = None
        if load is not None:
            behind = round((self.now() - naive(load.loaded_at)).total_seconds(), 3)
        goes_to: dict[str, list[str]] = {}
        for delivery in new:
            if delivery.alert is not None:
                goes_to.setdefault(delivery.alert.key, []).append(delivery.channel)
        for each, alert in zip(timely, alerts, strict=True):
            self.tell(
                {
                    "event": "routed",
                    "way": each.way,
                    "alert": alert,
                    "to": goes_to.get(alert.key, []),
                    "load": load.load_id if load else None,
                    "seconds": behind,
                }
            )

    def _alert(
        self, routed: Routed, who: dict[tuple[str, str], Who], usual: float, *, explained: bool
    ) -> Alert:
        words: Sequence[str] = ()
        if explained and self.weigh is not None:
            words = self.weigh(routed.message.text, routed.kind)
        weighed = Routed(
            routed.message, routed.way, routed.kind, routed.probability, routed.ironic,
            tuple(words),
        )  # fmt: skip
        return wording.of_message(
            weighed,
            who.get(_account(routed.message)),
            currency=self.settings.currency,
            usual=usual,
            needs=self.needs.of(routed.message.text) if routed.way == "sales" else (),
            local=self._local,
        )

    def _put(self, alerts: Iterable[Alert]) -> list[Delivery]:
        wanted = [(alert, self._channels(alert)) for alert in alerts]
        return self.outbox.put(wanted, self.now().replace(tzinfo=dt.UTC).timestamp())

    def _channels(self, alert: Alert) -> list[str]:
        """Return the names of the channels that are told of an alert."""
        stake = float(alert.facts.get("stake", 0.0))
        return [
            channel.name
            for channel in self.settings.alerts
            if alert.route in channel.routes
            and (alert.route not in {"complaint", "waiting"} or stake >= channel.least_value)
        ]

    def _alert_crises(self) -> None:
        oldest = self._oldest()
        for crisis in self.crises.crises():
            if crisis.flagged < oldest or self.journal.knows_crisis(crisis.stream, crisis.began):
                continue
            alert = wording.of_crisis(crisis, self._local)
            new = self._put([alert])
            self.journal.crisis(crisis.stream, crisis.began)
            to = [delivery.channel for delivery in new]
            self.tell({"event": "routed", "way": alert.route, "alert": alert, "to": to})

    def _who(self, messages: Sequence[Understood]) -> dict[tuple[str, str], Who]:
        return self.people.who(_account(message) for message in messages if message.account_id)

    def _brand_accounts(self) -> set[tuple[str, str]]:
        seen = f"{self.record.fingerprint(('account', 'post'))} {self.people.changed()}"
        if seen != self._brand[0]:
            self._brand = (seen, news.brand_accounts(self.record) | self.people.ours())
        return self._brand[1]

    def _local(self, time: dt.datetime) -> dt.datetime:
        return time.replace(tzinfo=dt.UTC).astimezone(self._zone)


def _account(message: Understood) -> tuple[str, str]:
    return message.message_id.partition(":")[0], message.account_id


def _told(routed: Iterable[Routed]) -> list[tuple[str, dt.datetime, bool]]:
    """Return for each message its id, its time, and whether an answer to it is waited for."""
    found: dict[str, tuple[str, dt.datetime, bool]] = {}
    for each in routed:
        message = each.message
        before = found.get(message.message_id)
        answerable = each.way == "complaint" and message.channel != news.SURVEY
        waits = answerable or bool(before and before[2])
        found[message.message_id] = (message.message_id, message.said, waits)
    return list(found.values())
