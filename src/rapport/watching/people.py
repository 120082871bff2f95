"""Who said it: what the last run found out about the people behind accounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rapport.record.lookup import connect
from rapport.record.store import Record


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody, as far as the record and the last run know.

    Parameters
    ----------
    person_id
        The person; "source:account_id" where no link is known.
    name
        The name or handle that the record has, which may be a hash; empty when it has none.
    relation
        "prospect", "new", "repeat" or "lapsed"; empty when nobody has looked.
    value, low, high
        Expected value to come, in the brand's currency, with its 90 % range; None when not known.
    """

    person_id: str
    name: str = ""
    relation: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None


class People:
    """Looks people up in the record and in the results of the last run.

    Parameters
    ----------
    record
        The record.
    results
        The folder of results; what is not there yet is not known.
    """

    def __init__(self, record: Record, results: Path) -> None:
        self.record, self.results = record, results
        self._usual: tuple[float, float] = (-1.0, 1.0)  # when it was looked up, and the value

    def who(self, accounts: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Who]:
        """Return who stands behind accounts (source, account_id)."""
        wanted = sorted(set(accounts))
        keys = [f"{source}:{account}" for source, account in wanted]
        if not keys:
            return {}
        names = self._names(keys)
        links = self._links(keys)
        persons = sorted({links.get(key, key) for key in keys})
        told = self._table("people", ("relation", "name"), persons)
        worth = self._table("lifetime", ("lifetime_value", "low", "high"), persons)
        found = {}
        for account, key in zip(wanted, keys, strict=True):
            person = links.get(key, key)
            known, value = told.get(person, {}), worth.get(person, {})
            found[account] = Who(
                person,
                str(names.get(key) or known.get("name") or ""),
                str(known.get("relation") or ""),
                value.get("lifetime_value"),
                value.get("low"),
                value.get("high"),
            )
        return found

    def usual_value(self) -> float:
        """Return the middle value of a customer, for those of whom nothing is known; else 1."""
        changed = self.changed()
        if changed != self._usual[0]:
            self._usual = (changed, self._median())
        return self._usual[1]

    def changed(self) -> float:
        """Return when the results were last written."""
        state = self.results / "state.json"
        return state.stat().st_mtime if state.is_file() else 0.0

    def ours(self) -> set[tuple[str, str]]:
        """Return the accounts (source, account_id) that the last run found to be the brand's."""
        links, people = self._files("links"), self._files("people")
        if not links or not people:
            return set()
        query = """
            select source, account_id from read_parquet(?) l
            semi join (select person_id from read_parquet(?) where role in ('brand', 'employee')) p
            using (person_id)
        """
        with connect() as connection:
            rows = connection.execute(query, [links, people]).fetchall()
        return {(str(source), str(account)) for source, account in rows}

    def _median(self) -> float:
        files = self._files("lifetime")
        if not files:
            return 1.0
        query = "select median(lifetime_value) from read_parquet(?)"
        with connect() as connection:
            (found,) = connection.execute(query, [files]).fetchall()[0]
        return float(found) if found and found > 0 else 1.0

    def _names(self, keys: Sequence[str]) -> dict[str, str]:
        shown = self.record.visible("account")
        if not shown.files:
            return {}
        query = """
            select source || ':' || account_id as key,
                   coalesce(last(name order by load_id, source_row) filter (name is not null),
                            last(handle order by load_id, source_row) filter (handle is not null))
            from read_parquet(?, union_by_name = true)
            where source || ':' || account_id in (select unnest(?))
              and load_id in (select unnest(?))
            group by 1
        """
        with connect() as connection:
            asked = [list(shown.files), list(keys), list(shown.load_ids)]
            rows = connection.execute(query, asked).fetchall()
        return {str(key): name for key, name in rows if name}

    def _links(self, keys: Sequence[str]) -> dict[str, str]:
        files = self._files("links")
        if not files:
            return {}
        query = """
            select source || ':' || account_id, person_id from read_parquet(?)
            where source || ':' || account_id in (select unnest(?))
        """
        with connect() as connection:
            return {
                str(k): str(p) for k, p in connection.execute(query, [files, list(keys)]).fetchall()
            }

    def _table(
        self, name: str, columns: Sequence[str], persons: Sequence[str]
    ) -> Mapping[str, Mapping[str, Any]]:
        """Return columns of a result table, by person; those that it lacks are left out."""
        files = self._files(name)
        if not files:
            return {}
        with connect() as connection:
            rows = connection.sql(
                "select * from read_parquet(?) where person_id in (select unnest(?))",
                params=[files, list(persons)],
            ).to_arrow_table()
        there = [column for column in columns if column in rows.column_names]
        return {row["person_id"]: {c: row[c] for c in there} for row in rows.to_pylist()}

    def _files(self, name: str) -> list[str]:
        from deltalake import DeltaTable
        from deltalake.exceptions import TableNotFoundError

        folder = self.results / name
        if not folder.is_dir():
            return []
        try:
            return list(DeltaTable(str(folder)).file_uris())
        except TableNotFoundError:
            return []
