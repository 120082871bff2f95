"""Imports go one way: a room never imports from its right (docs/architecture.md)."""

from __future__ import annotations

import ast
from pathlib import Path

ROOMS = (
    {"errors", "words", "estimate", "settings", "workspace", "results", "definitions", "tables"}
    | {"questionnaire", "choices", "settings_costs", "settings_engagement", "settings_listening"}
    | {"settings_service", "threads", "processes"},
    {"record"},
    {"sources"},
    {"people"},
    {"listening"},
    {"engagement", "value"},
    {"impact"},
    {"actions"},
    {"report", "web"},
    {"simulation"},
    {"steps"},
    {
        "freshness",
        "monthly",
        "pausing",
        "pipeline",
        "side_by_side",
        "adding",
        "pulling",
        "watching",
        "questions",
        "soundness",
        "story",
    },
    {"commands"},
    {"cli"},
)
SOURCE = Path(__file__).parents[1] / "src" / "rapport"


def _level(room: str) -> int:
    return next(level for level, rooms in enumerate(ROOMS) if room in rooms)


def _room(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def _imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            base = node.module or ""
            names |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return {name.split(".")[1] for name in names if name.startswith("rapport.")}


def _files() -> list[Path]:
    return [
        path for path in SOURCE.rglob("*.py") if path.name != "__init__.py" or path.parent != SOURCE
    ]


def test_every_room_has_a_level() -> None:
    known = set().union(*ROOMS)
    assert {_room(path) for path in _files()} <= known


def test_no_room_imports_from_its_right() -> None:
    rooms = set().union(*ROOMS)
    wrong = [
        f"{path.relative_to(SOURCE)} imports {other}"
        for path in _files()
        for other in _imported(path) & rooms
        if _level(other) > _level(_room(path))
    ]
    assert wrong == []


def test_no_module_is_longer_than_four_hundred_lines() -> None:
    long = [
        f"{path.relative_to(SOURCE)}: {lines}"
        for path in _files()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    ]
    assert long == []
