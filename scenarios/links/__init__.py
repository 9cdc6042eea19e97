"""Lanes between cities from what users have: an OSRM table, a list of distances, or coordinates alone."""

from tongzhou.scenarios.links.lanes import LaneRules, Leg, lanes_of
from tongzhou.scenarios.links.list_of_distances import read_distances
from tongzhou.scenarios.links.osrm_table import read_osrm_table
from tongzhou.scenarios.links.straight_lines import estimated_legs

__all__ = ["LaneRules", "Leg", "estimated_legs", "lanes_of", "read_distances", "read_osrm_table"]
