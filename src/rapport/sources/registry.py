"""Which system wrote a file, and its facts: the one door that the rest of the product uses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rapport.errors import Fault, Problem
from rapport.record.facts import Facts
from rapport.settings import FileMapping, Settings
from rapport.sources import completejourney, online_retail, plain, shopify
from rapport.sources.loading import facts_of
from rapport.sources.mapping import Proposal, fits, propose
from rapport.sources.opening import file_name, refuse
from rapport.sources.reading import TableFile, open_table


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
        What one row is: a `line` or an `order`.
    why
        One sentence on how that is known.
    mapping
        The mapping it is read through, confirmed or not; None for a known system.
    proposal
        How the mapping was found, when rapport.toml has none yet.
    """

    file: TableFile
    source: str
    grain: str
    why: str
    mapping: FileMapping | None = None
    proposal: Proposal | None = None

    @property
    def needs_mapping(self) -> bool:
        """Whether a person must look at the mapping before the file is read."""
        return self.mapping is not None and not self.mapping.confirmed


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


def recognise(path: Path, settings: Settings) -> Recognition:
    """Say which system wrote a file and how it would be read.

    A mapping of rapport.toml whose pattern fits the name goes before a known system, since a
    person wrote it. The same file and settings give the same answer always.

    Raises
    ------
    Problem
        When it is not a table, or a known table that is not about purchases.
    """
    mapped = next(((n, m) for n, m in settings.mappings.items() if fits(m, file_name(path))), None)
    if mapped:
        name, mapping = mapped
        file = _open_mapped(path, mapping)
        why = f"Its name fits '{mapping.files}' of mappings.{name} in rapport.toml."
        return Recognition(file, name, _grain(mapping), why, mapping)
    file = open_table(path)
    known = _known(file)
    if known:
        return known
    proposal = propose(file)
    name = plain.name_for(path, list(settings.mappings))
    if proposal.missing:
        raise _not_purchases(file, proposal.missing)
    why = "No known system writes these columns; they can be read through a mapping."
    return Recognition(file, name, _grain(proposal.mapping), why, proposal.mapping, proposal)


def _open_mapped(path: Path, mapping: FileMapping) -> TableFile:
    """Open a file where its header is found, if it has the columns meant, else where it is said."""
    if mapping.header_row == 0:
        return open_table(path, 0)
    file = open_table(path)
    if all(
        set(plain.factors(text, file.names)) <= set(file.names) for text in mapping.columns.values()
    ):
        return file
    return open_table(path, mapping.header_row)


def _grain(mapping: FileMapping) -> str:
    return "line" if mapping.table == "purchase_line" else "order"


def _known(file: TableFile) -> Recognition | None:
    if shopify.is_orders(file.names):
        return Recognition(file, shopify.SOURCE, "line", "Its columns are those of Shopify orders.")
    if online_retail.shape_of(file.names):
        why = "Its columns are those of the UCI Online Retail sets."
        return Recognition(file, online_retail.SOURCE, "line", why)
    if completejourney.is_transactions(file.names):
        why = "Its columns are those of the transactions of The Complete Journey."
        return Recognition(file, completejourney.SOURCE, "line", why)
    other = completejourney.other_table(file.names)
    if other:
        what = f"These are the {other} of The Complete Journey, which are not needed yet."
        raise refuse(file.name, what, "Add its transactions.")
    if shopify.is_customers(file.names):
        what = "This is a Shopify customers export, which is not needed yet."
        raise refuse(file.name, what, "Add the orders export: it names the customers too.")
    return None


def _not_purchases(file: TableFile, missing: Sequence[str]) -> Problem:
    spoken = {"ordered_on": "a date", "revenue": "an amount"}
    lacks = " and ".join(spoken[name] for name in missing)
    what = f"No column looks like {lacks}; its columns are {', '.join(file.names[:8])}"
    what += ", …." if len(file.names) > 8 else "."
    hint = "If it does hold purchases, write a mapping for it in rapport.toml."
    return refuse(file.name, what, hint)


def read(path: Path, settings: Settings, now: dt.datetime | None = None) -> Facts:
    """Return the facts of a file, its rows read as they are asked for.

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


def facts(recognition: Recognition, settings: Settings, now: dt.datetime | None = None) -> Facts:
    """Return the facts of a file that was recognised; see `read`."""
    file = recognition.file
    if recognition.mapping:
        if not recognition.mapping.confirmed:
            raise NeedsMapping(recognition)
        recipe = plain.recipe(file, recognition.mapping, settings, recognition.source)
        return facts_of(file, recipe, settings, now)
    if recognition.source == shopify.SOURCE:
        return shopify.facts(file, settings, now)
    if recognition.source == online_retail.SOURCE:
        return facts_of(file, online_retail.recipe(file.names, settings), settings, now)
    return facts_of(file, completejourney.recipe(), settings, now)
