"""Month by month: who comes, talks, refers, complains, leaves, comes back, follows, and why.

Each mechanism draws one number for everybody every month, whatever happened before, so that one
world and the same world with a mechanism turned off share their chances.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rapport.simulation.causes import BRINGING, NUMBER, bits
from rapport.simulation.days import MONTH
from rapport.simulation.population import NEVER, Population
from rapport.simulation.stage import Stage
from rapport.simulation.streams import Candidates, uniform
from rapport.simulation.world import World

STEPS = (1.35, 0.50, -0.50)
"""Engagement (love + satisfaction) above which people are fully engaged, engaged, not engaged."""
SPEAK_WELL = np.array([0.74, 0.38, 0.10, 0.01])
SPEAK_ILL = np.array([0.0, 0.01, 0.03, 0.14])
"""Shares of advocates and critics by level, as published (Asplund & James 2011) or near it."""
REASONS = ("interest", "complaint", "competitor", "crisis")


@dataclass(frozen=True)
class Complaints:
    """A month's complaints: what orders about, when opened, hours waited (infinite: for ever)."""

    about: Candidates
    opened: np.ndarray
    hours: np.ndarray


@dataclass
class Life:
    """What becomes of everybody; days count from the first day, infinite for never.

    `arrival` is by cause; `level` (months, people) counts 0 for fully engaged to 3 for actively
    disengaged; `speaking` (months, people) is how many friends speak; lists are of rows made.
    """

    arrival: dict[str, np.ndarray]
    left: np.ndarray
    reason: np.ndarray
    away_from: np.ndarray
    away_until: np.ndarray
    saved: np.ndarray
    saved_by: np.ndarray
    owed: np.ndarray
    followed: np.ndarray
    unfollowed: np.ndarray
    fading: np.ndarray
    satisfaction: np.ndarray
    level: np.ndarray
    customer: np.ndarray
    speaking: np.ndarray
    talks: list[tuple[int, np.ndarray]]
    referred: list[np.ndarray]
    complaints: list[Complaints]

    @property
    def came(self) -> np.ndarray:
        """When each person came, by whichever cause was first."""
        found: np.ndarray = np.minimum.reduce(list(self.arrival.values()))
        return found

    def active(self, person: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Return whether each person is a customer at that time: came, not left, not away."""
        away = (day >= self.away_from[person]) & (day < self.away_until[person])
        found: np.ndarray = (day >= self.came[person]) & (day < self.left[person]) & ~away
        return found

    def keen(self, person: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Return how keen people are then: 1, falling to 0 from losing interest to leaving."""
        fades = np.isfinite(self.fading[person])
        begun = np.where(fades, self.fading[person], 0.0)
        ends = np.where(fades, self.left[person], 1.0)
        past = (day - begun) / np.maximum(ends - begun, 1e-9)
        found: np.ndarray = np.where(fades, 1 - np.clip(past, 0.0, 1.0), 1.0)
        return found

    def connected(self, person: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Return whether each person follows the brand at that time."""
        found: np.ndarray = (day >= self.followed[person]) & (day < self.unfollowed[person])
        return found


def live(stage: Stage, habit: Candidates, arrival: dict[str, np.ndarray]) -> Life:
    """Return what becomes of everybody.

    Parameters
    ----------
    habit
        The orders that people would make by themselves.
    arrival
        The day on which each cause would bring each person; friends' talk and codes are added.
    """
    habit = habit.where(np.argsort(habit.day, kind="stable"))
    first = np.searchsorted(habit.day, stage.days.starts)
    life = _born(stage, arrival)
    for month in range(stage.days.months):
        own = habit.where(np.arange(first[month], first[month + 1]))
        _month(stage, life, month, own.where(life.active(own.person, own.day)))
    return life


def _born(stage: Stage, arrival: dict[str, np.ndarray]) -> Life:
    n, months = stage.people.count, stage.days.months
    rng = stage.chance("satisfaction at first")

    def never() -> np.ndarray:
        return np.full(n, NEVER)

    return Life(
        arrival={cause: days.copy() for cause, days in arrival.items()},
        left=never(),
        reason=np.full(n, -1),
        away_from=never(),
        away_until=np.full(n, -NEVER),
        saved=never(),
        saved_by=np.zeros(n, np.int64),
        owed=never(),
        followed=stage.people.followed.copy(),
        unfollowed=never(),
        fading=never(),
        satisfaction=0.4 * rng.standard_normal(n),
        level=np.zeros((months, n), np.int8),
        customer=np.zeros((months, n), bool),
        speaking=np.zeros((months, n), np.int8),
        talks=[],
        referred=[],
        complaints=[],
    )


def _month(stage: Stage, life: Life, month: int, own: Candidates) -> None:
    """Let everybody live through a month in which they make these orders of their own."""
    begin, end = stage.days.starts[month], stage.days.starts[month + 1]
    _talk(stage, life, month, begin, end)
    _refer(stage, life, month, begin, end)
    bought = np.bincount(own.person, minlength=stage.people.count)
    moods = _complain(stage, life, own)
    _leave(stage, life, month, begin, end)
    _come_back(stage, life, month, begin, end)
    _follow(stage, life, month, begin, end, bought)
    noise = stage.chance("mood", month).standard_normal(stage.people.count)
    hurt = stage.pressures.crisis[begin:end].max() if end > begin else 0.0
    moods -= 0.3 * (life.fading < end)
    life.satisfaction = (
        0.85 * life.satisfaction + 0.22 * noise + 0.10 * np.minimum(bought, 2) + moods - 0.8 * hurt
    )
    life.customer[month] = life.active(
        np.arange(stage.people.count), np.full(len(bought), end - 1e-6)
    )
    life.level[month] = levels(stage.people, life, life.customer[month])


def levels(people: Population, life: Life, customer: np.ndarray) -> np.ndarray:
    """Return everybody's engagement now, 0 for fully engaged to 3 for actively disengaged."""
    felt = people.love + life.satisfaction - 0.30 * ~customer + 0.6 * people.employee
    found: np.ndarray = np.searchsorted(-np.array(STEPS), -felt, side="right").astype(np.int8)
    return found


def _talk(stage: Stage, life: Life, month: int, begin: float, end: float) -> None:
    """Let customers speak to their friends; some of those who are prospects come."""
    talk, people = stage.world.word_of_mouth, stage.people
    rng = stage.chance("talk of the month", month)
    speaks_if, comes_if, when = rng.random((3, people.count))
    everybody = np.arange(people.count)
    customer = life.active(everybody, np.full(people.count, float(begin)))
    share = np.array([talk.fully_engaged, talk.engaged, talk.not_engaged, 0.0])
    level = levels(people, life, customer)
    advocate = people.voice < SPEAK_WELL[level]
    often = np.minimum(share / SPEAK_WELL, 1.0)
    speaks = customer & advocate & (speaks_if < often[level]) & talk.on
    heard = stage.friends.speaking(speaks)
    life.speaking[month] = np.minimum(heard, 100)
    life.talks.append((month, np.flatnonzero(speaks)))
    hazard = np.minimum(talk.arriving * np.exp(0.4 * people.love), 0.9)
    comes = (life.came > begin) & (comes_if < 1 - (1 - hazard) ** heard)
    found = np.where(comes, begin + when * (end - begin), NEVER)
    life.arrival["word_of_mouth"] = np.minimum(life.arrival["word_of_mouth"], found)


def _refer(stage: Stage, life: Life, month: int, begin: float, end: float) -> None:
    """Let happy customers hand a code to a friend; some of those use it."""
    refer, people = stage.world.referrals, stage.people
    rng = stage.chance("referrals of the month", month)
    hands_if, which, uses_if, when, delay = rng.random((5, people.count))
    everybody = np.arange(people.count)
    customer = life.active(everybody, np.full(people.count, float(begin)))
    mood = np.array([1.0, 0.3, 0.05, 0.0])[levels(people, life, customer)]
    handing = np.flatnonzero(customer & (hands_if < refer.handing * mood) & refer.on)
    friend = stage.friends.chosen(handing, which[handing])
    fresh = (friend >= 0) & (life.came[friend] > begin) & np.isinf(life.arrival["referral"][friend])
    handing, friend = handing[fresh], friend[fresh]
    friend, firsts = np.unique(friend, return_index=True)
    handing = handing[firsts]
    handed = begin + when[handing] * (end - begin)
    handed = np.where(handed < life.came[handing], life.came[handing], handed)
    uses = uses_if[friend] < refer.using * np.exp(0.3 * stage.people.love[friend])
    used = np.where(uses, handed + 1 + 12 * delay[friend], NEVER)
    life.arrival["referral"][friend] = used
    life.referred.append(np.stack([handing, friend, handed, used], axis=1))


def _complain(stage: Stage, life: Life, own: Candidates) -> np.ndarray:
    """Let some of the month's own orders end in a complaint; answer it or not; lose some people.

    Returns how everybody's mood moves.
    """
    service, n = stage.world.service, stage.people.count
    angry = 1 + 3 * stage.pressures.crisis[np.minimum(own.day.astype(int), stage.days.count - 1)]
    complains = np.flatnonzero(uniform(own.mark, "complains") < service.complaints * angry)
    _, firsts = np.unique(own.person[complains], return_index=True)
    rows = own.where(complains[firsts])
    opened = rows.day + 0.5 + 4 * uniform(rows.mark, "complaint day")
    hours = waits(stage.world, rows.mark)
    leaves_if = uniform(rows.mark, "leaves")
    good = np.exp(-np.log(3) * hours / service.patience)
    risk = service.leaving - (service.leaving - service.leaving_answered) * good
    due = opened + 3
    staff = stage.people.employee[rows.person]
    here = (due < life.left[rows.person]) & ~staff
    leaves = here & (leaves_if < risk)
    saved = here & ~leaves & (leaves_if < service.leaving) & (hours < NEVER)
    _end(life, rows.person[leaves], due[leaves], "complaint")
    _save(life, rows.person[saved], due[saved], 0.0, "answer")
    life.complaints.append(Complaints(rows, opened, hours))
    moods = np.zeros(n)
    moods[rows.person] = np.where(np.isinf(hours), -1.3, -0.9 + 1.1 * good)
    return moods


def waits(world: World, mark: np.ndarray) -> np.ndarray:
    """Return the hours until a person answers each request, infinite for those never answered."""
    from scipy.special import ndtri

    service = world.service
    normal = ndtri(np.clip(uniform(mark, "wait"), 1e-9, 1 - 1e-9))
    hours = service.hours * np.exp(service.wait_spread * normal)
    answered = (uniform(mark, "answered") < service.answered) & service.on
    return np.where(answered, np.maximum(hours, 0.02), NEVER)


def _leave(stage: Stage, life: Life, month: int, begin: float, end: float) -> None:
    world, people, n = stage.world, stage.people, stage.people.count
    rng = stage.chance("leaving of the month", month)
    bored_if, bored_at, rival_if, rival_at, crisis_if, crisis_at = rng.random((6, n))
    present = life.active(np.arange(n), np.full(n, float(begin))) & ~people.employee
    present &= np.isinf(life.fading)
    fade = world.buying.fade * MONTH
    hazard = world.buying.leaving * np.exp(-0.5 * people.love - 0.3 * life.satisfaction)
    day = begin + bored_at * (end - begin)
    kept = life.connected(np.arange(n), day) * world.connecting.retention
    bored = present & (bored_if < hazard * (1 - kept))
    saved = present & ~bored & (bored_if < hazard)
    life.fading[bored] = day[bored]
    life.satisfaction[bored] -= 0.5
    _end(life, np.flatnonzero(bored), day[bored] + fade, "interest")
    _save(life, np.flatnonzero(saved), day[saved], fade, "connection")
    pull = world.competitors.leaving * stage.pressures.rival[int(begin) : int(end)].mean() * 4
    gone = present & np.isinf(life.left) & (rival_if < pull * np.exp(-0.4 * people.love))
    _end(life, np.flatnonzero(gone), begin + rival_at[gone] * (end - begin), "competitor")
    for wave in world.crises.waves if world.crises.on else []:
        if begin <= wave.day < end:
            hit = (
                present
                & np.isinf(life.left)
                & (crisis_if < wave.leaving * np.exp(-0.5 * people.love))
            )
            when = wave.day + crisis_at[hit] * (end - wave.day)
            _end(life, np.flatnonzero(hit), when, "crisis")


def _end(life: Life, who: np.ndarray, day: np.ndarray, reason: str) -> None:
    sooner = day < life.left[who]
    life.left[who[sooner]] = day[sooner]
    life.reason[who[sooner]] = REASONS.index(reason)


def _save(life: Life, who: np.ndarray, day: np.ndarray, fade: float, by: str) -> None:
    """Note who is kept by what: some orders are owed to it from that day, all after the fading."""
    fresh = np.isinf(life.saved[who])
    life.owed[who[fresh]] = day[fresh] + fade
    life.saved[who[fresh]] = day[fresh]
    life.saved_by[who[fresh]] = NUMBER[by]


def _come_back(stage: Stage, life: Life, month: int, begin: float, end: float) -> None:
    """Let some of those who went to a rival come back, once."""
    n = stage.people.count
    back_if, back_at = stage.chance("coming back", month).random((2, n))
    gone = (
        (life.reason == REASONS.index("competitor"))
        & (life.left < begin)
        & np.isinf(life.away_from)
    )
    back = np.flatnonzero(gone & (back_if < stage.world.competitors.returning))
    life.away_from[back] = life.left[back]
    life.away_until[back] = begin + back_at[back] * (end - begin)
    life.left[back] = NEVER
    life.reason[back] = -1


def _follow(
    stage: Stage, life: Life, month: int, begin: float, end: float, bought: np.ndarray
) -> None:
    fans, people, n = stage.world.connecting, stage.people, stage.people.count
    begins_if, when, ends_if, ends_at = stage.chance("following", month).random((4, n))
    day = begin + when * (end - begin)
    customer = life.active(np.arange(n), day)
    hazard = people.fan_rate * np.where(customer, 1.0, fans.prospects)
    hazard = hazard * (1 + fans.after_purchase * (bought > 0))
    begins = np.isinf(life.followed) & (begins_if < hazard)
    gone = life.left < begin
    ending = fans.ending * np.where(gone, 8.0, np.where(life.fading < begin, 5.0, 1.0))
    ends = (life.followed < begin) & np.isinf(life.unfollowed) & (ends_if < ending)
    life.unfollowed[ends] = (begin + ends_at * (end - begin))[ends]
    life.followed[begins] = day[begins]


def needs(life: Life, rows: Candidates) -> tuple[np.ndarray, np.ndarray]:
    """Return for each order the number of the cause credited, and the bits of all it needs."""
    first = np.full(len(rows), NEVER)
    credit = np.zeros(len(rows), np.int64)
    came = np.zeros(len(rows), np.int64)
    only = np.zeros(len(rows), np.int64)
    for cause in BRINGING:
        when = life.arrival[cause][rows.person]
        here = when <= rows.day
        came += here
        only += here * bits(cause)
        sooner = here & (when < first)
        credit[sooner] = NUMBER[cause]
        first[sooner] = when[sooner]
    alone = life.arrival["baseline"][rows.person] <= rows.day
    credit[alone] = 0
    mask = np.where(~alone & (came == 1), only, 0)
    known = np.isfinite(life.saved[rows.person])
    saved = np.where(known, life.saved[rows.person], np.inf)
    fade = np.where(known, life.owed[rows.person], 1.0) - np.where(known, saved, 0.0)
    past = np.where(known, rows.day - np.where(known, saved, 0.0), -1.0) / np.maximum(fade, 1e-9)
    kept = (past >= 0) & (uniform(rows.mark, "keen") >= 1 - past)
    by = life.saved_by[rows.person]
    credit = np.where((credit == 0) & kept, by, credit)
    mask |= np.where(kept, 1 << np.maximum(by - 1, 0), 0)
    mask |= np.where(rows.cause > 0, 1 << np.maximum(rows.cause - 1, 0), 0)
    return np.where(credit == 0, rows.cause, credit), mask
