"""People as sheets: what is true of each, their levels by month, their card in each system."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from rapport.simulation.accounts import networks_of, where_connected
from rapport.simulation.causes import CAUSES
from rapport.simulation.history import sheet
from rapport.simulation.life import REASONS
from rapport.simulation.lived import Lived, numbered, words_of
from rapport.simulation.people import spelled
from rapport.simulation.population import MOTIVES
from rapport.simulation.schema_people import LEVELS, NETWORKS, SYSTEMS
from rapport.simulation.streams import uniform
from rapport.simulation.surveys import first_cause
from rapport.simulation.writing import stances

CARD_SHARE = 0.5
CARD_SHOWN = 0.85
SECOND_CARDS = 0.03


@dataclass(frozen=True)
class Known:
    """Which system knows whom, since when: system number, person, day of the card."""

    system: np.ndarray
    person: np.ndarray
    day: np.ndarray


def loyalty(lived: Lived) -> np.ndarray:
    """Return which people carry the stores' card: half of those who buy there."""
    draw = lived.chance("loyalty").random(lived.people.count)
    buys = np.zeros(lived.people.count, bool)
    buys[lived.orders.person[lived.orders.in_store]] = True
    return buys & (draw < CARD_SHARE)


def identified(lived: Lived, cards: np.ndarray) -> np.ndarray:
    """Return which orders name their buyer: all of the web, those with a card in stores."""
    orders = lived.orders
    shown = uniform(orders.mark, "card") < CARD_SHOWN
    found: np.ndarray = ~orders.in_store | (cards[orders.person] & shown)
    return found


def card_numbers(lived: Lived, cards: np.ndarray) -> np.ndarray:
    """Return each person's loyalty card number, None for those without."""
    rng = lived.chance("card numbers")
    made = np.full(lived.people.count, None, dtype=object)
    made[cards] = rng.permutation(numbered(rng, int(cards.sum()), 13, first=2))
    return made


def known_by(
    lived: Lived, cards: np.ndarray, others: dict[str, tuple[np.ndarray, np.ndarray]]
) -> Known:
    """Return who is known where; `others` are (people, days) of systems that met people."""
    orders, n = lived.orders, lived.people.count
    web = np.flatnonzero(~orders.in_store)
    letter = np.flatnonzero(lived.chance("letter").random(n) < 0.05)
    since = lived.chance("letter since").uniform(-300, lived.days.count, n)[letter]
    met = {
        "shopify": (
            np.concatenate([orders.person[web], letter]),
            np.concatenate([orders.day[web], since]),
        ),
        "pos": (np.flatnonzero(cards), _first_store_day(lived)[cards]),
    } | others
    if "hubspot" in met:
        synced = np.flatnonzero(lived.chance("synced").random(n) < 0.35)
        chosen = np.isin(met["shopify"][0], synced)
        both = tuple(np.concatenate([met["hubspot"][k], met["shopify"][k][chosen]]) for k in (0, 1))
        met["hubspot"] = (both[0], both[1])
    first, second = networks_of(lived)
    there = (first == NETWORKS.index("linkedin")) | (second == NETWORKS.index("linkedin"))
    invited = there & (lived.chance("connections").random(n) < 0.25)
    since = lived.chance("connected since").uniform(-900, lived.days.count, n)
    met["linkedin"] = (np.flatnonzero(invited), since[invited])
    systems, people, days = [], [], []
    for number, system in enumerate(SYSTEMS):
        if system not in met:
            continue
        person, day = met[system]
        soonest = np.full(n, np.inf)
        np.minimum.at(soonest, person, day)
        rows = np.flatnonzero(np.isfinite(soonest))
        systems.append(np.full(len(rows), number))
        people.append(rows)
        days.append(soonest[rows] - 0.001)
    return Known(np.concatenate(systems), np.concatenate(people), np.concatenate(days))


def _first_store_day(lived: Lived) -> np.ndarray:
    soonest = np.full(lived.people.count, np.inf)
    orders = lived.orders
    np.minimum.at(soonest, orders.person[orders.in_store], orders.day[orders.in_store])
    old = np.isfinite(lived.people.came)
    return np.where(old & np.isfinite(soonest), -30.0, soonest)


def profiles(lived: Lived, known: Known, numbers: np.ndarray) -> tuple[pa.Table, np.ndarray]:
    """Return the sheet `profile`, and each person's card in the shop (None for none)."""
    parts, shop = [], np.full(lived.people.count, None, dtype=object)
    for number, system in enumerate(SYSTEMS):
        mine = known.system == number
        person, day = known.person[mine], known.day[mine]
        if system == "shopify":
            again = lived.chance("second card").random(lived.people.count)[person] < SECOND_CARDS
            late = day[again] + 60 + 200 * lived.chance("second card on").random(int(again.sum()))
            fine = late < lived.days.count
            person = np.concatenate([person, person[again][fine]])
            day = np.concatenate([day, late[fine]])
        columns = _cards(lived, system, person, day, numbers)
        if system == "shopify":
            shop[person[::-1]] = columns["card_id"][::-1]
        parts.append(columns)
    stacked = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.lexsort((stacked["card_id"].astype(str), stacked["system"].astype(str)))
    return sheet("profile", {name: values[order] for name, values in stacked.items()}), shop


def _cards(
    lived: Lived, system: str, person: np.ndarray, day: np.ndarray, numbers: np.ndarray
) -> dict[str, np.ndarray]:
    rng = lived.chance(f"cards {system}")
    table = {name: values[person] for name, values in lived.people.table.items()}
    written = spelled(lived.chance(f"spelled {system}"), table, system)
    n = len(person)
    digits = {"shopify": 13, "hubspot": 11, "zendesk": 12, "linkedin": 9}.get(system, 8)
    ids = rng.permutation(numbered(rng, n, digits))
    if system == "salesforce":
        ids = np.array([*(f"00Q5g0000{each}" for each in ids), ""], dtype=object)[:-1]
    return {
        "system": np.full(n, system, dtype=object),
        "card_id": ids,
        "person_id": person + 1,
        "first_name": written["first_name"],
        "last_name": written["last_name"],
        "email": written["email"],
        "phone": written["phone"],
        "postcode": written["postcode"],
        "city": written["city"],
        "loyalty_card": numbers[person] if system == "pos" else np.full(n, None, dtype=object),
        "created_on": lived.times(day),
        "accepts_marketing": rng.random(n) < 0.45,
    }


def person_table(lived: Lived, numbers: np.ndarray) -> pa.Table:
    """Return the sheet `person`."""
    people, life, n = lived.people, lived.life, lived.people.count
    came, first = life.came, first_cause(lived)
    joined = np.isfinite(came) & (came < lived.days.count)
    others = np.stack(list(life.arrival.values()))
    anyway = (np.sort(others, axis=0)[1] < lived.days.count) if len(others) > 1 else joined
    away = np.isfinite(life.away_from)
    left = np.where(joined, life.left, np.inf)
    referred = np.full(n, -1)
    for rows in life.referred:
        used = np.isfinite(rows[:, 3])
        referred[rows[used, 1].astype(int)] = rows[used, 0].astype(int)
    table, saved = people.table, np.isfinite(life.saved)
    columns = {name: table[name] for name in _COPIED} | {
        "person_id": np.arange(1, n + 1),
        "loyalty_card": numbers,
        "is_employee": people.employee,
        "is_influencer": people.influencer,
        "never_clicks": people.never_clicks,
        "speaks": _speaks(lived),
        "level": words_of(life.level[-1], LEVELS),
        "motives": [[MOTIVES[k] for k in np.flatnonzero(row)] for row in people.motives],
        "affinity": people.love,
        "orders_a_year": people.rate,
        "joined_on": lived.times(np.where(joined, came, np.inf)),
        "joined_because": words_of(np.where(joined, first, -1), CAUSES),
        "would_have_come": pa.array(anyway | (first == 0), mask=~joined),
        "left_on": lived.times(left),
        "left_because": words_of(np.where(np.isfinite(left), life.reason, -1), REASONS),
        "away_from": lived.times(life.away_from),
        "away_until": lived.times(np.where(away, life.away_until, np.inf)),
        "saved_on": lived.times(life.saved),
        "saved_by": words_of(np.where(saved, life.saved_by, -1), CAUSES),
        "referred_by": pa.array(referred + 1, mask=referred < 0),
        "connected_on": lived.times(life.followed),
        "connected_where": words_of(
            np.where(np.isfinite(life.followed), where_connected(lived), -1), NETWORKS
        ),
        "true_effect": np.round(people.effect * people.rate / 12 * _order_margin(lived)).astype(
            int
        ),
    }
    return sheet("person", columns)


_COPIED = (
    "first_name", "last_name", "language", "birth_year", "email", "second_email", "phone",
    "postcode", "city", "region", "country",
)  # fmt: skip


def _order_margin(lived: Lived) -> float:
    margin = lived.orders.margin
    return float(margin.mean()) if len(margin) else 0.0


def _speaks(lived: Lived) -> np.ndarray:
    """Return who speaks well or ill of the brand on the last day."""
    everybody = np.arange(lived.people.count)
    last = np.full(lived.people.count, lived.days.count - 1.0)
    return words_of(stances(lived, everybody, last), ("advocate", "neither", "critic"))


def level_table(lived: Lived) -> pa.Table:
    """Return the sheet `level`: everybody in every month."""
    months, n = lived.life.level.shape
    starts = lived.days.dates(lived.days.starts[:-1])
    names = pa.DictionaryArray.from_arrays(
        pa.array(lived.life.level.ravel().astype(np.int32)), pa.array(LEVELS)
    )
    return sheet(
        "level",
        {
            "person_id": np.tile(np.arange(1, n + 1), months),
            "month": np.repeat(starts, n),
            "level": names,
            "is_customer": lived.life.customer.ravel(),
        },
    )
