"""The same evidence is not weighed twice, and new accounts without any change nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from rapport.people.resolving import Decided, Resolved, Rules, accounts_of, resolve_rows
from rapport.people.reusing import among_all, bearing, digest_of, resolved_again
from rapport.record.engines import open_engine

ROWS = pa.table(
    {
        "source": ["shop", "shop", "till", "x", "x"],
        "account_id": ["s1", "s2", "c1", "h1", "h2"],
        "kind": ["email", "email", "email", "handle", "handle"],
        "value": ["ana@mail.fr", "bo@mail.fr", "ana@mail.fr", "anaroy77", "bo"],
    }
)
DECIDED = Decided(one=((1, 4),))
BARE = pa.table({"source": ["a", "shop", "x"], "account_id": ["first", "s15", "z"]})


def resolved(accounts: pa.Table, decided: Decided = DECIDED) -> Resolved:
    with open_engine("duckdb", time_zone="UTC") as engine:
        return resolve_rows(engine, ROWS, accounts, rules=Rules(), decided=decided)


def refuse() -> Any:
    pytest.fail("it was found before")


def test_accounts_without_evidence_are_alone_and_change_nobody() -> None:
    some = accounts_of(ROWS)
    every = pa.concat_tables([some, BARE]).sort_by(
        [("source", "ascending"), ("account_id", "ascending")]
    )
    places = bearing(every, ROWS)
    assert every.take(places).equals(some)
    told = among_all(resolved(some), places, every)
    numbers = dict(zip(places.to_pylist(), range(some.num_rows), strict=True))
    moved = {new: old for old, new in enumerate(places.to_pylist())}
    assert len(numbers) == len(moved) == 5
    whole = resolved(every, Decided(one=((places[1].as_py(), places[4].as_py()),)))
    assert told.links().equals(whole.links())
    assert told.pairs.sort_by("node_l").equals(whole.pairs.sort_by("node_l"))
    alone = {(row["source"], row["account_id"]) for row in BARE.to_pylist()}
    for row in told.links().to_pylist():
        if (row["source"], row["account_id"]) in alone:
            told_of = (row["evidence"], row["probability"], row["weak"])
            assert told_of == ("", 1.0, False)


def test_the_same_evidence_is_not_weighed_twice(tmp_path: Path) -> None:
    accounts = accounts_of(ROWS)
    digest = digest_of(accounts, ROWS, Rules(), DECIDED)
    once = resolved_again(tmp_path / "m", digest, accounts, lambda: resolved(accounts))
    again = resolved_again(tmp_path / "m", digest, accounts, refuse)
    assert again.links().equals(once.links())
    assert again.pairs.equals(once.pairs)
    assert again.groups.sure.tolist() == once.groups.sure.tolist()
    assert again.groups.questioned.tolist() == once.groups.questioned.tolist()


def test_what_is_damaged_or_of_other_evidence_is_found_anew(tmp_path: Path) -> None:
    accounts = accounts_of(ROWS)
    resolved_again(tmp_path, "one", accounts, lambda: resolved(accounts))
    found = []
    resolved_again(tmp_path, "other", accounts, lambda: found.append(1) or resolved(accounts))
    (tmp_path / "pairs").write_bytes(b"torn")
    resolved_again(tmp_path, "other", accounts, lambda: found.append(2) or resolved(accounts))
    assert found == [1, 2]


def test_the_digest_is_of_what_is_said_not_of_its_order() -> None:
    accounts = accounts_of(ROWS)
    one = digest_of(accounts, ROWS, Rules())
    assert one == digest_of(accounts, ROWS.take([4, 2, 0, 1, 3]), Rules())
    assert one != digest_of(accounts, ROWS.slice(1), Rules())
    assert one != digest_of(accounts, ROWS, Rules(above=0.9))
    assert one != digest_of(accounts.slice(1), ROWS, Rules())
