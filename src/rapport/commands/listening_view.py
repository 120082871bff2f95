"""What `rapport listen` shows while it goes on: calm lines for people, events for machines."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from rapport.actions.alerts import channels
from rapport.actions.alerts.alert import Alert, line, told
from rapport.commands.terminal import Terminal
from rapport.words import Words

QUOTE = 90  # characters of a message on the screen


def way_of(words: Words, route: str) -> str:
    """Return what an alert's route is called on the screen."""
    named = {
        "crisis": words("crisis"),
        "complaint": words("complaint"),
        "waiting": words("unanswered"),
        "sales": words("wish to buy"),
        "product": words("suggestion"),
        "question": words("question"),
        "praise": words("praise"),
        "review": words("to look at"),
        "digest": words("digest"),
        "test": words("test"),
    }
    return named.get(route, route)


class View:
    """Prints what happens, from whatever thread it is told.

    Parameters
    ----------
    terminal
        Where.
    brand
        The brand's name.
    full
        Whether alerts are printed whole, as they would be sent.
    """

    def __init__(self, terminal: Terminal, brand: str, *, full: bool = False) -> None:
        self.terminal, self.brand, self.full = terminal, brand, full
        self.counts: Counter[str] = Counter()
        self.below: Callable[[str], None] = lambda _: None
        self._guard = threading.Lock()
        self._say: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
            "routed": self._routed,
            "file": self._file,
            "pulled": self._pulled,
            "not pulled": self._not_pulled,
            "sent": self._sent,
            "failed": self._failed,
            "dead": self._failed,
            "old": self._old,
        }

    def __call__(self, event: dict[str, Any]) -> None:
        """Show an event."""
        with self._guard:
            self.counts[f"{event['event']} {event.get('way', '')}".strip()] += 1
            if self.terminal.as_json:
                self.terminal.line(self._for_machines(event))
            else:
                self._say[event["event"]](event)
                self.below(self.summary())

    def summary(self) -> str:
        """Return in one line how much was told since the start."""
        happened: Counter[str] = Counter()
        for name, times in self.counts.items():
            happened[name.partition(" ")[0]] += times
        words = self.terminal.words
        return words(
            "routed: {routed} · sent: {sent} · given up: {dead}",
            routed=words.number(happened["routed"]),
            sent=words.number(happened["sent"]),
            dead=words.number(happened["dead"]),
        )

    def answer(self) -> dict[str, Any]:
        """Return how often everything happened, for machines."""
        return {"event": "end", "counts": dict(sorted(self.counts.items()))}

    def _for_machines(self, event: Mapping[str, Any]) -> dict[str, Any]:
        shown = {key: value for key, value in event.items() if key != "alert"}
        alert = event.get("alert")
        if isinstance(alert, Alert):
            language = self.terminal.words.language
            made = channels.machine(alert, language, self.brand)
            del made["may_be_a_repeat"]
            shown["alert"] = made
        return shown

    def _line(self, what: str, text: str, style: str | None = None) -> None:
        now = dt.datetime.now().astimezone()
        self.terminal.say(f"{now:%H:%M:%S}  {what:<14}  {text}", style)

    def _routed(self, event: Mapping[str, Any]) -> None:
        alert, words = event["alert"], self.terminal.words
        said = told(alert, words.language, self.brand)
        if self.full:
            self.terminal.say("")
            self.terminal.say(channels.plain(said, words.language).rstrip())
            return
        goes = f" → {', '.join(event['to'])}" if event["to"] else ""
        quote = f" – {line(alert.quote, QUOTE)}" if alert.quote else ""
        style = "bold red" if event["way"] == "crisis" else None
        self._line(way_of(words, event["way"]), f"{said.title}{goes}{quote}", style)

    def _file(self, event: Mapping[str, Any]) -> None:
        words = self.terminal.words
        rows = words.many("{n} row", "{n} rows", event["rows"])
        if event["what"] == "done":
            self._line(words("file"), f"{event['file']} – {rows}")
        else:
            self._line(words("not loaded"), f"{event['file']} – {' '.join(event['why'])}", "yellow")

    def _pulled(self, event: Mapping[str, Any]) -> None:
        words = self.terminal.words
        rows = words.many("{n} row", "{n} rows", event["rows"])
        self._line(words("asked"), f"{event['handle']} – {rows}")

    def _not_pulled(self, event: Mapping[str, Any]) -> None:
        self._line(
            self.terminal.words("no answer"),
            f"{event['network']} – {' '.join(event['why'])}",
            "yellow",
        )

    def _sent(self, event: Mapping[str, Any]) -> None:
        words = self.terminal.words
        self._line(words("sent"), f"{event['to']} – {way_of(words, event['way'])}", "dim")

    def _failed(self, event: Mapping[str, Any]) -> None:
        words = self.terminal.words
        what = words("given up") if event["event"] == "dead" else words("not yet sent")
        self._line(what, f"{event['to']} – {event['why']}", "yellow")

    def _old(self, event: Mapping[str, Any]) -> None:
        words = self.terminal.words
        said = words.many(
            "{n} message was said too long ago to tell anybody of it.",
            "{n} messages were said too long ago to tell anybody of them.",
            event["messages"],
        )
        self._line(words("old"), said)
