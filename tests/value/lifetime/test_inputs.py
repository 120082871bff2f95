"""What users may pass in, and what they are told when it cannot be."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from rapport.errors import Problem
from rapport.value.lifetime import (
    BetaGeo,
    BetaGeoBetaBinomial,
    Customers,
    GammaGamma,
    ParetoNBD,
    ShiftedBetaGeometric,
)


@pytest.mark.parametrize(
    "convert",
    [list, np.asarray, pd.Series, pl.Series, pa.array, lambda v: pa.chunked_array([list(v)])],
    ids=["list", "numpy", "pandas", "polars", "arrow", "chunked"],
)
def test_columns_of_any_library_fit_alike(cdnow, convert):
    data = cdnow.head(500)
    expected = BetaGeo().fit(data["frequency"], data["recency"], data["T"]).params_
    columns = (convert(data[name].tolist()) for name in ("frequency", "recency", "T"))
    assert BetaGeo().fit(*columns).params_ == expected


def test_decimals_are_read_as_numbers(cdnow_spend):
    x, m = cdnow_spend["frequency"], cdnow_spend["mean"].round(2)
    decimals = [Decimal(str(value)) for value in m]
    assert GammaGamma().fit(x, decimals).params_ == GammaGamma().fit(x, m).params_


def test_all_faults_are_told_at_once_with_their_rows():
    with pytest.raises(Problem) as problem:
        BetaGeo().fit([1, -1, 2.5, 0, 1], [3, 0, 9, 2, np.nan], [8, 8, 5, 8, 8], [1, 1, 1, 1, -2])
    told = str(problem.value)
    assert "recency, row 4: must be a finite number." in told
    assert "frequency, rows 1, 2: must be a whole number of repeat purchases" in told
    assert "recency, age, row 2: recency must not be greater than age." in told
    assert "frequency, recency, row 3: recency must be 0" in told
    assert "weight, row 4: must be 0 or more." in told
    assert len(problem.value.faults) == 5


def test_only_the_first_rows_are_listed():
    with pytest.raises(Problem, match="rows 0, 1, 2, 3, 4 and 15 more"):
        BetaGeo().fit(np.full(20, -1), 0, 10)


def test_missing_values_in_any_library_are_faults():
    with pytest.raises(Problem, match="frequency, row 1: must be a finite number"):
        BetaGeo().fit([1, None], [1, 0], [5, 5])
    with pytest.raises(Problem, match="recency, row 0: must be a finite number"):
        BetaGeo().fit(pl.Series([1, 0]), pl.Series([None, 0.0]), pl.Series([5.0, 5.0]))


def test_words_are_not_numbers():
    with pytest.raises(Problem, match="age: holds something that is not a number"):
        BetaGeo().fit([1, 0], [1, 0], ["old", "new"])


def test_lengths_must_agree():
    with pytest.raises(Problem, match="frequency 3, recency 2, age 3"):
        BetaGeo().fit([1, 0, 2], [1, 0], [5, 5, 5])


def test_periods_must_be_whole():
    with pytest.raises(Problem) as problem:
        BetaGeoBetaBinomial().fit([1, 3], [1.5, 2], [6, 6])
    assert "recency, age, row 0: must be whole numbers of periods" in str(problem.value)
    assert "frequency, recency, row 1: frequency must not be greater" in str(problem.value)


def test_contracts_must_make_sense():
    with pytest.raises(Problem) as problem:
        ShiftedBetaGeometric().fit([0, -1, 2], [1, 0, 0.5])
    assert len(problem.value.faults) == 3


def test_survivors_cannot_rise():
    with pytest.raises(Problem, match="position 2: A cohort cannot grow"):
        ShiftedBetaGeometric.from_survivors([1000, 900, 950])
    with pytest.raises(Problem, match="at least 3"):
        ShiftedBetaGeometric.from_survivors([1000, 900])


def test_customers_are_checked_when_made():
    with pytest.raises(Problem, match="weight, row 1"):
        Customers([0, 1], [0, 2], [5, 5], weight=[1, -1])


def test_an_unfitted_model_says_what_to_do():
    with pytest.raises(Problem, match="Call fit first"):
        BetaGeo().expected_purchases(10, 1, 2, 3)
    with pytest.raises(Problem, match="Call fit first"):
        GammaGamma().expected_value(1, 2)


def test_parameters_are_checked_by_name():
    with pytest.raises(Problem) as problem:
        ParetoNBD().with_parameters({"r": 1, "alpha": -2, "s": 1, "b": 2})
    told = str(problem.value)
    assert "beta is missing" in told
    assert "b is not a parameter" in told
    assert "alpha must be greater than 0" in told


def test_single_customers_give_single_numbers():
    model = BetaGeo().with_parameters({"r": 0.2, "alpha": 4, "a": 0.8, "b": 2.4})
    assert np.ndim(model.expected_purchases(10, 1, 2, 3)) == 0
    assert np.ndim(model.probability_alive(1, 2, 3)) == 0
    assert model.expected_purchases(10, [1], [2], [3]).shape == (1,)
    assert model.expected_purchases([[5], [10]], [1, 2], [2, 2], [3, 3]).shape == (2, 2)


def test_init_only_stores_what_it_is_given():
    model = BetaGeo(regularity=2.0, dropout_effect="shared")
    assert vars(model) == {"regularity": 2.0, "dropout_effect": "shared"}
