"""What was computed: named numbers, tables, and what could not be told; only whole steps."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable

from rapport.estimate import Estimate
from rapport.words import Words
from rapport.workspace import write_whole

Value = str | int | float | dt.date | Estimate


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of the catalogue with its values, to be told in any language.

    Examples
    --------
    >>> Said("{n} orders have no customer.", {"n": 1200}).text("en")
    '1,200 orders have no customer.'
    """

    message: str
    values: Mapping[str, Value] = field(default_factory=dict)

    def text(self, language: str) -> str:
        """Return the sentence as a reader of that language writes it."""
        words = Words.of(language)
        return words(self.message, **{k: _told(v, words) for k, v in self.values.items()})

    def to_dict(self) -> dict[str, Any]:
        """Return the sentence for storage."""
        return {"message": self.message, "values": {k: _packed(v) for k, v in self.values.items()}}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Said:
        """Return the sentence that `to_dict` wrote."""
        return cls(stored["message"], {k: _unpacked(v) for k, v in stored["values"].items()})


@dataclass(frozen=True, slots=True)
class Untold:
    """A question that the data cannot answer, why, and which data would answer it."""

    question: Said
    why: Said
    needs: Said

    def to_dict(self) -> dict[str, Any]:
        """Return the entry for storage."""
        return {
            "question": self.question.to_dict(),
            "why": self.why.to_dict(),
            "needs": self.needs.to_dict(),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Untold:
        """Return the entry that `to_dict` wrote."""
        return cls(*(Said.from_dict(stored[key]) for key in ("question", "why", "needs")))


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one step found; its tables are already written in the results folder."""

    numbers: Mapping[str, Estimate] = field(default_factory=dict)
    tables: Mapping[str, int] = field(default_factory=dict)
    untold: tuple[Untold, ...] = ()
    warnings: tuple[Said, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """Return all but the tables, for storage.

        A number whose step did not say how many rows stand behind it has those of its table.
        """
        return {
            "numbers": {name: self._whole(number) for name, number in self.numbers.items()},
            "untold": [entry.to_dict() for entry in self.untold],
            "warnings": [said.to_dict() for said in self.warnings],
            "facts": dict(self.facts),
        }

    def _whole(self, number: Estimate) -> dict[str, Any]:
        rows = self.tables.get(number.table) if number.rows is None else number.rows
        return number.based_on(rows=rows).to_dict()


class Results:
    """The results folder of a workspace.

    Parameters
    ----------
    folder
        `results/` of a workspace: `state.json` and one Delta table a folder.
    only
        The steps whose outcome is seen; all of them if not given.
    """

    def __init__(self, folder: Path, only: Iterable[str] | None = None) -> None:
        self.folder = folder
        self.only = None if only is None else frozenset(only)

    @property
    def _state(self) -> dict[str, Any]:
        try:
            stored = json.loads((self.folder / "state.json").read_text("utf-8"))
        except (FileNotFoundError, ValueError):  # what is damaged can be computed again
            return {}
        if not isinstance(stored, dict):
            return {}
        if self.only is None:
            return stored
        return {name: entry for name, entry in stored.items() if name in self.only}

    def in_order(self, steps: Sequence[str]) -> None:
        """Keep the steps in this order, whichever was done first."""
        state = self._state
        kept = {name: state.pop(name) for name in steps if name in state}
        self._keep(kept | state)

    @property
    def as_of(self) -> dict[str, dt.date]:
        """The numbers of steps that rest, with the last day that they saw."""
        state, resting = self._state, self.resting
        return {number: day for step, day in resting.items() for number in state[step]["numbers"]}

    @property
    def is_empty(self) -> bool:
        """True before the first run."""
        return not self._state

    def fingerprint(self, step: str) -> str | None:
        """Return what the step was last computed from; None when it never was, or was damaged."""
        entry = self._state.get(step)
        if entry is None or any(name in self.missing for name in entry["tables"]):
            return None
        return str(entry["fingerprint"])

    @property
    def missing(self) -> list[str]:
        """Tables that were written once and are there no longer."""
        return [name for name in self.tables if not (self.path(name) / "_delta_log").is_dir()]

    def inputs(self, step: str) -> str | None:
        """Return a digest of what the step last read; None when that is not known."""
        entry = self._state.get(step)
        if entry is None or any(name in self.missing for name in entry["tables"]):
            return None
        return entry.get("inputs") or None

    def content(self, step: str) -> str | None:
        """Return a digest of what the step found; None when that is not known."""
        return self._state.get(step, {}).get("content") or None

    def renew(self, step: str, fingerprint: str, *, rests: bool = False) -> None:
        """Take what the step found as computed from this: all that it reads is the same.

        Parameters
        ----------
        step, fingerprint
            Its name, and what it would now be computed from.
        rests
            Whether it was not computed though something changed: its answer is a monthly one.
        """
        state = self._state
        state[step] |= {"fingerprint": fingerprint, "rests": rests}
        self._keep(state)

    def see(self, steps: Iterable[str], seen: Mapping[str, Any]) -> None:
        """Keep with each of these steps what it was computed from, see `rapport.monthly`."""
        state = self._state
        for name in state.keys() & set(steps):
            state[name]["seen"] = dict(seen)
        self._keep(state)

    def seen(self, step: str) -> dict[str, Any] | None:
        """Return what `see` kept; None where the step was computed since."""
        found: dict[str, Any] | None = self._state.get(step, {}).get("seen")
        return found

    @property
    def not_whole(self) -> frozenset[str]:
        """The steps whose answer rests, or goes on from a monthly one."""
        told = self._state.items()
        return frozenset(name for name, e in told if e.get("rests") or e.get("goes_on"))

    @property
    def resting(self) -> dict[str, dt.date]:
        """The steps whose answer stands until a month is over, with the last day that they saw."""
        return {
            name: dt.date.fromisoformat(entry["seen"]["last"])
            for name, entry in self._state.items()
            if entry.get("rests") and entry.get("seen")
        }

    def doubt(self, step: str) -> None:
        """Take a step as out of date from now on: its tables are about to be written anew."""
        state = self._state
        if step in state:
            state[step] |= {"fingerprint": "", "inputs": "", "content": "", "seen": None}
            self._keep(state)

    def outdate(self, steps: Iterable[str]) -> None:
        """Take steps as out of date until their inputs were looked at again."""
        state = self._state
        for name in state.keys() & set(steps):
            state[name]["fingerprint"] = ""
        self._keep(state)

    def clear(self) -> None:
        """Forget everything that was computed, and delete its tables."""
        tables = self.tables
        self._keep({})
        for name in tables:
            shutil.rmtree(self.path(name), ignore_errors=True)

    def save(
        self,
        step: str,
        fingerprint: str,
        result: StepResult,
        *,
        inputs: str | None = None,
        content: str | None = None,
        seen: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep the outcome of a step whole; a reader sees the old one or the new one.

        Parameters
        ----------
        step, fingerprint, result
            Its name, what it was computed from, and what it found.
        inputs, content
            Digests of what it read and of what it found, where they are known.
        seen
            What the monthly answer was given from that this one goes on from, see `see`.
        """
        state = self._state
        state[step] = {
            "fingerprint": fingerprint,
            "inputs": inputs or "",
            "content": content or "",
            "seen": None if seen is None else dict(seen),
            "goes_on": seen is not None,
            "tables": dict(result.tables),
            **result.told(),
        }
        self._keep(state)

    def _keep(self, state: Mapping[str, Any]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        content = json.dumps(state, ensure_ascii=False, indent=1, allow_nan=True)
        write_whole(self.folder / "state.json", content.encode())

    @property
    def steps(self) -> dict[str, StepResult]:
        """What each step found, by its name, in the order of the steps."""
        return {name: _step_result(entry) for name, entry in self._state.items()}

    @property
    def numbers(self) -> dict[str, Estimate]:
        """All named numbers, in the order of the steps."""
        return {
            name: Estimate.from_dict(stored)
            for entry in self._state.values()
            for name, stored in entry["numbers"].items()
        }

    @property
    def untold(self) -> tuple[Untold, ...]:
        """All questions that could not be answered."""
        return tuple(Untold.from_dict(e) for s in self._state.values() for e in s["untold"])

    @property
    def warnings(self) -> tuple[Said, ...]:
        """All sentences of warning about how far a number may be trusted."""
        return tuple(Said.from_dict(e) for s in self._state.values() for e in s["warnings"])

    @property
    def facts(self) -> dict[str, Any]:
        """Plain facts about the run, such as its currency and its first and last day."""
        return {key: value for s in self._state.values() for key, value in s["facts"].items()}

    @property
    def tables(self) -> dict[str, int]:
        """Rows of each result table, by its name."""
        return {name: rows for s in self._state.values() for name, rows in s["tables"].items()}

    def path(self, table: str) -> Path:
        """Return the folder of a result table."""
        return self.folder / table

    def table(self, name: str, columns: list[str] | None = None) -> pa.Table:
        """Return a result table in memory; raises KeyError when the run did not make it."""
        if name not in self.tables:
            raise KeyError(name)
        return DeltaTable(self.path(name)).to_pyarrow_table(columns=columns)


def _step_result(entry: Mapping[str, Any]) -> StepResult:
    return StepResult(
        numbers={name: Estimate.from_dict(stored) for name, stored in entry["numbers"].items()},
        tables=entry["tables"],
        untold=tuple(Untold.from_dict(stored) for stored in entry["untold"]),
        warnings=tuple(Said.from_dict(stored) for stored in entry["warnings"]),
        facts=entry["facts"],
    )


def _told(value: Value, words: Words) -> str:
    if isinstance(value, Estimate):
        return value.text(words.language)
    if isinstance(value, dt.date):
        return words.date(value)
    if isinstance(value, int):
        return words.number(value)
    return words.number(value, 2) if isinstance(value, float) else value


def _packed(value: Value) -> Any:
    if isinstance(value, Estimate):
        return {"estimate": value.to_dict()}
    if isinstance(value, dt.date):
        return {"day": value.isoformat()}
    return value


def _unpacked(value: Any) -> Value:
    if isinstance(value, dict):
        if "estimate" in value:
            return Estimate.from_dict(value["estimate"])
        return dt.date.fromisoformat(value["day"])
    unpacked: Value = value
    return unpacked
