"""The answers to our questionnaire, brought together by who filled it in, and when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pyarrow as pa

from rapport.engagement.closeness.scoring import SCORED, Scores, alpha, scored
from rapport.questionnaire import INSTRUMENT
from rapport.record.frames import Frame
from rapport.steps.context import Context

_EPOCH = dt.date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Filled:
    """Filled-in questionnaires, a row each.

    Parameters
    ----------
    person
        Who, an object array; None where nobody is known.
    day
        As `date.toordinal`.
    month
        Number of the month, twelve a year.
    scores
        What their answers come to.
    alpha
        How far the items agree.
    """

    person: np.ndarray
    day: np.ndarray
    month: np.ndarray
    scores: Scores
    alpha: float

    @property
    def told(self) -> np.ndarray:
        """Which have a score."""
        found: np.ndarray = self.scores.level >= 0
        return found

    @property
    def named(self) -> np.ndarray:
        """Which have a score, of somebody known."""
        known = np.array([person is not None for person in self.person], bool)
        found: np.ndarray = self.told & known
        return found


def filled(context: Context, links: Frame, people: Frame) -> Filled:
    """Return the questionnaires that were filled in.

    Parameters
    ----------
    links
        source, account_id, person_id.
    people
        person_id of everybody who may stand behind one; others count as nobody known.
    """
    rows = context.facts("answer").filter(
        (nw.col("instrument") == INSTRUMENT)
        & nw.col("item").is_in(list(SCORED))
        & ~nw.col("score").is_null()
        & ~nw.col("answered_on_day").is_null()
    )
    named = links.join(people.select("person_id"), on="person_id", how="inner").select(
        "source", nw.col("account_id").alias("respondent"), "person_id"
    )
    each = rows.select("source", "respondent", "item", "score", day=nw.col("answered_on_day"))
    joined = each.join(named, on=["source", "respondent"], how="left")
    return brought_together(context.engine.collect(joined))


def brought_together(answers: pa.Table) -> Filled:
    """Return questionnaires from their single answers.

    Parameters
    ----------
    answers
        source, respondent, person_id (null where nobody is known), day, item, score; the answers
        of one respondent on one day are one questionnaire.
    """
    days = np.array(answers["day"].to_numpy(), "datetime64[D]").astype(np.int64) + _EPOCH
    if not len(days):
        none = np.zeros(0, np.int64)
        scores = scored(dict.fromkeys(SCORED, np.zeros(0)))
        return Filled(np.zeros(0, object), none, none, scores, float("nan"))
    key = zip(_list(answers, "source"), _list(answers, "respondent"), strict=True)
    _, code = np.unique([f"{source}\n{name}" for source, name in key], return_inverse=True)
    _, first, form = np.unique(
        np.stack([code, days]), axis=1, return_index=True, return_inverse=True
    )
    form = np.asarray(form).ravel()
    items = np.array(_list(answers, "item"), object)
    score = np.asarray(answers["score"], float)
    wide = {item: np.full(len(first), np.nan) for item in SCORED}
    for item, column in wide.items():
        here = items == item
        column[form[here]] = score[here]
    person = np.array(_list(answers, "person_id"), object)[first]
    return Filled(person, days[first], _months(days[first]), scored(wide), alpha(wide))


def _list(table: pa.Table, name: str) -> list[object]:
    found: list[object] = table.column(name).to_pylist()
    return found


def _months(days: np.ndarray) -> np.ndarray:
    months = (days - _EPOCH).astype("datetime64[D]").astype("datetime64[M]")
    found: np.ndarray = months.astype(np.int64) + 1970 * 12
    return found


def latest(told: Filled) -> np.ndarray:
    """Return the positions of each known person's last questionnaire with a score."""
    known = np.flatnonzero(told.named)
    ranked = known[np.lexsort((told.day[known], told.person[known].astype(str)))]
    person = told.person[ranked].astype(str)
    last = np.append(person[1:] != person[:-1], True) if len(ranked) else np.zeros(0, bool)
    found: np.ndarray = ranked[last]
    return found
