"""Everything that goes on while one listens: files taken in, networks asked, alerts sent.

Files, understanding and routing go on in one thread, each network in one of its own, and each
channel in one of its own: a channel that is slow holds up no other, and no routing.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rapport.actions.alerts.delivering import Courier, Outcome, Pace
from rapport.actions.alerts.outbox import Outbox
from rapport.actions.alerts.sending import Sender
from rapport.errors import Fault, Problem
from rapport.pulling import Pulled, pull
from rapport.record.load import Load
from rapport.settings_listening import Pulling
from rapport.sources.live.source import Live
from rapport.watching.inbox import Inbox, Taken
from rapport.watching.listener import Listener, Tell

LOOK = 0.1  # seconds between two looks at the folder and the record
COUNT = 5.0  # seconds between two looks at who waits
TIDY = 3600.0  # seconds after which the texts of what was told go off the disk
LONGEST_PAUSE = 900.0  # seconds until a network that refuses is asked again


class _StoppedError(Exception):
    """Work was broken off on purpose."""


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one process listen in a workspace; raises Problem when another does."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        fault = Fault("Somebody listens here already.", str(folder.parent), "Let it end.")
        raise Problem("Nothing was done.", [fault]) from None
    finally:
        os.close(descriptor)


def couriers(outbox: Outbox, senders: Sequence[Sender], pace: Pace) -> list[Courier]:
    """Return what sends to each channel."""
    return [Courier(outbox, sender, pace) for sender in senders]


@dataclass
class Running:
    """What goes on.

    Parameters
    ----------
    listener
        Routes what arrives.
    inbox
        The drop folder; None when none is watched.
    couriers
        Send what is routed.
    lives
        The networks, and how often each is asked.
    tell
        Told what happens.
    """

    listener: Listener
    inbox: Inbox | None
    couriers: Sequence[Courier]
    lives: Sequence[tuple[Pulling, Live]] = ()
    tell: Tell = lambda _: None
    stop: threading.Event = field(default_factory=threading.Event)
    _trouble: list[BaseException] = field(default_factory=list)

    def once(self, patience: float = 30.0) -> None:
        """Take in what is there, route it, try what is due, and end."""
        for asked, live in self.lives:
            self._pull(asked, live)
        until = time.monotonic() + patience
        while True:
            self._files()
            if self.inbox is None or not self.inbox.waiting() or time.monotonic() > until:
                break
            time.sleep(LOOK)
        self.listener.step()
        self.listener.escalate()
        for courier in self.couriers:
            self._deliver(courier)

    def forever(self) -> None:
        """Go on until `stop` is set; raises what made a part of it fail."""
        threads = [
            *(self._thread(self._deliver_on, courier) for courier in self.couriers),
            *(self._thread(self._pull_on, asked, live) for asked, live in self.lives),
        ]
        counted, tidied = 0.0, time.monotonic()
        try:
            while not self.stop.is_set():
                self._files()
                self.listener.step()
                if time.monotonic() - counted > COUNT:
                    self.listener.escalate()
                    counted = time.monotonic()
                if time.monotonic() - tidied > TIDY:
                    self.listener.tidy()
                    tidied = time.monotonic()
                self.stop.wait(LOOK)
        finally:
            self.stop.set()
            for thread in threads:
                thread.join(timeout=self.listener.settings.listening.timeout + 2)
        if self._trouble:
            raise self._trouble[0]

    def _thread(self, work: Callable[..., None], *given: object) -> threading.Thread:
        def go() -> None:
            try:
                work(*given)
            except BaseException as error:
                self._trouble.append(error)
                self.stop.set()

        thread = threading.Thread(target=go, daemon=True)
        thread.start()
        return thread

    def _files(self) -> None:
        if self.inbox is None:
            return
        for path in self.inbox.ready():
            if self.stop.is_set():
                return
            taken = self.inbox.take(path, self._route_now)
            if taken is not None:
                self._told_file(taken)

    def _route_now(self) -> None:
        self.listener.step()

    def _told_file(self, taken: Taken) -> None:
        self.tell(
            {
                "event": "file",
                "file": taken.name,
                "what": taken.what,
                "loads": [load.load_id for load in taken.added.loads],
                "rows": sum(_rows(load) for load in taken.added.loads),
                "why": [str(fault) for fault in taken.added.refused],
            }
        )

    def _deliver_on(self, courier: Courier) -> None:
        while not self.stop.is_set():
            due = courier.due()
            if due is not None and due <= courier.clock():
                self._deliver(courier)
            self.stop.wait(LOOK / 2)

    def _deliver(self, courier: Courier) -> None:
        courier.deliver(self.stop.is_set, self._told_outcome)

    def _told_outcome(self, outcome: Outcome) -> None:
        delivery = outcome.delivery
        self.tell(
            {
                "event": outcome.what,
                "to": delivery.channel,
                "way": delivery.route,
                "id": delivery.delivery_id,
                "why": outcome.why,
            }
        )

    def _pull_on(self, asked: Pulling, live: Live) -> None:
        pause = asked.every
        while not self.stop.is_set():
            went = self._pull(asked, live)
            pause = asked.every if went else min(pause * 2, LONGEST_PAUSE)
            self.stop.wait(pause)

    def _pull(self, asked: Pulling, live: Live) -> bool:
        """Ask a network once; return whether it answered."""
        try:
            pulled = pull(self.listener.workspace, live, tell=self._go_on)
        except _StoppedError:
            return True
        except Problem as problem:
            why = [str(fault) for fault in problem.faults] or [problem.summary]
            self.tell({"event": "not pulled", "network": asked.network, "why": why})
            return False
        self._told_pull(asked, pulled)
        return True

    def _go_on(self, **_: object) -> None:
        if self.stop.is_set():
            raise _StoppedError

    def _told_pull(self, asked: Pulling, pulled: Pulled) -> None:
        if pulled.load is not None:
            self.tell(
                {
                    "event": "pulled",
                    "network": asked.network,
                    "handle": pulled.handle,
                    "loads": [pulled.load.load_id],
                    "rows": _rows(pulled.load),
                }
            )


def _rows(load: Load) -> int:
    return load.rows_kept if load.status == "committed" else 0
