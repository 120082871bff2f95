"""The tables of levels: everybody now, everybody by month, and our limits beside a public rule."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np
import pyarrow as pa

from rapport.engagement.closeness.model import Behaviour, Cells, mixed
from rapport.engagement.closeness.reading import CHANCES, SIDES, places_of, with_levels
from rapport.engagement.closeness.recent import FRESH, combined, measured
from rapport.engagement.closeness.scoring import LEVELS, SECURE
from rapport.record.frames import Frame
from rapport.steps.context import Context
from rapport.steps.levels_answers import Filled, latest

if TYPE_CHECKING:
    from rapport.steps.levels import Known

NEAREST = np.array([0.5, 1.5, 2.5])
"""Where levels of prospects end. Most did next to nothing: ranked among themselves, as customers
are, all of these would be called the farthest."""

BASES = ("survey", "behaviour and survey", "behaviour")
_LEVELS_COLUMNS = ("person_id", "side", "level", *CHANCES, "basis")
_MONTHS_COLUMNS = ("person_id", "month", "side", *CHANCES, "level")


@dataclass(frozen=True)
class People:
    """Everybody now.

    Parameters
    ----------
    rows
        The table `levels`.
    answered
        person_id of those who answered.
    limits
        By side, where levels end in the mean of probabilities.
    chances
        By side, the summed probabilities of those who answered, and how many they are.
    """

    rows: Frame
    answered: Frame
    limits: dict[str, np.ndarray]
    chances: dict[str, tuple[np.ndarray, int]]


def levels_now(
    context: Context,
    scores: Frame,
    model: Behaviour,
    there: dict[str, Cells],
    told: Filled,
    now: int,
) -> People:
    """Return everybody's level now: by answers where these are fresh, else by deeds, or by both."""
    limits = {SIDES[0]: _places(model, there[SIDES[0]]), SIDES[1]: NEAREST}
    last = latest(told)
    answered = context.engine.table(
        pa.table(
            {
                "person_id": pa.array(told.person[last].tolist(), pa.string()),
                "place": pa.array(last, pa.int64()),
            }
        )
    )
    asked = context.engine.collect(scores.join(answered, on="person_id", how="inner"))
    probabilities, level, basis = _of_answers(asked, model, told, limits, now)
    made = pa.table(
        {
            "person_id": asked["person_id"],
            "side": asked["side"],
            "level": pa.array(level, pa.string()),
            **{name: probabilities[:, k] for k, name in enumerate(CHANCES)},
            "basis": pa.array(basis, pa.string()),
        }
    )
    others = scores.join(answered.select("person_id"), on="person_id", how="anti")
    by_deeds = with_levels(others, model.cuts, limits).with_columns(basis=nw.lit(BASES[2]))
    rows = nw.concat(
        [by_deeds.select(*_LEVELS_COLUMNS), context.engine.table(made).select(*_LEVELS_COLUMNS)],
        how="vertical",
    )
    side = np.array(asked["side"].to_pylist(), object)
    chances = {
        each: (probabilities[side == each].sum(0), int((side == each).sum())) for each in SIDES
    }
    return People(rows, answered, limits, chances)


def _places(model: Behaviour, customers: Cells) -> np.ndarray:
    if not len(customers.people):
        return NEAREST
    return places_of(mixed(customers.score, customers.gone, model.cuts), customers.people)


def _of_answers(
    asked: pa.Table, model: Behaviour, told: Filled, limits: dict[str, np.ndarray], now: int
) -> tuple[np.ndarray, list[str], list[str]]:
    """Return probabilities, level and basis of those who answered."""
    place = np.asarray(asked["place"], np.int64)
    months = now - told.month[place]
    probabilities = _probabilities(asked, model, told, place, months)
    fresh = months < FRESH
    level = np.where(
        fresh, told.scores.level[place], _levels_of(probabilities, asked["side"], limits)
    )
    return (
        probabilities,
        [LEVELS[k] for k in level.tolist()],
        [BASES[0] if each else BASES[1] for each in fresh.tolist()],
    )


def _probabilities(
    asked: pa.Table, model: Behaviour, told: Filled, place: np.ndarray, months: np.ndarray
) -> np.ndarray:
    how = measured(told.scores.score[told.told], told.alpha)
    from_answers = how.probabilities(told.scores.score[place], months).reshape(-1, 4)
    score, gone = (np.asarray(asked[name], float) for name in ("score", "gone"))
    from_deeds = mixed(score, gone, model.cuts).reshape(-1, 4)
    return combined(from_deeds, from_answers, how.usual)


def _levels_of(
    probabilities: np.ndarray, side: pa.ChunkedArray, limits: dict[str, np.ndarray]
) -> np.ndarray:
    place = probabilities @ np.arange(4.0)
    ends = np.array([limits[each] for each in side.to_pylist()]).reshape(-1, 3)
    found: np.ndarray = (place[:, None] >= ends).sum(1)
    return found


def level_months(context: Context, known: Known, model: Behaviour, people: People) -> Frame:
    """Return everybody's level at the end of each month in which they were known.

    An answer counts from its month on, never before.
    """
    engine = context.engine
    grid = engine.table(pa.table({"wanted": list(range(known.since, known.now + 1))}))
    scores = known.scored(grid, model.weights, engine.cache)
    others = scores.join(people.answered.select("person_id"), on="person_id", how="anti")
    by_deeds = with_levels(others, model.cuts, people.limits)
    asked = engine.collect(
        scores.join(people.answered.select("person_id"), on="person_id", how="inner")
    )
    by_both = engine.table(_months_of(asked, known.told, model, people.limits))
    both = nw.concat(
        [
            each.select("person_id", "wanted", "side", *CHANCES, "level")
            for each in (by_deeds, by_both)
        ],
        how="vertical",
    )
    starts = engine.table(
        pa.table(
            {
                "wanted": list(range(known.since, known.now + 1)),
                "month": pa.array([_first_day(n) for n in range(known.since, known.now + 1)]),
            }
        )
    )
    return both.join(starts, on="wanted", how="inner").select(*_MONTHS_COLUMNS)


def _first_day(number: int) -> dt.date:
    return dt.date(number // 12, number % 12 + 1, 1)


def _months_of(
    asked: pa.Table, told: Filled, model: Behaviour, limits: dict[str, np.ndarray]
) -> pa.Table:
    """Return the months of those who answered, each with the last answer until then."""
    person = np.array(asked["person_id"].to_pylist(), object).astype(str)
    month = np.asarray(asked["wanted"], np.int64)
    known = np.flatnonzero(told.named)
    place = _last_until(person, month, told, known)
    heard = place >= 0
    score, gone = (np.asarray(asked[name], float) for name in ("score", "gone"))
    probabilities = mixed(score, gone, model.cuts).reshape(-1, 4)
    if heard.any():
        months = month[heard] - told.month[place[heard]]
        probabilities[heard] = _probabilities(
            asked.filter(pa.array(heard)), model, told, place[heard], months
        )
    level = _levels_of(probabilities, asked["side"], limits)
    if heard.any():
        fresh = np.flatnonzero(heard)[months < FRESH]
        level[fresh] = told.scores.level[place[fresh]]
    made = asked.select(["person_id", "wanted", "side"])
    for column, name in enumerate(CHANCES):
        made = made.append_column(name, pa.array(probabilities[:, column]))
    return made.append_column("level", pa.array([LEVELS[k] for k in level.tolist()], pa.string()))


def _last_until(
    person: np.ndarray, month: np.ndarray, told: Filled, known: np.ndarray
) -> np.ndarray:
    """Return the position of each person's last questionnaire by that month, -1 before any."""
    both = np.concatenate([person, told.person[known].astype(str)])
    _, code = np.unique(both, return_inverse=True)
    mine, theirs = code[: len(person)], code[len(person) :]
    # one sorted line of (person, day): the last at or before the end of the month is wanted
    span = 10**6
    ranked = known[np.lexsort((told.day[known], theirs))]
    keys = np.sort(theirs * span + told.month[known])
    at = np.searchsorted(keys, mine * span + month, side="right") - 1
    found = np.full(len(person), -1)
    fine = at >= 0
    same = np.zeros(len(person), bool)
    same[fine] = keys[at[fine]] // span == mine[fine]
    found[same] = ranked[at[same]]
    return found


CHECK = pa.schema(
    [
        ("who", pa.string()),
        ("level", pa.string()),
        ("secure", pa.string()),
        ("people", pa.int64()),
        ("share", pa.float64()),
    ]
)


def checked(told: Filled, smallest: int) -> pa.Table:
    """Return how many answers of each level fall in which class of the secure-customer rule.

    Answers that name somebody and those that name nobody stand apart; so small cells are left out.
    """
    rows = []
    fine = told.told & (told.scores.secure >= 0)
    for who, mask in (("known", told.named & fine), ("nobody known", ~told.named & fine)):
        pairs = 4 * told.scores.level[mask] + told.scores.secure[mask]
        counts = np.bincount(pairs, minlength=16)
        rows += [
            {
                "who": who,
                "level": LEVELS[pair // 4],
                "secure": SECURE[pair % 4],
                "people": people,
                "share": people / int(counts.sum()),
            }
            for pair, people in enumerate(counts.tolist())
            if people >= smallest
        ]
    return pa.Table.from_pylist(rows, schema=CHECK)
