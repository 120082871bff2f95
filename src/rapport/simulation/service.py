"""Requests for help: complaints and questions, where they came in, when they were answered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from rapport.simulation.history import sheet
from rapport.simulation.life import waits
from rapport.simulation.lived import Lived, drawn_from, given, words_of
from rapport.simulation.streams import uniform
from rapport.simulation.talking import AGENTS
from rapport.simulation.texts.brand import subjects
from rapport.simulation.texts.labels import USUAL
from rapport.simulation.texts.messages import messages
from rapport.simulation.writing import ON_NETWORKS

CHANNELS = ("email", "chat", "phone", "store", "social")
SYSTEM_OF = ("zendesk", "chatwoot", "callcentre", "callcentre", "zendesk")
_SHARES = (0.46, 0.22, 0.24, 0.08)
_SPEED = np.array([1.0, 0.15, 0.05, 0.02, 1.0])
KINDS = ("complaint", "question")


@dataclass(frozen=True)
class Tickets:
    """Requests by time: person, day opened, system number, and the sheet."""

    person: np.ndarray
    opened: np.ndarray
    system: np.ndarray
    table: pa.Table


def tickets(lived: Lived) -> Tickets:
    """Return every request for help."""
    person, opened, hours, mark, kind, about = _requests(lived)
    rng, n = lived.chance("tickets"), len(person)
    channel = drawn_from(uniform(mark, "channel"), _SHARES)
    public = (kind == 0) & (uniform(mark, "on a network") < ON_NETWORKS)
    channel = np.where(public, 4, channel)
    system = channel.copy()
    language = lived.people.table["language"][person]
    topic = _topics(kind, rng.random(n))
    quick = np.where(kind == 1, hours * _SPEED[channel], hours)
    first = opened + quick / 24
    first = np.where(first < lived.days.count, first, np.inf)
    solved = first + np.where(rng.random(n) < 0.9, rng.exponential(1.5, n), np.inf)
    solved = np.where(solved < lived.days.count, solved, np.inf)
    bot = (rng.random(n) < lived.world.service.bot) & (channel < 2) & lived.world.service.on
    ids = np.empty(n, object)
    for number, start in ((0, 20_001), (1, 501), (2, 7_001)):
        rows = np.flatnonzero(np.array((0, 1, 2, 2, 0))[system] == number)
        ids[rows] = [str(start + place) for place in range(len(rows))]
    names, systems = words_of(kind, KINDS), words_of(system, SYSTEM_OF)
    mood = np.where(kind == 0, "negative", "neutral").astype(object)
    rated = rng.random(n) < np.where(np.isfinite(first), 0.3, 0.12)
    good = rng.random(n) < np.where(np.isfinite(first), 0.85 * np.exp(-quick / 200) + 0.05, 0.03)
    table = sheet(
        "ticket",
        {
            "ticket_id": ids,
            "person_id": person + 1,
            "channel": words_of(channel, CHANNELS),
            "system": systems,
            "kind": names,
            "topic": topic,
            "language": language,
            "opened_on": lived.times(opened),
            "bot_answer_on": _later(lived, opened, np.where(bot, 0.004, np.inf)),
            "first_answer_on": _later(lived, opened, first - opened),
            "solved_on": _later(lived, opened, solved - opened),
            "reopened": np.where(np.isfinite(solved), rng.poisson(0.06, n), 0),
            "rating": given(rated, np.where(good, "good", "bad")),
            "subject": subjects(lived.chance("subjects"), names, topic, language),
            "text": messages(lived.chance("ticket texts"), names, mood, language, topic),
            "agent": given(np.isfinite(first), words_of(rng.integers(0, 5, n), AGENTS)),
            "order_id": about,
            "contacts": 1 + rng.poisson(np.where(np.isfinite(first), 0.15, 0.9), n),
        },
    )
    return Tickets(person, opened, systems, table)


def _requests(lived: Lived) -> tuple[np.ndarray, ...]:
    """Return person, day, hours waited, mark, kind and order of each request, by time."""
    parts = lived.life.complaints
    orders, service = lived.orders, lived.world.service
    asks = np.flatnonzero(uniform(orders.mark, "asks") < service.questions)
    mark = np.concatenate([*(part.about.mark for part in parts), orders.mark[asks]])
    person = np.concatenate([*(part.about.person for part in parts), orders.person[asks]])
    asked = orders.day[asks] + 3 * uniform(orders.mark[asks], "asks when")
    opened = np.concatenate([*(part.opened for part in parts), asked])
    hours = np.concatenate([*(part.hours for part in parts), waits(lived.world, orders.mark[asks])])
    kind = (np.arange(len(mark)) >= len(mark) - len(asks)).astype(int)
    place = np.argsort(orders.mark, kind="stable")
    at = np.searchsorted(orders.mark[place], mark)
    at = place[np.minimum(at, max(len(place) - 1, 0))] if len(place) else np.zeros(len(mark), int)
    known = orders.mark[at] == mark if len(place) else np.zeros(len(mark), bool)
    about = np.full(len(mark), None, dtype=object)
    about[known] = lived.order_ids[at[known]]
    kept = np.flatnonzero(opened < lived.days.count)
    kept = kept[np.lexsort((mark[kept], opened[kept]))]
    return person[kept], opened[kept], hours[kept], mark[kept], kind[kept], about[kept]


def _topics(kind: np.ndarray, draw: np.ndarray) -> np.ndarray:
    made = np.empty(len(kind), object)
    for number, name in enumerate(KINDS):
        rows = np.flatnonzero(kind == number)
        topics = USUAL[name]
        made[rows] = words_of(drawn_from(draw[rows], 1 / (2.0 + np.arange(len(topics)))), topics)
    return made


def _later(lived: Lived, opened: np.ndarray, days: np.ndarray) -> np.ndarray:
    known = np.isfinite(days)
    seconds = np.round(np.where(known, days, 0) * 86_400).astype(np.int64).astype("timedelta64[s]")
    found: np.ndarray = np.where(known, lived.times(opened) + seconds, np.datetime64("NaT"))
    return found
