"""What the letter is written from: the numbers that can be told, the tables, the facts."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from rapport.estimate import Estimate
from rapport.results import Results
from rapport.words import Words

Row = dict[str, Any]

_DEFAULT_SMALLEST_GROUP = 10


@dataclass(frozen=True, slots=True)
class Findings:
    """The results of one run, as the letter reads them.

    Parameters
    ----------
    results
        The results folder.
    words
        The language of the letter.
    numbers
        Named numbers whose value is finite; what cannot be told is not in it.
    facts
        Plain facts about the run: currency, first and last day, model.
    """

    results: Results
    words: Words
    numbers: Mapping[str, Estimate]
    facts: Mapping[str, Any]

    @classmethod
    def of(cls, results: Results, language: str) -> Findings:
        """Return what a run found, to be told in a language."""
        numbers = {k: n for k, n in results.numbers.items() if math.isfinite(n.value)}
        return cls(results, Words.of(language), numbers, results.facts)

    def number(self, name: str) -> Estimate | None:
        """Return a named number, or None when it is missing or not a number."""
        return self.numbers.get(name)

    @property
    def currency(self) -> str:
        """The currency of every amount."""
        return str(self.facts.get("currency") or "EUR")

    @property
    def smallest_group(self) -> int:
        """How many people a group must hold to be shown as one."""
        return int(self.facts.get("smallest_group") or _DEFAULT_SMALLEST_GROUP)

    @property
    def horizon_months(self) -> int | None:
        """How far ahead a lifetime is counted, in months."""
        months = self.facts.get("horizon_months")
        return None if months is None else int(months)

    def day(self, name: str) -> dt.date | None:
        """Return the fact `name` as a day: "first_day" or "last_day"."""
        written = self.facts.get(name)
        return dt.date.fromisoformat(str(written)[:10]) if written else None

    def rows(self, table: str, needed: Sequence[str]) -> list[Row]:
        """Return the rows of a table whose `needed` columns are all known; [] when it is absent.

        A row that names `customers` is a group: one under the smallest group is left out.
        """
        if not self.results.tables.get(table):
            return []
        found = self.results.table(table)
        if not set(needed) <= set(found.column_names):
            return []
        kept = without_small_groups(found, table, self.smallest_group)
        return [row for row in kept.to_pylist() if all(_known(row[name]) for name in needed)]

    def columns(self, table: str) -> list[str]:
        """Return the column names of a result table that the run made."""
        names: list[str] = DeltaTable(self.results.path(table)).to_pyarrow_dataset().schema.names
        return names

    def largest(self, table: str, by: str, count: int) -> pa.Table | None:
        """Return the `count` rows of a table with the most of column `by`, most first.

        The table is read in pieces, so that one larger than memory can be asked. None when the
        run made no such table.
        """
        if table not in self.results.tables:
            return None
        dataset = DeltaTable(self.results.path(table)).to_pyarrow_dataset()
        if by not in dataset.schema.names:
            return dataset.head(count)
        kept = dataset.schema.empty_table()
        least = None
        for batch in dataset.to_batches():
            more = batch if least is None else batch.filter(pc.greater(batch[by], least))
            kept = pa.concat_tables([kept, pa.Table.from_batches([more])])
            if kept.num_rows > 2 * count:
                kept = _most(kept, by, count)
                least = kept[by][-1] if _known(kept[by][-1].as_py()) else None
        return _most(kept, by, count)


GROUPED = frozenset({"lifetime_by_cohort", "lifetime_by_group", "retention", "alive_histogram"})


def without_small_groups(found: pa.Table, name: str, smallest: int) -> pa.Table:
    """Return a table of groups without those of fewer than `smallest` people.

    Examples
    --------
    >>> groups = pa.table({"group": ["a", "b"], "customers": [9, 10]})
    >>> without_small_groups(groups, "lifetime_by_group", 10)["group"].to_pylist()
    ['b']
    """
    if name not in GROUPED or "customers" not in found.column_names:
        return found
    return found.filter(pc.greater_equal(found["customers"], smallest))


def _most(found: pa.Table, by: str, count: int) -> pa.Table:
    ranked = pc.sort_indices(found, sort_keys=[(by, "descending")])
    return found.take(ranked[:count])


def _known(value: Any) -> bool:
    return value is not None and not (isinstance(value, float) and not math.isfinite(value))
