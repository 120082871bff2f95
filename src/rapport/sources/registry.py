"""Which system wrote a file, and its facts: the one door that the rest of the product uses."""

from __future__ import annotations

import datetime as dt
import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from pathlib import Path

from rapport.errors import Fault, Problem
from rapport.record.facts import Facts
from rapport.record.schema import TABLES
from rapport.settings import FileMapping, Settings
from rapport.sources import plain, plain_tables, systems
from rapport.sources.costs import added_up
from rapport.sources.headers import headers_in
from rapport.sources.loading import facts_of
from rapport.sources.looks import look
from rapport.sources.mapping import Proposal, fits, names_a_purchase, propose
from rapport.sources.opening import file_name, refuse
from rapport.sources.pieces import Piece, pieces_of
from rapport.sources.reading import TableFile, table_of
from rapport.sources.shapes import Header, Shape, System, best
from rapport.sources.table_proposals import propose_table


@dataclass(frozen=True)
class Recognition:
    """What a file is.

    Parameters
    ----------
    file
        The file as a table.
    source
        The system it comes from; for a file read through a mapping, the mapping's name.
    grain
        What one row is.
    why
        One sentence on how that is known.
    mapping
        The mapping it is read through, confirmed or not; None for a known system.
    proposal
        How the mapping was found, when rapport.toml has none yet.
    shape
        Which file of the system it is; None when it is read through a mapping.
    header
        Which of its columns is which, for a known shape.
    """

    file: TableFile
    source: str
    grain: str
    why: str
    mapping: FileMapping | None = None
    proposal: Proposal | None = None
    shape: Shape | None = None
    header: Header = field(default_factory=lambda: Header({}, {}))

    @property
    def needs_mapping(self) -> bool:
        """Whether a person must look at the mapping before the file is read."""
        return self.mapping is not None and not self.mapping.confirmed


@cache
def all_systems() -> tuple[System, ...]:
    """Return every system that can be read: each module of `systems` that declares one."""
    names = sorted(module.name for module in pkgutil.iter_modules(systems.__path__))
    modules = [import_module(f"{systems.__name__}.{name}") for name in names]
    found = [module.SYSTEM for module in modules if hasattr(module, "SYSTEM")]
    return tuple(sorted(found, key=lambda system: system.name))


@cache
def _shapes() -> tuple[tuple[System, Shape], ...]:
    return tuple((system, shape) for system in all_systems() for shape in system.shapes)


class NeedsMapping(Problem):
    """The file can be read once a person has confirmed the proposed mapping.

    Attributes `name` and `mapping` are what `Workspace.add_mapping` takes (with `confirmed` set);
    `file` is the file's name, and `sentences` say why each column was chosen.
    """

    def __init__(self, recognition: Recognition) -> None:
        if recognition.mapping is None:
            msg = "a known system needs no mapping"
            raise ValueError(msg)
        self.recognition = recognition
        self.file = recognition.file.name
        self.name = recognition.source
        self.mapping = recognition.mapping
        proposal = recognition.proposal
        self.sentences = proposal.sentences if proposal else (recognition.why,)
        hint = f"Look at mappings.{self.name} in rapport.toml and set confirmed = true."
        what = "Nobody has confirmed yet which of its columns is what."
        super().__init__(f"{self.file} was not read yet.", [Fault(what, self.file, hint)])


class NotNeeded(Problem):
    """The file is known, and no answer needs it: among others it may be left alone."""


def recognise(path: Path, settings: Settings) -> Recognition:
    """Say which system wrote a file of one table and how it would be read; see `recognised`."""
    with pieces_of(path) as pieces:
        first = Piece(path, file_name(path)) if len(pieces) != 1 else pieces[0]
        return recognised(first, settings)


def recognised(piece: Piece, settings: Settings) -> Recognition:
    """Say which system wrote one piece of a file and how it would be read.

    A mapping of rapport.toml whose pattern fits the name goes before a known system, since a
    person wrote it. The same piece and settings give the same answer always.

    Raises
    ------
    Problem
        When it is not a table, or no column looks like what any table needs.
    """
    mapped = next(((n, m) for n, m in settings.mappings.items() if fits(m, _last(piece))), None)
    if mapped:
        name, mapping = mapped
        file = _open_mapped(piece, mapping)
        why = f"Its name fits '{mapping.files}' of mappings.{name} in rapport.toml."
        return Recognition(file, name, _grain(mapping), why, mapping)
    known = known_shape(piece)
    if known and known.shape and known.shape.refuses:
        refusal = known.shape.refuses
        problem = refuse(known.file.name, refusal.what, refusal.hint)
        raise NotNeeded(problem.summary, problem.faults) if refusal.spare else problem
    if known:
        return known
    file = table_of(piece)
    proposal = _proposal(file)
    name = plain.name_for(Path(_last(piece)), list(settings.mappings))
    if proposal.missing:
        raise _unknown(file, proposal.missing)
    why = "No known system writes these columns; they can be read through a mapping."
    return Recognition(file, name, _grain(proposal.mapping), why, proposal.mapping, proposal)


def _proposal(file: TableFile) -> Proposal:
    """Return a mapping for purchases where names speak for them, else for what explains most."""
    purchases = propose(file)
    if names_a_purchase(purchases):
        return purchases
    sample = file.sample()
    other = propose_table(file, [look(sample, name) for name in file.names])
    return other or purchases


def _last(piece: Piece) -> str:
    """Return the name that patterns of mappings are held against."""
    return file_name(piece.path)


def known_shape(piece: Piece) -> Recognition | None:
    """Return what a piece is when a known system wrote it, else None.

    The header is looked for where it seems to stand, and then in every row of the file's head:
    many platforms write titles, dates or notes above it.
    """
    # A pipe would be waited for, and what was read from it would be gone.
    there = piece.path.is_file()
    for system, shape in _shapes():
        file = shape.opens(piece) if shape.opens and there else None
        header = shape.header(file.names, piece.label) if file else None
        if file and header is not None:
            return _recognition(file, system, shape, header)
    tables = [(system, shape) for system, shape in _shapes() if not shape.opens]
    file = table_of(piece)
    found = best(tables, file.names, piece.label)
    if not found:
        for row, names in headers_in(file):
            if best(tables, names, piece.label):
                file = table_of(piece, row)
                found = best(tables, file.names, piece.label)
                break
    return _recognition(file, *found) if found else None


def _recognition(file: TableFile, system: System, shape: Shape, header: Header) -> Recognition:
    why = f"Its columns are those of: {shape.title}."
    return Recognition(file, system.name, shape.grain, why, shape=shape, header=header)


def _open_mapped(piece: Piece, mapping: FileMapping) -> TableFile:
    """Open a file where its header is found, if it has the columns meant, else where it is said."""
    if mapping.header_row == 0:
        return table_of(piece, 0)
    file = table_of(piece)
    if all(
        set(plain.factors(text, file.names)) <= set(file.names) for text in mapping.columns.values()
    ):
        return file
    return table_of(piece, mapping.header_row)


def _grain(mapping: FileMapping) -> str:
    grains = {"purchase_line": "line", "purchase": "order"}
    return grains.get(mapping.table) or TABLES[mapping.table].one_row_is


def _unknown(file: TableFile, missing: Sequence[str]) -> Problem:
    spoken = {"ordered_on": "a date", "revenue": "an amount"}
    lacks = " and ".join(spoken[name] for name in missing)
    what = "No known system writes these columns, and their names do not tell what they are: "
    what += f"{', '.join(file.names[:8])}{', …' if len(file.names) > 8 else ''}. "
    what += f"As purchases, they lack {lacks}."
    hint = "'rapport sources' lists what is known; a mapping in rapport.toml reads any other table."
    return refuse(file.name, what, hint)


def read(path: Path, settings: Settings, now: dt.datetime | None = None) -> Facts:
    """Return the facts of a file of one table, its rows read as they are asked for.

    Parameters
    ----------
    path
        The file.
    settings
        The brand's settings.
    now
        The present, when it is not the clock's: later dates are in the future.

    Raises
    ------
    NeedsMapping
        When a person must first confirm which column is what.
    Problem
        When it cannot be read, with every reason.
    """
    return facts(recognise(path, settings), settings, now)


def _mapped(
    file: TableFile,
    mapping: FileMapping,
    settings: Settings,
    name: str,
    now: dt.datetime | None,
) -> Facts:
    """Return the facts of a file that is read through a mapping."""
    if mapping.table in ("purchase", "purchase_line"):
        return facts_of(file, plain.recipe(file, mapping, settings, name), settings, now)
    found = facts_of(file, plain_tables.recipe(file, mapping, settings, name), settings, now)
    if mapping.table == "spend":
        return replace(found, batches=added_up(found.batches, file.name))
    return found


def facts_of_piece(piece: Piece, settings: Settings, now: dt.datetime | None = None) -> Facts:
    """Return the facts of one piece of a file; see `read`."""
    return facts(recognised(piece, settings), settings, now)


def wanted_pieces(path: Path, pieces: Sequence[Piece], settings: Settings) -> list[Piece]:
    """Return the pieces of a file that are to be loaded.

    Of several, those that a mapping or a known system reads; when there are none, the largest
    sheet of a workbook, or every table of an archive.
    """
    if len(pieces) <= 1:
        return list(pieces)
    known = [piece for piece in pieces if _is_known(piece, settings)]
    if known:
        return known
    return [Piece(path, file_name(path))] if pieces[0].path == path else list(pieces)


def _is_known(piece: Piece, settings: Settings) -> bool:
    if any(fits(mapping, _last(piece)) for mapping in settings.mappings.values()):
        return True
    try:
        return known_shape(piece) is not None
    except Problem:
        return False


def facts(recognition: Recognition, settings: Settings, now: dt.datetime | None = None) -> Facts:
    """Return the facts of a file that was recognised; see `read`."""
    file, shape, header = recognition.file, recognition.shape, recognition.header
    if recognition.mapping:
        if not recognition.mapping.confirmed:
            raise NeedsMapping(recognition)
        return _mapped(file, recognition.mapping, settings, recognition.source, now)
    if shape is None:
        msg = "a recognition has a mapping or a shape"
        raise ValueError(msg)
    if shape.examine and (faults := shape.examine(file, header, settings)):
        raise Problem(f"{file.name} was not read.", list(faults))
    if shape.facts:
        return shape.facts(file, header, settings, now)
    if shape.recipe is None:
        msg = f"{recognition.source} {shape.name} has no recipe"
        raise ValueError(msg)
    return facts_of(file, shape.recipe(file, header, settings), settings, now)
