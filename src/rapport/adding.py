"""How files get into the record: each recognised, its mapping confirmed, then loaded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from rapport.errors import Fault, Problem
from rapport.pipeline import open_record
from rapport.record.facts import Facts
from rapport.record.load import Load
from rapport.record.locks import locked
from rapport.record.troubles import plain_words
from rapport.sources.opening import file_name
from rapport.sources.pieces import Piece, pieces_of
from rapport.sources.registry import (
    NeedsMapping,
    NotNeeded,
    facts_of_piece,
    recognised,
    wanted_pieces,
)
from rapport.workspace import Workspace

Overlap = Literal["ask", "replace", "keep"]

_GUESSED = "Its columns were guessed and nobody agreed."
_AGREE = "Look at what is proposed and say --yes, or write the mapping yourself."


@dataclass(frozen=True, slots=True)
class Added:
    """What became of the files: those loaded, and those that were not, with the reason.

    `proposed` holds, for each file whose columns were guessed and not confirmed, the mapping;
    `left` names the members of archives, sheets of workbooks and files that no answer needs.
    """

    loads: tuple[Load, ...] = ()
    refused: tuple[Fault, ...] = field(default=())
    left: tuple[str, ...] = ()
    proposed: Mapping[str, object] = field(default_factory=dict)


def files_in(paths: Sequence[Path], own: Collection[Path] = ()) -> list[Path]:
    """Return the files named, and all files in the folders named.

    Hidden files are left out of folders, and so are those that are, or lie in, one of `own`.

    Raises
    ------
    Problem
        If a path is not there, or a folder holds no file.
    """
    faults: list[Fault] = []
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(
                p
                for p in path.rglob("*")
                if p.is_file()
                and not any(part.startswith(".") for part in p.relative_to(path).parts)
                and not any(p.absolute().is_relative_to(mine) for mine in own)
            )
            if not inside:
                faults.append(Fault("The folder holds no file.", str(path)))
            found += inside
        elif path.exists():
            found.append(path)
        else:
            faults.append(Fault("There is no such file.", str(path), _near(path)))
    if faults:
        raise Problem("Nothing was loaded.", faults)
    return list(dict.fromkeys(found))


def add(
    workspace: Workspace,
    paths: Sequence[Path],
    *,
    confirm: Callable[[NeedsMapping], bool],
    loaded: Callable[[Load], None] = lambda _: None,
    on_rows: Callable[[str, int], None] = lambda _file, _rows: None,
    overlap: Overlap = "ask",
) -> Added:
    """Load files, each for itself: one that is refused leaves the others be.

    Parameters
    ----------
    confirm
        Asked before a proposed mapping is written into rapport.toml and trusted.
    loaded
        Told of each load as soon as it stands.
    on_rows
        Told the file and how many of its rows have been read.
    overlap
        See `Record.load`.
    """
    record = open_record(workspace)
    loads: list[Load] = []
    refused: list[Fault] = []
    left: list[str] = []
    proposed: dict[str, object] = {}
    files = files_in(paths, workspace.own)
    for path, piece in _all_pieces(workspace, files, refused, left):
        try:
            facts = _confirmed(workspace, piece, confirm)
            load = record.load(facts, on_rows=_running(facts.file, on_rows), overlap=overlap)
        except NeedsMapping as asked:
            refused.append(Fault(_GUESSED, asked.file, _AGREE))
            proposed[asked.file] = asked.mapping.model_dump(mode="json", exclude_none=True)
            continue
        except Problem as problem:
            if isinstance(problem, NotNeeded) and (piece.part or len(files) > 1):
                left.append(piece.label)
            else:
                refused += problem.faults or [Fault(problem.summary, file_name(path))]
            continue
        loads.append(load)
        loaded(load)
    return Added(tuple(loads), tuple(refused), tuple(left), proposed)


def _all_pieces(
    workspace: Workspace, files: Sequence[Path], refused: list[Fault], left: list[str]
) -> Iterator[tuple[Path, Piece]]:
    """Yield the pieces of all files, while their archive lies unpacked."""
    for path in files:
        try:
            with pieces_of(path) as pieces:
                chosen = wanted_pieces(path, pieces, workspace.settings)
                left += [piece.label for piece in pieces if piece not in chosen and piece.part]
                yield from ((path, piece) for piece in chosen)
        except Problem as problem:
            refused += problem.faults or [Fault(problem.summary, file_name(path))]


def _confirmed(
    workspace: Workspace, piece: Piece, confirm: Callable[[NeedsMapping], bool]
) -> Facts:
    try:
        return facts_of_piece(piece, workspace.settings)
    except NeedsMapping as asked:
        if not confirm(asked):
            raise
        _keep_mapping(workspace, piece, asked.file)
        return facts_of_piece(piece, workspace.settings)


def _keep_mapping(workspace: Workspace, piece: Piece, name: str) -> None:
    """Write the mapping into rapport.toml, beside those that other processes wrote meanwhile."""
    with (
        plain_words(workspace.root, f"{name} was not loaded; all is as it was."),
        locked(workspace.root / ".rapport-lock"),
    ):
        workspace.reload()
        found = recognised(piece, workspace.settings)
        if found.mapping and not found.mapping.confirmed:
            confirmed = found.mapping.model_copy(update={"confirmed": True})
            workspace.add_mapping(found.source, confirmed)


def _running(name: str, on_rows: Callable[[str, int], None]) -> Callable[[int], None]:
    """Return what tells the running total of a file's rows, from the rows of each batch."""
    read = 0

    def more(rows: int) -> None:
        nonlocal read
        read += rows
        on_rows(name, read)

    return more


def _near(path: Path) -> str:
    from rapport.errors import nearest

    beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    return nearest(path.name, beside) if len(beside) <= 200 and beside else ""
