"""Who works for us, who works against us: the four levels of everybody, now and month by month."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pyarrow as pa

from rapport.engagement.closeness.model import Answered, Behaviour, Cells, learn
from rapport.engagement.closeness.reading import SIDES, cells
from rapport.engagement.closeness.signals import (
    BEFORE,
    COLUMNS,
    columns,
    happenings,
    scored,
    standing,
    states,
)
from rapport.engagement.trajectory.silence import Habit
from rapport.engagement.trajectory.silence import fitted as habit_of
from rapport.record.frames import Frame, Keep, distinct
from rapport.results import Said, StepResult, Untold
from rapport.steps.context import Context
from rapport.steps.levels_answers import Filled, filled
from rapport.steps.levels_numbers import numbers, share_rows, told_shares, untold
from rapport.steps.levels_tables import checked, level_months, levels_now
from rapport.steps.linked import links_of

QUESTION = "Who works for us, who works against us?"
_LEAST = 10  # customers below which their habits are not learnt
_WEIGHTS = np.array([BEFORE[name] for name in COLUMNS])


@dataclass(frozen=True)
class Known:
    """What the step works with.

    Parameters
    ----------
    states
        What everybody did, summed up, as `signals.states` gives it.
    first, now
        Numbers of the months that sums are told for, and in which the record ends.
    since
        Number of the month in which the record begins.
    habit
        How customers buy and leave.
    told
        The questionnaires.
    """

    states: Frame
    first: int
    now: int
    since: int
    habit: Habit | None
    told: Filled

    def scored(self, wanted: Frame, weights: np.ndarray, keep: Keep) -> Frame:
        """Return everybody wanted with side, score and chance of having left."""
        there = standing(self.states, wanted)
        return scored(there, self.first, weights, self.habit, keep)


def levels(context: Context) -> StepResult:
    """Write the level of everybody, now and month by month, and the shares of each."""
    known = _known(context)
    if known is None:
        return StepResult(untold=(_nobody(),))
    keep = context.engine.cache
    now = context.engine.table(pa.table({"wanted": [known.now]}))
    scores = keep(known.scored(now, _WEIGHTS, keep))
    there = _cells(context, scores)
    model = learn(_answered(context, known), _WEIGHTS, there["customer"], _chance())
    if model.learnt:
        scores = keep(known.scored(now, model.weights, keep))
        there = _cells(context, scores)
    if not sum(each.people.sum() for each in there.values()):
        return StepResult(untold=(_nobody(),))
    people = levels_now(context, scores, model, there, known.told, known.now)
    tables = {
        "levels": context.write("levels", people.rows),
        "level_months": context.write("level_months", level_months(context, known, model, people)),
    }
    found = told_shares(model, there, people)
    smallest = context.settings.people.smallest_group
    tables["level_shares"] = context.write("level_shares", share_rows(found, smallest))
    tables["level_check"] = context.write("level_check", checked(known.told, smallest))
    return StepResult(
        numbers(found, model, known.told, smallest),
        tables,
        untold(found, model, known.told, smallest),
        facts={"levels_learnt_from": model.learnt},
    )


def _known(context: Context) -> Known | None:
    """Return what is known of people; None where nobody is."""
    there = context.results.tables
    if not there.get("person_months") or not there.get("people"):
        return None
    engine = context.engine
    people = engine.cache(_people(context))
    links = engine.cache(links_of(context))
    happened = engine.cache(
        happenings(
            _seen(context.result("person_months")).join(
                people.select("person_id"), on="person_id", how="inner"
            ),
            context.result("connections").join(
                people.select("person_id"), on="person_id", how="inner"
            ),
            people,
        )
    )
    ends = engine.collect(
        happened.select(first=nw.col("number").min(), last=nw.col("number").max())
    ).to_pylist()[0]
    if ends["first"] is None:
        return None
    now = min(_month(context, "last_day") or ends["last"], ends["last"])
    since = min(max(_month(context, "first_day") or ends["first"], ends["first"]), now)
    upto = happened.filter(nw.col("number") <= now)
    return Known(
        engine.cache(states(upto, ends["first"])),
        ends["first"],
        now,
        since,
        _habit(context),
        filled(context, links, people.filter(~nw.col("first_seen").is_null())),
    )


def _people(context: Context) -> Frame:
    """Return ordinary people, without those whose account is suspicious and who never bought."""
    people = context.result("people").filter(nw.col("role") == "person")
    kept = people.select("person_id", "first_seen", "relation")
    if "accounts_judged" not in context.results.tables:
        return kept.select("person_id", "first_seen")
    judged = context.result("accounts_judged").filter(nw.col("verdict") == "suspicious")
    links = links_of(context)
    bad = distinct(
        judged.join(links, on=["source", "account_id"], how="inner").select("person_id")
    ).with_columns(bad=nw.lit(1))
    marked = kept.join(bad, on="person_id", how="left")
    real = nw.col("bad").is_null() | (nw.col("relation") != "prospect")
    return marked.filter(real).select("person_id", "first_seen")


def _seen(person_months: Frame) -> Frame:
    """Return months in which people did more than fill in a survey, which is nobody by itself."""
    done = nw.lit(0)
    for name in (
        *("orders", "visits", "store_visits", "messages", "tickets", "reactions"),
        *("referrals", "referred", "events"),
    ):
        done = done + nw.col(name)
    return person_months.filter(done > 0)


def _month(context: Context, fact: str) -> int | None:
    told = context.results.facts.get(fact)
    if not told:
        return None
    day = dt.date.fromisoformat(str(told))
    return day.year * 12 + day.month - 1


def _habit(context: Context) -> Habit | None:
    """Return how customers buy and leave, from histories told to the week."""
    if "customers" not in context.results.tables:
        return None
    week = {name: (nw.col(name) // 7 * 7 + 3).alias(name) for name in ("recency_days", "age_days")}
    counts = context.result("customers").select("frequency", *week.values())
    grouped = counts.group_by("frequency", "recency_days", "age_days").agg(people=nw.len())
    rows = context.engine.collect(grouped).sort_by(
        [(name, "ascending") for name in ("frequency", "recency_days", "age_days")]
    )
    if np.asarray(rows["people"]).sum() < _LEAST:
        return None
    x, age, many = (np.asarray(rows[n], float) for n in ("frequency", "age_days", "people"))
    recency = np.where(x > 0, np.asarray(rows["recency_days"], float), 0.0)
    return habit_of(x, np.minimum(recency, age), age, many)


def _answered(context: Context, known: Known) -> Answered:
    """Return what each known person had done by the time they answered."""
    told = known.told
    rows = np.flatnonzero(told.named & (told.month <= known.now))
    empty = np.zeros(0, np.int64)
    if not len(rows):
        return Answered(empty, empty, empty, np.zeros((0, len(COLUMNS))), empty)
    wanted = pa.table(
        {
            "person_id": pa.array(told.person[rows].tolist(), pa.string()),
            "wanted": pa.array(told.month[rows], pa.int64()),
            "place": pa.array(rows, pa.int64()),
        }
    )
    there = standing(known.states, context.engine.table(wanted)).filter(nw.col("times") > 0)
    made = context.engine.collect(
        there.select("place", "bought_first", **columns(known.first))
    ).sort_by("place")
    place = np.asarray(made["place"])
    # engines add up in any order: the last digits would lead the fit elsewhere each time
    x = np.stack([np.round(np.asarray(made[name], float), 9) for name in COLUMNS], axis=1)
    _, person = np.unique(told.person[place].astype(str), return_inverse=True)
    began = int(told.month[place].min()) if len(place) else 0
    since = np.maximum(np.asarray(made["bought_first"], float), began)
    return Answered(person, told.month[place], told.scores.level[place], x, since)


def _cells(context: Context, scores: Frame) -> dict[str, Cells]:
    rows = context.engine.collect(cells(scores)).sort_by(
        [(name, "ascending") for name in ("side", "score", "gone")]
    )
    side = np.array(rows["side"].to_pylist(), object)
    columns = [np.asarray(rows[name], float) for name in ("score", "gone", "people")]
    return {each: Cells(*(column[side == each] for column in columns)) for each in SIDES}


def _chance() -> np.random.Generator:
    return np.random.default_rng(20)


def _nobody() -> Untold:
    return Untold(
        Said(QUESTION),
        Said("Nobody is known by what they did: there are no people on record."),
        Said("Add orders, messages or visits that name who did them."),
    )


__all__ = ["Behaviour", "levels"]
