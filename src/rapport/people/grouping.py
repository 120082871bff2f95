"""From pairs to people: who hangs together, surely enough, and not too many of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Apart = tuple[tuple[int, ...], tuple[int, ...]]

_RUNGS = (0.9, 0.97, 0.99, 0.995, 0.998)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of accounts with a probability each; `fixed` are those that somebody decided."""

    left: Ints
    right: Ints
    p: Floats
    fixed: npt.NDArray[np.bool_]

    def where(self, mask: npt.NDArray[np.bool_]) -> Pairs:
        """Return some of the pairs."""
        return Pairs(self.left[mask], self.right[mask], self.p[mask], self.fixed[mask])


@dataclass(frozen=True, slots=True)
class Groups:
    """Who is one person.

    Parameters
    ----------
    person
        For each account the number of its person: the least account of theirs.
    probability
        For each account how surely it belongs to the rest of its person; 1 when it is alone.
    weak
        For each account whether without weak pairs it would be a person apart.
    questioned
        For each account of a group that was too large, and was taken apart, the group's number;
        -1 for all others.
    sure
        For each account the least account of the part of its person that pairs tie which are not
        weak.
    broken
        Decisions (their positions in `apart`) that contradict those which link.
    """

    person: Ints
    probability: Floats
    weak: npt.NDArray[np.bool_]
    questioned: Ints
    sure: Ints
    broken: tuple[int, ...] = ()


def group(
    accounts: int,
    pairs: Pairs,
    *,
    above: float,
    weak_under: float,
    most: int,
    apart: Sequence[Apart] = (),
) -> Groups:
    """Return who is one person.

    Accounts that pairs of probability `above` or more tie together, directly or through others, are
    one person. A group of more than `most` accounts is taken apart at ever surer pairs until it is
    small enough; accounts that never are stand alone. Two accounts that somebody set apart stay so:
    in their group pairs are taken from the surest down, leaving out those that would join them.

    Parameters
    ----------
    accounts
        How many there are; pairs name them 0, 1, ….
    pairs
        Pairs of accounts.
    above, weak_under
        Probabilities; a pair under the second is weak.
    most
        Accounts of one person that are not questioned.
    apart
        Sets of accounts that are two people whatever the pairs say.
    """
    kept = pairs.where((pairs.p >= above) | pairs.fixed)
    person = _components(accounts, kept)
    person, used, broken = _set_apart(person, kept, apart)
    kept = kept.where(used)
    questioned = np.full(accounts, -1, dtype=np.int64)
    for rung in (*[rung for rung in _RUNGS if rung > above], 2.0):
        large = _sizes(person) > most
        if not large.any():
            break
        questioned = np.where(large & (questioned < 0), person, questioned)
        stay = ~large[kept.left] | (kept.p >= rung) | kept.fixed
        if rung > 1:
            stay = ~large[kept.left] | kept.fixed
        kept = kept.where(stay)
        person = _components(accounts, kept)
        if rung > 1:
            break
    probability, weak, sure = _how_sure(accounts, person, kept, weak_under)
    return Groups(person, probability, weak, questioned, sure, broken)


def _components(accounts: int, pairs: Pairs) -> Ints:
    """Return for each account the least account that it hangs together with."""
    if not len(pairs.left):
        return np.arange(accounts, dtype=np.int64)
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(pairs.left), dtype=np.int8)
    graph = coo_matrix((ones, (pairs.left, pairs.right)), shape=(accounts, accounts))
    _, labels = connected_components(graph, directed=False)
    least = np.full(labels.max() + 1, accounts, dtype=np.int64)
    np.minimum.at(least, labels, np.arange(accounts, dtype=np.int64))
    found: Ints = least[labels]
    return found


def _sizes(person: Ints) -> Ints:
    sizes: Ints = np.bincount(person, minlength=len(person))[person]
    return sizes


def _set_apart(
    person: Ints, pairs: Pairs, apart: Sequence[Apart]
) -> tuple[Ints, npt.NDArray[np.bool_], tuple[int, ...]]:
    """Return people without those joined whom somebody set apart, and which pairs still hold."""
    used = np.ones(len(pairs.left), dtype=bool)
    touched = [
        number
        for number, (left, right) in enumerate(apart)
        if {int(person[a]) for a in left} & {int(person[a]) for a in right}
    ]
    if not touched:
        return person, used, ()
    groups = {int(person[a]) for number in touched for side in apart[number] for a in side}
    mine = np.flatnonzero(np.isin(person[pairs.left], list(groups)))
    order = mine[
        np.lexsort((pairs.right[mine], pairs.left[mine], -pairs.p[mine], ~pairs.fixed[mine]))
    ]
    forest, broken = _Forest(apart, touched), set()
    for position in order:
        clash = forest.join(int(pairs.left[position]), int(pairs.right[position]))
        if clash is not None:
            used[position] = False
            if pairs.fixed[position]:
                broken.add(clash)
    return _components(len(person), pairs.where(used)), used, tuple(sorted(broken))


class _Forest:
    """Sets of accounts that grow by pairs, and refuse a pair that would join what is set apart."""

    def __init__(self, apart: Sequence[Apart], touched: Sequence[int]) -> None:
        self._above: dict[int, int] = {}
        self._marks: dict[int, set[tuple[int, int]]] = {}
        for number in touched:
            for side in (0, 1):
                for account in apart[number][side]:
                    self._marks.setdefault(account, set()).add((number, side))

    def _top(self, account: int) -> int:
        while (above := self._above.get(account, account)) != account:
            account = above
        return account

    def join(self, left: int, right: int) -> int | None:
        """Join two sets; returns the number of the decision that forbids it, or None."""
        a, b = self._top(left), self._top(right)
        if a == b:
            return None
        mine, theirs = self._marks.get(a, set()), self._marks.get(b, set())
        clash = [number for number, side in mine if (number, 1 - side) in theirs]
        if clash:
            return min(clash)
        self._above[max(a, b)] = min(a, b)
        if mine or theirs:
            self._marks[min(a, b)] = mine | theirs
        return None


def _how_sure(
    accounts: int, person: Ints, pairs: Pairs, weak_under: float
) -> tuple[Floats, npt.NDArray[np.bool_], Ints]:
    """Return how surely each account belongs, whether only weak pairs tie it, and its part."""
    strong = pairs.p >= weak_under
    part = _components(accounts, pairs.where(strong))
    core = _cores(person, part)
    inside = part == core
    surest = np.zeros(accounts)
    for ends in (pairs.left, pairs.right):
        np.maximum.at(surest, ends, pairs.p)
    tie = np.zeros(accounts)  # of each part by itself, the surest pair to another part
    between = part[pairs.left] != part[pairs.right]
    for ends in (pairs.left, pairs.right):
        np.maximum.at(tie, part[ends[between]], pairs.p[between])
    alone = _sizes(person) == 1
    probability = np.where(inside, np.where(surest > 0, surest, 1.0), tie[part])
    return np.where(alone, 1.0, probability), ~inside & ~alone, part


def _cores(person: Ints, part: Ints) -> Ints:
    """Return for each account the largest part of its person; of two as large, the first."""
    size = _sizes(part)
    order: Any = np.lexsort((part, -size, person))
    first = np.unique(person[order], return_index=True)
    core = np.zeros(len(person), dtype=np.int64)
    core[first[0]] = part[order][first[1]]
    found: Ints = core[person]
    return found
