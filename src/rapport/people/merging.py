"""Evidence on one pair of accounts put together: the surest probability, and all it rests on."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from rapport.people.model import PAIRS


def coded(both: pa.Table, kinds: pa.Table) -> pa.Table:
    """Return each pair with the kinds that it rests on, the surest first."""
    if not both.num_rows:
        return PAIRS.empty_table()
    order = [("node_l", "ascending"), ("node_r", "ascending"), ("p", "descending")]
    listed = kinds.sort_by([*order, ("kind", "ascending")])
    grouped = listed.group_by(["node_l", "node_r"], use_threads=False).aggregate([("kind", "list")])
    texts = pc.binary_join(grouped.column("kind_list"), ", ")
    codes = grouped.select(["node_l", "node_r"]).append_column("code", texts)
    joined = both.select(["node_l", "node_r", "p"]).join(codes, ["node_l", "node_r"])
    return joined.select(PAIRS.names).cast(PAIRS)


def merged(exact: pa.Table, probable: pa.Table) -> pa.Table:
    """Return each pair once with the surer of its probabilities and all that it rests on.

    Where both speak, exact evidence has weighed the names already; where they contradict it less
    than the model says, the surer holds.
    """
    both = pa.concat_tables([exact, probable])
    if not both.num_rows:
        return PAIRS.empty_table()
    order = [("node_l", "ascending"), ("node_r", "ascending"), ("p", "descending")]
    grouped = (
        both.sort_by([*order, ("code", "ascending")])
        .group_by(["node_l", "node_r"], use_threads=False)
        .aggregate([("p", "max"), ("code", "list")])
    )
    texts = pc.binary_join(grouped.column("code_list"), ", ")
    coded = texts.combine_chunks().dictionary_encode()
    said = [_tidy(text) for text in coded.dictionary.to_pylist()]
    code = pa.array(said, pa.string()).take(coded.indices)
    return pa.table([grouped["node_l"], grouped["node_r"], grouped["p_max"], code], schema=PAIRS)


_INCLUDED = {
    "email typo": {"email", "email domain"},
    "email domain": {"email"},
    "pseudonym": {"email", "handle"},
    "short id": {"external id"},
    "name~": {"name"},
    "handle~name": {"name", "name~"},
}


def _tidy(text: str) -> str:
    """Return codes once each, without those that others include.

    Examples
    --------
    >>> _tidy("email, email typo, name, name+postcode, name")
    'email, name+postcode'
    """
    codes = list(dict.fromkeys(text.split(", ")))
    more = any(code.startswith("name+") for code in codes)
    kept = [code for code in codes if not _INCLUDED.get(code, set()) & set(codes)]
    kept = [code for code in kept if not (more and code in ("name", "name~"))]
    solid = [code for code in kept if code != "details"]
    return ", ".join(solid or kept)


def with_decisions(pairs: pa.Table, one: Sequence[tuple[int, int]]) -> pa.Table:
    """Return the pairs with those that somebody decided; `alone` keeps what p was without."""
    if not one:
        return pairs.append_column("alone", pairs.column("p"))
    chosen = sorted({(min(pair), max(pair)) for pair in one})
    left, right = zip(*chosen, strict=True)
    columns = [left, right, [1.0] * len(left), ["decision"] * len(left)]
    made = pa.table([pa.array(c) for c in columns], schema=PAIRS)
    both = merged(pairs, made)
    alone = pairs.select(["node_l", "node_r", "p"]).rename_columns(["node_l", "node_r", "alone"])
    joined = both.join(alone, ["node_l", "node_r"], join_type="left outer")
    filled = pc.fill_null(joined.column("alone"), 0.0)
    return joined.set_column(joined.column_names.index("alone"), "alone", filled)
