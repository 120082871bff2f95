"""How commands speak: to people with tables and progress, to machines with one JSON object."""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from rapport.errors import Fault, Problem
from rapport.words import LANGUAGES, Words

LONGEST = 2000


class Terminal:
    """The one place that prints.

    Parameters
    ----------
    as_json
        Print nothing but the answer, as one JSON object.
    language
        "en" or "fr"; None: the machine's own language, English when it is neither.
    """

    def __init__(self, *, as_json: bool = False, language: str | None = None) -> None:
        from rich.console import Console

        self.as_json = as_json
        self.chosen = language
        self.words = Words.of(language or _machine_language())
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        width = None if sys.stdout and sys.stdout.isatty() else 160
        self.out = Console(highlight=False, width=width, soft_wrap=False)
        self.err = Console(stderr=True, highlight=False)

    def speak(self, languages: Sequence[str]) -> None:
        """Take the brand's first language, unless one was asked for."""
        if self.chosen is None and languages:
            self.words = Words.of(languages[0])

    def say(self, text: str = "", style: str | None = None) -> None:
        """Print a line for a person."""
        if not self.as_json:
            self.out.print(plain(text), style=style, markup=False, soft_wrap=True)

    def table(
        self, columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()
    ) -> None:
        """Print a table for a person; `right` are the positions of the columns of figures."""
        if self.as_json:
            return
        from rich import box
        from rich.table import Table
        from rich.text import Text

        made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for position, name in enumerate(columns):
            figures = position in right
            made.add_column(
                Text(name),
                justify="right" if figures else "left",
                no_wrap=figures,
                overflow="fold",
            )
        for row in rows:
            made.add_row(*(Text(plain(cell)) for cell in row))
        self.out.print(made)

    @contextmanager
    def progress(self, title: str) -> Iterator[Callable[..., None]]:
        """Show that work goes on; the yielded function takes `rows=` or `step=`, `done=`, `of=`."""
        if self.as_json or not self.err.is_terminal:
            yield lambda **_: None
            return
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[told]}", markup=False),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.err, transient=True) as shown:
            task = shown.add_task(title, total=None, told="")

            def advance(
                *, rows: int | None = None, step: str | None = None, done: int = 0, of: int = 0
            ) -> None:
                if rows is not None:
                    told = self.words.many("{n} row", "{n} rows", rows)
                    shown.update(task, told=told)
                if step is not None:
                    shown.update(task, description=step, completed=done, total=of or None)

            yield advance

    @contextmanager
    def status(self) -> Iterator[Callable[[str], None]]:
        """Keep a line below all others for as long as the block lasts; the function sets it."""
        if self.as_json or not self.out.is_terminal:
            yield lambda _: None
            return
        from rich.live import Live
        from rich.text import Text

        with Live(Text(""), console=self.out, auto_refresh=False, transient=True) as shown:
            yield lambda text: shown.update(Text(plain(text), style="dim"), refresh=True)

    def confirm(self, question: str, *, yes: bool) -> bool:
        """Ask a person; without a terminal, only `yes` agrees."""
        if yes:
            return True
        if self.as_json or not sys.stdin.isatty():
            return False
        try:
            answer = input(f"{question} [{self.words('y/N')}] ").strip().casefold()
        except EOFError:
            return False
        return answer in {"y", "yes", "o", "oui"}

    def problem(self, problem: Problem) -> None:
        """Print what went wrong and what to do."""
        if self.as_json:
            self._write({"ok": False, **problem.to_dict()})
            return
        summary = plain(self.words(problem.summary))
        self.err.print(summary, style="bold red", markup=False, soft_wrap=True)
        for fault in problem.faults:
            said = replace(fault, what=self.words(fault.what), hint=self.words(fault.hint))
            self.err.print(f"  {plain(str(said))}", markup=False, soft_wrap=True)

    def line(self, event: dict[str, Any]) -> None:
        """Print one JSON object of many, for a machine that reads along."""
        if self.as_json:
            self._write(event)

    def finish(self, answer: dict[str, Any]) -> None:
        """End with the answer; machines get it as JSON."""
        if self.as_json:
            self._write({"ok": True, **answer})
        elif sys.stdout:
            sys.stdout.flush()

    def _write(self, answer: dict[str, Any]) -> None:
        if not sys.stdout:
            return
        text = json.dumps(_finite(answer), ensure_ascii=False, default=str, allow_nan=False)
        try:
            text.encode(sys.stdout.encoding or "utf-8")
        except UnicodeEncodeError:
            text = json.dumps(json.loads(text))
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def last_word(self, problem: Problem | None) -> None:
        """Print a problem where that can still be done, and then write no more."""
        try:
            if problem:
                self.problem(problem)
            if sys.stdout:
                sys.stdout.flush()
        except OSError:
            if self.as_json and problem:
                self.as_json = False
                self.problem(problem)
            _hush()


def _hush() -> None:
    """Turn what is left for a full disk or a closed pipe away: Python would try it again."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def needs_yes(what: str) -> Problem:
    """Return the problem of a step that cannot be undone and was not agreed to."""
    fault = Fault("It was not agreed to.", hint="Answer yes when asked, or say --yes.")
    return Problem(what, [fault])


def _machine_language() -> str:
    told = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return told[:2] if told[:2] in LANGUAGES else "en"


def plain(text: str) -> str:
    """Return text without the characters that could steer a terminal, and not without end."""
    shown = "".join(c if c.isprintable() or c in "\n\u00a0\u202f" else "\ufffd" for c in text)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"


def _finite(value: Any) -> Any:
    """Return the value with what JSON has no word for (nan, infinity) as null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
