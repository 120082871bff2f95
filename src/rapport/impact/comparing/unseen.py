"""How strong would an unseen cause have to be? Bounds on the bias from what nobody recorded.

Chernozhukov, Cinelli, Newey, Sharma & Syrgkanis 2022, "Long story short", theorem 2, which carries
Cinelli & Hazlett 2020 from straight lines to any learner. An unseen cause that explains a share of
what is left of the outcome, and raises by a share the spread of the weights, moves the estimate by
at most `scale` times the root of the product.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rapport.impact.comparing.doubly_robust import Effect
from rapport.impact.comparing.learners import Values


@dataclass(frozen=True, slots=True)
class Unseen:
    """What an unseen cause could do to an estimate.

    Parameters
    ----------
    value, error
        The estimate and its standard error.
    outcome, weights
        Mean square of the unexplained outcome and of the weights.
    """

    value: float
    error: float
    outcome: float
    weights: float

    @property
    def scale(self) -> float:
        """The bias that a cause could make which explains all that is left."""
        return float(np.sqrt(self.outcome * self.weights))

    def bias(self, outcome: float, connected: float) -> float:
        """Return the most bias from a cause that explains such shares of what is left of both."""
        return self.scale * float(np.sqrt(outcome * connected / (1 - connected)))

    @property
    def robustness(self) -> float:
        """The share that an unseen cause must explain of both, for the effect to vanish."""
        return robustness(self.value, self.scale)

    def robustness_of_range(self, quantile: float) -> float:
        """Return the same for the nearer end of the range to be nil: 0 when it holds it."""
        nearer = max(abs(self.value) - quantile * self.error, 0.0)
        return robustness(nearer, self.scale)


def unseen(found: Effect) -> Unseen:
    """Return what an unseen cause could do to an effect."""
    outcome = float((found.unexplained**2).mean())
    return Unseen(found.value, found.error, outcome, float((found.weight**2).mean()))


def robustness(value: float, scale: float) -> float:
    """Return the share r for which scale x r / sqrt(1 - r) is the value.

    Cinelli & Hazlett 2020, equation 18, in the form of Chernozhukov et al. 2022, section 4.

    Examples
    --------
    >>> r = robustness(1.0, 10.0)
    >>> round(r, 4), round(10 * r / (1 - r) ** 0.5, 6)
    (0.0951, 1.0)
    """
    if not scale > 0:
        return float(value != 0)
    square = (value / scale) ** 2
    # the root of the quadratic, written without a difference of two large numbers
    return float(2 / (1 + np.sqrt(1 + 4 / square))) if square else 0.0


def as_strong_as(whole: Unseen, without: Unseen) -> float:
    """Return the bias that a cause as strong as those left out of `without` could still make.

    What the covariates left out explained of both is taken as what an unseen one might
    (Chernozhukov et al. 2022, section 4.2).
    """
    outcome = max(without.outcome - whole.outcome, 0.0) / whole.outcome if whole.outcome else 0.0
    weights = max(whole.weights - without.weights, 0.0) / max(without.weights, 1e-12)
    return whole.scale * float(np.sqrt(min(outcome, 1.0) * weights))


def strongest(whole: Unseen, without: Values) -> float:
    """Return how many times as strong as the strongest known covariate a cause would have to be."""
    worst = float(np.max(without)) if len(without) else 0.0
    return abs(whole.value) / worst if worst > 0 else np.inf
