"""Labelling at a terminal: a message at a time, a key for each label."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from rapport.commands.terminal import Terminal

if TYPE_CHECKING:
    from rapport.listening.trust.labels import Label, Labels
    from rapport.words import Words

_LONGEST = 1500  # characters of a message that are shown
_SENTIMENTS = {"n": "negative", "m": "neutral", "p": "positive"}
_IRONY, _KEEP, _SKIP, _BACK, _END = "i", "\r", "s", "z", "q"


def getkey() -> str:
    """Return the next key that is pressed, without waiting for Enter."""
    import click

    return click.getchar()


class Asking:
    """A row of messages, and what is said of each.

    Parameters
    ----------
    terminal
        Where they are shown.
    labels
        Where labels go, each as soon as it is given.
    key
        Gives the next key.
    """

    def __init__(self, terminal: Terminal, labels: Labels, key: Callable[[], str]) -> None:
        self._terminal = terminal
        self._labels = labels
        self._key = key

    def ask(self, rows: Sequence[dict[str, Any]]) -> int:
        """Ask until there are no more, or somebody ends; returns how many labels were given."""
        self._legend()
        given: set[str] = set()
        place = 0
        while place < len(rows):
            row = rows[place]
            self._show(row, place, len(rows))
            said = self._one(row)
            if said is None:
                break
            if said == _BACK:
                place = max(place - 1, 0)
                continue
            assert not isinstance(said, str)  # noqa: S101 - the only other key ends here
            self._labels.add([said])
            given.discard(said.message_id)
            if not said.is_passed_over:
                given.add(said.message_id)
            place += 1
        words = self._terminal.words
        self._terminal.say(words.many("{n} label was kept.", "{n} labels were kept.", len(given)))
        return len(given)

    def _one(self, row: dict[str, Any]) -> Label | str | None:
        """Return the label of one message; the key to go back; None to end."""
        from rapport.listening.trust.labels import Label, utc_now

        sentiment, kinds, irony = "", set[str](), False
        while True:
            try:
                key = self._key().lower()
            except (EOFError, KeyboardInterrupt):
                return None
            if key in {_END, "\x03", "\x04", "\x1b"}:
                return None
            if key == _BACK:
                return _BACK
            if key == _SKIP:
                sentiment, kinds, irony = "", set(), False
            elif key in _SENTIMENTS:
                sentiment = _SENTIMENTS[key]
            elif key == _IRONY:
                irony = not irony
            elif key in _keys():
                kinds ^= {_keys()[key]}
            if key == _SKIP or (key in {_KEEP, "\n"} and sentiment):
                told = tuple(kind for kind in _keys().values() if kind in kinds)
                importance = float(row["importance"])
                return Label(row["message_id"], sentiment, told, irony, importance, utc_now())
            self._so_far(sentiment, kinds, irony=irony)

    def _legend(self) -> None:
        words = self._terminal.words
        names = _names(words)
        says = [f"{key} {names[name]}" for key, name in _SENTIMENTS.items()]
        kinds = [f"{key} {names[name]}" for key, name in _keys().items()]
        self._terminal.say(words("How does the writer stand to the brand?"))
        self._terminal.say("  " + "   ".join(says))
        self._terminal.say(words("What kind of message is it? Several may hold."))
        self._terminal.say("  " + "   ".join([*kinds, f"{_IRONY} {words('ironic')}"]))
        self._terminal.say(
            words("Enter keeps it, s passes it over, z goes back, q ends. Nothing is lost.")
        )

    def _show(self, row: dict[str, Any], place: int, of: int) -> None:
        about = " · ".join(str(row[name]) for name in ("channel", "day", "language") if row[name])
        self._terminal.say("")
        self._terminal.say(f"{place + 1}/{of}  {about}", style="dim")
        self._terminal.say(str(row["text"])[:_LONGEST], style="bold")

    def _so_far(self, sentiment: str, kinds: set[str], *, irony: bool) -> None:
        names = _names(self._terminal.words)
        told = [names[sentiment] if sentiment else "…"]
        told += [names[kind] for kind in _keys().values() if kind in kinds]
        told += [self._terminal.words("ironic")] if irony else []
        self._terminal.say("  " + ", ".join(told))


def _keys() -> dict[str, str]:
    from rapport.listening.heads import KINDS

    return dict(zip("abcdefgh", KINDS, strict=True))


def _names(words: Words) -> dict[str, str]:
    from rapport.commands.labelling import classes

    return classes(words)
