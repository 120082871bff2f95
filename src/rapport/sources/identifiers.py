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


_PLAIN = {"email": emails, "phone": phones, "name": names, "postcode": postcodes}


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
    return {
        "account": record_table("account", columns, latest),
        "identifier": record_table("identifier", values, known),
    }
