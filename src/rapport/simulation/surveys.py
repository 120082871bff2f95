"""Surveys, answered mostly by the happy and the angry, and `how did you hear about us`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from rapport.simulation.causes import CAUSES, NUMBER
from rapport.simulation.goods import STORES
from rapport.simulation.history import sheet
from rapport.simulation.lived import Lived, drawn_from, given, words_of
from rapport.simulation.schema_events import ITEMS
from rapport.simulation.streams import uniform
from rapport.simulation.texts.brand import open_answers

_MIDDLE = np.array([1.85, 0.90, 0.0, -1.15])
"""How engagement feels in the middle of each level, on the scale of love + satisfaction."""
_LOADS = np.array([0.95, 0.85, 0.75, 0.70, 0.65, 0.60, 0.80, 0.85])
TOLD = ("friend", "social", "search", "ad", "store", "press", "tv", "radio", "other", "dont_know")
_SAID_OF = {
    "referral": "friend",
    "word_of_mouth": "friend",
    "meta_ads": "social",
    "google_ads": "search",
    "microsoft_ads": "search",
    "tv": "tv",
    "radio": "radio",
    "influencer": "social",
    "employee": "friend",
    "press": "press",
    "buzz": "social",
}
_FORGOTTEN = np.array([0.16, 0.14, 0.22, 0.10, 0.12, 0.03, 0.03, 0.01, 0.07, 0.12])


@dataclass(frozen=True)
class Answers:
    """Filled-in surveys by time: person, day, whether by e-mail, and the sheet of their items."""

    person: np.ndarray
    day: np.ndarray
    by_email: np.ndarray
    response_id: np.ndarray
    table: pa.Table


def surveys(lived: Lived) -> Answers:
    """Return every survey that was filled in."""
    asked = [_by_email(lived), _tablet(lived)]
    person = np.concatenate([part[0] for part in asked]).astype(int)
    day = np.concatenate([part[1] for part in asked])
    store = np.concatenate([part[2] for part in asked]).astype(int)
    answers = _answers_if(lived, person, day)
    kept = np.flatnonzero(answers & (day < lived.days.count))
    kept = kept[np.lexsort((store[kept], person[kept], day[kept]))]
    person, day, store = person[kept], day[kept], store[kept]
    mailed = store < 0
    ids = np.empty(len(kept), object)
    codes = lived.chance("responses").integers(0, 36, (len(kept), 15))
    letters = np.array(list("0123456789abcdefghijklmnopqrstuvwxyz"))[codes]
    ids[:] = ["R_" + "".join(row) for row in letters.tolist()]
    table = _items(lived, person, day, store, ids)
    return Answers(person, day, mailed, ids, table)


def _by_email(lived: Lived) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return customers invited by e-mail in the middle of each quarter."""
    share = lived.world.surveys.invited * lived.world.surveys.on
    people, days = [np.zeros(0, int)], [np.zeros(0)]
    for month in range(1, lived.days.months, 3):
        draw, when = lived.chance("invited", month).random((2, lived.people.count))
        who = np.flatnonzero(lived.life.customer[month] & (draw < share))
        people.append(who)
        days.append(lived.days.starts[month] + 12 + 8 * when[who] ** 2)
    person, day = np.concatenate(people), np.concatenate(days)
    return person, day, np.full(len(person), -1)


def _tablet(lived: Lived) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return people who buy in a store and are shown the tablet."""
    orders = lived.orders
    share = lived.world.surveys.tablet * lived.world.surveys.on
    rows = np.flatnonzero(orders.in_store & (uniform(orders.mark, "tablet") < share))
    return orders.person[rows], orders.day[rows], orders.store[rows]


def _felt(lived: Lived, person: np.ndarray, day: np.ndarray) -> np.ndarray:
    felt: np.ndarray = _MIDDLE[lived.level_on(person, day)]
    return felt


def _answers_if(lived: Lived, person: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Return who answers: the further from the middle, the sooner (a U in what is felt)."""
    survey, rng = lived.world.surveys, lived.chance("answers if")
    base = np.clip(survey.answering, 1e-6, 1 - 1e-6)
    far = np.abs(_felt(lived, person, day) - 0.25)
    odds = np.log(base / (1 - base)) + survey.extremes * (far - 0.6)
    answers: np.ndarray = rng.random(len(person)) < 1 / (1 + np.exp(-odds))
    return answers


def _items(
    lived: Lived, person: np.ndarray, day: np.ndarray, store: np.ndarray, ids: np.ndarray
) -> pa.Table:
    rng, n = lived.chance("items"), len(person)
    felt = _felt(lived, person, day) + 0.35 * rng.standard_normal(n)
    noise = rng.standard_normal((n, len(ITEMS)))
    scores = np.zeros((n, len(ITEMS)))
    scores[:, 0] = np.clip(np.round(3.6 + 0.75 * felt + 0.45 * noise[:, 0]), 1, 5)
    scores[:, 1] = np.clip(np.round(3.5 + 0.80 * felt + 0.50 * noise[:, 1]), 1, 5)
    scores[:, 2] = np.clip(np.round(6.9 + 1.90 * felt + 0.90 * noise[:, 2]), 0, 10)
    level = np.array([3.6, 3.5, 3.6, 3.4, 3.2, 3.1, 3.0, 2.9])
    scores[:, 3:11] = np.clip(np.round(level + _LOADS * felt[:, None] + 0.5 * noise[:, 3:11]), 1, 5)
    skipped = rng.random((n, len(ITEMS))) < 0.015
    comments = rng.random(n) < np.where(store < 0, 0.4, 0.15)
    skipped[:, -1] = ~comments
    row, item = np.nonzero(~skipped)
    order = np.argsort(store[row] >= 0, kind="stable")
    row, item = row[order], item[order]
    language = lived.people.table["language"][person]
    moods = np.where(felt > 0.3, "positive", np.where(felt < -0.5, "negative", "neutral"))
    wrote = np.flatnonzero(comments)
    texts = np.full(n, None, dtype=object)
    texts[wrote] = open_answers(
        lived.chance("comments of surveys"), moods[wrote].astype(object), language[wrote]
    )
    is_text = item == len(ITEMS) - 1
    return sheet(
        "answer",
        {
            "response_id": ids[row],
            "person_id": person[row] + 1,
            "instrument": np.where(store[row] < 0, "relationship", "store").astype(object),
            "answered_on": lived.times(day)[row],
            "seconds": (60 + 40 * rng.gamma(3.0, 1.0, n)).astype(np.int64)[row],
            "language": language[row],
            "store": words_of(store[row], [place[0] for place in STORES]),
            "item": words_of(item, ITEMS),
            "score": pa.array(scores[row, item].astype(np.int64), mask=is_text),
            "text": given(is_text, texts[row]),
        },
    )


def heard_table(lived: Lived) -> pa.Table:
    """Return the sheet `heard`: what people say brought them, which many have forgotten."""
    came = lived.life.came
    rng = lived.chance("heard")
    draw, forgets, what = rng.random((3, len(came)))
    who = np.flatnonzero((came >= 0) & (came < lived.days.count) & (draw < 0.4))
    who = who[np.argsort(came[who], kind="stable")]
    cause = first_cause(lived)[who]
    said = np.array([TOLD.index(_SAID_OF.get(name, "dont_know")) for name in CAUSES])[cause]
    vague = (forgets[who] < 0.3) | (cause == 0)
    told = np.where(vague, drawn_from(what[who], _FORGOTTEN), said)
    return sheet(
        "heard",
        {
            "person_id": who + 1,
            "asked_on": lived.times(came[who]),
            "told": words_of(told, TOLD),
            "cause": words_of(cause, CAUSES),
        },
    )


def first_cause(lived: Lived) -> np.ndarray:
    """Return the number of the cause that brought each person first; 0 for those who never came."""
    made = np.zeros(lived.people.count, np.int64)
    soonest = lived.life.arrival["baseline"].copy()
    for cause, day in lived.life.arrival.items():
        sooner = day < soonest
        made[sooner] = NUMBER[cause]
        soonest[sooner] = day[sooner]
    return made
