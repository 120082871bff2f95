"""Who writes to or about the brand, when, where and of what kind: before any text is made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rapport.simulation.accounts import networks_of
from rapport.simulation.life import SPEAK_ILL, SPEAK_WELL
from rapport.simulation.lived import Lived, drawn_from
from rapport.simulation.population import NEVER
from rapport.simulation.schema_events import KINDS
from rapport.simulation.streams import uniform

CAUSES = ("post", "order", "talk", "complaint", "buzz", "crisis", "influencer", "employee", "pod")
ON_NETWORKS = 0.15
"""Share of complaints that are written on a network."""

# Shares of KINDS by stance: advocates, neither, critics.
_AFTER_ORDER = np.array(
    [
        [0.48, 0.00, 0.06, 0.04, 0.04, 0.00, 0.15, 0.19, 0.04],
        [0.14, 0.05, 0.16, 0.16, 0.05, 0.00, 0.24, 0.00, 0.20],
        [0.00, 0.48, 0.16, 0.08, 0.00, 0.14, 0.00, 0.00, 0.14],
    ]
)
UNDER_POST = np.array(
    [
        [0.46, 0.00, 0.06, 0.11, 0.07, 0.00, 0.08, 0.12, 0.10],
        [0.10, 0.00, 0.10, 0.26, 0.10, 0.00, 0.10, 0.00, 0.34],
        [0.00, 0.38, 0.14, 0.14, 0.00, 0.06, 0.00, 0.00, 0.28],
    ]
)
_OTHERS = {
    "talk": np.array([0.30, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.70, 0.0]),
    "buzz": np.array([0.55, 0.0, 0.02, 0.06, 0.10, 0.0, 0.0, 0.20, 0.07]),
    "crisis": np.array([0.02, 0.55, 0.04, 0.14, 0.0, 0.10, 0.0, 0.0, 0.15]),
    "influencer": np.array([0.55, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.45, 0.0]),
    "employee": np.array([0.45, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.45, 0.10]),
    "complaint": np.array([0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
    "wish": np.array([0.0, 0.0, 0.0, 0.25, 0.75, 0.0, 0.0, 0.0, 0.0]),
    "goodbye": np.array([0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]),
}


@dataclass(frozen=True)
class Written:
    """Messages to be: person, network number, day, kind number, cause number.

    `hours` is the known wait of a complaint (not a number elsewhere), `about` the row of the
    source (a complaint, an approach), -1 elsewhere.
    """

    person: np.ndarray
    network: np.ndarray
    day: np.ndarray
    kind: np.ndarray
    cause: np.ndarray
    hours: np.ndarray
    about: np.ndarray

    def __len__(self) -> int:
        return len(self.person)


def written(lived: Lived) -> Written:
    """Return all messages but those under posts, which need the posts' own followers."""
    first, second = networks_of(lived)
    parts = [
        _after_orders(lived),
        _talks(lived),
        _complaints(lived),
        _wave(lived, "buzz"),
        _wave(lived, "crisis"),
        _influencers(lived),
        _employees(lived),
        _wishes(lived),
        _goodbyes(lived),
    ]
    person, day, kind, cause, hours, about = (
        np.concatenate([part[place] for part in parts]) for place in range(6)
    )
    person = person.astype(int)
    draw = lived.chance("which network").random(len(person))
    network = np.where(draw < 0.75, first[person], second[person])
    order = np.lexsort((kind, person, day))
    return Written(
        person[order],
        network[order],
        np.minimum(day[order], lived.days.count - 0.001),
        kind[order].astype(int),
        cause[order].astype(int),
        hours[order],
        about[order].astype(int),
    )


Rows = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _rows(
    person: np.ndarray,
    day: np.ndarray,
    kind: np.ndarray,
    cause: str,
    hours: np.ndarray | None = None,
    about: np.ndarray | None = None,
) -> Rows:
    n = len(person)
    return (
        person,
        day,
        kind,
        np.full(n, CAUSES.index(cause)),
        np.full(n, np.nan) if hours is None else hours,
        np.full(n, -1) if about is None else about,
    )


def stances(lived: Lived, person: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Return how people speak of the brand at a time: 0 well (advocate), 1 neither, 2 ill."""
    level, voice = lived.level_on(person, day), lived.people.voice[person]
    well, ill = voice < SPEAK_WELL[level], voice > 1 - SPEAK_ILL[level]
    found: np.ndarray = np.where(well, 0, np.where(ill, 2, 1))
    return found


def _after_orders(lived: Lived) -> Rows:
    orders = lived.orders
    stance = stances(lived, orders.person, orders.day)
    keen = np.array([1.9, 0.4, 2.5])[stance]
    share = lived.world.buzz.follows * lived.world.buzz.on
    rows = np.flatnonzero(uniform(orders.mark, "writes") < share * keen)
    day = orders.day[rows] + 1 + 9 * uniform(orders.mark[rows], "writes when") ** 2
    kind = drawn_from(uniform(orders.mark[rows], "writes what"), _AFTER_ORDER[stance[rows]])
    fine = day < lived.days.count
    return _rows(orders.person[rows][fine], day[fine], kind[fine], "order")


def _talks(lived: Lived) -> Rows:
    rng = lived.chance("talk online")
    people, days = [], []
    for month, who in lived.life.talks:
        draw, when = rng.random((2, lived.people.count))
        online = who[draw[who] < lived.world.word_of_mouth.online]
        begin, end = lived.days.starts[month], lived.days.starts[month + 1]
        people.append(online)
        days.append(begin + when[online] * (end - begin))
    person, day = np.concatenate(people), np.concatenate(days)
    return _rows(person, day, drawn_from(rng.random(len(person)), _OTHERS["talk"]), "talk")


def _complaints(lived: Lived) -> Rows:
    parts = lived.life.complaints
    mark = np.concatenate([part.about.mark for part in parts])
    on = uniform(mark, "on a network") < ON_NETWORKS
    person = np.concatenate([part.about.person for part in parts])[on]
    day = np.concatenate([part.opened for part in parts])[on]
    hours = np.concatenate([part.hours for part in parts])[on]
    kind = np.full(len(person), KINDS.index("complaint"))
    return _rows(person, day, kind, "complaint", hours, np.flatnonzero(on))


def _wave(lived: Lived, cause: str) -> Rows:
    """Return what is written in waves of talk or in crises, with the shape of the wave."""
    rng, n = lived.chance(f"{cause} talk"), lived.people.count
    if cause == "buzz":
        level, share = lived.pressures.viral, 0.004
    else:
        level = lived.pressures.crisis
        waves = lived.world.crises.waves if lived.world.crises.on else []
        share = sum(wave.talk for wave in waves) / max(float(level.sum()), 1e-9)
    count = rng.poisson(n * share * level)
    day = np.repeat(np.arange(lived.days.count), count) + rng.random(int(count.sum()))
    keen = np.exp((0.8 if cause == "buzz" else -0.5) * lived.people.love)
    person = rng.choice(n, len(day), p=keen / keen.sum())
    return _rows(person, day, drawn_from(rng.random(len(day)), _OTHERS[cause]), cause)


def _influencers(lived: Lived) -> Rows:
    asked = lived.pressures.approaches
    rows = np.flatnonzero(np.isfinite(asked.posted))
    kind = drawn_from(lived.chance("influencer kind").random(len(rows)), _OTHERS["influencer"])
    return _rows(asked.person[rows], asked.posted[rows], kind, "influencer", about=rows)


def _employees(lived: Lived) -> Rows:
    person, day = lived.pressures.employee_posts
    kind = drawn_from(lived.chance("employee kind").random(len(person)), _OTHERS["employee"])
    return _rows(person, day, kind, "employee")


def _wishes(lived: Lived) -> Rows:
    """Return what some ask before their first order."""
    came = lived.life.came
    draw, before, what = lived.chance("wishes").random((3, len(came)))
    who = np.flatnonzero((came > 10) & (came < lived.days.count) & (draw < 0.04))
    kind = drawn_from(what[who], _OTHERS["wish"])
    return _rows(who, came[who] - 9 * before[who], kind, "talk")


def _goodbyes(lived: Lived) -> Rows:
    """Return what some write when they leave, the unheard most of all."""
    left, reason = lived.life.left, lived.life.reason
    draw, before = lived.chance("goodbyes").random((2, len(left)))
    share = np.array([0.02, 0.15, 0.04, 0.10, 0.0])[reason]
    who = np.flatnonzero((left < NEVER) & (draw < share))
    kind = np.full(len(who), KINDS.index("leaving"))
    return _rows(who, np.maximum(left[who] - before[who], 0), kind, "talk")
