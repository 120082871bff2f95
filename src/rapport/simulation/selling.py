"""Leads, referral codes, people met in stores and at events, and influencers asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from rapport.simulation.accounts import Accounts, networks_of
from rapport.simulation.causes import NUMBER
from rapport.simulation.days import MONTH
from rapport.simulation.goods import STORES, nearest_store
from rapport.simulation.history import sheet
from rapport.simulation.lived import Lived, drawn_from, numbered, words_of
from rapport.simulation.schema_people import NETWORKS
from rapport.simulation.talking import Messages
from rapport.simulation.writing import CAUSES as WROTE

ORIGINS = ("website", "event", "linkedin", "referral", "phone", "social")
STAGES = ("new", "qualified", "proposal", "won", "lost")
SELLERS = ("Anaïs Roche", "Marc Delvaux", "Priya Nair")
_COMPANY = (
    ("Atelier", "Cabinet", "Groupe", "Maison", "Studio", "Clinique", "Banque", "Hôtel", "Agence"),
    ("Lumière", "Dupré", "des Quais", "Horizon", "Valmy", "Northgate", "Ashdown", "Beaulieu",
     "Fairweather", "Saint-Clair", "Okapi", "Rivage", "Harcourt", "Belleville"),
    ("", " & Fils", " Conseil", " Ltd", " SARL", " Partners", " SAS"),
)  # fmt: skip
TASTINGS = ("Atelier chocolat", "Dégustation de thés", "Coffee morning", "Tea & cake evening")


@dataclass(frozen=True)
class Leads:
    """Leads by time: person, day, system, id, and the sheet."""

    person: np.ndarray
    day: np.ndarray
    system: np.ndarray
    table: pa.Table


def leads(lived: Lived) -> Leads:
    """Return every firm that may buy; LinkedIn ads add some, the season most."""
    world, rng, people = lived.world.leads, lived.chance("leads"), lived.people
    daily = world.leads / MONTH * people.count / 1000 * lived.pressures.demand * world.on
    reach = lived.pressures.media["linkedin_ads"].response.mean(axis=0)
    own = rng.poisson(daily)
    won_by_ads = lived.chance("leads of ads").poisson(daily * world.linkedin * reach)
    days = np.arange(lived.days.count)
    day = np.concatenate([np.repeat(days, own), np.repeat(days, won_by_ads)]).astype(float)
    bought = np.arange(len(day)) >= own.sum()
    n = len(day)
    day += 0.25 + 0.5 * rng.random(n)
    order = np.argsort(day, kind="stable")
    day, bought = day[order], bought[order]
    person = rng.integers(0, people.count, n)
    origin = drawn_from(rng.random(n), (0.42, 0.12, 0.12, 0.12, 0.14, 0.08))
    origin = np.where(bought & (rng.random(n) < 0.6), 2, origin)
    until = rng.exponential(35.0, n)
    closed = day + until < lived.days.count
    wins = rng.random(n) < world.won
    open_stage = np.minimum((rng.random(n) * 3).astype(int), 2)
    stage = np.where(closed, np.where(wins, 3, 4), open_stage)
    amount = np.round(world.amount * np.exp(0.7 * rng.standard_normal(n))).astype(np.int64) * 100
    system = np.where(people.table["country"][person] == "FR", "hubspot", "salesforce")
    won = np.where(stage == 3, day + until, np.inf)
    owner = words_of(rng.integers(0, 3, n), SELLERS)
    company = _companies(rng, n)
    table = sheet(
        "lead",
        {
            "lead_id": numbered(rng, n, 10),
            "system": system.astype(object),
            "person_id": person + 1,
            "company": company,
            "created_on": lived.days.times(day),
            "origin": words_of(origin, ORIGINS),
            "stage": words_of(stage, STAGES),
            "won_on": lived.days.times(won),
            "amount": pa.array(amount, mask=stage < 2),
            "owner": owner,
            "cause": np.where(bought, "linkedin_ads", "baseline").astype(object),
        },
    )
    return Leads(person, day, system.astype(object), table)


def _companies(rng: np.random.Generator, count: int) -> np.ndarray:
    parts = [words_of(rng.integers(0, len(names), count), names) for names in _COMPANY]
    made = [f"{a} {b}{c}" for a, b, c in zip(*parts, strict=True)]
    return np.array([*made, ""], dtype=object)[:-1]


def referral_table(lived: Lived) -> pa.Table:
    """Return the sheet `referral`: codes handed over, used or not."""
    rows = np.concatenate([np.zeros((0, 4)), *lived.life.referred])
    rows = rows[np.lexsort((rows[:, 1], rows[:, 2]))]
    referrer, referred = rows[:, 0].astype(int), rows[:, 1].astype(int)
    orders = lived.orders
    first = np.flatnonzero(orders.cause == NUMBER["referral"])
    of = np.full(lived.people.count, -1)
    own = first[np.isclose(orders.day[first], lived.life.arrival["referral"][orders.person[first]])]
    of[orders.person[own]] = own
    at = np.where(np.isfinite(rows[:, 3]), of[referred], -1)
    used = at >= 0
    reward = round(lived.world.referrals.reward * 100)
    times = lived.order_times[np.maximum(at, 0)] if len(orders) else np.zeros(0, "datetime64[us]")
    codes = [f"AMI-{(number * 7919 + 104729) % 1_000_003:06d}" for number in referrer.tolist()]
    return sheet(
        "referral",
        {
            "code": np.array([*codes, ""], dtype=object)[:-1],
            "referrer": referrer + 1,
            "referred": referred + 1,
            "referred_on": lived.times(rows[:, 2]),
            "used_on": np.where(used, times, np.datetime64("NaT"))
            if len(orders)
            else pa.nulls(len(at)),
            "order_id": words_of(at, lived.order_ids.tolist()),
            "reward": np.where(used, reward, 0),
        },
    )


def contact_table(lived: Lived, cards: np.ndarray) -> pa.Table:
    """Return the sheet `contact`: store visits with and without an order, tastings, sales calls."""
    rng, orders = lived.chance("contacts"), lived.orders
    bought = np.flatnonzero(orders.in_store)
    person, day, place = _looking(lived, rng, len(bought))
    guests = _tastings(lived, rng)
    who = np.concatenate([orders.person[bought], person, guests[0]])
    when = np.concatenate([lived.orders.day[bought], day, guests[1]])
    where = np.concatenate([orders.store[bought], place, len(STORES) + guests[2]])
    kind = np.concatenate([np.zeros(len(bought) + len(person), int), np.ones(len(guests[0]), int)])
    buys = np.concatenate([np.ones(len(bought), bool), np.zeros(len(person), bool), guests[3]])
    known = (cards[who] & (rng.random(len(who)) < 0.5)) | (
        (kind == 1) & (rng.random(len(who)) < 0.6)
    )
    order = np.lexsort((who, when))
    who, when, where, kind, buys, known = (x[order] for x in (who, when, where, kind, buys, known))
    opened = np.floor(when) + (10 + 9.4 * (when % 1)) / 24
    return sheet(
        "contact",
        {
            "contact_id": np.char.add("C", np.arange(1, len(who) + 1).astype(str)).astype(object),
            "person_id": pa.array(who + 1, mask=~known & (kind == 0) & ~buys),
            "met_on": lived.days.times(opened),
            "kind": words_of(kind, ("store_visit", "event")),
            "place": words_of(where, [*(store[0] for store in STORES), *TASTINGS]),
            "identified": known,
            "bought": buys,
        },
    )


def _looking(
    lived: Lived, rng: np.random.Generator, orders: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    people = lived.people
    count = rng.poisson(0.6 * orders)
    keen = np.exp(0.5 * people.love) * people.store_share + 1e-12
    person = rng.choice(people.count, count, p=keen / keen.sum())
    day = lived.days_by_demand(rng.random(count))
    return person, day, nearest_store(people.table["region"], people.table["country"])[person]


def _tastings(lived: Lived, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Return who came to which tasting: one a month, those who love the brand first."""
    people, days = lived.people, tasting_days(lived)
    size = max(1, people.count // 600)
    keen = np.exp(0.9 * people.love)
    person = np.concatenate(
        [
            rng.choice(people.count, size, replace=size > people.count, p=keen / keen.sum())
            for _ in days
        ]
    )
    day = np.repeat(np.array(days, float) + 0.75, size)
    place = np.repeat(np.arange(len(days)) % len(TASTINGS), size)
    return person, day, place, rng.random(len(person)) < 0.4


def tasting_days(lived: Lived) -> list[int]:
    """Return the day of each month's tasting: its second Saturday."""
    found = []
    for start in lived.days.starts[:-1].tolist():
        date = lived.days.date(start)
        found.append(start + (5 - date.weekday()) % 7 + 7)
    return found


def approach_table(lived: Lived, known: Accounts, said: Messages) -> pa.Table:
    """Return the sheet `approach`: each time an influencer was asked, and what came of it."""
    asked, rng = lived.pressures.approaches, lived.chance("approach figures")
    network = networks_of(lived)[0][asked.person]
    account = known.of(asked.person, network)
    followers = np.asarray(known.table.column("followers"))[account]
    posted = np.isfinite(asked.posted)
    reach = followers * asked.freshness * np.exp(0.3 * rng.standard_normal(len(network))) * 0.35
    rows = np.flatnonzero(said.cause == WROTE.index("influencer"))
    of = np.full(len(asked.day), -1)
    of[said.about[rows]] = rows
    fee = round(lived.world.influencers.fee * 100)
    ids = known.account_id[account]
    order = np.lexsort((ids.astype(str), asked.day))
    return sheet(
        "approach",
        {
            "account_id": ids[order],
            "person_id": asked.person[order] + 1,
            "network": words_of(network, NETWORKS)[order],
            "approached_on": lived.times(asked.day)[order],
            "cost": np.full(len(order), fee),
            "nth": asked.nth[order],
            "posted_on": lived.times(asked.posted)[order],
            "reach": np.where(posted, reach, 0).astype(np.int64)[order],
            "message_id": words_of(of, said.message_id.tolist())[order],
        },
    )
