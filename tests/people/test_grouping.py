"""From pairs to people: connected, bounded, and apart where somebody said so."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.people.grouping import Pairs, group
from rapport.people.ids import surviving
from rapport.record.kept import IDS

N = 12
EDGES = st.lists(
    st.tuples(st.integers(0, N - 1), st.integers(0, N - 1), st.floats(0.0, 1.0)), max_size=30
)


def pairs(edges, fixed=()) -> Pairs:
    rows = [(a, b, p, False) for a, b, p in edges if a != b] + [(a, b, 1.0, True) for a, b in fixed]
    left, right, p, decided = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Pairs(
        np.array(left, np.int64), np.array(right, np.int64), np.array(p, float),
        np.array(decided, bool),
    )  # fmt: skip


def grouped(edges, *, fixed=(), most=N, apart=()):
    return group(N, pairs(edges, fixed), above=0.8, weak_under=0.95, most=most, apart=apart)


@settings(deadline=None)
@given(EDGES)
def test_people_are_what_hangs_together_by_a_walk(edges) -> None:
    found = grouped(edges).person
    near = {i: {i} for i in range(N)}
    for _ in range(N):
        for a, b, p in edges:
            if p >= 0.8:
                near[a] |= near[b]
                near[b] |= near[a]
    assert [int(x) for x in found] == [min(near[i]) for i in range(N)]


@settings(deadline=None)
@given(EDGES, st.tuples(st.integers(0, N - 1), st.integers(0, N - 1)))
def test_what_was_set_apart_is_apart(edges, two) -> None:
    if two[0] != two[1]:
        found = grouped(edges, apart=[((two[0],), (two[1],))])
        assert found.person[two[0]] != found.person[two[1]]
        assert not found.broken


@settings(deadline=None)
@given(EDGES)
def test_nobody_has_more_accounts_than_allowed_and_the_rest_is_questioned(edges) -> None:
    found = grouped(edges, most=3)
    whole = grouped(edges)
    sizes = np.bincount(found.person, minlength=N)
    assert sizes.max() <= 3
    large = np.bincount(whole.person, minlength=N)[whole.person] > 3
    assert ((found.questioned >= 0) == large).all()


def test_the_weakest_tie_gives_way_when_two_are_set_apart() -> None:
    found = grouped([(0, 1, 0.99), (1, 2, 0.85), (2, 3, 0.99)], apart=[((0,), (3,))])
    assert [int(x) for x in found.person[:4]] == [0, 0, 2, 2]


def test_a_decision_to_link_holds_against_one_to_set_apart_which_is_told() -> None:
    found = grouped([], fixed=[(0, 1), (1, 2)], apart=[((0,), (2,))])
    assert found.broken == (0,)


def test_the_smaller_part_behind_a_weak_tie_is_weak() -> None:
    found = grouped([(0, 1, 0.99), (1, 2, 0.99), (2, 3, 0.85)])
    assert found.weak[:4].tolist() == [False, False, False, True]
    assert found.probability[:4].tolist() == [0.99, 0.99, 0.99, 0.85]
    assert found.probability[5] == 1.0


ACCOUNTS = pa.table({"source": ["s"] * N, "account_id": [f"{n:02}" for n in range(N)]})
PARTS = st.lists(st.integers(0, 4), min_size=N, max_size=N)


def numbered(parts) -> np.ndarray:
    return np.array([parts.index(part) for part in parts], dtype=np.int64)


@settings(deadline=None)
@given(PARTS, PARTS)
def test_ids_tell_people_apart_and_stay_when_computed_again(first, second) -> None:
    before = surviving(ACCOUNTS, numbered(first), IDS.empty_table())
    after = surviving(ACCOUNTS, numbered(second), before)
    for parts, ids in ((first, before), (second, after)):
        pairs_of = set(zip(parts, ids["person_id"].to_pylist(), strict=True))
        assert len(pairs_of) == len(set(parts)) == len({name for _, name in pairs_of})
    assert surviving(ACCOUNTS, numbered(second), after).equals(after)


def test_the_id_goes_with_the_largest_part_and_of_equal_parts_with_the_oldest() -> None:
    whole = numbered([0, 0, 0, 0, 4, 4, 6, 7, 8, 9, 10, 11])
    before = surviving(ACCOUNTS, whole, IDS.empty_table())
    split = surviving(ACCOUNTS, numbered([0, 1, 1, 1, 4, 4, 6, 7, 8, 9, 10, 11]), before)
    assert split["person_id"].to_pylist()[:4] == ["s:00#2", "s:00", "s:00", "s:00"]
    merged = surviving(ACCOUNTS, numbered([0, 1, 1, 1, 0, 5, 6, 7, 8, 9, 10, 11]), split)
    assert merged["person_id"].to_pylist()[0] == merged["person_id"].to_pylist()[4] == "s:04"
    few = ACCOUNTS.slice(0, 2)
    old = pa.table({"source": ["s"], "account_id": ["01"], "person_id": ["s:01"], "since": [1]})
    joined = surviving(few, np.array([0, 0]), old.cast(IDS))
    assert joined["person_id"].to_pylist() == ["s:01", "s:01"]  # the one that was known before
