"""`rapport.engagement.levels` on dataframes of every kind, and what it says of wrong ones."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from rapport.engagement import levels
from rapport.engagement.closeness.reading import CHANCES
from rapport.engagement.closeness.scoring import EMOTIONAL, SCORED
from rapport.errors import Problem

ITEMS = {code: [5, 4, 3, 1] for code in EMOTIONAL} | {"recommend": [10, 8, 6, 0]}
WIDE = pa.table({"person_id": ["a", "b", "c", "d"], **ITEMS})
WORDS = ["fully engaged", "engaged", "not engaged", "actively disengaged"]


@pytest.mark.parametrize("kind", [pa.Table, pd.DataFrame, pl.DataFrame])
def test_the_answer_is_of_the_callers_kind(kind):
    given = {pa.Table: WIDE, pd.DataFrame: WIDE.to_pandas(), pl.DataFrame: pl.from_arrow(WIDE)}
    told = levels(given[kind])
    assert isinstance(told, kind)
    assert list(told["level"].to_pylist() if kind is pa.Table else told["level"]) == WORDS


def test_a_relation_of_duckdb_is_read():
    with duckdb.connect() as connection:
        connection.register("wide", WIDE)
        relation = connection.sql("select * from wide")
        told = levels(relation)
        del relation
    assert told["level"].to_pylist() == WORDS


def test_a_row_an_answer_is_read_too_and_the_last_one_counts():
    rows = [
        {"person_id": "a", "item": code, "score": float(score), "answered_on": day}
        for day, score in ((2, 5), (1, 1))
        for code in EMOTIONAL
    ]
    rows.append({"person_id": "a", "item": "recommend", "score": 10.0, "answered_on": 2})
    rows.append({"person_id": "a", "item": "How old are you?", "score": 3.0, "answered_on": 2})
    rows.append({"person_id": None, "item": "recommend", "score": 0.0, "answered_on": 2})
    told = levels(pa.Table.from_pylist(rows)).to_pylist()
    assert [(row["person_id"], row["score"]) for row in told] == [("a", 100.0)]


def test_columns_worded_as_the_survey_tool_words_them_are_known():
    wide = pd.DataFrame(
        {
            "person_id": [1, 2],
            "Maison Alizé keeps its promises.": ["Agree", "Strongly disagree"],
            "statement 2": [4, 1],
            "statement 3": [4, 1],
            "statement 4": [4, 1],
            "Recommanderiez-vous Alizé à un ami ?": ["8", "99"],
        }
    )
    told = levels(wide)
    assert told["person_id"].tolist() == [1]  # the other one answered off the scale
    assert told["level"].tolist() == ["engaged"]


def simulated(size: int = 3000, answering: int = 400) -> tuple[pa.Table, pa.Table, np.ndarray]:
    """Return answers of some, deeds of all, and what everybody feels."""
    rng = np.random.default_rng(2)
    felt = rng.standard_normal(size)
    deeds = pa.table(
        {
            "person_id": [f"p{k}" for k in range(size)],
            "orders": rng.poisson(np.exp(0.4 + 0.5 * felt)),
            "praise": rng.poisson(np.exp(-1.5 + 1.0 * felt)),
            "complaints": rng.poisson(np.exp(-2.0 - 0.8 * felt)),
            "warmth": felt + rng.standard_normal(size),
        }
    )
    level = 3.4 + 0.75 * felt[:answering]
    items = {
        code: np.clip(np.round(level + 0.5 * rng.standard_normal(answering)), 1, 5)
        for code in SCORED
        if code != "recommend"
    }
    items["recommend"] = np.clip(np.round(6.5 + 2 * felt[:answering]), 0, 10)
    return pa.table({"person_id": [f"p{k}" for k in range(answering)], **items}), deeds, felt


@pytest.mark.slow
def test_everybody_else_is_told_by_deeds_and_own_columns_are_learnt():
    answers, deeds, felt = simulated()
    told = levels(answers, deeds)
    assert told.num_rows == 3000
    chances = np.stack([np.asarray(told[name]) for name in CHANCES], axis=1)
    assert chances.sum(1) == pytest.approx(1)
    others = np.array(told["basis"].to_pylist()) == "behaviour"
    assert others.sum() == 2600
    place = np.array([int(name[1:]) for name in told["person_id"].to_pylist()])
    mean = chances @ np.arange(4.0)
    with_own = np.corrcoef(mean[others], felt[place[others]])[0, 1]
    without = levels(answers, deeds.drop_columns(["warmth"]))
    less = np.stack([np.asarray(without[name]) for name in CHANCES], axis=1) @ np.arange(4.0)
    assert with_own < -0.7  # closer people feel more
    assert with_own < np.corrcoef(less[others], felt[place[others]])[0, 1] - 0.1


def test_no_answers_at_all_leave_our_own_weights():
    answers, deeds, _ = simulated()
    told = levels(answers.slice(0, 0), deeds)
    assert told.num_rows == 3000
    assert set(told["basis"].to_pylist()) == {"behaviour"}
    assert set(told["score"].to_pylist()) == {None}


def test_every_fault_is_named_at_once_with_what_was_meant():
    with pytest.raises(Problem) as told:
        levels(pd.DataFrame({"persn_id": [1], "satisfacton": [3]}))
    text = str(told.value)
    assert "person_id" in text
    assert "satisfaction" in text
    assert len(told.value.faults) == 2
    with pytest.raises(Problem, match="no dataframe"):
        levels([1, 2, 3])
    with pytest.raises(Problem, match="No column is a number"):
        levels(WIDE, pd.DataFrame({"person_id": ["a"], "town": ["Lille"]}))
