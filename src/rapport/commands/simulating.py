"""Making a brand whose truth is known: its export files, and what really happened beside them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rapport.commands.terminal import Terminal, needs_yes
from rapport.errors import Fault, Problem
from rapport.simulation.making import check_size, live_through, write_down
from rapport.simulation.truth import MADE_BY, SUMMARY, connection, write_truth
from rapport.simulation.world import World
from rapport.simulation.world_file import read_world, world_text

EXPORTS, TRUTH, MAKING = "exports", "truth", ".making"


@dataclass(frozen=True)
class Wanted:
    """What is asked for: how many people and months, which seed, which world.toml if any."""

    people: int
    months: int
    seed: int
    world: Path | None


def simulate(terminal: Terminal, folder: Path, wanted: Wanted, *, yes: bool) -> dict[str, Any]:
    """Simulate a brand into a folder; returns what was made, and the naive and the true effect."""
    world = World() if wanted.world is None else read_world(wanted.world)
    check_size(wanted.people, wanted.months)
    root = folder.absolute()
    _make_room(terminal, root, yes=yes)
    try:
        return _made(terminal, folder, wanted, world)
    except BaseException:
        shutil.rmtree(root / MAKING, ignore_errors=True)
        raise


def _made(terminal: Terminal, folder: Path, wanted: Wanted, world: World) -> dict[str, Any]:
    words, root = terminal.words, folder.absolute()
    with terminal.progress(words("Living through the months")) as shown:
        lived = live_through(world, people=wanted.people, months=wanted.months, seed=wanted.seed)

        def tell(_: str) -> None:
            shown(step=words("Writing the files"))

        history = write_down(lived, tell=tell)
        exports = _write(root, lambda place: write_exports(history, place / EXPORTS, tell))
        truth = _write(root, lambda place: write_truth(lived, history, place / TRUTH))
        _note_files(root, exports)
        _move_in(root)
    effect = connection(lived)
    _say(terminal, folder, len(exports), effect)
    return {
        "folder": str(root),
        "files": [str(path) for path in exports],
        "truth": [str(path) for path in truth],
        "people": wanted.people,
        "months": wanted.months,
        "seed": wanted.seed,
        "orders": len(lived.orders),
        "margin": int(lived.orders.margin.sum()) / 100,
        "connection_a_month": effect,
    }


def write_exports(history: Any, folder: Path, tell: Callable[[str], None]) -> list[Path]:
    """Write a history as the files of every system; returns their paths."""
    from rapport.simulation.exports.writing import write

    folder.mkdir(parents=True, exist_ok=True)
    return write(history, folder, tell=tell)


def write_world(terminal: Terminal, path: Path, *, yes: bool) -> dict[str, Any]:
    """Write the default world.toml, every parameter explained; returns where it is."""
    words = terminal.words
    if path.exists() and not terminal.confirm(
        words("{path} is there already. Replace it?", path=path), yes=yes
    ):
        raise needs_yes(f"{path} was not written: it is there already.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(world_text(), encoding="utf-8")
    terminal.say(words("{path} holds every parameter with its default.", path=path))
    return {"world": str(path.absolute())}


def _write(root: Path, write: Callable[[Path], list[Path]]) -> list[Path]:
    place = root / MAKING
    return [root / path.relative_to(place) for path in write(place)]


def _say(terminal: Terminal, folder: Path, files: int, effect: dict[str, float]) -> None:
    words = terminal.words
    terminal.say(
        words(
            "{files} export files are in {exports}; what really happened is in {truth}.",
            files=words.number(files),
            exports=folder / EXPORTS,
            truth=folder / TRUTH,
        )
    )
    if not effect["fans"] or not effect["others"]:
        terminal.say(words("Nobody is connected, or everybody: there is no gap to be fooled by."))
        return
    terminal.say(
        words(
            "Connected customers bring {naive} more a month than others: the naive gap.",
            naive=words.money(effect["naive"], "EUR", 2),
        )
    )
    terminal.say(
        words(
            "Being connected causes {caused} of it: the truth that a measurement must find.",
            caused=words.money(effect["caused"], "EUR", 2),
        ),
        style="bold",
    )


def _make_room(terminal: Terminal, root: Path, *, yes: bool) -> None:
    """See that the folder is empty or an earlier simulation that may be replaced."""
    if root.is_file():
        fault = Fault("It is a file.", str(root), "Name a folder.")
        raise Problem("Nothing was simulated.", [fault])
    inside = [path for path in root.iterdir() if path.name != MAKING] if root.is_dir() else []
    if inside:
        _may_replace(terminal, root, inside, yes=yes)
    shutil.rmtree(root / MAKING, ignore_errors=True)
    (root / MAKING).mkdir(parents=True)


def _may_replace(terminal: Terminal, root: Path, inside: list[Path], *, yes: bool) -> None:
    known = _earlier(root)
    if known is None:
        names = ", ".join(sorted(path.name for path in inside)[:3])
        fault = Fault(f"It holds {names}.", str(root), "Name an empty folder, or a new one.")
        raise Problem("Nothing was simulated: the folder is not empty.", [fault])
    ours = set(known["files"])
    here = [path for name in (EXPORTS, TRUTH) for path in (root / name).rglob("*")]
    strange = sorted(
        str(path.relative_to(root))
        for path in here
        if path.is_file() and str(path.relative_to(root)) not in ours
    )
    if strange:
        faults = [Fault("It was not written by rapport simulate.", name) for name in strange[:10]]
        hint = Fault(f"{len(strange)} such files.", str(root), "Move them, or name another folder.")
        raise Problem("Nothing was simulated: files of yours would be lost.", [*faults, hint])
    words = terminal.words
    terminal.say(
        words(
            "{folder} holds an earlier simulation: {people} people, {months} months, seed {seed}.",
            folder=root,
            people=words.number(known["people"]),
            months=known["months"],
            seed=known["seed"],
        )
    )
    terminal.say(words("Its {files} files would be replaced.", files=words.number(len(ours))))
    if not terminal.confirm(words("Replace it?"), yes=yes):
        raise needs_yes("Nothing was simulated: the folder holds an earlier simulation.")


def _earlier(root: Path) -> dict[str, Any] | None:
    """Return what an earlier simulation in a folder says of itself, None where there is none."""
    try:
        told = json.loads((root / TRUTH / SUMMARY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    ours = isinstance(told, dict) and told.get("made_by") == MADE_BY and "files" in told
    return told if ours else None


def _note_files(root: Path, exports: list[Path]) -> None:
    """Say in the summary which files were written, so that a later run knows them."""
    path = root / MAKING / TRUTH / SUMMARY
    told = json.loads(path.read_text(encoding="utf-8"))
    truth = [root / TRUTH / each.name for each in (root / MAKING / TRUTH).iterdir()]
    told["files"] = sorted(str(each.relative_to(root)) for each in [*exports, *truth])
    path.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _move_in(root: Path) -> None:
    """Put the new files in the place of the old: the truth last, as it says that all is there."""
    for name in (TRUTH, EXPORTS):
        if (root / name).exists():
            shutil.rmtree(root / name)
    for name in (EXPORTS, TRUTH):
        (root / MAKING / name).rename(root / name)
    (root / MAKING).rmdir()
