"""Equity now against equity a year ago, by one forecast: what changes is people, not the model."""

from __future__ import annotations

import numpy as np
import pytest

from rapport.steps.worth_change import FINEST, _coarse
from rapport.value.equity import Cells, Chances, purchases_outlook, worth
from rapport.value.lifetime import BetaGeo, GammaGamma


def cells(many: int) -> Cells:
    rng = np.random.default_rng(4)
    age = rng.integers(30, 700, many).astype(float)
    frequency = rng.poisson(1.5, many).astype(float)
    recency = np.where(frequency > 0, np.ceil(rng.random(many) * age), 0.0)
    return Cells(frequency, recency, age, frequency, np.ones(many), 20.0 * (frequency > 0))


def test_histories_to_the_week_keep_people_money_and_the_total():
    fine = cells(FINEST + 5_000)
    coarse = _coarse(fine)
    assert len(coarse) < len(fine) / 2
    assert coarse.people.sum() == fine.people.sum()
    assert coarse.mean_sum.sum() == pytest.approx(fine.mean_sum.sum())
    assert (coarse.recency <= coarse.age).all()
    assert ((coarse.recency > 0) == (coarse.frequency > 0)).all()
    buying = BetaGeo().with_parameters({"r": 0.24, "alpha": 31.0, "a": 0.8, "b": 2.4})
    spending = GammaGamma().with_parameters({"p": 6.25, "q": 3.74, "v": 15.44})
    sure = Chances(np.zeros((2000, 4)), np.tile([6.25, 3.74, 15.44], (2000, 1)), 0.0)
    values = [
        worth(each, purchases_outlook(buying, each, 1095, 0.1), spending, sure, "EUR").value
        for each in (fine, coarse)
    ]
    assert values[1] == pytest.approx(values[0], rel=0.02)


def test_few_histories_stay_as_they_are():
    few = cells(50)
    assert _coarse(few) is few
