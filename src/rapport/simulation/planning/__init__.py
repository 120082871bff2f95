"""How many people and how long before an effect of a size can be seen."""

from rapport.simulation.planning.check import Crowd, Measured, measured_power
from rapport.simulation.planning.places import PlaceSpread, place_spread
from rapport.simulation.planning.plan import (
    Cell,
    Need,
    Range,
    cell_of_mean,
    cell_of_places,
    cell_of_share,
    need,
    round_numbers,
    shortest,
)
from rapport.simulation.planning.power import (
    Design,
    detectable_mean,
    detectable_share,
    people_for_mean,
    people_for_share,
    power_of_means,
    power_of_shares,
)
from rapport.simulation.planning.spread import (
    Spread,
    Window,
    spread,
    spread_of_values,
    together,
    totals,
)

__all__ = [
    "Cell",
    "Crowd",
    "Design",
    "Measured",
    "Need",
    "PlaceSpread",
    "Range",
    "Spread",
    "Window",
    "cell_of_mean",
    "cell_of_places",
    "cell_of_share",
    "detectable_mean",
    "detectable_share",
    "measured_power",
    "need",
    "people_for_mean",
    "people_for_share",
    "place_spread",
    "power_of_means",
    "power_of_shares",
    "round_numbers",
    "shortest",
    "spread",
    "spread_of_values",
    "together",
    "totals",
]
