"""A world that was lived through, and small helps for making its tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rapport.simulation.chance import Chance
from rapport.simulation.days import Days
from rapport.simulation.goods import STORES, Goods
from rapport.simulation.life import Life
from rapport.simulation.orders import Lines, Orders
from rapport.simulation.population import Friends, Population
from rapport.simulation.pressures import Pressures
from rapport.simulation.world import World

# How much of a waking day has passed at each local hour from 0 to 24.
_AWAKE = np.interp(
    np.arange(25.0),
    [0, 6, 7, 9, 12, 14, 18, 20, 22, 23, 24],
    [0, 4, 9, 25, 52, 66, 100, 124, 149, 156, 160],
)


@dataclass(frozen=True)
class Lived:
    """All that the tables are made from.

    `orders` are those made; `candidates` all, with those prevented; `lines` belong to `candidates`.
    """

    world: World
    days: Days
    people: Population
    friends: Friends
    pressures: Pressures
    life: Life
    goods: Goods
    chance: Chance
    candidates: Orders
    lines: Lines

    @cached_property
    def kept(self) -> np.ndarray:
        """Positions of the orders made among the candidates."""
        return np.flatnonzero(self.candidates.prevented == 0)

    @cached_property
    def orders(self) -> Orders:
        """The orders made, by time."""
        return self.candidates.where(self.kept)

    @cached_property
    def order_ids(self) -> np.ndarray:
        """The number of each order made, as its shop gives it."""
        ids = np.empty(len(self.orders), dtype=object)
        web = np.flatnonzero(~self.orders.in_store)
        ids[web] = [f"#{number}" for number in range(1001, 1001 + len(web))]
        for place, store in enumerate(STORES):
            rows = np.flatnonzero(self.orders.in_store & (self.orders.store == place))
            ids[rows] = [f"{store[0]}-{number:06d}" for number in range(1, len(rows) + 1)]
        return ids

    @cached_property
    def order_times(self) -> np.ndarray:
        """When each order was made (UTC); stores are open from ten to half past seven."""
        day = awake(self.orders.day)
        opened = np.floor(self.orders.day) + (10 + 9.4 * (self.orders.day % 1)) / 24
        return self.days.times(np.where(self.orders.in_store, opened, day))

    @cached_property
    def month(self) -> np.ndarray:
        """The month of each candidate."""
        day = np.minimum(self.candidates.day.astype(int), self.days.count - 1)
        found: np.ndarray = self.days.month_of[day]
        return found

    def times(self, day: np.ndarray) -> np.ndarray:
        """Return UTC times of days with a fraction, at hours when people are awake."""
        return self.days.times(awake(day))

    def days_by_demand(self, draw: np.ndarray) -> np.ndarray:
        """Return a day for each uniform draw, more often when more is bought."""
        upto = np.concatenate([[0.0], np.cumsum(self.pressures.demand)])
        day = np.interp(draw * upto[-1], upto, np.arange(self.days.count + 1.0))
        found: np.ndarray = np.minimum(day, self.days.count - 1e-6)
        return found

    def level_on(self, person: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Return people's engagement at a time, 0 for fully engaged to 3: that of its month."""
        month = self.days.month_of[np.clip(day, 0, self.days.count - 1).astype(int)]
        found: np.ndarray = self.life.level[month, person]
        return found


def awake(day: np.ndarray) -> np.ndarray:
    """Return the same days with their hours moved to when people are awake, in the same order.

    Examples
    --------
    >>> awake(np.array([3.25, 3.5])).round(2).tolist()
    [3.44, 3.65]
    """
    known = np.where(np.isfinite(day), day, 0.0)
    moved = np.floor(known) + np.interp((known % 1) * 160, _AWAKE, np.arange(25.0)) / 24
    return np.where(np.isfinite(day), np.minimum(moved, np.floor(known) + 1 - 1e-5), np.inf)


def words_of(numbers: np.ndarray, names: Sequence[str | None]) -> np.ndarray:
    """Return names by their number; None for a negative number.

    Examples
    --------
    >>> words_of(np.array([1, -1, 0]), ["a", "b"]).tolist()
    ['b', None, 'a']
    """
    found: np.ndarray = np.array([*names, None], dtype=object)[numbers]
    return found


def given(where: np.ndarray, values: np.ndarray | Sequence[object]) -> np.ndarray:
    """Return values where there are any, None elsewhere (array of objects).

    Examples
    --------
    >>> given(np.array([True, False]), ["a", "b"]).tolist()
    ['a', None]
    """
    made = np.full(len(where), None, dtype=object)
    made[where] = np.asarray(values, dtype=object)[where]
    return made


def drawn_from(draw: np.ndarray, shares: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return the number chosen by each uniform draw among shares (a row each, or one for all).

    Examples
    --------
    >>> drawn_from(np.array([0.1, 0.6]), [1, 1]).tolist()
    [0, 1]
    """
    upto = np.cumsum(np.atleast_2d(np.asarray(shares, float)), axis=1)
    upto = upto / upto[:, -1:]
    found: np.ndarray = (draw[:, None] >= upto[:, :-1]).sum(axis=1)
    return found


def numbered(rng: np.random.Generator, count: int, digits: int, first: int = 1) -> np.ndarray:
    """Return different ids of so many digits that rise by chance (array of objects)."""
    lowest = first * 10 ** (digits - 1)
    room = 9 * 10 ** (digits - 1) // max(first, 1)
    step = max(room // max(4 * count, 1), 1)
    ids = lowest + np.cumsum(rng.integers(1, max(step, 2), count))
    found: np.ndarray = ids.astype(str).astype(object)
    return found
