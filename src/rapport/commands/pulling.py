"""The command that asks a network what is new."""

from __future__ import annotations

import datetime as dt
import getpass
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rapport.commands.terminal import Terminal
from rapport.errors import Fault, Problem
from rapport.workspace import Workspace

if TYPE_CHECKING:
    from rapport.pulling import Pulled
    from rapport.sources.live.source import Live

EXTRA = "atproto", "mastodon"
KINDS = "Create", "Like", "Announce", "Follow", "Block", "account"


def pull(
    terminal: Terminal,
    workspace: Workspace,
    network: str,
    handle: str,
    server: str | None,
    since: dt.datetime | None,
    watch: float | None,
) -> dict[str, Any]:
    """Bring what is new on a network into the record; with `watch`, again and again."""
    from rapport.pulling import pull as bring

    terminal.speak(workspace.settings.languages)
    words = terminal.words
    live = connected(terminal, network, handle, server)
    day = since.date() if since else None
    rounds: list[dict[str, Any]] = []
    try:
        while True:
            with terminal.progress(words("Asking {handle}", handle=live.handle)) as advance:
                pulled = bring(workspace, live, since=day, tell=_telling(terminal, advance))
            _tell(terminal, pulled)
            rounds.append(_answer(pulled))
            if watch is None:
                break
            time.sleep(watch)
    except KeyboardInterrupt:
        if watch is None:
            raise
        terminal.say(words("Stopped."))
    finally:
        live.close()
    if any(each["load"] for each in rounds):
        terminal.say(words("Next: rapport check, then rapport run"))
    return {"pulls": rounds}


def connected(terminal: Terminal, network: str, handle: str, server: str | None) -> Live:
    """Return a brand's account on a network, ready to be asked; raises Problem."""
    try:
        if network == "bluesky":
            from rapport.sources.live import bluesky

            question = terminal.words("App password of {handle}", handle=handle)
            secret = _secret(terminal, bluesky.SECRET, question)
            return bluesky.connect(handle, address=server, secret=secret)
        from rapport.sources.live import mastodon

        question = terminal.words("Access token of {handle}", handle=handle)
        secret = _secret(terminal, mastodon.SECRET, question)
        return mastodon.connect(handle, address=server, secret=secret)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in EXTRA:
            raise
        hint = "Install it with: pip install 'rapport[live]'"
        fault = Fault(f"{error.name} is not installed.", hint=hint)
        raise Problem("Nothing was fetched.", [fault]) from None


def _secret(terminal: Terminal, name: str, question: str) -> Callable[[], str | None]:
    """Return what finds a secret: in the environment, else asked for where somebody can answer."""

    def found() -> str | None:
        told = os.environ.get(name, "").strip()
        if told or terminal.as_json or not sys.stdin.isatty():
            return told or None
        try:
            return getpass.getpass(f"{question}: ").strip() or None
        except EOFError:
            return None

    return found


def _telling(terminal: Terminal, advance: Callable[..., None]) -> Callable[..., None]:
    words = terminal.words
    steps = {
        "repositories": words("Reading repositories"),
        "commits": words("Reading the stream of commits"),
        "notifications": words("Reading notifications"),
        "posts": words("Looking at posts again"),
        "statuses": words("Reading the brand's own posts"),
    }

    def tell(*, step: str, done: int = 0, of: int = 0) -> None:
        advance(step=steps.get(step, step), done=done, of=of)

    return tell


def _tell(terminal: Terminal, pulled: Pulled) -> None:
    words = terminal.words
    if pulled.resumed:
        terminal.say(words("An earlier pull was broken off; this one went on where it stopped."))
    if pulled.load is None:
        terminal.say(words("{handle}: nothing new.", handle=pulled.handle))
    else:
        terminal.say(words("{handle}, as {load}:", handle=pulled.handle, load=pulled.load.load_id))
        for line in _lines(terminal, Counter(pulled.told)):
            terminal.say(f"  {line}")
        if aside := pulled.load.rows_aside:
            terminal.say(f"  {words.many('{n} row set aside', '{n} rows set aside', aside)}")
    for note in pulled.notes:
        terminal.say(f"  {note}")
    if pulled.struck:
        terminal.say(
            words.many(
                "{n} text that was deleted there is deleted here.",
                "{n} texts that were deleted there are deleted here.",
                pulled.struck,
            )
        )
    if pulled.struck is None:
        terminal.say(
            words(
                "Others are at work: texts that were deleted there are out of sight here, and go "
                "off the disk with the next pull."
            )
        )


def _lines(terminal: Terminal, told: Counter[tuple[str, str]]) -> list[str]:
    """Return one line for each kind of news."""
    words = terminal.words
    lines = []
    for what in ("new", "changed", "gone"):
        parts = ", ".join(
            _counted(terminal, kind, told[what, kind]) for kind in KINDS if told[what, kind]
        )
        if parts:
            lines.append(_happened(terminal, what, parts))
    if posts := told["measured", "post"]:
        lines.append(
            words.many(
                "figures of {n} post have changed", "figures of {n} posts have changed", posts
            )
        )
    return lines


def _counted(terminal: Terminal, kind: str, n: int) -> str:
    """Return how many deeds of a kind, or accounts, in words."""
    many = terminal.words.many
    said = {
        "Create": many("{n} post", "{n} posts", n),
        "Like": many("{n} like", "{n} likes", n),
        "Announce": many("{n} repost", "{n} reposts", n),
        "Follow": many("{n} follow", "{n} follows", n),
        "Block": many("{n} block", "{n} blocks", n),
        "account": many("{n} account", "{n} accounts", n),
    }
    return said[kind]


def _happened(terminal: Terminal, what: str, parts: str) -> str:
    words = terminal.words
    if what == "new":
        return words("new: {parts}", parts=parts)
    if what == "changed":
        return words("changed: {parts}", parts=parts)
    return words("deleted or taken back: {parts}", parts=parts)


def _answer(pulled: Pulled) -> dict[str, Any]:
    counts: dict[str, dict[str, int]] = {}
    for (what, kind), number in sorted(pulled.told.items()):
        counts.setdefault(what, {})[kind] = number
    return {
        "handle": pulled.handle,
        "load": pulled.load.to_dict() if pulled.load else None,
        "counts": counts,
        "struck": pulled.struck,
        "resumed": pulled.resumed,
        "notes": list(pulled.notes),
    }
