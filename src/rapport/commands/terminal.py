"""How commands speak: to people with tables and progress, to machines with one JSON object."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rapport.errors import Fault, Problem
from rapport.words import LANGUAGES, Words


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
        width = None if sys.stdout.isatty() else 160
        self.out = Console(highlight=False, width=width, soft_wrap=False)
        self.err = Console(stderr=True, highlight=False)

    def speak(self, languages: Sequence[str]) -> None:
        """Take the brand's first language, unless one was asked for."""
        if self.chosen is None and languages:
            self.words = Words.of(languages[0])

    def say(self, text: str = "", style: str | None = None) -> None:
        """Print a line for a person."""
        if not self.as_json:
            self.out.print(text, style=style, markup=False)

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
            made.add_row(*(Text(_plain(cell)) for cell in row))
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

    def confirm(self, question: str, *, yes: bool) -> bool:
        """Ask a person; without a terminal, only `yes` agrees."""
        if yes:
            return True
        if self.as_json or not sys.stdin.isatty():
            return False
        answer = input(f"{question} [{self.words('y/N')}] ").strip().casefold()
        return answer in {"y", "yes", "o", "oui"}

    def problem(self, problem: Problem) -> None:
        """Print what went wrong and what to do."""
        if self.as_json:
            self._write({"ok": False, **problem.to_dict()})
            return
        self.err.print(problem.summary, style="bold red", markup=False)
        for fault in problem.faults:
            self.err.print(f"  {_plain(str(fault))}", markup=False)

    def finish(self, answer: dict[str, Any]) -> None:
        """End with the answer; machines get it as JSON."""
        if self.as_json:
            self._write({"ok": True, **answer})

    def _write(self, answer: dict[str, Any]) -> None:
        text = json.dumps(_finite(answer), ensure_ascii=False, default=str, allow_nan=False)
        sys.stdout.write(text + "\n")


def needs_yes(what: str) -> Problem:
    """Return the problem of a step that cannot be undone and was not agreed to."""
    fault = Fault("It was not agreed to.", hint="Answer yes when asked, or say --yes.")
    return Problem(what, [fault])


def _machine_language() -> str:
    told = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return told[:2] if told[:2] in LANGUAGES else "en"


def _plain(text: str) -> str:
    """Return text without the control characters that could steer a terminal."""
    return "".join(c if c.isprintable() or c in "\n\u00a0\u202f" else "\ufffd" for c in text)


def _finite(value: Any) -> Any:
    """Return the value with what JSON has no word for (nan, infinity) as null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
