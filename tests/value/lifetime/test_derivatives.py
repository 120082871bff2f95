"""Exact derivatives and special functions against slower, independent ways to the same number."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, special

from rapport.value.lifetime import BetaGeo, BetaGeoBetaBinomial, ModifiedBetaGeo, ParetoNBD
from rapport.value.lifetime._columns import distinct_rows, group_rows
from rapport.value.lifetime._histories import Histories
from rapport.value.lifetime._special import (
    by_distinct,
    discounted_lifetime,
    purchases_while_alive,
    relative_decline,
    remaining_periods,
)
from rapport.value.lifetime.gamma_gamma import _derivatives, _Spending

DESIGN = np.array([[0.0, 1.0, 1.0, 0.0], [2.0, 0.0, 1.0, 1.0]])


def numeric(function, point, step=1e-5):
    rows = []
    for i in range(len(point)):
        move = np.zeros(len(point))
        move[i] = step
        rows.append((function(point + move) - function(point - move)) / (2 * step))
    return np.array(rows)


@pytest.mark.parametrize(
    "model", [BetaGeo(), BetaGeo(dropout_effect="separate"), ModifiedBetaGeo(), ParetoNBD()]
)
def test_gradient_and_hessian_with_covariates(model):
    model.covariate_names_ = ("gender", "channel")
    histories = Histories(
        np.array([0.0, 1.0, 4.0, 50.0]),
        np.array([0.0, 9.0, 20.0, 38.0]),
        np.array([39.0, 9.0, 30.0, 39.0]),
    )
    people = np.array([5.0, 2.0, 3.0, 1.0])
    size = 4 + 2 * len(model.effects)
    point = np.random.default_rng(1).normal(0.3, 0.4, size)

    def at(p):
        return model._derivatives(p, histories, people, DESIGN)

    _, gradient, hessian = at(point)
    np.testing.assert_allclose(gradient, numeric(lambda p: at(p)[0], point), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(hessian, numeric(lambda p: at(p)[1], point), rtol=1e-6, atol=1e-6)


def test_gradient_and_hessian_of_bg_bb():
    model = BetaGeoBetaBinomial()
    model.covariate_names_ = ()
    histories = Histories(
        np.array([0.0, 1.0, 3.0, 6.0]),
        np.array([0.0, 4.0, 5.0, 6.0]),
        np.array([6.0, 6.0, 9.0, 6.0]),
    )
    people, point = np.array([5.0, 2.0, 3.0, 1.0]), np.array([0.2, -0.3, -0.4, 1.0])

    def at(p):
        return model._derivatives(p, histories, people, np.zeros((0, 4)))

    _, gradient, hessian = at(point)
    np.testing.assert_allclose(gradient, numeric(lambda p: at(p)[0], point), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(hessian, numeric(lambda p: at(p)[1], point), rtol=1e-6, atol=1e-7)


def test_gradient_and_hessian_of_gamma_gamma():
    x, m, w = np.array([1.0, 2.0, 2.0, 7.0]), np.array([5.0, 30.0, 9.0, 20.0]), np.ones(4)
    spending = _Spending(x, m, w)
    point = np.log([6.0, 3.5, 15.0])
    value, gradient, hessian = _derivatives(point, spending)
    p, q, v = np.exp(point)
    density = (
        special.gammaln(p * x + q) - special.gammaln(p * x) - special.gammaln(q)
        + q * np.log(v) + (p * x - 1) * np.log(m) + p * x * np.log(x)
        - (p * x + q) * np.log(v + m * x)
    )  # fmt: skip
    assert value == pytest.approx(density.sum())
    by_value = numeric(lambda u: _derivatives(u, spending)[0], point)
    np.testing.assert_allclose(gradient, by_value, rtol=1e-6)
    by_gradient = numeric(lambda u: _derivatives(u, spending)[1], point)
    np.testing.assert_allclose(hessian, by_gradient, rtol=1e-6, atol=1e-7)


def integral_of_leaving(n, alpha, s, beta, begin, end):
    """The same integral piece by piece, on the scale of its largest value."""
    top = -n * np.log(alpha + begin) - (s + 1) * np.log(beta + begin)

    def scaled(t):
        return np.exp(-n * np.log(alpha + t) - (s + 1) * np.log(beta + t) - top)

    reach = np.minimum(end - begin, np.geomspace(1e-9, 1, 60) * (end - begin))
    edges = begin + np.append(0, reach)
    parts = [integrate.quad(scaled, u, v, epsrel=1e-12, epsabs=0)[0] for u, v in pairwise(edges)]
    return np.log(sum(parts)) + top


@pytest.mark.parametrize(
    ("r", "alpha", "s", "beta", "x", "begin", "end"),
    [
        (0.5, 10.6, 0.6, 11.7, 2, 30, 39),
        (0.5, 0.01, 0.6, 300.0, 0, 0, 500),
        (3.0, 300.0, 0.6, 0.01, 12, 20, 39),
        (0.5, 2.0, 0.3, 9.0, 1000, 100, 101),
        (0.5, 2.0, 0.3, 9.0, 1000, 0.5, 400),
        (0.05, 5.0, 40.0, 20.0, 3, 1, 3000),
        (2.0, 7.0, 1.0, 7.0, 5, 3, 50),
    ],
)
def test_pareto_nbd_likelihood_by_adaptive_quadrature(r, alpha, s, beta, x, begin, end):
    model = ParetoNBD().with_parameters({"r": r, "alpha": alpha, "s": s, "beta": beta})
    shared = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    stays = -(r + x) * np.log(alpha + end) - s * np.log(beta + end)
    leaves = np.log(s) + integral_of_leaving(r + x, alpha, s, beta, begin, end)
    expected = shared + np.logaddexp(stays, leaves)
    assert model.log_likelihood(x, begin, end) == pytest.approx(expected, rel=1e-11)


def while_alive_by_quadrature(t, n, m, a, b):
    def integrand(y):
        log_p, log_q = -np.logaddexp(0, -y), -np.logaddexp(0, y)
        p = max(np.exp(log_p), 1e-290)
        small = p * t / m < 1e-12
        made = n * t / m if small else -np.expm1(-n * np.log1p(p * t / m)) / p
        return np.exp(a * log_p + b * log_q - special.betaln(a, b)) * made

    spread = np.sqrt(1 / a + 1 / b)
    reach = 12 * spread
    edges = np.log(a / b) + np.concatenate(
        [np.linspace(-60 / a - reach, -reach, 30), np.linspace(-reach, reach, 30)[1:],
         np.linspace(reach, reach + 60 / b, 30)[1:]]
    )  # fmt: skip
    parts = [integrate.quad(integrand, u, v, epsrel=1e-11, epsabs=0)[0] for u, v in pairwise(edges)]
    return sum(parts)


@pytest.mark.parametrize("n", [0.4, 1.0, 99.0])
@pytest.mark.parametrize("a", [0.15, 0.8, 1.0, 1.0 + 1e-7, 2.0, 40.0, 500.0])
@pytest.mark.parametrize("b", [0.2, 1.0, 2.4, 1000.0])
@pytest.mark.parametrize("t", [0.5, 39.0, 5000.0])
def test_bg_nbd_expectation_by_quadrature(n, a, b, t):
    found = purchases_while_alive(t, n, 4.4, a, b)
    assert found == pytest.approx(while_alive_by_quadrature(t, n, 4.4, a, b), rel=1e-7)


@pytest.mark.parametrize("s", [0.3, 1.0, 2.5])
def test_time_ahead_in_pareto_nbd(s):
    expected = integrate.quad(lambda t: (12 / (12 + t)) ** s, 0, 40)[0]
    assert relative_decline(40, s, 12) == pytest.approx(expected)
    discounted = integrate.quad(
        lambda t: np.exp(-0.01 * t) * (12 / (12 + t)) ** s, 0, 5000, limit=500
    )
    assert discounted_lifetime(0.01, s, 12) == pytest.approx(discounted[0], rel=1e-9)
    tricomi = 12**s * 0.01 ** (s - 1) * special.hyperu(s, s, 0.12)
    assert discounted_lifetime(0.01, s, 12) == pytest.approx(tricomi, rel=1e-9)


@pytest.mark.parametrize("gamma", [0.3, 1.0, 3.0])
def test_periods_ahead(gamma):
    k = np.arange(1, 8)
    expected = np.exp(special.betaln(gamma, 4 + k) - special.betaln(gamma, 4)).sum()
    assert remaining_periods(7, gamma, 4.0) == pytest.approx(expected, rel=1e-8)


def test_grouping_keeps_every_person_and_row():
    rng = np.random.default_rng(5)
    columns = {name: rng.integers(0, 4, 3000).astype(float) for name in ("a", "b", "c")}
    weight = rng.integers(0, 3, 3000).astype(float)
    cells = group_rows(columns, weight)
    assert cells["weight"].sum() == weight.sum()
    keys = set(zip(cells["a"], cells["b"], cells["c"], strict=True))
    assert len(keys) == len(cells["a"]) == 64
    assert (np.diff(cells["a"]) >= 0).all()
    distinct, row = distinct_rows(columns)
    for name, column in columns.items():
        np.testing.assert_array_equal(distinct[name][row], column)


def test_grouping_survives_a_collision_of_hashes(monkeypatch):
    from rapport.value.lifetime import _columns

    monkeypatch.setattr(_columns, "_ODD_MULTIPLIER", np.uint64(0))
    cells = group_rows({"a": np.array([2.0, 1.0, 2.0]), "b": np.array([1.0, 1.0, 1.0])})
    assert cells["a"].tolist() == [1.0, 2.0]
    assert cells["weight"].tolist() == [1.0, 2.0]


def test_negative_zero_is_zero():
    cells = group_rows({"a": np.array([0.0, -0.0])})
    assert cells["weight"].tolist() == [2.0]


def test_each_distinct_row_is_worked_out_once():
    column = np.arange(3000.0) % 3
    seen = []

    def doubled(values):
        seen.append(len(values))
        return 2 * values

    np.testing.assert_array_equal(by_distinct(doubled, column), 2 * column)
    assert seen == [3]
