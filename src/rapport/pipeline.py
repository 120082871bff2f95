"""Computing the steps that are out of date, one by one or side by side."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from rapport import monthly, pausing
from rapport.errors import Fault, Problem
from rapport.freshness import all_before, content_of, fingerprints, grounds, inputs_of, step_of
from rapport.processes import cores, only
from rapport.questions import Basis
from rapport.record.engines import open_engine
from rapport.record.ledger import State
from rapport.record.store import Record
from rapport.record.troubles import plain_words
from rapport.results import Results, StepResult
from rapport.settings import Settings
from rapport.side_by_side import how_many, side_by_side
from rapport.steps import order
from rapport.steps.context import Context
from rapport.workspace import Workspace

Tell = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run did: the steps that were computed, those that still stood, those that rest.

    A step rests whose answer stands until its month is over (`rapport.monthly`).
    """

    computed: tuple[str, ...]
    kept: tuple[str, ...]
    resting: tuple[str, ...] = ()


def run(
    workspace: Workspace,
    *,
    again: bool = False,
    whole: bool = False,
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
    whole
        Give monthly answers anew as well, though their month is not over.
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
        return _run(workspace, record, (again, whole), tell=tell, at_once=at_once)


def _run(
    workspace: Workspace,
    record: Record,
    anew: tuple[bool, bool],
    *,
    tell: Tell,
    at_once: int | None,
) -> Ran:
    again, whole = anew
    results = Results(workspace.results)
    if not any(load.status == "committed" for load in record.loads()):
        results.clear()
        fault = Fault("The record is empty.", hint="Load files with 'rapport add FILES'.")
        raise Problem("Nothing was computed.", [fault])
    settings = workspace.settings
    wanted = fingerprints(record, settings)
    ground = grounds(record, settings)
    rest = None if again or whole else pausing.rest(record, results, settings, ground)
    names = _names(results, wanted, again=again, rest=rest is not None)
    computed: list[str] = []
    if names:
        workspace.results.mkdir(parents=True, exist_ok=True)
        work = _Work(record, results, wanted, ground, again=again)
        if rest is not None:
            half = f"{settings.memory_gb / 2:.2f}GB"  # other steps may be at work
            some = settings.model_copy(update={"memory": half})
            opened = partial(_context, workspace, record, results, some)
            work.pause = pausing.Pause(results, rest, opened)
        many = at_once or how_many(sum(_rows(record)), settings.engine)
        told = _Telling(tell, names)
        if many > 1 and len(names) > 1:
            _at_once(workspace, record, work, told, many)
        else:
            _one_by_one(workspace, record, work, told)
        results.in_order([step.name for step in order.STEPS])
        computed = work.computed
        if monthly.is_large(record.moment) and not results.not_whole:
            with _context(workspace, record, results) as context:
                pausing.see(context, ground)
    resting = results.resting
    steps = [step.name for step in order.STEPS]
    return Ran(
        tuple(name for name in steps if name in computed),
        tuple(name for name in steps if name not in computed and name not in resting),
        tuple(name for name in steps if name in resting),
    )


def _names(results: Results, wanted: Mapping[str, str], *, again: bool, rest: bool) -> list[str]:
    """Return the steps to compute.

    Where monthly answers do not stand, those that rested or went on are among them, and all that
    come after: they may have been found from these.
    """
    parts = frozenset() if rest else results.not_whole
    if parts:
        before = all_before()
        results.outdate(
            step.name
            for step in order.STEPS
            if step.name in parts or parts.intersection(before[step.name])
        )
    stale = {s.name for s in order.STEPS if again or results.fingerprint(s.name) != wanted[s.name]}
    return [step.name for step in order.STEPS if step.name in stale]


@dataclass
class _Telling:
    """Says which step is begun, and how many are behind."""

    tell: Tell
    names: Sequence[str]
    done: int = 0

    def __call__(self, name: str) -> None:
        self.tell(step=step_of(name).question, done=self.done, of=len(self.names))
        self.done += 1


@dataclass
class _Work:
    """What is computed, and from what."""

    record: Record
    results: Results
    wanted: Mapping[str, str]
    grounds: Mapping[str, list[str]]
    again: bool
    pause: pausing.Pause | None = None
    computed: list[str] = field(default_factory=list)
    read: dict[str, str | None] = field(default_factory=dict)
    since: dict[str, dt.date] = field(default_factory=dict)

    def begin(self, name: str) -> bool:
        """Return whether a step must be computed: its inputs may have come out the same."""
        read = inputs_of(step_of(name), self.record, self.results, self.grounds)
        if read is not None and read == self.results.inputs(name) and not self.again:
            self.results.renew(name, self.wanted[name])
            return False
        if self.pause is not None and self.pause.holds(name):
            step = step_of(name)
            if step.monthly and not step.between:
                self.results.renew(name, self.wanted[name], rests=True)
                return False
            if self.pause.goes_on(step):
                self.since[name] = self.pause.since
        self.results.doubt(name)
        self.read[name] = read
        return True

    def keep(self, name: str, found: tuple[StepResult, str | None]) -> None:
        """Keep what a step found."""
        result, content = found
        goes_on = self.pause if name in self.since else None
        self.results.save(
            name,
            self.wanted[name],
            result,
            inputs=self.read[name] if goes_on is None else None,
            content=content,
            seen=None if goes_on is None else goes_on.seen,
        )
        self.computed.append(name)


def _one_by_one(workspace: Workspace, record: Record, work: _Work, told: _Telling) -> None:
    with _context(workspace, record, work.results) as context:
        for name in told.names:
            told(name)
            if work.begin(name):
                since = work.since.get(name)
                work.keep(name, _found(replace(context, since=since), name))


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
            own = max(1, round(cores() * part))
            which = name, work.since.get(name)
            return found_elsewhere, (workspace.root, which, (memory, own), moment, Path(room))

        side_by_side(told.names, all_before(), compute, begin=begin, keep=work.keep, many=many)


def found_elsewhere(
    root: Path,
    which: tuple[str, dt.date | None],
    may: tuple[str, int],
    moment: State,
    room: Path,
) -> tuple[StepResult, str | None]:
    """Compute a step in a process of its own; returns what it found, and a digest of that.

    Parameters
    ----------
    root
        The brand's folder.
    which
        The step, and the first day of which facts may have changed, see `Context`.
    may
        What memory DuckDB may use, and on how many cores other processes may read for it.
    moment
        The instant of the record to read.
    room
        Where working files go.
    """
    workspace = Workspace(root)
    record = open_record(workspace)
    settings = workspace.settings.model_copy(update={"memory": may[0]})
    only(may[1])
    summary = "The run was not finished; run it again."
    with plain_words(workspace.results, summary), record.reading(moment):
        results = Results(workspace.results)
        with _context(workspace, record, results, settings, room) as context:
            return _found(replace(context, since=which[1]), which[0])


def _found(context: Context, name: str) -> tuple[StepResult, str | None]:
    """Return what a step finds, of those it comes after, and a digest of it."""
    seen = Results(context.results.folder, only=all_before()[name])
    found = step_of(name).run(replace(context, results=seen))
    return found, content_of(context, found)


def _rows(record: Record) -> list[int]:
    return [record.visible(table).rows for table in ("activity", "purchase", "visit")]


def out_of_date(workspace: Workspace) -> tuple[str, ...]:
    """Return the names of the steps that a run would compute."""
    wanted = fingerprints(open_record(workspace), workspace.settings)
    results = Results(workspace.results)
    return tuple(s.name for s in order.STEPS if results.fingerprint(s.name) != wanted[s.name])


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
