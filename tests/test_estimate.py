"""Estimates keep their range, their correlation and their grade."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.estimate import DRAWS, Estimate, Grade, total, weakest

numbers = st.floats(-1e6, 1e6, allow_nan=False)
errors = st.floats(1e-3, 1e4)


def test_normal_range_is_the_textbook_ninety_percent() -> None:
    estimate = Estimate.normal(100.0, 10.0, "EUR", source="a")
    assert estimate.low == pytest.approx(100 - 1.6448536 * 10)
    assert estimate.high == pytest.approx(100 + 1.6448536 * 10)


def test_jeffreys_interval_of_a_share_equals_the_published_table() -> None:
    # Brown, Cai & DasGupta 2001, table 5 gives 95 % limits; ours are 90 %: compare with the beta
    # quantiles that define it.
    from scipy.stats import beta

    share = Estimate.of_share(3, 20, source="s")
    assert (share.low, share.high) == pytest.approx(tuple(beta.ppf([0.05, 0.95], 3.5, 17.5)))


@pytest.mark.parametrize(("part", "low", "high"), [(0, 0.0, None), (20, None, 1.0)])
def test_a_share_of_none_or_all_ends_at_the_edge(part, low, high) -> None:
    share = Estimate.of_share(part, 20, source="s")
    assert low is None or share.low == low
    assert high is None or share.high == high
    assert 0 < share.high - share.low < 0.2


@given(numbers, errors, numbers, errors)
def test_sum_of_independent_numbers_has_the_root_of_summed_squares(a, sa, b, sb) -> None:
    summed = Estimate.normal(a, sa, "EUR", source="a") + Estimate.normal(b, sb, "EUR", source="b")
    half = 1.6448536 * math.hypot(sa, sb)
    assert summed.value == pytest.approx(a + b)
    assert summed.high - summed.low == pytest.approx(2 * half, rel=0.06)


@given(numbers, errors)
def test_what_shares_its_chance_cancels(value, error) -> None:
    sales = Estimate.normal(value, error, "EUR", source="sales")
    nothing = sales - sales
    assert (nothing.value, nothing.low, nothing.high) == (0.0, 0.0, 0.0)
    twice = sales + sales
    assert twice.high - twice.low == pytest.approx(2 * (sales.high - sales.low), rel=0.01)


@given(st.lists(st.tuples(numbers, errors), min_size=1, max_size=6))
def test_parts_add_up_to_the_total(parts) -> None:
    made = [Estimate.normal(v, e, "EUR", source=str(i)) for i, (v, e) in enumerate(parts)]
    assert total(made).value == pytest.approx(sum(v for v, _ in parts), abs=1e-6)


@given(numbers, errors, st.floats(-50, 50).filter(lambda f: abs(f) > 1e-3))
def test_the_value_stays_inside_its_range_when_scaled(value, error, factor) -> None:
    scaled = Estimate.normal(value, error, "EUR", source="s") * factor
    assert scaled.low <= scaled.value <= scaled.high


def test_units_follow_the_arithmetic() -> None:
    money, orders = Estimate.exact(600, "EUR"), Estimate.exact(12, "orders")
    each = money / orders
    assert (each.unit, each.value) == ("EUR per order", 50.0)
    assert (each * orders).unit == "EUR"
    assert (money / money).unit == "number"
    assert (Estimate.exact(0.3, "share") * money).unit == "EUR"


def test_unlike_units_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match="orders cannot be added to EUR"):
        Estimate.exact(1, "EUR") + Estimate.exact(1, "orders")


def test_exact_numbers_stay_exact() -> None:
    difference = Estimate.exact(5, "EUR") - Estimate.exact(2, "EUR")
    assert difference.is_exact
    assert difference.low == difference.high == 3.0


def test_grade_is_the_weakest_and_a_count_weighs_nothing() -> None:
    modelled = Estimate.normal(1, 1, "EUR", source="a", grade=Grade.MODEL)
    tried = Estimate.normal(1, 1, "EUR", source="b", grade=Grade.EXPERIMENT)
    assert (modelled + tried).grade is Grade.MODEL
    assert (tried + Estimate.exact(1, "EUR")).grade is Grade.EXPERIMENT
    assert weakest([]) is Grade.COUNT


def test_storage_keeps_all_but_the_draws_and_says_so_when_they_are_needed() -> None:
    made = Estimate.normal(3, 1, "EUR", source="a").based_on(people=5, rows=9, name="revenue")
    stored = Estimate.from_dict(made.to_dict())
    assert stored.to_dict() == made.to_dict()
    with pytest.raises(ValueError, match="without its draws"):
        stored + Estimate.exact(1, "EUR")


def test_chance_above_counts_the_draws() -> None:
    assert Estimate.normal(0, 1, "EUR", source="a").chance_above(0) == pytest.approx(0.5, abs=0.01)
    assert Estimate.exact(2, "EUR").chance_above(1) == 1.0


def test_draws_have_one_shape() -> None:
    with pytest.raises(ValueError, match=f"shape \\({DRAWS},\\)"):
        Estimate.from_draws(np.zeros(3), "EUR")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "€1,234 (€1,070 to €1,398)"),
        ("fr", "1\u202f234\xa0€ (de 1\u202f070\xa0€ à 1\u202f398\xa0€)"),
    ],
)
def test_it_prints_as_each_reader_writes(language, expected) -> None:
    assert Estimate.normal(1234, 100, "EUR", source="a").text(language) == expected


def test_a_number_nobody_knows_is_said_to_be_unknown() -> None:
    unknown = Estimate(math.nan, "EUR", Grade.MODEL, math.nan, math.nan)
    assert unknown.text("en") == "cannot be told"
    assert unknown.text("fr") == "ne peut être établi"
