"""What all fitted models share: named parameters, their uncertainty, and draws of them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from rapport.errors import Fault, Problem
from rapport.value.lifetime._jet import Array


@dataclass(frozen=True, slots=True)
class Caution:
    """A reason to trust a fitted model less: a code for programs, a sentence for people.

    Examples
    --------
    >>> print(Caution("few_repeats", "Only 12 repeat purchases were seen."))
    Only 12 repeat purchases were seen. [few_repeats]
    """

    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.message} [{self.code}]"


class FittedModel:
    """Parameters by name with their uncertainty, after `fit`.

    Attributes
    ----------
    params_
        The maximum likelihood estimates by name.
    covariance_
        Their covariance on the scale of estimation: logarithms of the positive parameters,
        covariate coefficients as they are. From the exact Hessian.
    log_likelihood_
        Total over people, with the constants that the literature keeps.
    n_customers_
        The people behind the fit: the sum of the weights.
    converged_
        True after `fit`, which raises `FitError` otherwise.
    warnings_
        Reasons for caution, as typed sentences.
    """

    parameter_names: tuple[str, ...] = ()

    params_: dict[str, float]
    covariance_: Array
    log_likelihood_: float
    n_customers_: float
    converged_: bool
    warnings_: list[Caution]

    def _require_fit(self) -> None:
        if not hasattr(self, "params_"):
            name = type(self).__name__
            fault = Fault(f"{name} has no parameters yet.", hint="Call fit first.")
            raise Problem(f"This {name} cannot answer yet.", [fault])

    def _forget_fit(self) -> None:
        """Leave nothing of an earlier fit behind, should the next one be refused."""
        vars(self).pop("params_", None)

    def _positive(self, name: str) -> bool:
        return name in self.parameter_names

    @property
    def standard_errors_(self) -> dict[str, float]:
        """Standard errors on the natural scale, by the delta method."""
        self._require_fit()
        spread = np.sqrt(np.diag(self.covariance_))
        return {
            name: float(s * (value if self._positive(name) else 1.0))
            for (name, value), s in zip(self.params_.items(), spread, strict=True)
        }

    def sample_parameters(self, n: int = 1000, seed: int = 0) -> list[dict[str, float]]:
        """Return n draws of the parameters that the data leave possible.

        Draws are normal on the scale of estimation (logarithms of positive parameters), the
        large-sample posterior under a flat prior on that scale.
        """
        self._require_fit()
        names = list(self.params_)
        positive = np.array([self._positive(name) for name in names])
        centre = np.array(
            [
                np.log(self.params_[n]) if p else self.params_[n]
                for n, p in zip(names, positive, strict=True)
            ]
        )
        rng = np.random.default_rng(seed)
        draws = rng.multivariate_normal(centre, self.covariance_, size=n, method="eigh")
        draws[:, positive] = np.exp(draws[:, positive])
        return [dict(zip(names, map(float, row), strict=True)) for row in draws]

    def with_parameters(self, params: Mapping[str, float]) -> Self:
        """Return a copy of this model that answers with other parameters, such as a draw.

        Raises
        ------
        Problem
            When a parameter is missing or unknown, or not positive where it must be.
        """
        expected = list(getattr(self, "params_", dict.fromkeys(self.parameter_names, 0.0)))
        faults = [Fault(f"{name} is missing.") for name in expected if name not in params]
        faults += [
            Fault(f"{name} is not a parameter.", hint=f"Allowed: {', '.join(expected)}.")
            for name in params
            if name not in expected
        ]
        faults += [
            Fault(f"{name} must be greater than 0, not {value}.")
            for name, value in params.items()
            if self._positive(name) and not value > 0
        ]
        if faults:
            raise Problem("These are not the parameters of this model.", faults)
        other = copy.copy(self)
        other.params_ = {name: float(params[name]) for name in expected}
        return other
