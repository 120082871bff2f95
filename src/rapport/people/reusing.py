"""Who is who once more: the same evidence has the same answer, and accounts without any are alone.

What is kept are numbers of accounts and a digest of the evidence: no name, no identifier. A new
account that bears no evidence changes nothing for the others; any new piece of evidence does, since
what is learnt of all pairs weighs each of them, and then everybody is compared anew.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Collection
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rapport.people.grouping import Groups
from rapport.people.resolving import ALONE, Resolved
from rapport.record.kept import Account

_ORDER = ("source", "account_id", "kind", "value")
_COLUMNS = ("person", "probability", "weak", "questioned", "sure")


def bearing(accounts: pa.Table, rows: pa.Table, more: Collection[Account] = ()) -> pa.Array:
    """Return the places of the accounts that bear evidence, or of which somebody decided.

    Examples
    --------
    >>> accounts = pa.table({"source": ["a", "a", "b"], "account_id": ["1", "2", "1"]})
    >>> rows = pa.table({"source": ["b"], "account_id": ["1"], "kind": ["name"], "value": ["Ana"]})
    >>> bearing(accounts, rows, {("a", "2")}).to_pylist()
    [1, 2]
    """
    numbered = accounts.append_column("place", pa.array(np.arange(accounts.num_rows)))
    decided = pa.table(
        {"source": pa.array([source for source, _ in more], pa.string()),
         "account_id": pa.array([account for _, account in more], pa.string())}
    )  # fmt: skip
    named = pa.concat_tables([rows.select(["source", "account_id"]), decided])
    met = numbered.join(named, ["source", "account_id"], join_type="left semi")
    return met.column("place").combine_chunks().sort()


def digest_of(accounts: pa.Table, rows: pa.Table, *more: object) -> str:
    """Return a digest of evidence, whatever order it comes in, and of all else an answer rests on.

    Parameters
    ----------
    accounts, rows
        As `rapport.people.resolving.resolve_rows` takes them; accounts in their order.
    more
        What else it rests on: rules, decisions.
    """
    told = hashlib.blake2b(repr((_code(), *more)).encode())
    for table in (accounts, rows.sort_by([(name, "ascending") for name in _ORDER])):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table.combine_chunks(), max_chunksize=1 << 20)
        told.update(sink.getvalue())
    return told.hexdigest()


def resolved_again(
    folder: Path, digest: str, accounts: pa.Table, resolve: Callable[[], Resolved]
) -> Resolved:
    """Return what was found of the same evidence before, or find it and keep it.

    Parameters
    ----------
    folder
        Where it is kept.
    digest
        Of all that the answer rests on, see `digest_of`.
    accounts
        Whom it is about.
    resolve
        What finds it.
    """
    try:
        if (folder / "digest").read_text("utf-8") == digest:
            each, pairs = (pq.read_table(folder / name) for name in ("each", "pairs"))
            broken = tuple(pq.read_table(folder / "broken").column("number").to_pylist())
            named: dict[str, Any] = {name: each.column(name).to_numpy() for name in _COLUMNS}
            groups = Groups(**named, broken=broken)
            return Resolved(accounts, groups, pairs, each.column("code"))
    except (OSError, pa.ArrowException, KeyError):  # none yet, or damaged: it can be found again
        pass
    found = resolve()
    _keep(folder, digest, found)
    return found


def _keep(folder: Path, digest: str, found: Resolved) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    groups = found.groups
    each = {name: pa.array(getattr(groups, name)) for name in _COLUMNS} | {"code": found.codes}
    pq.write_table(pa.table(each), folder / "each")
    pq.write_table(found.pairs, folder / "pairs")
    pq.write_table(pa.table({"number": pa.array(groups.broken, pa.int64())}), folder / "broken")
    (folder / "digest").write_text(digest, "utf-8")


def among_all(found: Resolved, places: pa.Array, accounts: pa.Table) -> Resolved:
    """Return what was found of some accounts as of all of them: the others are alone.

    Parameters
    ----------
    found
        Who is who among some.
    places
        Their places among all, in order.
    accounts
        All of them.
    """
    many, here = accounts.num_rows, places.to_numpy()
    own = np.arange(many)
    person, sure = own.copy(), own.copy()
    person[here], sure[here] = here[found.groups.person], here[found.groups.sure]
    probability, weak = np.ones(many), np.zeros(many, dtype=bool)
    probability[here], weak[here] = found.groups.probability, found.groups.weak
    questioned = np.full(many, -1, dtype=np.int64)
    doubted = found.groups.questioned
    questioned[here] = np.where(doubted >= 0, here[np.maximum(doubted, 0)], -1) if len(here) else -1
    pairs = found.pairs
    for name in ("node_l", "node_r"):
        moved = pa.array(here[pairs.column(name).to_numpy()], pa.int64())
        pairs = pairs.set_column(pairs.column_names.index(name), name, moved)
    mine = np.full(many, -1, dtype=np.int64)
    mine[here] = np.arange(len(here))
    codes = found.codes.take(pa.array(np.maximum(mine, 0), mask=mine < 0))
    groups = Groups(person, probability, weak, questioned, sure, found.groups.broken)
    return Resolved(accounts, groups, pairs, pc.fill_null(codes, ALONE))


@cache
def _code() -> str:
    """Return a digest of the code that finds who is who."""
    told = hashlib.sha256(" ".join(version(name) for name in ("splink", "duckdb")).encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        told.update(path.read_bytes())
    return told.hexdigest()
