"""Who the people of a simulated world are, and how each system spells them."""

from rapport.simulation.people.handles import NETWORKS, display_names, handles
from rapport.simulation.people.population import people
from rapport.simulation.people.spelling import SYSTEMS, spelled

__all__ = ["NETWORKS", "SYSTEMS", "display_names", "handles", "people", "spelled"]
