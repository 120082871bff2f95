"""Commands that tell people what is said now, and show what they were told."""

from __future__ import annotations

import datetime as dt
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rapport.commands.listening_view import View, way_of
from rapport.commands.pulling import connected
from rapport.commands.terminal import Terminal
from rapport.errors import Fault, Problem, nearest
from rapport.words import Words
from rapport.workspace import Workspace

if TYPE_CHECKING:
    from rapport.actions.alerts.outbox import Delivery
    from rapport.actions.alerts.sending import Sender
    from rapport.settings_listening import Pulling
    from rapport.sources.live.source import Live
    from rapport.watching.running import Running


def listen(
    terminal: Terminal, workspace: Workspace, folder: Path | None, *, once: bool
) -> dict[str, Any]:
    """Take in, understand, route and tell, until stopped; `once` what is there now."""
    from rapport.actions.alerts.delivering import Pace
    from rapport.actions.alerts.sending import refuse_without_secrets, senders
    from rapport.watching.inbox import Inbox
    from rapport.watching.listener import Listener
    from rapport.watching.running import Running, alone, couriers

    terminal.speak(workspace.settings.languages)
    settings = workspace.settings
    made = senders(settings)
    refuse_without_secrets(made)
    view = View(terminal, settings.brand)
    of = settings.listening
    with alone(workspace.listening), _networks(terminal, of.pull) as lives:
        inbox = Inbox(workspace, folder or workspace.root / of.folder)
        listener = Listener(workspace, _understanding(workspace), weigh=_weighing(), tell=view)
        listener.start()
        pace = Pace(of.per_minute, of.attempts)
        sending = couriers(listener.outbox, list(made.values()), pace)
        running = Running(listener, inbox, sending, lives, view)
        if once:
            running.once()
            return _said(terminal, view)
        _begin(terminal, running, inbox.folder)
        with _stopped_by_signals(running), terminal.status() as view.below:
            view.below(view.summary())
            running.forever()
    terminal.say(terminal.words("Stopped."))
    return _said(terminal, view)


def dry_run(terminal: Terminal, workspace: Workspace, since: dt.date | None) -> dict[str, Any]:
    """Show what would be sent of what was said lately; send, load and write nothing."""
    from rapport.watching.listener import Listener, utc_now

    terminal.speak(workspace.settings.languages)
    settings = workspace.settings
    view = View(terminal, settings.brand, full=True)
    start = utc_now() - dt.timedelta(hours=settings.listening.oldest_hours)
    if since is not None:
        from zoneinfo import ZoneInfo

        midnight = dt.datetime.combine(since, dt.time(), ZoneInfo(settings.time_zone))
        start = midnight.astimezone(dt.UTC).replace(tzinfo=None)
    with tempfile.TemporaryDirectory(prefix="rapport-") as place:
        listener = Listener(
            workspace, _understanding(workspace), weigh=_weighing(), tell=view, folder=Path(place)
        )
        looked = listener.look_back(start)
    words = terminal.words
    terminal.say("")
    terminal.say(
        words(
            "{n} looked at. Nothing was sent, loaded or written.",
            n=words.many("{n} message", "{n} messages", looked),
        )
    )
    return {**view.answer(), "looked_at": looked}


def test(terminal: Terminal, workspace: Workspace, name: str) -> dict[str, Any]:
    """Send a test to one channel; raises Problem, with the reason, when it does not arrive."""
    from rapport.actions.alerts.addresses import RefusedError, UnreachableError
    from rapport.actions.alerts.sending import refuse_without_secrets, senders
    from rapport.watching.wording import of_test

    terminal.speak(workspace.settings.languages)
    made = senders(workspace.settings)
    sender = _named(made, name)
    refuse_without_secrets(made, [name])
    alert = of_test(name)
    try:
        sender.send(alert, alert.key)
    except (RefusedError, UnreachableError) as error:
        fault = Fault(str(error), f"[[alerts]] {name}", "Look at the settings, then test again.")
        raise Problem("The test did not arrive.", [fault]) from None
    terminal.say(terminal.words("A test was sent to {name}.", name=name))
    return {"event": "sent", "to": name, "id": alert.key}


def alerts(terminal: Terminal, workspace: Workspace, limit: int) -> dict[str, Any]:
    """List what was told, what waits, and what was given up, the newest first."""
    from rapport.actions.alerts.outbox import Outbox

    terminal.speak(workspace.settings.languages)
    words = terminal.words
    every = Outbox(workspace.listening).deliveries()
    shown = sorted(every, key=lambda each: each.ended or each.put, reverse=True)[:limit]
    titles = [
        words("Id"), words("When"), words("To"), words("About"), words("State"), words("Tries"),
        words("Why"),
    ]  # fmt: skip
    if shown:
        terminal.table(titles, [_row(terminal, workspace, each) for each in shown], right=[5])
    counts = {state: sum(e.state == state for e in every) for state in STATES}
    for state, n in counts.items():
        if n:
            terminal.say(f"{_state_of(words, state)} – {words.number(n)}")
    if not every:
        terminal.say(words("Nobody was told anything yet."))
    if counts["dead"]:
        terminal.say(words("Try those given up again with: rapport alerts --retry all"))
    return {"counts": counts, "alerts": [_machine(each) for each in shown]}


def change(terminal: Terminal, workspace: Workspace, wanted: str, *, drop: bool) -> dict[str, Any]:
    """Try alerts that were given up again, or throw them away: one by its id, or "all"."""
    from rapport.actions.alerts.outbox import Outbox

    terminal.speak(workspace.settings.languages)
    words, outbox = terminal.words, Outbox(workspace.listening)
    dead = [each for each in outbox.deliveries() if each.state == "dead"]
    if wanted != "all":
        found = outbox.find(wanted)
        if found is None or found.state != "dead":
            ids = [each.delivery_id[:8] for each in dead]
            what = f"No alert that was given up is called '{wanted}'."
            hint = nearest(wanted, ids) or "None was given up."
            raise Problem("Nothing was changed.", [Fault(what, hint=hint)])
        dead = [found]
    for each in dead:
        if drop:
            outbox.drop(each.delivery_id, time.time())
        else:
            outbox.retry(each.delivery_id, time.time())
    n = len(dead)
    if drop:
        terminal.say(words.many("{n} alert was thrown away.", "{n} alerts were thrown away.", n))
        return {"dropped": [each.delivery_id for each in dead]}
    terminal.say(words.many("{n} alert will be tried again.", "{n} alerts will be tried again.", n))
    tried = _deliver_now(terminal, workspace)
    return {"retried": [each.delivery_id for each in dead], "tried": tried}


def _deliver_now(terminal: Terminal, workspace: Workspace) -> bool:
    """Try what waits, unless somebody listens here, who does it; return whether it was tried."""
    from rapport.actions.alerts.delivering import Pace
    from rapport.actions.alerts.outbox import Outbox
    from rapport.actions.alerts.sending import refuse_without_secrets, senders
    from rapport.watching.running import alone, couriers

    settings = workspace.settings
    made = senders(settings)
    refuse_without_secrets(made)
    view = View(terminal, settings.brand)
    try:
        with alone(workspace.listening):
            of = settings.listening
            outbox = Outbox(workspace.listening)
            for courier in couriers(outbox, list(made.values()), Pace(of.per_minute, of.attempts)):
                for outcome in courier.deliver():
                    if terminal.as_json:
                        continue  # one answer is promised, and no lines
                    view(
                        {
                            "event": outcome.what,
                            "to": courier.name,
                            "way": outcome.delivery.route,
                            "id": outcome.delivery.delivery_id,
                            "why": outcome.why,
                        }
                    )
    except Problem:
        return False
    return True


STATES = ("waiting", "sent", "joined", "dead", "dropped")


def _state_of(words: Words, state: str) -> str:
    named = {
        "waiting": words("waiting"),
        "sent": words("sent"),
        "joined": words("told in a digest"),
        "dead": words("given up"),
        "dropped": words("thrown away"),
    }
    return named[state]


def _row(terminal: Terminal, workspace: Workspace, delivery: Delivery) -> list[str]:
    from zoneinfo import ZoneInfo

    words, zone = terminal.words, ZoneInfo(workspace.settings.time_zone)
    when = dt.datetime.fromtimestamp(delivery.ended or delivery.put, zone)
    return [
        delivery.delivery_id[:8],
        f"{when:%Y-%m-%d %H:%M}",
        delivery.channel,
        way_of(words, delivery.route),
        _state_of(words, delivery.state),
        words.number(delivery.tries),
        delivery.why if delivery.state in {"waiting", "dead"} else "",
    ]


def _machine(delivery: Delivery) -> dict[str, Any]:
    names = ("channel", "route", "state", "tries", "why", "maybe")
    told = {name: getattr(delivery, name) for name in names}
    moments = {"put": delivery.put, "ended": delivery.ended}
    times = {
        name: None if at is None else dt.datetime.fromtimestamp(at, dt.UTC).isoformat()
        for name, at in moments.items()
    }
    return {"id": delivery.delivery_id, **told, **times}


def _said(terminal: Terminal, view: View) -> dict[str, Any]:
    if not view.counts:
        terminal.say(terminal.words("Nothing new."))
    return view.answer()


def _begin(terminal: Terminal, running: Running, folder: Path) -> None:
    words = terminal.words
    terminal.say(words("Listening. Ctrl-C ends it; what is under way is not lost."))
    terminal.say("  " + words("files: {folder}", folder=str(folder)))
    for asked, _ in running.lives:
        terminal.say(
            "  " + words("{handle}, every {n} seconds", handle=asked.handle, n=f"{asked.every:g}")
        )
    names = ", ".join(courier.name for courier in running.couriers)
    if names:
        terminal.say("  " + words("told: {names}", names=names))
    else:
        terminal.say("  " + words("told: nobody; name channels under [[alerts]] in rapport.toml"))
    if not running.listener.crises.is_watching:
        terminal.say(
            "  " + words("crises: not watched until two weeks of messages are in the record")
        )
    terminal.line({"event": "listening", "folder": str(folder)})


@contextmanager
def _networks(terminal: Terminal, wanted: list[Pulling]) -> Iterator[list[tuple[Pulling, Live]]]:
    lives: list[tuple[Pulling, Live]] = []
    try:
        for asked in wanted:  # one by one: those that are open are closed when one refuses
            lives.append(  # noqa: PERF401
                (asked, connected(terminal, asked.network, asked.handle, asked.server))
            )
        yield lives
    finally:
        for _, live in lives:
            live.close()


@contextmanager
def _stopped_by_signals(running: Running) -> Iterator[None]:
    """End calmly on Ctrl-C and on a polite kill; a second one ends at once."""

    def stop(number: int, _: object) -> None:
        running.stop.set()
        signal.signal(number, signal.SIG_DFL)

    before = {}
    with suppress(ValueError):  # not in the main thread
        before = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _understanding(workspace: Workspace) -> Any:
    from rapport.watching.understanding import understanding_of

    return understanding_of(workspace)


def _weighing() -> Any:
    from rapport.watching.understanding import built_in_weights

    return built_in_weights()


def _named(made: dict[str, Sender], name: str) -> Sender:
    if name not in made:
        hint = nearest(name, list(made)) or "Name one under [[alerts]] in rapport.toml."
        fault = Fault(f"There is no channel '{name}'.", hint=hint)
        raise Problem("Nothing was sent.", [fault])
    return made[name]
