"""Streams of orders that might be made: one for each cause, drawn apart and only then filtered.

The buying of a person is a sum of Poisson processes, one a cause. Each candidate carries a mark
from which all of its chances follow (what is bought, where, whether it is paid back). So turning a
cause off takes its own orders away and leaves every other order as it was, to the cent.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from rapport.simulation.causes import BRINGING, NUMBER
from rapport.simulation.chance import Chance
from rapport.simulation.days import YEAR
from rapport.simulation.population import NEVER, Population
from rapport.simulation.pressures import Pressures
from rapport.simulation.stage import Stage
from rapport.simulation.world import World

NOT_WHEN_NEVER_CLICKING = ("google_ads", "microsoft_ads", "linkedin_ads", "email")
FRIENDS_AT_MOST = 3


@dataclass(frozen=True)
class Candidates:
    """Orders that might be made: person (index), day with a fraction, cause number, mark."""

    person: np.ndarray
    day: np.ndarray
    cause: np.ndarray
    mark: np.ndarray

    def __len__(self) -> int:
        return len(self.person)

    def where(self, kept: np.ndarray) -> Candidates:
        """Return those of a mask or of positions."""
        return Candidates(self.person[kept], self.day[kept], self.cause[kept], self.mark[kept])


def together(streams: list[Candidates]) -> Candidates:
    """Return several streams as one."""
    return Candidates(
        *(
            np.concatenate([getattr(stream, name) for stream in streams])
            for name in ("person", "day", "cause", "mark")
        )
    )


def uniform(mark: np.ndarray, use: str, nth: int | np.ndarray = 0) -> np.ndarray:
    """Return a uniform draw from each mark for one use: the same mark and use, the same draw.

    A hash in place of a generator, so that draws do not depend on which others are made
    (SplitMix64, Steele, Lea & Flood 2014).
    """
    salt = np.uint64(zlib.crc32(use.encode()) << 20)
    with np.errstate(over="ignore"):
        z = mark + (salt + np.asarray(nth, np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    found: np.ndarray = (z >> np.uint64(11)).astype(float) * 2.0**-53
    return found


def marks(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return fresh marks."""
    return rng.integers(0, 2**64, count, dtype=np.uint64)


def drawn(
    rng: np.random.Generator,
    cause: str,
    yearly: np.ndarray,
    region: np.ndarray,
    shape: np.ndarray,
) -> Candidates:
    """Return a stream: Poisson with each person's yearly rate times the shape of their region.

    `shape` is (regions, days), 1 where the rate is as it is.
    """
    total = np.concatenate([np.zeros((len(shape), 1)), np.cumsum(shape, axis=1)], axis=1) / YEAR
    counts = rng.poisson(yearly * total[region, -1])
    person = np.repeat(np.arange(len(yearly)), counts)
    spot = rng.random(len(person))
    mark = marks(rng, len(person))
    day = np.zeros(len(person))
    grid = np.arange(shape.shape[1] + 1.0)
    for each in np.unique(region):
        mine = region[person] == each
        day[mine] = np.interp(spot[mine] * total[each, -1], total[each], grid)
    return Candidates(person, day, np.full(len(person), NUMBER[cause]), mark)


def habit(people: Population, pressures: Pressures, chance: Chance) -> Candidates:
    """Return the orders that people would make by themselves."""
    shape = np.tile(pressures.demand, (len(people.regions), 1))
    return drawn(chance("habit"), "baseline", people.rate, people.region, shape)


def lifted(people: Population, pressures: Pressures, chance: Chance) -> list[Candidates]:
    """Return the orders that media, promotions, influencers, press and buzz would trigger."""
    streams = []
    for cause, lift in pressures.lift.items():
        yearly = people.rate * people.bargain if cause == "promotion" else people.rate
        if cause in NOT_WHEN_NEVER_CLICKING:
            yearly = np.where(people.never_clicks, 0.0, yearly)
        shape = lift * pressures.demand
        streams.append(drawn(chance(f"lift {cause}"), cause, yearly, people.region, shape))
    return streams


def connected(people: Population, pressures: Pressures, chance: Chance) -> Candidates:
    """Return the orders that being connected would trigger, of people it does good."""
    shape = np.tile(pressures.demand, (len(people.regions), 1))
    yearly = people.rate * np.maximum(people.effect, 0.0)
    return drawn(chance("connection"), "connection", yearly, people.region, shape)


def talked(stage: Stage, speaking: np.ndarray) -> Candidates:
    """Return the orders that friends' talk triggers; `speaking` is friends by (month, person)."""
    world, people, pressures = stage.world, stage.people, stage.pressures
    month_of = stage.days.month_of
    lift = world.word_of_mouth.lift * world.word_of_mouth.on
    shape = np.tile(pressures.demand, (len(people.regions), 1))
    most = people.rate * lift * FRIENDS_AT_MOST
    might = drawn(stage.chance("talk"), "word_of_mouth", most, people.region, shape)
    month = month_of[np.minimum(might.day.astype(int), len(month_of) - 1)]
    heard = np.minimum(speaking[month, might.person], FRIENDS_AT_MOST) / FRIENDS_AT_MOST
    return might.where(uniform(might.mark, "heard") < heard)


def arrivals(
    world: World, people: Population, pressures: Pressures, chance: Chance
) -> dict[str, np.ndarray]:
    """Return the day on which each cause would bring each person, infinite for never.

    Baseline is the day they come by themselves. Customers of the first day have come already, so
    no other cause can bring them. Word of mouth and referrals depend on friends: see `life`.
    """
    steady = np.full((len(people.regions), 1), world.buying.arriving)
    shape = steady * pressures.demand
    days = {"baseline": _first_day(people, shape, chance("arriving baseline"))}
    for cause, hazard in pressures.arriving.items():
        found = _first_day(people, hazard, chance(f"arriving {cause}"))
        if cause in NOT_WHEN_NEVER_CLICKING:
            found = np.where(people.never_clicks, NEVER, found)
        days[cause] = found
    old = np.isfinite(people.came)
    made = {cause: np.where(old, NEVER, days.get(cause, NEVER)) for cause in BRINGING}
    return {"baseline": np.where(old, people.came, days["baseline"])} | made


def _first_day(people: Population, hazard: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return when a hazard a month, (regions, days), first strikes each person."""
    total = np.concatenate([np.zeros((len(hazard), 1)), np.cumsum(hazard, axis=1)], axis=1)
    total *= 12 / YEAR
    needed = rng.exponential(size=people.count) * np.exp(-0.4 * people.love)
    grid = np.arange(total.shape[1], dtype=float)
    when = np.full(people.count, NEVER)
    for each in range(len(people.regions)):
        mine = people.region == each
        struck = np.interp(needed[mine], total[each] + 1e-12 * grid, grid)
        when[mine] = np.where(needed[mine] < total[each, -1], struck, NEVER)
    return when


def brought(arrival: dict[str, np.ndarray], count: int, chance: Chance) -> list[Candidates]:
    """Return the order that each arrival would be, at the hour it would come."""
    streams = []
    for cause, when in arrival.items():
        mark = marks(chance(f"brought {cause}"), len(when))
        who = np.flatnonzero((when >= 0) & (when < count))
        number = np.full(len(who), NUMBER[cause])
        streams.append(Candidates(who, when[who], number, mark[who]))
    return streams
