"""Every place that mentions a person: found in files, and struck out of rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.lookup import connect, quoted
from rapport.record.person import ACCOUNT_COLUMNS, Person
from rapport.record.privacy import FORGOTTEN_REASON

STRUCK = "[forgotten]"

_FREE = frozenset(
    {"text", "url", "in_reply_to", "object_id", "referrer", "landing_page", "goals", "note"}
    | {"coupon", "campaign", "name", "source_file", "column", "reason", "raw"}
)
_WORD = r"\p{L}\p{N}_"


def pattern(term: str) -> str:
    """Return the regular expression (RE2) of a term as a word of its own, in any capitals."""
    words = r"\s+".join(re.escape(word) for word in term.split())
    return f"(?i)(^|[^{_WORD}.+-]){words}($|[^{_WORD}-])"


def sought(person: Person, schema: pa.Schema) -> list[tuple[str, str]]:
    """Return each column of texts with each term that is looked for in it.

    In free texts all terms are; elsewhere, where another account may rightly share a phone, only
    the identifier itself.
    """
    return [
        (field.name, term)
        for field in schema
        if pa.types.is_string(field.type) and field.name not in ("load_id", "source")
        for term in (person.terms if field.name in _FREE else (person.typed,))
        if term
    ]


def is_theirs(person: Person, rows: pa.Table) -> pa.Array:
    """Return for each row whether it is of one of the person's accounts."""
    theirs = pa.repeat(pa.scalar(False), rows.num_rows)
    for column in ACCOUNT_COLUMNS:
        if column not in rows.column_names:
            continue
        for source in sorted({source for source, _ in person.accounts}):
            ids = [account for of, account in sorted(person.accounts) if of == source]
            same = pc.and_(
                pc.equal(rows.column("source"), source),
                pc.is_in(rows.column(column), value_set=pa.array(ids, pa.string())),
            )
            theirs = pc.or_(theirs, pc.fill_null(same, False).combine_chunks())
    return theirs


def without(person: Person, rows: pa.Table) -> pa.Table:
    """Return the rows that are not the person's, with every mention of them struck out.

    A row that was set aside loses its text altogether.
    """
    rows = rows.filter(pc.invert(is_theirs(person, rows)))
    if "raw" in rows.column_names:
        return _blanked(person, rows)
    return _struck(person, rows)


def _struck(person: Person, rows: pa.Table) -> pa.Table:
    """Replace each mention by '[forgotten]'."""
    for name, term in sought(person, rows.schema):
        column, found = rows.column(name), pattern(term)
        while pc.any(pc.match_substring_regex(column, found)).as_py():
            column = pc.replace_substring_regex(column, found, rf"\1{STRUCK}\2")
        rows = rows.set_column(rows.column_names.index(name), name, column)
    return rows


def struck_text(person: Person, text: str) -> str:
    """Return a text with each mention of the person replaced by '[forgotten]'."""
    return str(_struck(person, pa.table({"text": [text]})).column("text")[0].as_py())


def _blanked(person: Person, rows: pa.Table) -> pa.Table:
    hit = pa.repeat(pa.scalar(False), rows.num_rows)
    for name, term in sought(person, rows.schema):
        found = pc.match_substring_regex(rows.column(name), pattern(term))
        hit = pc.or_(hit, pc.fill_null(found, False).combine_chunks())
    for source, account in sorted(person.accounts):
        same = pc.and_(
            pc.equal(rows.column("source"), source),
            pc.match_substring(rows.column("raw"), f'"{account}"'),
        )
        hit = pc.or_(hit, pc.fill_null(same, False).combine_chunks())
    for name, instead in (("raw", None), ("reason", FORGOTTEN_REASON)):
        new = pc.if_else(hit, pa.scalar(instead, pa.string()), rows.column(name))
        rows = rows.set_column(rows.column_names.index(name), name, new)
    return _struck(person, rows)


@dataclass(frozen=True, slots=True)
class Hits:
    """How many rows of a file are the person's, and how many others mention them."""

    path: str
    rows: int
    theirs: int
    mentions: int


def search(person: Person, files: Sequence[str], schema: pa.Schema) -> list[Hits]:
    """Look for a person in Parquet files of one schema; the answer is one entry a file."""
    if not files:
        return []
    values: list[object] = []
    theirs = _theirs_sql(person, schema, values)
    mentions = _mentions_sql(person, schema, values)
    sql = (
        "select filename, count(*), count(*) filter (where theirs), "  # noqa: S608
        f"count(*) filter (where not theirs and mentions) from (select filename, {theirs} as theirs"
        f", {mentions} as mentions from read_parquet(?, filename = true, "
        "hive_partitioning = false)) group by filename order by filename"
    )
    with connect() as connection:
        found = connection.execute(sql, [*values, list(files)]).fetchall()
    return [Hits(*row) for row in found]


def _theirs_sql(person: Person, schema: pa.Schema, values: list[object]) -> str:
    columns = [name for name in ACCOUNT_COLUMNS if name in schema.names]
    if not columns or "source" not in schema.names:
        return "false"
    names = [f"{source}\x1f{account}" for source, account in sorted(person.accounts)]
    values.extend([names] * len(columns))
    tests = [f"list_contains(?, source || chr(31) || {quoted(name)})" for name in columns]
    return f"coalesce({' or '.join(f'coalesce({test}, false)' for test in tests)}, false)"


def _mentions_sql(person: Person, schema: pa.Schema, values: list[object]) -> str:
    tests = []
    for name, term in sought(person, schema):
        tests.append(
            f"case when contains(lower({quoted(name)}), ?) "
            f"then regexp_matches({quoted(name)}, ?) else false end"
        )
        values.extend([term.split()[0], pattern(term)])
    if "raw" in schema.names:
        for source, account in sorted(person.accounts):
            tests.append("coalesce(source = ? and contains(raw, ?), false)")
            values.extend([source, f'"{account}"'])
    return f"({' or '.join(tests)})" if tests else "false"
