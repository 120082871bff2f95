"""What somebody decided of who is who, turned into what holds now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from rapport.people.resolving import Decided
from rapport.record.kept import Account, Decision


def standing(decisions: Sequence[Decision]) -> tuple[Decision, ...]:
    """Return the decisions that hold: one of the opposite kind on the same two takes one back.

    Examples
    --------
    >>> one = Decision(1, "link", (("a", "1"),), (("b", "1"),), "")
    >>> back = Decision(2, "unlink", (("b", "1"),), (("a", "1"),), "")
    >>> standing([one, back]), len(standing([one, back, back]))
    ((), 1)
    """
    held: list[Decision] = []
    for each in decisions:
        match = next((old for old in held if old.verb != each.verb and same_two(old, each)), None)
        if match is not None:
            held.remove(match)
        elif not any(old.verb == each.verb and same_two(old, each) for old in held):
            held.append(each)
    return tuple(held)


def same_two(one: Decision, other: Decision) -> bool:
    """Return whether two decisions are on the same two people, whichever is named first."""
    a, b = set(one.left), set(one.right)
    c, d = set(other.left), set(other.right)
    return bool((a & c and b & d) or (a & d and b & c))


def as_decided(
    held: Sequence[Decision], accounts: pa.Table
) -> tuple[Decided, tuple[Decision, ...]]:
    """Return what holds, by the numbers of the accounts, and the decisions of `apart` in its order.

    Accounts that are no longer on record are passed over.
    """
    wanted = {account for each in held for side in (each.left, each.right) for account in side}
    numbers = _numbers(accounts, wanted)
    one: list[tuple[int, int]] = []
    apart: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    meant: list[Decision] = []
    for each in held:
        left, right = (
            tuple(numbers[account] for account in side if account in numbers)
            for side in (each.left, each.right)
        )
        if not left or not right:
            continue
        if each.verb == "link":
            one.append((left[0], right[0]))
        else:
            apart.append((left, right))
            meant.append(each)
    return Decided(tuple(one), tuple(apart)), tuple(meant)


def _numbers(accounts: pa.Table, wanted: set[Account]) -> Mapping[Account, int]:
    if not wanted:
        return {}
    sources = pa.array([source for source, _ in wanted])
    ids = pa.array([account for _, account in wanted])
    near = pa.compute.and_(
        pa.compute.is_in(accounts.column("source"), value_set=sources),
        pa.compute.is_in(accounts.column("account_id"), value_set=ids),
    )
    rows = pa.compute.indices_nonzero(near).to_pylist()
    found = accounts.take(rows).to_pylist()
    every = {
        (row["source"], row["account_id"]): number for number, row in zip(rows, found, strict=True)
    }
    return {account: every[account] for account in wanted if account in every}
