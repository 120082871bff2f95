"""What the systems of sellers have in common: a deal that is won, and rows of `lead`."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.settings import Settings, SourceSettings
from rapport.sources.cells import read_flags
from rapport.sources.derived import Make, derived, where
from rapport.sources.loading import record_table
from rapport.sources.reading import TableFile

WON_ON = "closed when won"
# A stage is named by each firm; the word for a won deal is in it in every language read here.
_WON = r"(?i)(^|[^\pL])(won|gagnée?s?|gewonnen|ganad[oa]s?|vunn(en|et|a))($|[^\pL])"
_NOT_WON = r"(?i)(^|[^\pL])(not|non|pas|nicht|no|inte|lost|perdue?s?|verloren)($|[^\pL])"


def is_won(stage: str, flag: str | None) -> Make:
    """Return which rows are deals that were won.

    Parameters
    ----------
    stage
        The column of the stage or status.
    flag
        The column that says yes or no, where the file has one: then it alone decides.

    Examples
    --------
    >>> rows = pa.table({"Phase": ["Closed Won", "Closed lost", "Gagnée", "Pas gagné", "Won"]})
    >>> is_won("Phase", None)(rows).to_pylist()
    [True, False, True, False, True]
    """

    def make(rows: pa.Table) -> pa.ChunkedArray:
        if flag is not None:
            return pc.fill_null(read_flags(rows.column(flag)).values, False)
        named = rows.column(stage)
        denied = pc.match_substring_regex(named, _NOT_WON)
        return pc.and_(pc.match_substring_regex(named, _WON), pc.invert(denied))

    return make


def with_won_day(file: TableFile, header: Mapping[str, str]) -> TableFile:
    """Return a file with the column `WON_ON`: when a deal was closed, where it was won.

    The day on which an open deal may be closed lies ahead, and is no fact. `header` names the
    columns `closed` and `stage`, and may name `is_won`.
    """
    if "closed" not in header:
        return file
    holds = is_won(header["stage"], header.get("is_won"))
    return derived(file, {WON_ON: where(header["closed"], holds)})


def currency_of(source: str, settings: Settings) -> str:
    """Return the currency of amounts that name none: what is said of the source, or the brand's."""
    return settings.sources.get(source, SourceSettings()).currency or settings.currency


def leads(typed: pa.Table, account: pa.ChunkedArray | None, currency: str) -> pa.Table:
    """Return rows of `lead` from typed rows with columns of its names.

    Parameters
    ----------
    typed
        The rows; `lead_id` must be there.
    account
        The account of each lead, where the file names it.
    currency
        Of amounts that name none.
    """
    names = ("lead_id", "created_on", "zone", "origin", "stage", "won_on", "amount")
    columns: dict[str, object] = {n: typed.column(n) for n in names if n in typed.column_names}
    if account is not None:
        columns["account_id"] = account
    if "amount" in columns:
        said = pa.scalar(currency, pa.string())
        named = (
            pc.coalesce(typed.column("currency"), said)
            if "currency" in typed.column_names
            else said
        )
        columns["currency"] = pc.if_else(
            pc.is_valid(typed.column("amount")), named, pa.scalar(None, pa.string())
        )
    return record_table("lead", columns, typed)
