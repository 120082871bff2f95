"""Proposes which column of a file is what, from names and values, with a reason for each guess."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import pyarrow as pa

from rapport.settings import FileMapping
from rapport.sources.looks import ColumnLook, look
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW
from rapport.sources.vocabulary import match

_LINE_ONLY = ("quantity", "product_id", "product", "category", "cost")
_ORDER_ONLY = ("refund", "margin", "referrer", "cancelled_on")
SURE, LIKELY = 0.85, 0.6


@dataclass(frozen=True, slots=True)
class Guess:
    """One guess: the column of the record, that of the file, how sure from 0 to 1, and why."""

    target: str
    column: str
    confidence: float
    why: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping that a person may confirm, why each column was chosen, and what is missing."""

    mapping: FileMapping
    guesses: tuple[Guess, ...]
    sentences: tuple[str, ...]
    missing: tuple[str, ...] = ()


def propose(file: TableFile) -> Proposal:
    """Propose a mapping for a file that no known system has written."""
    sample = file.sample()
    columns = [look(sample, name) for name in file.names]
    return _purchases(file, sample, columns)


def names_a_purchase(proposal: Proposal) -> bool:
    """Say whether names of columns, and not values alone, speak for a file of purchases."""
    named = {guess.target for guess in proposal.guesses if guess.confidence >= LIKELY}
    marks = {"purchase_id", "account_id", "product_id", "product", "unit_price", "quantity"}
    return not proposal.missing and bool(named & marks)


def _purchases(file: TableFile, sample: pa.Table, columns: Sequence[ColumnLook]) -> Proposal:
    guesses = _choose(columns)
    guesses |= _by_values(columns, guesses)
    by_line, grain = _grain(sample, guesses)
    listed: dict[str, str] = {
        target: guess.column
        for target, guess in guesses.items()
        if target not in (_ORDER_ONLY if by_line else _LINE_ONLY) and target != "unit_price"
    }
    sentences = [guess.why for guess in guesses.values() if guess.target in listed]
    price = guesses.get("unit_price")
    if by_line and price and "quantity" in guesses and "revenue" not in listed:
        listed["revenue"] = f"{guesses['quantity'].column} * {price.column}"
        sentences.append(f"revenue is {listed['revenue']}: the file has no total for each line.")
    if "purchase_id" not in listed:
        sentences.append(
            "The file numbers no orders: they are told apart by customer and time "
            "(what one customer bought at one time is one order)."
            if by_line
            else "The file numbers no orders: each row is one, named by its customer and time."
        )
    sentences.append(grain)
    missing = tuple(name for name in ("ordered_on", "revenue") if name not in listed)
    mapping = FileMapping(
        files=file_pattern(file.name),
        table="purchase_line" if by_line else "purchase",
        columns=listed,
        header_row=file.header_row,
    )
    return Proposal(mapping, tuple(guesses.values()), tuple(sentences), missing)


def file_pattern(name: str) -> str:
    """Return a pattern for this file and its later editions: digits stand for any text.

    Examples
    --------
    >>> file_pattern("orders_2024-01-31.csv"), file_pattern("shop.csv")
    ('orders_*.csv', 'shop.csv')
    """
    stem, dot, end = name.partition(".")
    pattern = re.sub(r"\d[\d\-_ ()]*", "*", re.sub(r"[\[\]]", "?", stem))
    pattern = re.sub(r"\*+", "*", pattern)
    # A name that is nothing but digits would make a pattern for everything.
    return f"{pattern if re.search(r'[^*]', pattern) else stem}{dot}{end}"


def fits(mapping: FileMapping, name: str) -> bool:
    """Say whether a mapping is meant for a file of that name."""
    return fnmatch.fnmatch(PurePath(name).name.casefold(), mapping.files.casefold())


def _plausible(target: str, column: ColumnLook) -> float:
    """Return how well the values of a column go with what its name says, from 0 to 1."""
    if not column.filled:
        return 0.0
    if target in ("ordered_on", "cancelled_on"):
        return column.date if column.date > 0.5 else (0.3 if column.number > 0.9 else 0.0)
    if target in ("revenue", "unit_price", "discount", "refund", "margin", "cost", "quantity"):
        return column.number if column.date < 0.9 or column.whole is False else 0.0
    if target == "currency":
        return column.currency
    if target == "purchase_id":
        return 1.0 if column.distinct > 0.02 and column.money < 0.5 else 0.2
    if target == "account_id":
        return 1.0 if column.money < 0.5 and column.date < 0.9 else 0.1
    return 1.0


def _choose(columns: Sequence[ColumnLook]) -> dict[str, Guess]:
    """Give each column of the record the best free column of the file, strongest match first."""
    scored = [
        (round(strength * _plausible(target, column), 3), target, column)
        for column in columns
        for target, strength in match(column.name)
    ]
    scored.sort(key=lambda item: -item[0])
    chosen: dict[str, Guess] = {}
    used: set[str] = set()
    for score, target, column in scored:
        if score < 0.3 or target in chosen or column.name in used:
            continue
        used.add(column.name)
        why = f"{target} is '{column.name}': {sureness(score)}, by its name and its values."
        chosen[target] = Guess(target, column.name, min(score, 1.0), why)
    return chosen


def sureness(score: float) -> str:
    """Return how sure a guess is, in words."""
    return "sure" if score >= SURE else "likely" if score >= LIKELY else "a guess"


def _by_values(columns: Sequence[ColumnLook], chosen: Mapping[str, Guess]) -> dict[str, Guess]:
    """Find the date, the amount and the customer by their values where no name says them."""
    used = {guess.column for guess in chosen.values()}
    free = [column for column in columns if column.name not in used and column.filled > 0.5]
    found: dict[str, Guess] = {}

    def take(target: str, candidates: list[ColumnLook], what: str) -> None:
        if target in chosen or not candidates:
            return
        column = candidates[0]
        free.remove(column)
        why = f"{target} is '{column.name}': {sureness(0.5)}, since {what}."
        found[target] = Guess(target, column.name, 0.5, why)

    take("ordered_on", [c for c in free if c.date > 0.9], "its values are dates")
    if "unit_price" not in chosen:
        money = [c for c in free if c.number > 0.9 and c.money > 0.3 and c.date < 0.9]
        take("revenue", money, "its values are amounts")
    ids = [c for c in free if c.whole and c.money < 0.3 and c.date < 0.9 and c.distinct < 1.0]
    take(
        "account_id", sorted(ids, key=lambda c: -c.distinct), "its values come back like customers"
    )
    return found


def _grain(sample: pa.Table, guesses: Mapping[str, Guess]) -> tuple[bool, str]:
    """Say whether a row is a line of an order, and why."""
    goods = [name for name in ("product_id", "product", "unit_price") if name in guesses]
    if "purchase_id" in guesses:
        column = guesses["purchase_id"].column
        ids = [cell for cell in sample.column(column).to_pylist() if cell.strip()]
        again = _shared_order(sample, column, guesses, lines=bool(goods))
        several = len(ids) - len(set(ids))
        if again and several > 0.02 * len(ids) and (goods or several > 0.2 * len(ids)):
            first, second, order = again
            why = f"rows {first:,} and {second:,} share the order '{order}'"
            return True, f"One row is a line of an order: {why}."
        if not _needs_lines(guesses):
            if again or several:
                return False, f"One row is an order: few values of '{column}' come back."
            return False, f"One row is an order: '{column}' does not come back."
    if goods and "quantity" in guesses:
        return True, f"One row is a line of an order: it names a product ('{goods[0]}')."
    return False, "One row is an order."


def _needs_lines(guesses: Mapping[str, Guess]) -> bool:
    """Say whether the amount can only be worked out line by line."""
    return "revenue" not in guesses and {"quantity", "unit_price"} <= guesses.keys()


def _shared_order(
    sample: pa.Table, column: str, guesses: Mapping[str, Guess], *, lines: bool
) -> tuple[int, int, str] | None:
    """Return two rows that are lines of one order, and its number.

    Without goods, rows that are the same throughout are repeats, and rows of two customers are a
    number used twice.
    """
    customer = guesses["account_id"].column if "account_id" in guesses else column
    seen: dict[str, tuple[int, tuple[str, ...], str]] = {}
    for row in sample.to_pylist():
        number, order, who = int(row.pop(ROW)), row[column], row[customer]
        content = tuple(row.values())
        if order.strip() and order in seen:
            first, before, buyer = seen[order]
            if lines or (content != before and who == buyer):
                return first, number, order
        seen.setdefault(order, (number, content, who))
    return None
