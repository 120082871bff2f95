"""What each step's answer depends on, and whether that has changed since it was computed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import rapport
from rapport.record.kept import Kept
from rapport.record.store import Record
from rapport.results import Results, StepResult
from rapport.settings import Settings
from rapport.steps import order
from rapport.steps.context import Context
from rapport.steps.step import Step


def fingerprints(record: Record, settings: Settings) -> dict[str, str]:
    """Return for each step a digest of all that its answer depends on."""
    made: dict[str, str] = {}
    for step in order.STEPS:
        parts = [
            step.name,
            _code(),
            record.fingerprint(step.reads),
            *_own_grounds(step, record, settings),
            *(made[name] for name in step.after),
        ]
        made[step.name] = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
    return made


def step_of(name: str) -> Step:
    """Return the step of a name."""
    return next(step for step in order.STEPS if step.name == name)


def all_before() -> dict[str, tuple[str, ...]]:
    """Return for each step all steps that it comes after, directly or not."""
    made: dict[str, tuple[str, ...]] = {}
    for step in order.STEPS:
        made[step.name] = tuple(
            sorted({*step.after, *(name for each in step.after for name in made[each])})
        )
    return made


def grounds(record: Record, settings: Settings) -> dict[str, list[str]]:
    """Return for each step all that its answer depends on beside facts and what was found before.

    What the steps before depend on counts as well, so that a step may read any setting that one of
    them names.
    """
    own = {step.name: _own_grounds(step, record, settings) for step in order.STEPS}
    before = all_before()
    return {name: [_code(), *own[name], *(p for b in before[name] for p in own[b])] for name in own}


def inputs_of(
    step: Step, record: Record, results: Results, grounds: Mapping[str, list[str]]
) -> str | None:
    """Return a digest of all that a step reads; None where it is not known what others found."""
    found = [results.content(name) for name in all_before()[step.name]]
    if None in found:
        return None
    parts = [step.name, record.fingerprint(step.reads), *grounds[step.name], *map(str, found)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def content_of(context: Context, found: StepResult) -> str | None:
    """Return a digest of what a step found; None where the engine cannot tell."""
    parts = [json.dumps(found.told(), sort_keys=True, default=str)]
    for name in sorted(found.tables):
        digest = context.engine.digest(context.results.path(name))
        if digest is None:
            return None
        parts += [name, digest]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _own_grounds(step: Step, record: Record, settings: Settings) -> list[str]:
    """Return what a step's answer depends on beside facts and what other steps found."""
    return [
        Kept(record.root).fingerprint() if step.decided else "",
        json.dumps(_chosen(settings, step.settings), sort_keys=True, default=str),
        _listed(record, settings) if "people" in step.settings else "",
        *(_digest(record.root.parent / name) for name in step.files),
    ]


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
