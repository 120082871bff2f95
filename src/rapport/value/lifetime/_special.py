"""Special functions that the models share, in forms that stay accurate far from home."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import special

from rapport.value.lifetime._columns import distinct_rows
from rapport.value.lifetime._jet import Array

# Nearer than this to a removable singularity, the mean of both sides is taken.
NEAR = 5e-6
# From this size on, arguments of SciPy's 2F1 are not trusted.
LARGE = 60.0


def by_distinct(function: Callable[..., Array], *columns: npt.ArrayLike) -> Array:
    """Return function(*columns), working out each distinct row of the columns once.

    The function may put axes in front.
    """
    arrays = [np.asarray(column, np.float64) for column in columns]
    length = max(array.size for array in arrays)
    if length < 1000 or any(array.ndim > 1 for array in arrays):
        return function(*arrays)
    named = {str(i): np.broadcast_to(array, length) for i, array in enumerate(arrays)}
    cells, row = distinct_rows(named)
    return function(*(cells[name] for name in named))[..., row]


def purchases_while_alive(
    horizon: npt.ArrayLike,
    shape: npt.ArrayLike,
    rate: npt.ArrayLike,
    a: npt.ArrayLike,
    b: npt.ArrayLike,
) -> Array:
    """Return E[(1 - (rate / (rate + p·horizon))^shape) / p] for p ~ Beta(a, b).

    These are the purchases in the next `horizon` of an active customer who buys with rate
    λ ~ Gamma(shape, rate) and leaves with chance p after each purchase. Closed form: Fader,
    Hardie & Lee (2005), eq. 10; after Euler's transformation no argument of 2F1 grows with the
    number of purchases but the third, so that it neither overflows nor cancels. Where arguments
    are large all the same, which SciPy's 2F1 does not bear, the expectation is integrated.
    """
    broadcast = np.broadcast_arrays(horizon, shape, rate, a, b)
    t, n, m, a, b = (np.asarray(v, np.float64).ravel() for v in broadcast)
    z = t / (m + t)
    # removable singularities at a = 1 and a + b = 1; where a - n is whole, SciPy's 2F1 may fail
    at_a = (np.abs(a - 1) < NEAR) | (np.abs(a - n - np.round(a - n)) < NEAR)
    at_b = (np.abs(a + b - 1) < NEAR) & ~at_a
    step_a, step_b = np.where(at_a, 3 * NEAR, 0.0), np.where(at_b, 3 * NEAR, 0.0)
    with np.errstate(all="ignore"):
        result = _closed_form(z, n, a + step_a, b + step_b)
        near = at_a | at_b
        result[near] /= 2
        result[near] += _closed_form(z, n, a - step_a, b - step_b)[near] / 2
    hard = ~np.isfinite(result) | (np.abs(a + b - 1 - n) > LARGE) | (a > LARGE)
    for begin in range(0, int(hard.sum()), 1000):
        rows = np.flatnonzero(hard)[begin : begin + 1000]
        result[rows] = _integrated(t[rows] / m[rows], n[rows], a[rows], b[rows])
    return result.reshape(broadcast[0].shape)[()]


def _closed_form(z: Array, n: Array, a: Array, b: Array) -> Array:
    c = a + b - 1
    left = (1 - z) ** (a - 1) * special.hyp2f1(c - n, a - 1, c, z)
    return np.asarray(c / (a - 1) * (1 - left))


def _integrated(ratio: Array, n: Array, a: Array, b: Array) -> Array:
    """Return the same expectation by the trapezoidal rule in the logit of p.

    The integrand is analytic and falls exponentially, so that the rule converges exponentially.
    """
    spread = np.sqrt(1 / a + 1 / b)
    step = 0.3 * np.minimum(1.0, spread)
    before, after = 60 / a + 12 * spread, 60 / b + 12 * spread
    nodes = np.arange(int(np.max((before + after) / step)) + 1)
    y = (np.log(a / b) - before)[:, None] + step[:, None] * nodes
    log_p, log_q = -np.logaddexp(0, -y), -np.logaddexp(0, y)
    density = np.exp(a[:, None] * log_p + b[:, None] * log_q - special.betaln(a, b)[:, None])
    p = np.maximum(np.exp(log_p), 1e-290)
    chance = p * ratio[:, None]
    made = np.where(
        chance < 1e-12,
        n[:, None] * ratio[:, None],
        -np.expm1(-n[:, None] * np.log1p(chance)) / p,
    )
    return np.asarray(step * np.sum(density * made, axis=1))


def negative_binomial(x: Array, r: Array | float, share: Array | float) -> Array:
    """Return the chance of x purchases at gamma rates, `share` being t / (alpha + t)."""
    log_chance = special.gammaln(r + x) - special.gammaln(r) - special.gammaln(x + 1)
    return np.asarray(np.exp(log_chance + r * np.log1p(-share) + special.xlogy(x, share)))


def relative_decline(horizon: npt.ArrayLike, s: npt.ArrayLike, rate: npt.ArrayLike) -> Array:
    """Return the expected active time in the next `horizon` at leaving rates Gamma(s, rate).

    (rate / (s - 1))·(1 - (rate / (rate + horizon))^(s - 1)), continuous at s = 1.
    """
    t, s, m = (np.asarray(v, np.float64) for v in (horizon, s, rate))
    exponent = -(s - 1) * np.log1p(t / m)
    return np.asarray(m * np.log1p(t / m) * special.exprel(exponent))


def discounted_lifetime(discount: float, s: npt.ArrayLike, rate: npt.ArrayLike) -> Array:
    """Return E[1 / (μ + discount)] for leaving rates μ ~ Gamma(s, rate), which is e^z E_s(z)·rate.

    z = discount·rate; equals rate^s·discount^(s-1)·Ψ(s, s; z) with Tricomi's function. As
    ∫ exp(-discount·τ)·(rate / (rate + τ))^s dτ from 0, in u = log(1 + τ / rate).
    """
    s, m = np.broadcast_arrays(np.asarray(s, np.float64), np.asarray(rate, np.float64))
    z = (discount * m)[..., None]
    # the integrand has fallen below e^-60 where z·(e^u - 1) = 60
    width = np.log1p(60.0 / z)
    nodes, weights = np.polynomial.legendre.leggauss(96)
    u = width * (nodes + 1) / 2
    integrand = np.exp(-z * np.expm1(u) - (s[..., None] - 1) * u)
    return np.asarray(m * np.sum(integrand * weights, axis=-1) * width[..., 0] / 2)


def remaining_periods(horizon: npt.ArrayLike, gamma: npt.ArrayLike, d: npt.ArrayLike) -> Array:
    """Return the expected active periods ahead at chances of leaving Beta(gamma, d).

    Σ B(gamma, d + k) / B(gamma, d) for k from 1 to `horizon`, in closed form.
    """
    h, g, d = (np.asarray(v, np.float64) for v in (horizon, gamma, d))
    step = np.where(np.abs(g - 1) < NEAR, 3 * NEAR, 0.0)
    return np.asarray((_telescoped(h, g + step, d) + _telescoped(h, g - step, d)) / 2)


def _telescoped(h: Array, g: Array, d: Array) -> Array:
    rest = special.gammaln(d + 1 + h) - special.gammaln(d + 1)
    rest = rest - special.gammaln(d + g + h) + special.gammaln(d + g)
    return np.asarray(-d / (g - 1) * np.expm1(rest))
