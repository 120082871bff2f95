"""Who is who: from identifiers to people, exact evidence first and probability after."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.errors import Fault, Problem, nearest
from rapport.people import shared
from rapport.people.evidence import Evidence, read_evidence
from rapport.people.grouping import Apart, Groups, Pairs, group
from rapport.people.kinds import KINDS
from rapport.people.linkers import on_duckdb, on_spark
from rapport.people.merging import coded, merged, with_decisions
from rapport.people.model import PAIRS, probable_pairs
from rapport.people.wide import KEYS, filled, keyed, telling, wide
from rapport.record.engines import Engine, open_engine
from rapport.record.frames import Frame

COLUMNS = ("source", "account_id", "kind", "value")
ALONE = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """How sure one must be.

    Parameters
    ----------
    above
        Accounts are one person from this probability on.
    weak_under
        A link less likely than this is weak: totals are shown with and without it.
    most
        A person of more accounts is questioned, not merged.
    most_bearers
        A value that more accounts bear is no evidence.
    country
        Two letters: where phones without a country code are; by default the commonest.
    memory
        What DuckDB may use.
    """

    above: float = 0.80
    weak_under: float = 0.95
    most: int = 40
    most_bearers: int = shared.MOST_BEARERS
    country: str | None = None
    memory: str = "4GB"


@dataclass(frozen=True, slots=True)
class Decided:
    """What people decided: pairs of accounts (numbers) that are one person, sets that are not."""

    one: tuple[tuple[int, int], ...] = ()
    apart: tuple[Apart, ...] = ()


@dataclass(frozen=True)
class Resolved:
    """Who is who.

    Parameters
    ----------
    accounts
        source, account_id; the row is the account's number.
    groups
        Who is one person.
    pairs
        node_l, node_r, p, code: the evidence, also of pairs that were not merged; alone: p without
        what somebody decided.
    codes
        For each account what its own best pairs rest on; '' when it is alone.
    """

    accounts: pa.Table
    groups: Groups
    pairs: pa.Table
    codes: pa.ChunkedArray = field(repr=False)

    def links(self) -> pa.Table:
        """Return source, account_id, person_id, probability, evidence and weak of each account.

        person_id is made of the first account of the person, in the order of source and account.
        """
        own = pc.binary_join_element_wise(
            self.accounts.column("source"), self.accounts.column("account_id"), ":"
        )
        return pa.table(
            {
                "source": self.accounts.column("source"),
                "account_id": self.accounts.column("account_id"),
                "person_id": own.take(pa.array(self.groups.person)),
                "probability": pa.array(self.groups.probability),
                "evidence": self.codes,
                "weak": pa.array(self.groups.weak),
            }
        )


def resolve(identifiers: Any, *, rules: Rules | None = None) -> Any:
    """Find which accounts are one person.

    Exact evidence comes first: the same e-mail, phone, loyalty card, device, external id or handle,
    each worth what `rapport.people.kinds.WORTH` says, less where many bear it or names differ.
    Then a model of record linkage (Fellegi & Sunter, 1969, JASA 64:1183, learnt by expectation and
    maximisation with Splink) compares names, dates, places and what is misspelt. Accounts that hang
    together from `rules.above` on are one person.

    Parameters
    ----------
    identifiers
        Any dataframe (pandas, Polars, PyArrow, DuckDB, Spark) of columns source, account_id, kind
        and value, one piece of evidence a row. Kinds: email, phone, handle, name, given name,
        family name, postcode, loyalty card, device, external id, network account ("x:handle"),
        birth date, city, address, occupation; country (two letters) says how a national phone
        number is written.
    rules
        How sure one must be.

    Returns
    -------
    dataframe
        Of the kind that was given (Arrow for DuckDB and Spark): source, account_id, person_id,
        probability (0 to 1, that the account is the person's), evidence (codes of
        `rapport.people.kinds.CODES`, comma-separated; '' for an account alone), weak (whether the
        account would be a person apart without links under `rules.weak_under`).

    Raises
    ------
    Problem
        If a column is missing or a kind is unknown.

    Examples
    --------
    >>> import pyarrow as pa
    >>> rows = [
    ...     ("till", "c1", "phone", "06 12 34 56 78"), ("till", "c1", "name", "DUPONT Jean"),
    ...     ("shop", "s1", "phone", "'+33612345678"), ("shop", "s1", "name", "Jean Dupont"),
    ...     ("shop", "s2", "phone", "0612345678"), ("shop", "s2", "name", "Marie Dupont"),
    ... ]
    >>> names = ("source", "account_id", "kind", "value")
    >>> links = resolve(pa.table(dict(zip(names, map(list, zip(*rows))))))
    >>> for row in links.sort_by([("person_id", "ascending")]).to_pylist():
    ...     print(row["account_id"], row["person_id"], row["evidence"] or "alone")
    s1 shop:s1 name, phone
    c1 shop:s1 name, phone
    s2 shop:s2 alone
    """
    frame = nw.from_native(identifiers)
    rows = as_rows(frame)
    rules = rules or Rules()
    with open_engine("duckdb", time_zone="UTC", memory=rules.memory) as engine:
        links = resolve_rows(engine, rows, rules=rules).links()
    backend = frame.implementation
    if backend.is_pandas():
        return links.to_pandas()
    if backend.is_polars():
        made = nw.from_native(links, eager_only=True).to_polars()
        return made.lazy() if isinstance(frame, nw.LazyFrame) else made
    return links


def as_rows(frame: Any) -> pa.Table:
    """Return identifiers as Arrow with the four columns as texts; raises Problem for others."""
    names = frame.collect_schema().names()
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        faults = [
            Fault(f"There is no column '{name}'.", hint=nearest(name, names)) for name in missing
        ]
        raise Problem("Nobody was looked for.", faults)
    wanted = frame.select(*(nw.col(name).cast(nw.String()) for name in COLUMNS))
    if isinstance(wanted, nw.LazyFrame):
        wanted = wanted.collect("pyarrow")
    rows = wanted.to_arrow()
    rows = pa.table({name: rows.column(name).cast(pa.string()) for name in COLUMNS})
    given = [kind for kind in pc.unique(rows.column("kind")).to_pylist() if kind is not None]
    unknown = sorted(kind for kind in given if _kind(kind) not in KINDS)
    if unknown:
        faults = [Fault(f"There is no kind '{k}'.", hint=nearest(k, list(KINDS))) for k in unknown]
        raise Problem("Nobody was looked for.", faults)
    kinds = pc.replace_substring(rows.column("kind"), "_", " ")
    return rows.set_column(2, "kind", kinds)


def _kind(text: str) -> str:
    return text.replace("_", " ")


def resolve_rows(
    engine: Engine,
    rows: pa.Table,
    accounts: pa.Table | None = None,
    *,
    rules: Rules,
    decided: Decided | None = None,
) -> Resolved:
    """Find who is who, with an engine of one's own.

    Parameters
    ----------
    engine
        What runs the joins.
    rows
        source, account_id, kind, value.
    accounts
        source and account_id of all accounts, each once, in their order; those of `rows` when not
        given.
    rules
        How sure one must be.
    decided
        What people decided, by the rows of `accounts`.
    """
    if accounts is None:
        accounts = accounts_of(rows)
    read = read_evidence(_numbered(rows, accounts), rules.country)
    values, names = engine.table(read.values), engine.table(read.names)
    borne = engine.cache(shared.bearers(values, names))
    exact = _exact(engine, values, names, borne, rules)
    kept = telling(values, borne, rules.most_bearers)
    accounts_wide = engine.cache(wide(kept, names))
    probable = _probable(engine, accounts_wide, exact, accounts.num_rows, rules)
    pairs = merged(exact, probable)
    decided = decided or Decided()
    first = _group(accounts.num_rows, pairs, rules, Decided(decided.one, decided.apart))
    spelt = _spelt(engine, read, first, rules)
    if spelt.num_rows:
        pairs = merged(pairs, spelt)
    pairs = with_decisions(pairs, decided.one)
    groups = _group(accounts.num_rows, pairs, rules, decided)
    return Resolved(accounts, groups, pairs, _codes(accounts.num_rows, groups, pairs))


def accounts_of(rows: pa.Table) -> pa.Table:
    """Return source and account_id of each account once, in their order."""
    known = rows.filter(pc.and_(pc.is_valid(rows["source"]), pc.is_valid(rows["account_id"])))
    once = known.group_by(["source", "account_id"]).aggregate([])
    return once.select(["source", "account_id"]).sort_by(
        [("source", "ascending"), ("account_id", "ascending")]
    )


def _numbered(rows: pa.Table, accounts: pa.Table) -> pa.Table:
    numbers = accounts.append_column("node", pa.array(np.arange(accounts.num_rows)))
    joined = rows.join(numbers, ["source", "account_id"], join_type="inner")
    return joined.select(["node", "kind", "value"])


def _exact(engine: Engine, values: Frame, names: Frame, borne: Frame, rules: Rules) -> pa.Table:
    """Return pairs that share exact evidence: node_l, node_r, p, code."""
    found = shared.exact_pairs(values, borne, rules.most_bearers)
    scored = engine.cache(shared.worth(shared.agreement(found, names)))
    both = engine.collect(shared.together(scored))
    kinds = engine.collect(scored)
    return coded(both, kinds)


def _probable(
    engine: Engine, rows: Frame, exact: pa.Table, accounts: int, rules: Rules
) -> pa.Table:
    """Return pairs that the model finds likely, compared on the engine's own Spark if it has one.

    A Spark Connect server cannot be given the functions that compare texts: its accounts are
    compared here.
    """
    certain = int(pc.sum(pc.greater(exact.column("p"), 0.9)).as_py() or 0)
    known = engine.collect(filled(rows)).to_pylist()[0]
    names = [name for name, parts in KEYS.items() if min(known[part] for part in parts) > 1]
    if not names:
        return PAIRS.empty_table()
    frame = keyed(rows, _MOST_AT_A_KEY, _most_common(accounts), names)
    if type(nw.to_native(frame)).__module__ in _SPARK_HERE:
        with on_spark(nw.to_native(engine.cache(frame))) as bench:
            return probable_pairs(bench, certain=certain)
    with on_duckdb(engine.collect(frame), rules.memory) as bench:
        return probable_pairs(bench, certain=certain)


_SPARK_HERE = ("pyspark.sql.dataframe", "pyspark.sql.classic.dataframe")
_MOST_AT_A_KEY = 100
_FEWEST_AT_A_KEY = 10
_PAIRS_OF_COMMON = 1e6


def _most_common(accounts: int) -> int:
    """Return how many accounts may share a name or a birthday alone, so that pairs stay few."""
    most = int(2 * _PAIRS_OF_COMMON / max(accounts, 1))
    return min(max(most, _FEWEST_AT_A_KEY), _MOST_AT_A_KEY)


def _spelt(engine: Engine, read: Evidence, groups: Groups, rules: Rules) -> pa.Table:
    if not read.spelt.num_rows:
        return PAIRS.empty_table()
    people = pa.table({"node": np.arange(len(groups.person)), "person": groups.person})
    names = engine.table(read.names)
    found = shared.handle_pairs(engine.table(read.spelt), engine.table(people), rules.most_bearers)
    judged = shared.agreement(found, names).filter(nw.col("said") != "differ")
    rows = engine.collect(judged.select("node_l", "node_r", "p", code=nw.col("kind")))
    return rows.cast(PAIRS)


def _group(accounts: int, pairs: pa.Table, rules: Rules, decided: Decided) -> Groups:
    left, right = (pairs.column(name).to_numpy() for name in ("node_l", "node_r"))
    p = pairs.column("p").to_numpy()
    fixed = np.zeros(len(p), dtype=bool)
    if decided.one:
        chosen = {(min(a, b), max(a, b)) for a, b in decided.one}
        fixed = np.array(
            [pair in chosen for pair in zip(left.tolist(), right.tolist(), strict=True)], dtype=bool
        )
    return group(
        accounts,
        Pairs(left, right, p, fixed),
        above=rules.above,
        weak_under=rules.weak_under,
        most=rules.most,
        apart=decided.apart,
    )


def _codes(accounts: int, groups: Groups, pairs: pa.Table) -> pa.ChunkedArray:
    """Return for each account what its surest pair within its person rests on."""
    left, right = (pairs.column(name).to_numpy() for name in ("node_l", "node_r"))
    inside = groups.person[left] == groups.person[right]
    left, right = left[inside], right[inside]
    p = pairs.column("p").to_numpy()[inside]
    position = np.flatnonzero(inside)
    node = np.concatenate([left, right])
    order = np.lexsort((np.tile(position, 2), -np.tile(p, 2), node))
    first = np.unique(node[order], return_index=True)
    best = np.full(accounts, -1, dtype=np.int64)
    best[first[0]] = np.tile(position, 2)[order][first[1]]
    picked = pa.array(np.where(best < 0, 0, best), mask=best < 0)
    codes = pairs.column("code").take(picked) if pairs.num_rows else pa.nulls(accounts, pa.string())
    return pa.chunked_array(
        [pc.fill_null(codes, ALONE).combine_chunks()]
        if isinstance(codes, pa.ChunkedArray)
        else [pc.fill_null(codes, ALONE)]
    )
