"""Evidence who an account is, written in one way: e-mails, phones, names, postcodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from rapport.sources.loading import record_table
from rapport.sources.rows import ROW

_FEWEST_DIGITS = 6


def emails(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return e-mail addresses in small letters; null for what is none.

    Examples
    --------
    >>> import pyarrow as pa
    >>> emails(pa.chunked_array([["'Ana@B.fr ", "none"]])).to_pylist()
    ['ana@b.fr', None]
    """
    plain = pc.utf8_lower(pc.utf8_trim(pc.utf8_trim_whitespace(values), "'"))
    fits = pc.match_substring_regex(plain, r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
    return pc.if_else(fits, plain, pa.scalar(None, pa.string()))


def phones(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return phone numbers as digits, with + where a country is named; null for what is none.

    Examples
    --------
    >>> import pyarrow as pa
    >>> phones(pa.chunked_array([["'+33 6 12-34 56 78", "0033612345678", "-"]])).to_pylist()
    ['+33612345678', '+33612345678', None]
    """
    signs = pc.replace_substring_regex(values, r"\(0\)", "")
    digits = pc.replace_substring_regex(signs, r"[^0-9+]", "")
    plain = pc.replace_substring_regex(digits, r"^00", "+")
    long = pc.greater_equal(pc.utf8_length(plain), _FEWEST_DIGITS)
    return pc.if_else(long, plain, pa.scalar(None, pa.string()))


def names(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return names in small letters with single blanks."""
    plain = pc.utf8_trim_whitespace(pc.replace_substring_regex(values, r"\s+", " "))
    return pc.utf8_lower(plain)


def postcodes(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return postcodes in capitals without blanks or a leading apostrophe."""
    return pc.utf8_upper(pc.replace_substring_regex(values, r"[\s']", ""))


def cards(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return numbers of loyalty cards in capitals without blanks, hyphens or an apostrophe.

    Examples
    --------
    >>> import pyarrow as pa
    >>> cards(pa.chunked_array([["'fid-0012 34", " "]])).to_pylist()
    ['FID001234', None]
    """
    plain = pc.utf8_upper(pc.replace_substring_regex(values, r"[\s'-]", ""))
    return _filled(plain)


def _filled(values: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)


def _as_written(values: pa.ChunkedArray) -> pa.ChunkedArray:
    return _filled(pc.utf8_trim_whitespace(values))


def ids(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return numbers of a system as it writes them; null for what a spreadsheet rounded.

    Examples
    --------
    >>> import pyarrow as pa
    >>> ids(pa.chunked_array([["'7210448301122", "7.21045E+12", "12.0"]])).to_pylist()
    ['7210448301122', None, '12']
    """
    plain = pc.replace_substring_regex(pc.utf8_trim_whitespace(values), r"^'|\.0$", "")
    rounded = pc.match_substring_regex(plain, r"^\d([.,]\d+)?[eE]\+\d+$")
    return _filled(pc.if_else(rounded, "", plain))


_PLAIN = {
    "email": emails,
    "phone": phones,
    "handle": _as_written,
    "name": names,
    "postcode": postcodes,
    "loyalty card": cards,
    "device": _as_written,
    "external id": ids,
}


def accounts_and_identifiers(
    account: pa.ChunkedArray,
    name: pa.ChunkedArray,
    country: pa.ChunkedArray,
    evidence: Mapping[str, Sequence[pa.ChunkedArray]],
    numbers: pa.ChunkedArray,
) -> dict[str, pa.Table]:
    """Return the rows of `account` and `identifier` for some orders, each once.

    Parameters
    ----------
    account
        The account of each order, null where it is unknown.
    name, country
        What the order says of the customer; of several orders the last holds.
    evidence
        For each kind of identifier, columns with a value for each order.
    numbers
        The row of each order.
    """
    people = pa.table({"account_id": account, "name": name, "country": country, ROW: numbers})
    people = people.filter(pc.is_valid(people.column("account_id")))
    if not people.num_rows:
        return {}
    latest = people.group_by("account_id", use_threads=False).aggregate(
        [("name", "last"), ("country", "last"), (ROW, "last")]
    )
    latest = latest.rename_columns(["account_id", "name", "country", ROW])
    columns: dict[str, object] = {n: latest.column(n) for n in ("account_id", "name", "country")}
    return {
        "account": record_table("account", columns, latest),
        "identifier": identifiers_of(account, evidence, numbers),
    }


def identifiers_of(
    account: pa.ChunkedArray,
    evidence: Mapping[str, Sequence[pa.ChunkedArray]],
    numbers: pa.ChunkedArray,
) -> pa.Table:
    """Return the rows of `identifier`: each piece of evidence of an account once.

    Parameters
    ----------
    account
        The account of each row, null where it is unknown.
    evidence
        For each kind of identifier, columns with a value for each row; what is none is left out.
    numbers
        The number of each row.
    """
    parts = [
        pa.table(
            {
                "account_id": account,
                "kind": pa.chunked_array([pa.repeat(kind, len(values))]),
                "value": _PLAIN[kind](values),
                ROW: numbers,
            }
        )
        for kind, several in evidence.items()
        for values in several
    ]
    known = pa.concat_tables(parts)
    known = known.filter(
        pc.and_(pc.is_valid(known.column("account_id")), pc.is_valid(known.column("value")))
    )
    known = known.group_by(["account_id", "kind", "value"], use_threads=False).aggregate(
        [(ROW, "first")]
    )
    known = known.rename_columns(["account_id", "kind", "value", ROW]).sort_by(ROW)
    values: dict[str, object] = {n: known.column(n) for n in ("account_id", "kind", "value")}
    return record_table("identifier", values, known)


def people(
    typed: pa.Table,
    columns: Mapping[str, object],
    evidence: Mapping[str, Sequence[pa.ChunkedArray]],
) -> dict[str, pa.Table]:
    """Return `account` and `identifier` of a list of people: every row is an account.

    Parameters
    ----------
    typed
        The rows, for `source_row`.
    columns
        What the file says of each account, `account_id` among it, null in no row; of two rows with
        one account the last holds, as the record reads them.
    evidence
        See `identifiers_of`.
    """
    account = columns["account_id"]
    if not isinstance(account, pa.ChunkedArray):
        msg = "accounts are a column"
        raise TypeError(msg)
    return {
        "account": record_table("account", columns, typed),
        "identifier": identifiers_of(account, evidence, typed.column(ROW)),
    }


def column_of(rows: pa.Table, name: str) -> pa.ChunkedArray:
    """Return a column of texts, all null when the rows have none of that name."""
    if name in rows.column_names:
        return rows.column(name)
    return pa.chunked_array([pa.nulls(rows.num_rows, pa.string())])


def full_names(first: pa.ChunkedArray, last: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return first and last names as one; null where both are.

    Examples
    --------
    >>> import pyarrow as pa
    >>> first = pa.chunked_array([["Ana", None, None]], pa.string())
    >>> full_names(first, pa.chunked_array([["Lo", "Bo", None]])).to_pylist()
    ['Ana Lo', 'Bo', None]
    """
    both = pc.binary_join_element_wise(pc.fill_null(first, ""), pc.fill_null(last, ""), " ")
    return _filled(pc.utf8_trim_whitespace(both))
