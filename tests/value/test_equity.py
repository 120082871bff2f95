"""What today's customers are worth, against direct computation and simulation."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from rapport.estimate import Estimate, total
from rapport.value.equity import (
    Cells,
    Chances,
    discounting,
    expected_spend,
    purchases_outlook,
    relative_errors,
    worth,
)
from rapport.value.lifetime import BetaGeo, GammaGamma
from rapport.value.lifetime.customers import Customers
from rapport.value.lifetime.discounting import discounted_purchases

BUYING = {"r": 0.243, "alpha": 4.414 * 7, "a": 0.793, "b": 2.426}
SPENDING = {"p": 6.25, "q": 3.74, "v": 15.44}


@pytest.fixture(scope="module")
def cdnow(shared_data):
    """The published sample: histories in days, and models fitted on it."""
    path = shared_data / "orders" / "cdnow" / "cdnow_customers_summary.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    x, recency, age = (
        np.array([float(row[name]) for row in rows]) for name in ("frequency", "recency", "T")
    )
    mean = np.where(x > 0, 35.0 + 10 * np.sin(np.arange(len(x))), 0.0)
    cells = Cells(x, recency * 7, age * 7, x, np.ones(len(x)), mean)
    buying = BetaGeo().fit(cells.frequency, cells.recency, cells.age)
    spending = GammaGamma().fit(x, mean)
    return cells, buying, spending


def test_without_discount_the_purchases_are_the_expected_ones(cdnow) -> None:
    cells, buying, _ = cdnow
    plain = buying.expected_purchases(365, cells.frequency, cells.recency, cells.age)
    assert purchases_outlook(buying, cells, 365, 0.0).expected == pytest.approx(plain)


def test_discounting_equals_the_sum_over_days(cdnow) -> None:
    cells, buying, _ = cdnow
    some = cells.part(np.arange(0, 2357, 100))
    history = (some.frequency, some.recency, some.age)
    expected = np.array([buying.expected_purchases(day, *history) for day in range(1096)])
    factors = 1.10 ** (-(np.arange(1095) + 0.5) / 365.25)
    direct = (np.diff(expected, axis=0) * factors[:, None]).sum(axis=0)
    assert purchases_outlook(buying, some, 1095, 0.10).expected == pytest.approx(direct, rel=1e-3)


def test_the_total_is_the_sum_over_customers(cdnow) -> None:
    cells, buying, spending = cdnow
    seen = purchases_outlook(buying, cells, 730, 0.10)
    chances = Chances.of(buying, spending, missed_by=0.0)
    mean = np.where(cells.frequency > 0, cells.mean_sum, 0.0)
    direct = float(np.sum(seen.expected * expected_spend(spending, cells.valued, mean)))
    assert worth(cells, seen, spending, chances, "EUR").value == pytest.approx(direct)


def test_groups_add_up_to_the_whole_with_its_range(cdnow) -> None:
    cells, buying, spending = cdnow
    seen = purchases_outlook(buying, cells, 730, 0.10)
    chances = Chances.of(buying, spending, missed_by=0.05)
    whole = worth(cells, seen, spending, chances, "EUR")
    parts: list[Estimate] = []
    for repeat in (False, True):
        chosen = (cells.frequency > 0) == repeat
        parts.append(worth(cells.part(chosen), seen.part(chosen), spending, chances, "EUR"))
    summed = total(parts)
    assert summed.value == pytest.approx(whole.value)
    assert (summed.low, summed.high) == pytest.approx((whole.low, whole.high), rel=0.01)


def test_the_range_is_that_of_refitting_at_drawn_parameters(cdnow) -> None:
    cells, buying, spending = cdnow
    some = cells.part(np.arange(0, 2357, 10))
    seen = purchases_outlook(buying, some, 730, 0.10)
    quiet = Chances.of(buying, spending, missed_by=0.0)
    told = worth(some, seen, spending, quiet, "EUR")
    mean = np.where(some.people > 0, some.mean_sum, 0.0)
    exact = []
    customers = Customers(some.frequency, some.recency, some.age)
    spends = spending.sample_parameters(300, 5)
    for buy, spend in zip(buying.sample_parameters(300, 4), spends, strict=True):
        moved = buying.with_parameters(buy)
        purchases = discounted_purchases(moved, customers, discounting(0.10, 730))
        value = expected_spend(spending.with_parameters(spend), some.valued, mean)
        exact.append(float(np.sum(purchases * value)))
    low, high = np.quantile(exact, [0.05, 0.95])
    assert told.high - told.low == pytest.approx(high - low, rel=0.15)


def test_a_model_that_missed_has_a_wider_range(cdnow) -> None:
    cells, buying, spending = cdnow
    seen = purchases_outlook(buying, cells, 365, 0.10)
    widths = [
        (e := worth(cells, seen, spending, Chances.of(buying, spending, missed_by=m), "EUR")).high
        - e.low
        for m in (0.0, 0.2)
    ]
    assert widths[1] > 2 * widths[0]


def test_one_customers_range_is_wider_than_that_of_all(cdnow) -> None:
    cells, buying, spending = cdnow
    seen = purchases_outlook(buying, cells, 365, 0.10)
    chances = Chances.of(buying, spending, missed_by=0.0)
    errors = relative_errors(seen, spending, chances, cells.valued)
    assert np.all(np.isfinite(errors))
    assert np.all(errors > 0)


def test_nobody_is_worth_nothing() -> None:
    none = Cells(*(np.zeros(0) for _ in range(6)))
    buying = BetaGeo().with_parameters(BUYING)
    spending = GammaGamma().with_parameters(SPENDING)
    chances = Chances(np.zeros((2000, 4)), np.tile([6.25, 3.74, 15.44], (2000, 1)), 0.0)
    told = worth(none, purchases_outlook(buying, none, 365, 0.1), spending, chances, "EUR")
    assert (told.value, told.low, told.high) == (0.0, 0.0, 0.0)
