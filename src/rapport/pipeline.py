"""Which steps need computing again, and computing them in order."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import rapport
from rapport.errors import Fault, Problem
from rapport.questions import Basis
from rapport.record.engines import open_engine
from rapport.record.kept import Kept
from rapport.record.ledger import State
from rapport.record.store import Record
from rapport.record.troubles import plain_words
from rapport.results import Results, StepResult
from rapport.settings import Settings
from rapport.side_by_side import how_many, side_by_side
from rapport.steps.context import Context
from rapport.steps.order import STEPS, Step
from rapport.workspace import Workspace

Tell = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run did: the steps that were computed, and those that still stood."""

    computed: tuple[str, ...]
    kept: tuple[str, ...]


def run(
    workspace: Workspace,
    *,
    again: bool = False,
    tell: Tell = lambda **_: None,
    at_once: int | None = None,
) -> Ran:
    """Compute every step that is out of date.

    Parameters
    ----------
    workspace
        The brand's folder.
    again
        Compute all steps, changed or not.
    tell
        Called with `step`, `done` and `of` as work goes on.
    at_once
        How many steps to compute side by side; as the size of the record has it if not given.

    Raises
    ------
    Problem
        If the record holds nothing, or a step cannot be done.
    """
    record = open_record(workspace)
    summary = "The run was not finished; run it again."
    with plain_words(workspace.results, summary), record.reading():
        return _run(workspace, record, again=again, tell=tell, at_once=at_once)


def _run(
    workspace: Workspace, record: Record, *, again: bool, tell: Tell, at_once: int | None
) -> Ran:
    results = Results(workspace.results)
    if not any(load.status == "committed" for load in record.loads()):
        results.clear()
        fault = Fault("The record is empty.", hint="Load files with 'rapport add FILES'.")
        raise Problem("Nothing was computed.", [fault])
    settings = workspace.settings
    wanted = fingerprints(record, settings)
    names = [s.name for s in STEPS if again or results.fingerprint(s.name) != wanted[s.name]]
    computed: list[str] = []
    if names:
        workspace.results.mkdir(parents=True, exist_ok=True)
        work = _Work(record, results, wanted, _grounds(record, settings), again=again)
        many = at_once or how_many(sum(_rows(record)), settings.engine)
        told = _Telling(tell, names)
        if many > 1 and len(names) > 1:
            _at_once(workspace, record, work, told, many)
        else:
            _one_by_one(workspace, record, work, told)
        results.in_order([step.name for step in STEPS])
        computed = work.computed
    return Ran(
        tuple(step.name for step in STEPS if step.name in computed),
        tuple(step.name for step in STEPS if step.name not in computed),
    )


@dataclass
class _Telling:
    """Says which step is begun, and how many are behind."""

    tell: Tell
    names: Sequence[str]
    done: int = 0

    def __call__(self, name: str) -> None:
        self.tell(step=_step(name).question, done=self.done, of=len(self.names))
        self.done += 1


@dataclass
class _Work:
    """What is computed, and from what."""

    record: Record
    results: Results
    wanted: Mapping[str, str]
    grounds: Mapping[str, list[str]]
    again: bool
    computed: list[str] = field(default_factory=list)
    read: dict[str, str | None] = field(default_factory=dict)

    def begin(self, name: str) -> bool:
        """Return whether a step must be computed: its inputs may have come out the same."""
        read = _inputs(_step(name), self.record, self.results, self.grounds)
        if read is not None and read == self.results.inputs(name) and not self.again:
            self.results.renew(name, self.wanted[name])
            return False
        self.results.doubt(name)
        self.read[name] = read
        return True

    def keep(self, name: str, found: tuple[StepResult, str | None]) -> None:
        """Keep what a step found."""
        result, content = found
        self.results.save(name, self.wanted[name], result, inputs=self.read[name], content=content)
        self.computed.append(name)


def _one_by_one(workspace: Workspace, record: Record, work: _Work, told: _Telling) -> None:
    with _context(workspace, record, work.results) as context:
        for name in told.names:
            told(name)
            if work.begin(name):
                work.keep(name, _found(context, name))


def _at_once(workspace: Workspace, record: Record, work: _Work, told: _Telling, many: int) -> None:
    moment = record.moment
    parent = _room(workspace)
    parent.mkdir(parents=True, exist_ok=True)

    def begin(name: str) -> bool:
        told(name)
        return work.begin(name)

    # who is ended in the middle of a step leaves working files: they go with the folder
    with tempfile.TemporaryDirectory(prefix="rapport-", dir=parent) as room:

        def compute(name: str, part: float) -> tuple[Callable[..., Any], tuple[Any, ...]]:
            memory = f"{workspace.settings.memory_gb * part:.2f}GB"
            return found_elsewhere, (workspace.root, name, memory, moment, Path(room))

        side_by_side(told.names, _before(), compute, begin=begin, keep=work.keep, many=many)


def found_elsewhere(
    root: Path, name: str, memory: str, moment: State, room: Path
) -> tuple[StepResult, str | None]:
    """Compute a step in a process of its own; returns what it found, and a digest of that.

    Parameters
    ----------
    root
        The brand's folder.
    name
        The step.
    memory
        What DuckDB may use.
    moment
        The instant of the record to read.
    room
        Where working files go.
    """
    workspace = Workspace(root)
    record = open_record(workspace)
    settings = workspace.settings.model_copy(update={"memory": memory})
    summary = "The run was not finished; run it again."
    with plain_words(workspace.results, summary), record.reading(moment):
        results = Results(workspace.results)
        with _context(workspace, record, results, settings, room) as context:
            return _found(context, name)


def _found(context: Context, name: str) -> tuple[StepResult, str | None]:
    """Return what a step finds, of those it comes after, and a digest of it."""
    seen = Results(context.results.folder, only=_before()[name])
    found = _step(name).run(replace(context, results=seen))
    return found, _content(context, found)


def _step(name: str) -> Step:
    return next(step for step in STEPS if step.name == name)


def _rows(record: Record) -> list[int]:
    return [record.visible(table).rows for table in ("activity", "purchase", "visit")]


def _before() -> dict[str, tuple[str, ...]]:
    """Return for each step all steps that it comes after, directly or not."""
    made: dict[str, tuple[str, ...]] = {}
    for step in STEPS:
        made[step.name] = tuple(
            sorted({*step.after, *(name for each in step.after for name in made[each])})
        )
    return made


def _grounds(record: Record, settings: Settings) -> dict[str, list[str]]:
    """Return for each step all that its answer depends on beside facts and what was found before.

    What the steps before depend on counts as well, so that a step may read any setting that one of
    them names.
    """
    own = {step.name: _own_grounds(step, record, settings) for step in STEPS}
    before = _before()
    return {name: [_code(), *own[name], *(p for b in before[name] for p in own[b])] for name in own}


def _inputs(
    step: Step, record: Record, results: Results, grounds: Mapping[str, list[str]]
) -> str | None:
    """Return a digest of all that a step reads; None where it is not known what others found."""
    found = [results.content(name) for name in _before()[step.name]]
    if None in found:
        return None
    parts = [step.name, record.fingerprint(step.reads), *grounds[step.name], *map(str, found)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _content(context: Context, found: StepResult) -> str | None:
    """Return a digest of what a step found; None where the engine cannot tell."""
    parts = [json.dumps(found.told(), sort_keys=True, default=str)]
    for name in sorted(found.tables):
        digest = context.engine.digest(context.results.path(name))
        if digest is None:
            return None
        parts += [name, digest]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def out_of_date(workspace: Workspace) -> tuple[str, ...]:
    """Return the names of the steps that a run would compute."""
    wanted = fingerprints(open_record(workspace), workspace.settings)
    results = Results(workspace.results)
    return tuple(s.name for s in STEPS if results.fingerprint(s.name) != wanted[s.name])


def fingerprints(record: Record, settings: Settings) -> dict[str, str]:
    """Return for each step a digest of all that its answer depends on."""
    made: dict[str, str] = {}
    for step in STEPS:
        parts = [
            step.name,
            _code(),
            record.fingerprint(step.reads),
            *_own_grounds(step, record, settings),
            *(made[name] for name in step.after),
        ]
        made[step.name] = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
    return made


def _own_grounds(step: Step, record: Record, settings: Settings) -> list[str]:
    """Return what a step's answer depends on beside facts and what other steps found."""
    return [
        Kept(record.root).fingerprint() if step.decided else "",
        json.dumps(_chosen(settings, step.settings), sort_keys=True, default=str),
        _listed(record, settings) if "people" in step.settings else "",
        *(_digest(record.root.parent / name) for name in step.files),
    ]


def look(workspace: Workspace) -> Basis:
    """Return what a quick look at the orders finds."""
    from rapport.steps.answering import look_at_answers
    from rapport.value.glance import glance

    with looking(workspace) as context:
        rows = glance(context.facts("purchase"), context.facts("purchase_line"))
        (row,) = context.engine.collect(rows).to_pylist()
        requests, talks = look_at_answers(context)
    orders = row["orders"] or 0
    return Basis(
        orders=orders,
        known_orders=row["known_orders"] or 0,
        customers=row["customers"] or 0,
        repeat_customers=row["repeat_customers"] or 0,
        days=(row["last"] - row["first"]).days if orders else 0,
        margin_known=(row["with_margin"] or 0) / orders if orders else 0.0,
        requests=requests,
        talks=talks,
    )


@contextmanager
def looking(workspace: Workspace) -> Iterator[Context]:
    """Give the record and an engine, for a look that computes no step."""
    record = open_record(workspace)
    with record.reading(), _context(workspace, record, Results(workspace.results)) as context:
        yield context


def open_record(workspace: Workspace) -> Record:
    """Return the record of a workspace."""
    return Record(
        workspace.record,
        key=workspace.key,
        hash_identifiers=workspace.settings.people.hash_identifiers,
        zone=workspace.settings.time_zone,
    )


@contextmanager
def _context(
    workspace: Workspace,
    record: Record,
    results: Results,
    settings: Settings | None = None,
    room: Path | None = None,
) -> Iterator[Context]:
    settings = settings or workspace.settings
    with open_engine(
        settings.engine,
        memory=settings.memory,
        time_zone=settings.time_zone,
        temp=room or _room(workspace),
    ) as engine:
        yield Context(engine, record, results, settings)


def _room(workspace: Workspace) -> Path:
    """Return where working files go; who may only read the workspace has them elsewhere."""
    if os.access(workspace.root, os.W_OK):
        return workspace.root / ".temporary"
    return Path(tempfile.gettempdir())


def _chosen(settings: Settings, names: Sequence[str]) -> dict[str, object]:
    told = settings.model_dump(mode="json")
    chosen: dict[str, object] = {}
    for name in names:
        value: object = told
        for part in name.split("."):
            value = value[part] if isinstance(value, dict) else None
        chosen[name] = value
    return chosen


def _listed(record: Record, settings: Settings) -> str:
    """Return a digest of the list of employees that the settings name."""
    name = settings.people.employee_file
    return _digest(record.root.parent / name) if name else ""


def _digest(path: Path) -> str:
    """Return a digest of a file; empty when there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


@cache
def _code() -> str:
    """Return a digest of the code that computes, so that a new version computes again."""
    digest = hashlib.sha256()
    root = Path(rapport.__file__).parent
    for room in (
        "record",
        "people",
        "listening",
        "engagement",
        "value",
        "impact",
        "actions",
        "steps",
    ):
        for path in sorted((root / room).rglob("*")):
            if path.suffix in {".py", ".npz", ".json"}:
                digest.update(path.read_bytes())
    return digest.hexdigest()
