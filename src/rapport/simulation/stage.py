"""What is settled before anybody lives: the world, its days, its people, what presses on them."""

from __future__ import annotations

from dataclasses import dataclass

from rapport.simulation.chance import Chance
from rapport.simulation.days import Days
from rapport.simulation.population import Friends, Population, befriend, populate
from rapport.simulation.pressures import Pressures, press
from rapport.simulation.world import World


@dataclass(frozen=True)
class Stage:
    """All that does not change while people live through the months."""

    world: World
    days: Days
    people: Population
    friends: Friends
    pressures: Pressures
    chance: Chance


def staged(world: World, people: int, months: int, seed: int) -> Stage:
    """Return the stage of a world with so many people and months; a seed is another chance."""
    days, chance = Days(world.start, months), Chance(seed)
    who = populate(world, people, chance)
    friends = befriend(world, who, chance("friends"))
    return Stage(world, days, who, friends, press(world, days, who, chance), chance)
