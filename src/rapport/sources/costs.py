"""What advertising cost, campaign by campaign and day by day, whichever platform reports it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.errors import Fault, Problem
from rapport.record.facts import Batch, Facts
from rapport.settings import Settings, SourceSettings
from rapport.sources.amounts import Mark
from rapport.sources.dates import Order
from rapport.sources.fields import Kind, fields_in
from rapport.sources.loading import Recipe, Rule, facts_of, record_table
from rapport.sources.money import money_of
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW, trimmed
from rapport.sources.shapes import Header, Refusal
from rapport.sources.summing import Sums, summed

# What a platform's header may call, under these names; `day` and `cost` must be there.
_KINDS: Mapping[str, Kind] = {
    "day": "day",
    "campaign": "text",
    "region": "text",
    "cost": "money",
    "currency": "currency",
    "impressions": "integer",
    "clicks": "integer",
}
_KEY = ("day", "channel", "campaign", "region")
_FIGURES = ("cost", "impressions", "clicks")
_TOTAL = r"^(grand )?(total|totaux|totals|gesamt|gesamtsumme|totalt|totales|summe|summa)\b"

NOT_BY_DAY = Refusal(
    "Its costs are totals of a period, and Rapport needs one row for each day.",
    "Export it again with a column for the day.",
)


@dataclass(frozen=True, slots=True)
class Medium:
    """How one platform reports its costs.

    Parameters
    ----------
    source
        What the record calls it, as source and as channel.
    version
        See `Recipe.version`.
    usual_dates, usual_decimal
        How it writes dates and numbers, where a file leaves it open.
    rules
        Rows to set aside besides totals.
    notes
        Plain sentences on how it is read.
    micros
        Whether costs are written in millionths of the currency.
    """

    source: str
    version: int = 1
    usual_dates: Order | None = None
    usual_decimal: Mark | None = None
    rules: tuple[Rule, ...] = ()
    notes: tuple[str, ...] = ()
    micros: bool = False


def daily_costs(
    file: TableFile,
    header: Header,
    settings: Settings,
    now: dt.datetime | None,
    medium: Medium,
) -> Facts:
    """Return one row of `spend` for each campaign and day; finer rows are added up.

    Parameters
    ----------
    header
        Its columns by the names day, cost, and where there are any: campaign, region, currency,
        impressions, clicks. `said["cost"]` is the currency when it stands in the header.

    Raises
    ------
    Problem
        As `loading.facts_of` does; while rows are read, when one campaign has costs in two
        currencies on one day.
    """
    fallback, why = _currency(header, settings, medium.source)
    kinds: dict[str, Kind] = {**_KINDS, **({"cost": "text"} if medium.micros else {})}
    fields = fields_in(header, kinds, required=("day", "cost"))
    rules = (rows_of_totals(header["day"]), *medium.rules)
    if medium.micros:
        rules += (_not_micros(header["cost"]),)

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        if medium.micros:
            typed = typed.set_column(
                typed.column_names.index("cost"), "cost", of_micros(typed.column("cost"))
            )
        return {"spend": _spend(typed, medium.source, fallback)}

    recipe = Recipe(
        medium.source,
        medium.version,
        fields,
        order=(),
        finish=finish,
        by_line=False,
        notes=(*medium.notes, *why),
        usual_dates=medium.usual_dates,
        usual_decimal=medium.usual_decimal,
        rules=rules,
    )
    facts = facts_of(file, recipe, settings, now)
    return replace(facts, batches=added_up(facts.batches, file.name))


def _currency(header: Header, settings: Settings, source: str) -> tuple[str, tuple[str, ...]]:
    """Return the currency of amounts that name none, and how that is known."""
    said = header.said.get("cost", "")
    if said:
        return said, (f"Costs are in {said}, as their column says.",)
    how = settings.sources.get(source, SourceSettings())
    currency = how.currency or settings.currency
    if "currency" in header:
        return currency, ()
    place = f"[sources.{source}] of rapport.toml" if how.currency else "the brand's currency"
    return currency, (f"The file names no currency: costs are in {currency} ({place}).",)


_MICRO = r"^-?\d{1,17}(\.0+)?$"
_PER_UNIT = 100  # millionths in a ten-thousandth, the unit in which the record keeps money


def of_micros(cells: pa.ChunkedArray) -> pa.Array:
    """Return amounts written in millionths, to the nearest ten-thousandth, half away from zero.

    Examples
    --------
    >>> of_micros(pa.chunked_array([["1234567", "99000000"]])).to_pylist()
    [Decimal('1.2346'), Decimal('99.0000')]
    """
    whole = pc.replace_substring_regex(cells, r"\.0+$", "")
    micros = pc.cast(whole, pa.int64()).to_numpy(zero_copy_only=False)
    rounded = np.sign(micros) * ((np.abs(micros) + _PER_UNIT // 2) // _PER_UNIT)
    return money_of(rounded)


def _not_micros(column: str) -> Rule:
    def finds(rows: pa.Table) -> pa.ChunkedArray:
        cells = trimmed(rows.column(column))
        return pc.and_(pc.not_equal(cells, ""), pc.invert(pc.match_substring_regex(cells, _MICRO)))

    return Rule("not_a_number", "The cost is not a whole number of millionths.", finds)


def days_said(text: str) -> list[dt.date]:
    """Return the days that a line above a table names, in ISO, US or English form.

    Examples
    --------
    >>> [str(day) for day in days_said("Report Start: 9/1/2026, Report End: September 30, 2026")]
    ['2026-09-01', '2026-09-30']
    """
    found = []
    for match in _SAID.finditer(text):
        iso, us, name, rest = match[1], match[2], match[3], match[4]
        for form, said in (("%Y-%m-%d", iso), ("%m/%d/%Y", us), ("%B %d, %Y", f"{name} {rest}")):
            with suppress(ValueError):
                found.append(dt.datetime.strptime(said or "", form).date())  # noqa: DTZ007 - a day
                break
    return found


_SAID = re.compile(r"(\d{4}-\d\d-\d\d)|(\d{1,2}/\d{1,2}/\d{4})|([A-Z][a-z]+) (\d{1,2}, \d{4})")


def _spend(typed: pa.Table, channel: str, currency: str) -> pa.Table:
    columns: dict[str, object] = {
        name: typed.column(name)
        for name in ("day", "campaign", "region", *_FIGURES)
        if name in typed.column_names
    }
    columns |= {"channel": channel, "currency": currency}
    if "currency" in typed.column_names:
        columns["currency"] = pc.fill_null(typed.column("currency"), currency)
    return record_table("spend", columns, typed)


def rows_of_totals(day: str) -> Rule:
    """Return the rule that sets aside rows of totals: no day, and a cell that begins so.

    Examples
    --------
    >>> rows = pa.table({"Day": ["2026-01-01", "Total: Account", "--"], "Campaign": ["Total", "",
    ...     "Gesamt: Konto"], "source_row": [2, 3, 4]})
    >>> rows_of_totals("Day").finds(rows).to_pylist()
    [False, True, True]
    """

    def finds(rows: pa.Table) -> pa.ChunkedArray:
        dayless = pc.invert(pc.match_substring_regex(rows.column(day), r"\d"))
        if not pc.any(dayless).as_py():
            return dayless
        found = pc.and_(dayless, False)
        for name in rows.column_names:
            if name != ROW:
                cells = pc.utf8_lower(trimmed(rows.column(name)))
                found = pc.or_(found, pc.match_substring_regex(cells, _TOTAL))
        return pc.and_(found, dayless)

    return Rule("total_row", "The row is the total of the others.", finds)


def added_up(batches: Iterator[Batch], file: str) -> Iterator[Batch]:
    """Yield one batch in which the rows of one campaign and day are one row of `spend`.

    An ad platform breaks a campaign's day down by ad group, ad, device or network.

    Raises
    ------
    Problem
        When one campaign has costs in two currencies on one day.
    """
    for batch in summed(batches, {"spend": Sums((*_KEY, "currency"), _FIGURES)}):
        if "spend" in batch.tables:
            _refuse_two(batch.tables["spend"], file)
        yield batch


def _refuse_two(spend: pa.Table, file: str) -> None:
    key = [name for name in _KEY if name in spend.column_names]
    several = spend.group_by(key, use_threads=False).aggregate([("currency", "list")])
    lengths = pc.list_value_length(several.column("currency_list"))
    twice = several.filter(pc.greater(lengths, 1)).slice(0, 1).to_pylist()
    if twice:
        row = twice[0]
        named = f"'{row['campaign']}'" if row.get("campaign") else "One campaign"
        what = f"{named} has costs in {' and '.join(row['currency_list'])} on {row['day']}."
        hint = "Export the accounts of each currency for themselves."
        raise Problem(f"{file} was not read.", [Fault(what, file, hint)])
