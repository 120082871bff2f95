"""Lifetime value: when customers come back, when they leave, what they will spend.

Models are fitted on counts of identical histories, so that the cost does not grow with the
number of people. They follow scikit-learn: `fit` returns the model, fitted names end in `_`.
"""

from rapport.value.lifetime._model import Caution
from rapport.value.lifetime._newton import FitError
from rapport.value.lifetime._repeat_buying import RepeatBuying
from rapport.value.lifetime.beta_geo import BetaGeo
from rapport.value.lifetime.beta_geo_beta_binomial import BetaGeoBetaBinomial
from rapport.value.lifetime.choice import Trial, choose_model
from rapport.value.lifetime.customers import Customers
from rapport.value.lifetime.discounting import (
    Discounting,
    discounted_margin,
    discounted_purchases,
    rate_per_step,
)
from rapport.value.lifetime.gamma_gamma import GammaGamma
from rapport.value.lifetime.modified_beta_geo import ModifiedBetaGeo
from rapport.value.lifetime.negative_binomial import NegativeBinomial
from rapport.value.lifetime.pareto_nbd import ParetoNBD
from rapport.value.lifetime.ranges import interval, parameter_draws, purchase_draws
from rapport.value.lifetime.regularity import regularity
from rapport.value.lifetime.shifted_beta_geometric import ShiftedBetaGeometric
from rapport.value.lifetime.tracking import Tracking, track

__all__ = [
    "BetaGeo",
    "BetaGeoBetaBinomial",
    "Caution",
    "Customers",
    "Discounting",
    "FitError",
    "GammaGamma",
    "ModifiedBetaGeo",
    "NegativeBinomial",
    "ParetoNBD",
    "RepeatBuying",
    "ShiftedBetaGeometric",
    "Tracking",
    "Trial",
    "choose_model",
    "discounted_margin",
    "discounted_purchases",
    "interval",
    "parameter_draws",
    "purchase_draws",
    "rate_per_step",
    "regularity",
    "track",
]
