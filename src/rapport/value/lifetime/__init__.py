"""Lifetime value: when customers come back, when they leave, what they will spend.

Models are fitted on counts of identical histories, so that the cost does not grow with the
number of people.
"""

from rapport.value.lifetime._model import Caution
from rapport.value.lifetime._newton import FitError
from rapport.value.lifetime.beta_geo import BetaGeo
from rapport.value.lifetime.gamma_gamma import GammaGamma
from rapport.value.lifetime.modified_beta_geo import ModifiedBetaGeo
from rapport.value.lifetime.pareto_nbd import ParetoNBD

__all__ = ["BetaGeo", "Caution", "FitError", "GammaGamma", "ModifiedBetaGeo", "ParetoNBD"]
