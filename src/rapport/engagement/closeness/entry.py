"""The four levels from any dataframe of answers, and of what people did."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from rapport.engagement.closeness.given import Given, answers_of, deeds_of, like
from rapport.engagement.closeness.model import Answered, Cells, learn, mixed
from rapport.engagement.closeness.reading import CHANCES, places_of
from rapport.engagement.closeness.recent import combined, measured
from rapport.engagement.closeness.scoring import LEVELS, SECURE, Scores, alpha, scored


def levels(answers: Any, behaviour: Any = None) -> Any:
    """Return how close each person is: fully engaged, engaged, not engaged, actively disengaged.

    Whoever answered the questionnaire has the level of their score (0 to 100; 85 and more is fully
    engaged, 70 engaged, 50 not engaged). Everybody else gets a level from what they did, by a model
    of those who answered: a cumulative logit, held to weights known beforehand as far as there are
    few answers, and corrected for people at either end answering more.

    Parameters
    ----------
    answers
        A dataframe of pandas, Polars, PyArrow, DuckDB or Spark. Either a row for each person, with
        `person_id` and columns named after the items or worded as they are; or a row for each
        answer, with `person_id`, `item`, `score`. Of several, each
        person's last by `answered_on` counts.
    behaviour
        A dataframe with `person_id` and numbers: what people did in the last year or so. Names as
        `orders`, `visits`, `praise`, `complaints`, `recommendations`, `referrals`, `unheard` are
        known; any other number is learnt from the answers alone.

    Returns
    -------
    dataframe
        Of the same kind as `answers` (PyArrow for DuckDB and Spark), one row for each person:
        person_id; score (null for those who did not answer enough); level; p_fully, p_engaged,
        p_not, p_actively, their sum 1; basis ("survey" or "behaviour"); secure, the class of the
        public secure-customer rule, as a check beside. Whoever answered too few items and did
        nothing known is left out.

    Raises
    ------
    Problem
        If columns are missing: everything at once.

    Notes
    -----
    See docs/engagement.md for limits, weights and what they were measured to tell.

    Examples
    --------
    >>> from rapport.engagement.closeness.scoring import EMOTIONAL
    >>> keen = {name: [5, 4, 1] for name in EMOTIONAL}
    >>> told = levels(pa.table({"person_id": ["a", "b", "c"], "recommend": [10, 8, 2], **keen}))
    >>> told.select(["person_id", "level", "basis"]).to_pylist()[1]
    {'person_id': 'b', 'level': 'engaged', 'basis': 'survey'}
    """
    given = answers_of(answers)
    scores = scored(given.items)
    asked = _asked(given, scores)
    if behaviour is None:
        return like(answers, asked)
    return like(answers, _with_deeds(behaviour, given, scores, asked))


def _asked(given: Given, scores: Scores) -> pa.Table:
    """Return the rows of those whose answers suffice."""
    how = measured(scores.score, alpha(given.items))
    told = np.flatnonzero(scores.level >= 0)
    chances = how.probabilities(scores.score[told], np.zeros(len(told)))
    return _table(
        [given.person[k] for k in told.tolist()],
        (scores.score[told], scores.level[told], scores.secure[told]),
        chances.reshape(-1, 4),
        "survey",
    )


def _table(
    people: list[Any],
    told: tuple[np.ndarray, np.ndarray, np.ndarray],
    chances: np.ndarray,
    basis: str,
) -> pa.Table:
    score, level, secure = told
    words = [SECURE[k] if k >= 0 else None for k in secure.tolist()]
    return pa.table(
        {
            "person_id": pa.array(people),
            "score": pa.array(score, pa.float64(), mask=np.isnan(score)),
            "level": pa.array([LEVELS[k] for k in level.tolist()], pa.string()),
            **{name: pa.array(chances[:, k], pa.float64()) for k, name in enumerate(CHANCES)},
            "basis": pa.array([basis] * len(level), pa.string()),
            "secure": pa.array(words, pa.string()),
        }
    )


def _with_deeds(behaviour: Any, given: Given, scores: Scores, asked: pa.Table) -> pa.Table:
    """Return those who answered, their deeds taken in, and everybody else by deeds alone."""
    deeds = deeds_of(behaviour)
    where = {person: place for place, person in enumerate(deeds.person)}
    told = np.flatnonzero(scores.level >= 0)
    pairs = [(k, where[given.person[k]]) for k in told.tolist() if given.person[k] in where]
    rows = np.array([place for _, place in pairs], np.int64)
    which = np.array([k for k, _ in pairs], np.int64)
    every = Cells.of(deeds.x @ deeds.before, np.zeros(len(deeds.x)))
    none = np.zeros(len(rows))
    answered = Answered(rows, none, scores.level[which], deeds.x[rows], none)
    model = learn(answered, deeds.before, every, np.random.default_rng(20))
    chances = mixed(deeds.x @ model.weights, np.zeros(len(deeds.x)), model.cuts)
    ends = places_of(chances, np.ones(len(chances)))
    level = ((chances @ np.arange(4.0))[:, None] >= ends).sum(1)
    known = set(asked["person_id"].to_pylist())
    others = np.array([k for k, p in enumerate(deeds.person) if p not in known], np.int64)
    blank = np.full(len(others), np.nan), level[others], np.full(len(others), -1)
    by_deeds = _table(
        [deeds.person[k] for k in others.tolist()], blank, chances[others], "behaviour"
    )
    both = _both(asked, where, chances, measured(scores.score, alpha(given.items)).usual)
    return pa.concat_tables([both, by_deeds], promote_options="permissive")


def _both(asked: pa.Table, where: dict[Any, int], deeds: np.ndarray, usual: np.ndarray) -> pa.Table:
    """Return the rows of those who answered, with what their deeds add to the probabilities."""
    place = np.array([where.get(person, -1) for person in asked["person_id"].to_pylist()])
    answers = np.stack([np.asarray(asked[name]) for name in CHANCES], axis=1)
    seen = place >= 0
    if seen.any():
        answers[seen] = combined(deeds[place[seen]], answers[seen], usual)
    for k, name in enumerate(CHANCES):
        column = asked.column_names.index(name)
        asked = asked.set_column(column, name, pa.array(answers[:, k]))
    return asked
