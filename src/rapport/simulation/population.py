"""Who the people of a world are: love of the brand, rate of buying, habits, and who they know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rapport.simulation.chance import Chance
from rapport.simulation.days import MONTH
from rapport.simulation.people import people
from rapport.simulation.world import World

MOTIVES = (
    "help",
    "information",
    "belonging",
    "saving",
    "self_expression",
    "being_heard",
    "doing_good",
)
_MOTIVE_SHARES = np.array([0.30, 0.42, 0.22, 0.45, 0.15, 0.18, 0.12])
NEVER = np.inf


@dataclass(frozen=True)
class Population:
    """What is fixed about each person; all arrays have one entry a person, in order of person_id.

    `table` holds names and places as `rapport.simulation.people.people` gives them; days are
    counted from the world's first day, negative before it, infinite for never.
    """

    table: Mapping[str, np.ndarray]
    regions: tuple[str, ...]
    region: np.ndarray
    love: np.ndarray
    rate: np.ndarray
    effect: np.ndarray
    fan_rate: np.ndarray
    store_share: np.ndarray
    spender: np.ndarray
    bargain: np.ndarray
    never_clicks: np.ndarray
    employee: np.ndarray
    influencer: np.ndarray
    motives: np.ndarray
    voice: np.ndarray
    came: np.ndarray
    followed: np.ndarray

    @property
    def count(self) -> int:
        """How many people there are."""
        return len(self.love)

    @property
    def in_region(self) -> np.ndarray:
        """People of each region. Shape (regions,)."""
        return np.bincount(self.region, minlength=len(self.regions))


def populate(world: World, count: int, chance: Chance) -> Population:
    """Return the people of a world as they stand on its first day."""
    table = people(chance("people"), count, world.population.french)
    regions, region = np.unique(table["region"].astype(str), return_inverse=True)
    love = chance("love").standard_normal(count)
    rate = _rates(world, love, chance("rate"))
    came = _customers(world, love, rate, chance("customers"))
    fan_rate = _fan_rates(world, love, rate)
    employee = _some(chance("employees"), count, round(world.population.employees * count))
    asked = world.influencers.people * world.influencers.on
    influencer = _some(chance("influencers"), count, asked) & ~employee
    habits = chance("habits")
    lovers = world.population.store_lovers
    never_clicks = chance("clicks").random(count) < world.population.never_clicks
    return Population(
        table=table,
        regions=tuple(str(name) for name in regions),
        region=region,
        love=love,
        rate=rate,
        effect=_effects(world, chance("effect"), count),
        fan_rate=np.where(employee, np.maximum(fan_rate, 0.05), fan_rate),
        store_share=np.where(
            never_clicks, 1.0, habits.beta(0.6 * lovers + 1e-3, 0.6 * (1 - lovers) + 1e-3, count)
        ),
        spender=0.35 * habits.standard_normal(count),
        bargain=habits.gamma(2.0, 0.5, count),
        never_clicks=never_clicks,
        employee=employee,
        influencer=influencer,
        motives=chance("motives").random((count, len(MOTIVES))) < _MOTIVE_SHARES,
        voice=chance("voice").random(count),
        came=came,
        followed=_old_fans(world, fan_rate, came, chance("fans")),
    )


def _rates(world: World, love: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return orders a year: gamma around the mean, raised by love, with the mean kept."""
    buying = world.buying
    own = rng.gamma(buying.evenness, 1 / buying.evenness, len(love))
    return buying.orders_a_year * own * np.exp(buying.love * love - buying.love**2 / 2)


def _customers(
    world: World, love: np.ndarray, rate: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return the day on which each first came: before the first day for customers, else never."""
    keen = 0.8 * love + 0.6 * _loyalty(world, rate) + rng.gumbel(size=len(love))
    since = -np.minimum(rng.exponential(500.0, len(love)), 1800.0) - 1
    wanted = round(world.population.customers * len(love))
    chosen = np.zeros(len(love), bool)
    chosen[np.argsort(-keen, kind="stable")[:wanted]] = True
    return np.where(chosen, since, NEVER)


def _loyalty(world: World, rate: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.clip(
        np.log(np.maximum(rate, 1e-9) / world.buying.orders_a_year), -3.0, 2.0
    )
    return found


def _fan_rates(world: World, love: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Return each person's hazard of beginning to follow, as a customer."""
    fans = world.connecting
    if not fans.on:
        return np.zeros(len(love))
    raised = np.exp(fans.love * love + fans.loyalty * _loyalty(world, rate))
    return np.minimum(fans.rate * raised, 0.5)


def _old_fans(
    world: World, fan_rate: np.ndarray, came: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return the day before the first on which people began to follow, never for most."""
    customer = np.isfinite(came)
    months = np.where(customer, np.minimum(-came / MONTH, 48.0), 30.0)
    hazard = fan_rate * np.where(customer, 1.0, world.connecting.prospects)
    draws, when = rng.random(len(came)), rng.random(len(came))
    return np.where(draws < 1 - np.exp(-hazard * months), -when * months * MONTH - 0.5, NEVER)


def _effects(world: World, rng: np.random.Generator, count: int) -> np.ndarray:
    """Return the lift of each person's own rate that being connected causes."""
    fans = world.connecting
    drawn = fans.effect + fans.effect_spread * rng.standard_normal(count)
    return np.clip(drawn, -0.95, 5.0) * fans.on


def _some(rng: np.random.Generator, count: int, wanted: int) -> np.ndarray:
    chosen = np.zeros(count, bool)
    chosen[rng.permutation(count)[: min(wanted, count)]] = True
    return chosen


@dataclass(frozen=True)
class Friends:
    """Who knows whom, both ways: friend `other[k]` of person `one[k]`, sorted by `one`."""

    one: np.ndarray
    other: np.ndarray
    first: np.ndarray

    def speaking(self, speaks: np.ndarray) -> np.ndarray:
        """Return how many friends of each person speak."""
        count = len(self.first) - 1
        return np.bincount(self.one, weights=speaks[self.other], minlength=count).astype(np.int64)

    def chosen(self, person: np.ndarray, draw: np.ndarray) -> np.ndarray:
        """Return a friend of each of these people, -1 for those who have none."""
        many = self.first[person + 1] - self.first[person]
        place = self.first[person] + np.minimum((draw * many).astype(int), np.maximum(many - 1, 0))
        found = (
            self.other[np.minimum(place, max(len(self.other) - 1, 0))] if len(self.other) else -1
        )
        return np.where(many > 0, found, -1)


def befriend(world: World, people: Population, rng: np.random.Generator) -> Friends:
    """Return a network in which friends live near and are alike, with some ties across.

    People stand in a row by region and love blurred by chance; four ties in five reach a near
    neighbour of that row, the others anybody (small world, Watts & Strogatz 1998).
    """
    n = people.count
    alike = world.word_of_mouth.likeness
    blurred = alike * people.love + (1 - alike) * 2 * rng.standard_normal(n)
    row = np.lexsort((blurred, people.region))
    ties = round(world.word_of_mouth.friends * n / 2)
    start, reach = rng.integers(0, n, ties), rng.integers(1, 31, ties)
    far, anybody = rng.random(ties) < 0.2, rng.integers(0, n, ties)
    a, b = row[start], row[np.where(far, anybody, (start + reach) % n)]
    pairs = np.unique(np.sort(np.stack([a, b], axis=1), axis=1), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    both = np.concatenate([pairs, pairs[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    first = np.searchsorted(both[:, 0], np.arange(n + 1))
    return Friends(both[:, 0], both[:, 1], first)
