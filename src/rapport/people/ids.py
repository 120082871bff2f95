"""Ids of people that survive: an id goes with the largest part, of equal ones with the oldest."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.kept import IDS

Ints = npt.NDArray[np.int64]


def surviving(accounts: pa.Table, person: Ints, before: pa.Table) -> pa.Table:
    """Return an id for each account's person, the same as before wherever one can be kept.

    An id of before goes to the part that has most of its accounts; a person who could have several
    keeps the one that gave most accounts, of those the oldest. A new person is named after the
    first account, "source:account", with "#2" and so on where another bears that name.

    Parameters
    ----------
    accounts
        source and account_id, in their order; the row is the account's number.
    person
        For each account the number of its person.
    before
        As `rapport.record.kept.Kept.ids` gives it.

    Returns
    -------
    pa.Table
        source, account_id, person_id, since: whole number of the run that first gave the id.

    Examples
    --------
    >>> accounts = pa.table({"source": ["a", "a", "b"], "account_id": ["1", "2", "1"]})
    >>> first = surviving(accounts, np.array([0, 1, 0]), IDS.empty_table())
    >>> first["person_id"].to_pylist()
    ['a:1', 'a:2', 'a:1']
    >>> split = surviving(accounts, np.array([0, 1, 2]), first)
    >>> split["person_id"].to_pylist()
    ['a:1', 'a:2', 'b:1']
    """
    old, names, since = _before(accounts, before)
    now = int(since.max()) + 1 if len(since) else 1
    given = _given(person, old, since)
    own = pc.binary_join_element_wise(accounts.column("source"), accounts.column("account_id"), ":")
    people = np.unique(person)
    ids = pa.array(own.take(pa.array(people)).to_pylist(), pa.string())
    kept = np.array([given.get(int(each), -1) for each in people], dtype=np.int64)
    has = kept >= 0
    taken = {names[code] for code in kept[has]}
    told = [
        names[code] if code >= 0 else _free(name, taken)
        for code, name in zip(kept.tolist(), ids.to_pylist(), strict=True)
    ]
    when = np.where(has, since[np.where(has, kept, 0)] if len(since) else now, now)
    position = np.searchsorted(people, person)
    return pa.table(
        {
            "source": accounts.column("source"),
            "account_id": accounts.column("account_id"),
            "person_id": pa.array(told, pa.string()).take(pa.array(position)),
            "since": pa.array(when[position]),
        }
    ).cast(IDS)


def _before(accounts: pa.Table, before: pa.Table) -> tuple[Ints, list[str], Ints]:
    """Return for each account the code of its id before (-1: none), the ids, and their ages."""
    numbered = accounts.append_column("row", pa.array(np.arange(accounts.num_rows)))
    joined = numbered.join(before, ["source", "account_id"], join_type="inner")
    coded = joined.column("person_id").combine_chunks().dictionary_encode()
    names = coded.dictionary.to_pylist()
    old = np.full(accounts.num_rows, -1, dtype=np.int64)
    codes = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    old[joined.column("row").to_numpy()] = codes
    since = np.full(len(names), np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(since, codes, joined.column("since").to_numpy())
    return old, names, since


def _given(person: Ints, old: Ints, since: Ints) -> dict[int, int]:
    """Return which id of before each person keeps."""
    known = old >= 0
    if not known.any():
        return {}
    many = len(since)
    keys, counts = np.unique(person[known] * many + old[known], return_counts=True)
    pairs = np.divmod(keys, many)
    order = np.lexsort((pairs[0], pairs[1], since[pairs[1]], -counts))
    given: dict[int, int] = {}
    used: set[int] = set()
    for new, code in zip(pairs[0][order].tolist(), pairs[1][order].tolist(), strict=True):
        if new not in given and code not in used:
            given[new] = code
            used.add(code)
    return given


def _free(name: str, taken: set[str]) -> str:
    made, number = name, 1
    while made in taken:
        number += 1
        made = f"{name}#{number}"
    taken.add(made)
    return made
