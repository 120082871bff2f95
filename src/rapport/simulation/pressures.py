"""What presses on everybody each day: lifts, arrivals and losses by cause, and the dated events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rapport.simulation.chance import Chance
from rapport.simulation.days import MONTH, Days
from rapport.simulation.media import CHANNELS, Plan, plans
from rapport.simulation.population import Population
from rapport.simulation.world import World

LOSSES = ("competitor", "crisis", "price", "promotion")


@dataclass(frozen=True)
class Approaches:
    """Each time an influencer was asked: who, when, how often before, posted when (or never)."""

    person: np.ndarray
    day: np.ndarray
    nth: np.ndarray
    posted: np.ndarray
    freshness: np.ndarray


@dataclass(frozen=True)
class Pressures:
    """By cause: `lift` of buying and hazard of `arriving`, (regions, days); `lost` shares, (days,).

    `coupon` is the promotion of each day (index into `runs`, -1 for none), `off` its share off.
    """

    demand: np.ndarray
    media: dict[str, Plan]
    lift: dict[str, np.ndarray]
    arriving: dict[str, np.ndarray]
    lost: dict[str, np.ndarray]
    coupons: tuple[str, ...]
    coupon: np.ndarray
    off: np.ndarray
    price: np.ndarray
    rival: np.ndarray
    crisis: np.ndarray
    viral: np.ndarray
    articles: np.ndarray
    approaches: Approaches
    employee_posts: tuple[np.ndarray, np.ndarray]


def press(world: World, days: Days, people: Population, chance: Chance) -> Pressures:
    """Return what presses on everybody on each day of a world."""
    media = plans(world, days, len(people.regions), chance)
    coupons, coupon, off = _promotions(world, days)
    rival = _campaign_days(world, days)
    crisis = _crisis(world, days)
    viral = np.zeros(days.count)
    for wave in world.buzz.virals:
        viral = np.maximum(viral, _falling(days, wave.day, wave.size, world.buzz.days))
    viral = viral * world.buzz.on
    rng = chance("press")
    articles = np.sort(rng.uniform(0, days.count, rng.poisson(world.buzz.press * days.months)))
    articles = articles[: len(articles) * world.buzz.on]
    approaches = _approaches(world, days, people, chance("approaches"))
    posts = _employee_posts(world, days, people, chance("employee posts"))
    fresh = _summed(days, approaches.posted, approaches.freshness, 4.0)
    shared = _summed(days, posts[1], np.ones(len(posts[1])), 3.0)
    printed = _summed(days, articles, np.ones(len(articles)), 3.0)
    everywhere = np.ones((len(people.regions), 1))
    lift = {c: getattr(world.media, c).lift * media[c].response for c in CHANNELS}
    arriving = {c: getattr(world.media, c).arriving * media[c].response for c in CHANNELS}
    lift |= {
        "promotion": everywhere * world.promotions.lift * off,
        "influencer": everywhere * world.influencers.lift * fresh,
        "employee": everywhere * world.employees.lift * shared,
        "press": everywhere * world.buzz.press_lift * printed,
        "buzz": everywhere * viral,
    }
    arriving |= {
        "influencer": everywhere * world.influencers.arriving * fresh,
        "employee": everywhere * world.employees.arriving * shared,
        "press": everywhere * world.buzz.arriving * world.buzz.press_lift * printed,
        "buzz": everywhere * world.buzz.arriving * viral,
    }
    return Pressures(
        demand=days.demand(world),
        media=media,
        lift=lift,
        arriving=arriving,
        lost={
            "competitor": np.minimum(world.competitors.lost * rival, 0.9),
            "crisis": crisis,
            "price": np.full(days.count, 1.0) * _price_loss(world) * _risen(world, days),
            "promotion": _borrowed(world, off),
        },
        coupons=coupons,
        coupon=coupon,
        off=off,
        price=1 + world.price.rise * _risen(world, days),
        rival=rival,
        crisis=crisis,
        viral=viral,
        articles=articles,
        approaches=approaches,
        employee_posts=posts,
    )


def _falling(days: Days, start: float, size: float, third: float) -> np.ndarray:
    """Return something that begins on a day at its height and falls to a third in so many days."""
    since = np.arange(days.count) - start
    return np.where(since >= 0, size * np.exp(-np.log(3) * np.maximum(since, 0) / third), 0.0)


def _summed(days: Days, starts: np.ndarray, sizes: np.ndarray, third: float) -> np.ndarray:
    """Return the sum of many things that begin and fall, by day."""
    known = np.isfinite(starts) & (starts < days.count)
    new = np.bincount(starts[known].astype(int), weights=sizes[known], minlength=days.count)
    keep, level, made = 3 ** (-1 / third), 0.0, np.zeros(days.count)
    for day in range(days.count):
        level = keep * level + new[day]
        made[day] = level
    return made


def _promotions(world: World, days: Days) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    coupon, off = np.full(days.count, -1), np.zeros(days.count)
    names: list[str] = []
    runs = days.stretches(world.promotions.campaigns) if world.promotions.on else []
    for campaign, begin, end in runs:
        if campaign.name not in names:
            names.append(campaign.name)
        coupon[begin:end] = names.index(campaign.name)
        off[begin:end] = campaign.off
    return tuple(names), coupon, off


def _borrowed(world: World, off: np.ndarray) -> np.ndarray:
    """Return the share lost in the fourteen days after each promotion, as much as was borrowed."""
    won = world.promotions.lift * off * world.promotions.borrowed
    lost = np.zeros(len(off))
    begin = 0
    for day in range(len(off)):
        if off[day] > 0 and (day == 0 or off[day - 1] == 0):
            begin = day
        if off[day] > 0 and (day + 1 < len(off) and off[day + 1] == 0):
            lost[day + 1 : day + 15] += won[begin : day + 1].sum() / 14
    return np.minimum(np.where(off > 0, 0, lost), 0.8)


def _campaign_days(world: World, days: Days) -> np.ndarray:
    rival = np.zeros(days.count)
    runs = days.stretches(world.competitors.campaigns) if world.competitors.on else []
    for campaign, begin, end in runs:
        rival[begin:end] = np.maximum(rival[begin:end], campaign.off)
    return rival


def _crisis(world: World, days: Days) -> np.ndarray:
    lost = np.zeros(days.count)
    for wave in world.crises.waves if world.crises.on else []:
        lost = np.maximum(lost, _falling(days, wave.day, wave.severity, wave.days))
    return lost


def _risen(world: World, days: Days) -> np.ndarray:
    return (np.arange(days.count) >= world.price.day) * world.price.on * 1.0


def _price_loss(world: World) -> float:
    return float(np.clip(world.price.elasticity * world.price.rise, 0.0, 0.9))


def _approaches(
    world: World, days: Days, people: Population, rng: np.random.Generator
) -> Approaches:
    """Return who was asked when; saying yes and reach both fall with each approach."""
    asked = world.influencers
    person, day, nth = [], [], []
    for who in np.flatnonzero(people.influencer):
        when = rng.uniform(0, 2 * asked.every) + np.arange(0, days.count, asked.every)
        when = when[when < days.count]
        person += [int(who)] * len(when)
        day += list(when)
        nth += list(range(1, len(when) + 1))
    order = np.lexsort((person, day)) if person else np.zeros(0, int)
    nths = np.array(nth, dtype=np.int64)[order]
    freshness = asked.tiring ** (nths - 1.0)
    yes = rng.random(len(nths)) < asked.says_yes * freshness
    when = np.array(day, dtype=float)[order]
    posted = np.where(yes, when + 2 + 9 * rng.random(len(nths)), np.inf)
    posted[posted >= days.count] = np.inf
    return Approaches(np.array(person, dtype=np.int64)[order], when, nths, posted, freshness)


def _employee_posts(
    world: World, days: Days, people: Population, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return who posted when: people and days, in the order of days."""
    staff = np.flatnonzero(people.employee)
    active = staff[rng.random(len(staff)) < world.employees.active]
    posts = rng.poisson(world.employees.posts * days.count / MONTH, len(active))
    person = np.repeat(active, posts)
    when = rng.uniform(0, days.count, len(person))
    order = np.argsort(when, kind="stable")[: len(person) * world.employees.on]
    return person[order], when[order]
