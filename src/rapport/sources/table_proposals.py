"""Proposes a mapping for a file that holds no purchases: costs, talk, requests, events and more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rapport.record.schema import TABLES
from rapport.settings import FileMapping, MappedTable
from rapport.sources.looks import ColumnLook
from rapport.sources.mapping import LIKELY, Guess, Proposal, file_pattern, sureness
from rapport.sources.reading import TableFile
from rapport.sources.table_words import TABLE_WORDS, TableWords
from rapport.sources.vocabulary import match, matched

WEAKEST = 0.5


@dataclass(frozen=True, slots=True)
class _Candidate:
    table: str
    guesses: tuple[Guess, ...]

    @property
    def strength(self) -> float:
        return sum(guess.confidence for guess in self.guesses)


def propose_table(file: TableFile, columns: Sequence[ColumnLook]) -> Proposal | None:
    """Return a proposal for the table that explains a file best; None when none does.

    Parameters
    ----------
    file
        The file.
    columns
        What the values of its columns look like.
    """
    found = [
        candidate
        for table, words in TABLE_WORDS.items()
        if (candidate := _candidate(table, words, columns)) is not None
    ]
    if not found:
        return None
    best = max(found, key=lambda candidate: candidate.strength)
    listed = {guess.target: guess.column for guess in best.guesses}
    table: MappedTable = best.table  # type: ignore[assignment]  # a key of TABLE_WORDS
    mapping = FileMapping(
        files=file_pattern(file.name), table=table, columns=listed, header_row=file.header_row
    )
    sentences = [guess.why for guess in best.guesses]
    sentences.append(f"One row is {TABLES[best.table].one_row_is}.")
    return Proposal(mapping, best.guesses, tuple(sentences))


def _candidate(table: str, words: TableWords, columns: Sequence[ColumnLook]) -> _Candidate | None:
    if any(_speaks_against(column, words) for column in columns):
        return None
    scored = [
        (round(strength * _plausible(table, target, column), 3), target, column.name)
        for column in columns
        for target, strength in matched(column.name, words.words)
    ]
    scored.sort(key=lambda item: -item[0])
    chosen: dict[str, Guess] = {}
    used: set[str] = set()
    for score, target, name in scored:
        if score >= WEAKEST and target not in chosen and name not in used:
            used.add(name)
            why = f"{target} is '{name}': {sureness(score)}, by its name and its values."
            chosen[target] = Guess(target, name, min(score, 1.0), why)
    if table == "account" and "handle" in chosen:
        # A handle tells accounts apart where nothing else does.
        chosen.setdefault("account_id", replace(chosen["handle"], target="account_id"))
    marked = not words.marks or set(words.marks) & set(chosen)
    sure = all(chosen[name].confidence >= LIKELY for name in words.needs if name in chosen)
    if not set(words.needs) <= set(chosen) or not marked or not sure:
        return None
    return _Candidate(table, tuple(chosen.values()))


def _speaks_against(column: ColumnLook, words: TableWords) -> bool:
    """Say whether a column's name surely means something of a purchase."""
    return any(target in words.never and strength > 0.9 for target, strength in match(column.name))


def _plausible(table: str, target: str, column: ColumnLook) -> float:
    if not column.filled:
        return 0.0
    kind = TABLES[table].column(target).kind
    if kind in ("time", "day"):
        return column.date if column.date > 0.5 else 0.0
    if kind in ("money", "number", "integer"):
        return column.number if column.date < 0.9 else 0.0
    if target == "currency":
        return column.currency
    if target in ("text", "note"):
        return 1.0 if column.number < 0.5 and column.date < 0.5 else 0.0
    return 1.0 if column.date < 0.9 else 0.0
