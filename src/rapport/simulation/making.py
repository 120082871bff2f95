"""A world from its parameters and a seed: first lived through, then written down as a history."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from rapport.errors import Fault, Problem
from rapport.simulation import (
    accounts,
    cards,
    mentions,
    ordering,
    posting,
    selling,
    service,
    surroundings,
    surveys,
    talking,
    web,
    writing,
)
from rapport.simulation.goods import goods
from rapport.simulation.history import SHEETS, History
from rapport.simulation.life import live
from rapport.simulation.lived import Lived
from rapport.simulation.orders import settle
from rapport.simulation.stage import staged
from rapport.simulation.streams import (
    arrivals,
    brought,
    connected,
    habit,
    lifted,
    talked,
    together,
)
from rapport.simulation.world import World

Tell = Callable[[str], None]


def _silent(_: str) -> None:
    """Tell nobody."""


def live_through(world: World, *, people: int, months: int, seed: int) -> Lived:
    """Return a world that was lived through: who bought what, and what every order needed.

    The same arguments give the same world. Raises Problem for no people or months.

    Examples
    --------
    >>> lived = live_through(World(), people=300, months=3, seed=7)
    >>> len(lived.orders) > 20
    True
    """
    check_size(people, months)
    stage = staged(world, people, months, seed)
    who, pressures, chance = stage.people, stage.pressures, stage.chance
    own = habit(who, pressures, chance)
    life = live(stage, own, arrivals(world, who, pressures, chance))
    streams = [
        own,
        *lifted(who, pressures, chance),
        connected(who, pressures, chance),
        talked(stage, life.speaking),
        *brought(life.arrival, stage.days.count, chance),
    ]
    sold = goods()
    made, lines = settle(stage, life, sold, together(streams))
    return Lived(world, stage.days, who, stage.friends, pressures, life, sold, chance, made, lines)


def check_size(people: int, months: int) -> None:
    """Raise a Problem for a world with nobody in it, or no time."""
    if people < 1 or months < 1 or months > 240 or people > 20_000_000:
        what = f"{people} people and {months} months make no world."
        hint = "Allowed: 1 to 20,000,000 people, 1 to 240 months."
        raise Problem("Nothing was simulated.", [Fault(what, hint=hint)])


def write_down(lived: Lived, *, tell: Tell = _silent) -> History:
    """Return the history of a world: every sheet, rows sorted."""
    tell("accounts")
    wrote = writing.written(lived)
    known = accounts.accounts(lived, wrote.person, wrote.network)
    posts = posting.publish(lived)
    liked = posting.reactions(lived, known, posts)
    tell("messages")
    said = talking.talk(lived, known, posts, liked, wrote)
    tell("orders")
    clicks, browser = web.last_clicks(lived), web.devices(lived)
    carries = cards.loyalty(lived)
    numbers = cards.card_numbers(lived, carries)
    asked = service.tickets(lived)
    answered = surveys.surveys(lived)
    offers = selling.leads(lived)
    met = {
        system: (asked.person[asked.system == system], asked.opened[asked.system == system])
        for system in ("zendesk", "chatwoot", "callcentre")
    } | {
        system: (offers.person[offers.system == system], offers.day[offers.system == system])
        for system in ("hubspot", "salesforce")
    }
    met["qualtrics"] = (answered.person[answered.by_email], answered.day[answered.by_email])
    tell("cards")
    profile, shop = cards.profiles(lived, cards.known_by(lived, carries, met), numbers)
    orders, _ = ordering.order_table(lived, clicks, browser[0], cards.identified(lived, carries))
    tell("visits")
    under = said.post >= 0
    tables = {
        "person": cards.person_table(lived, numbers),
        "profile": profile,
        "account": known.table,
        "follow": accounts.follow_table(lived, known),
        "level": cards.level_table(lived),
        "store": surroundings.store_table(),
        "product": surroundings.product_table(lived),
        "post": posts.table,
        "post_day": posting.post_days(
            lived, known, posts, liked, (said.post[under], said.day[under])
        ),
        "reaction": posting.reaction_table(lived, known, posts, liked),
        "message": said.table,
        "order": orders,
        "order_line": ordering.line_table(lived),
        "visit": web.visit_table(lived, clicks, browser, shop),
        "spend": surroundings.spend_table(lived, clicks),
        "ticket": asked.table,
        "answer": answered.table,
        "lead": offers.table,
        "mention": mentions.mention_table(lived, known, said),
        "audience": accounts.audience_table(lived, known),
        "event": surroundings.event_table(lived),
        "referral": selling.referral_table(lived),
        "contact": selling.contact_table(lived, carries),
        "approach": selling.approach_table(lived, known, said),
        "competitor_price": surroundings.competitor_price_table(lived),
        "heard": surveys.heard_table(lived),
        "gap": surroundings.gap_table(lived),
    }
    sheets = {name: _sorted(name, table) for name, table in tables.items()}
    return History(lived.days.first, lived.days.last, lived.chance.seed, **sheets)


def _sorted(name: str, table: pa.Table) -> pa.Table:
    """Return a sheet in the order of its key; levels are so already, and many."""
    if name == "level":
        return table
    return table.sort_by([(key, "ascending") for key in SHEETS[name].key])
