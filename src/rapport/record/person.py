"""Who an identifier names, in the record as it is stored, and every place that mentions them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import duckdb

from rapport.record.delta import STORED, active_files
from rapport.record.lookup import connect, quoted
from rapport.record.privacy import (
    account_tombstone,
    hash_account,
    hash_identifier,
    identifier_tombstone,
    normal,
)

ACCOUNT_COLUMNS = ("account_id", "respondent")

_SHARED = frozenset({"name", "postcode"})  # by many people: they name nobody
_KINDS = ("email", "phone", "handle", "loyalty card", "device", "external id")
_SHORTEST, _FEWEST_DIGITS = 5, 9


@dataclass(frozen=True, slots=True)
class Person:
    """A person to be forgotten.

    Parameters
    ----------
    identifier
        What the request named them by.
    accounts
        Their accounts: source and id, as stored.
    typed
        The identifier as it is looked for in every column; '' when it is too plain for that.
    terms
        It and their e-mails, phones, handles and account ids, in lower case, as they are looked
        for inside free texts: those that no other text has by chance.
    tombstones
        What is kept of them: keyed hashes.
    """

    identifier: str
    accounts: frozenset[tuple[str, str]]
    typed: str
    terms: tuple[str, ...]
    tombstones: frozenset[str]


def find(root: Path, key: bytes, identifier: str) -> Person:
    """Return the person whom an identifier names, in plain or hashed storage.

    It may be an e-mail, phone or other identifier, a handle, an account's id or a respondent; names
    and postcodes are shared by many and name nobody. All
    accounts with an e-mail of those that it names are theirs too. Where several accounts differ by
    capitals only, the one written exactly so is meant.
    """
    typed = identifier.strip()
    written = {normal(typed), normal(typed).lstrip("@"), "@" + normal(typed), _digits(typed)} - {""}
    hashes = {hash_identifier(key, kind, value) for kind in _KINDS for value in written}
    with connect() as connection:
        accounts = _by_identifier(connection, root, sorted(written | hashes))
        accounts |= _by_account(connection, root, typed, hash_account(key, typed))
        own = _own_values(connection, root, accounts)
        emails = sorted({normal(value) for kind, value in own if kind == "email"})
        accounts |= _by_identifier(connection, root, emails)
        own = _own_values(connection, root, accounts)
    values = {value for _, value in own}
    handles = {"@" + value.lstrip("@") for kind, value in own if kind == "handle"}
    terms = {typed, _digits(typed), *values, *handles, *(account for _, account in accounts)}
    stones = {account_tombstone(key, *account) for account in accounts}
    stones |= {account_tombstone(key, s, hash_account(key, a)) for s, a in accounts}
    stones |= {identifier_tombstone(key, value) for value in values}
    stones |= {identifier_tombstone(key, hash_identifier(key, kind, v)) for kind, v in own}
    if is_distinctive(typed):
        stones |= {identifier_tombstone(key, value) for value in written | hashes}
    distinctive = sorted({_term(text) for text in terms if is_distinctive(text)})
    whole = _term(typed) if is_distinctive(typed) else ""
    return Person(typed, frozenset(accounts), whole, tuple(distinctive), frozenset(stones))


def is_distinctive(text: str) -> bool:
    """Return whether a text stands in nobody else's rows by chance: no plain word or number.

    Examples
    --------
    >>> [is_distinctive(text) for text in ("jane@x.fr", "@bob", "jane_doe", "+33612345678")]
    [True, True, True, True]
    >>> [is_distinctive(text) for text in ("winter", "Jane Doe", "17850")]
    [False, False, False]
    """
    term = _term(text)
    if not re.search(r"[^\d\s+().-]", term):
        return sum(letter.isdigit() for letter in term) >= _FEWEST_DIGITS
    if term.startswith("@"):
        return len(term) > 2
    return len(term) >= _SHORTEST and bool(re.search(r"[\d@._-]", term))


def _term(text: str) -> str:
    return re.sub(r"\s+", " ", text.strip()).lower()


def _digits(text: str) -> str:
    """Return a phone number without what people write between its digits; '' for other texts."""
    return re.sub(r"[\s().-]", "", text) if re.fullmatch(r"[\d\s+().-]{6,}", text) else ""


def _files(root: Path, table: str) -> list[str]:
    return [str(root / table / file.path) for file in active_files(root / table)]


_SAME = "lower(trim(regexp_replace({}, '\\s+', ' ', 'g')))"


def _by_identifier(
    connection: duckdb.DuckDBPyConnection, root: Path, written: list[str]
) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for table, column, kind in (("identifier", "value", "kind"), ("account", "handle", "''")):
        if files := _files(root, table):
            sql = (
                "select distinct source, account_id from read_parquet(?, hive_partitioning = false)"  # noqa: S608
                f" where list_contains(?, {_SAME.format(column)})"
                f" and account_id is not null and {kind} not in ('name', 'postcode')"
            )
            found.update(connection.execute(sql, [files, written]).fetchall())
    return found


def _by_account(
    connection: duckdb.DuckDBPyConnection, root: Path, typed: str, hashed: str
) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for table, column in account_columns():
        if files := _files(root, table):
            sql = (
                f"select distinct source, {quoted(column)} "  # noqa: S608
                "from read_parquet(?, hive_partitioning = false)"
                f" where list_contains(?, lower(trim({quoted(column)})))"
            )
            found.update(connection.execute(sql, [files, [typed.lower(), hashed]]).fetchall())
    exact = {(source, account) for source, account in found if account in (typed, hashed)}
    return exact or found


def account_columns() -> list[tuple[str, str]]:
    """Return the tables that say which account a row is of, and in which column."""
    return [
        (name, column)
        for name, table in STORED.items()
        for column in ACCOUNT_COLUMNS
        if any(each.name == column for each in table.columns)
    ]


def _own_values(
    connection: duckdb.DuckDBPyConnection, root: Path, accounts: set[tuple[str, str]]
) -> set[tuple[str, str]]:
    """Return kind and value of what the accounts are known by and others are not."""
    found: set[tuple[str, str]] = set()
    names = [f"{source}\x1f{account}" for source, account in accounts]
    mine = "list_contains(?, source || chr(31) || account_id)"
    for table, columns in (("identifier", "kind, value"), ("account", "'handle', handle")):
        if files := _files(root, table):
            sql = (
                f"select distinct {columns} "  # noqa: S608
                f"from read_parquet(?, hive_partitioning = false) where {mine}"
            )
            rows = connection.execute(sql, [files, names]).fetchall()
            found.update((kind, value) for kind, value in rows if value and kind not in _SHARED)
    return found
