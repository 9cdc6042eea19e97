"""What every whole column is about: destination, origin, period, resource, and the most urgent priority it can serve.

Searches open columns that belong together, and leave out what serves no need of the priority in hand.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from tongzhou.model.domain import Problem
from tongzhou.model.indices import Indices
from tongzhou.solvers.compiled import Bools, CompiledModel

Codes = npt.NDArray[np.int32]
NONE = -1
LAST = 9
"""Priority of what no need can use."""


@dataclass(frozen=True, eq=False)
class Topics:
    """A code a column, `NONE` where it has none; `priority`: the most urgent need that a column of aid can serve; `is_unit`: whether
    it counts goods or teams."""

    destination: Codes
    origin: Codes
    period: Codes
    resource: Codes
    priority: Codes
    is_unit: Bools

    def of(self, columns: npt.NDArray[np.int64]) -> Topics:
        """The topics of some of the columns."""
        return Topics(*(getattr(self, field.name)[columns] for field in fields(self)))

    def beside(self, priority: int) -> Bools:
        """Columns of aid that serve no need up to a priority.

        Leaving them out is a heuristic cut, for a bound it would be wrong: aid to a less urgent need may set a city's own means
        free, or let it keep `no_worse_off` with less of what is urgent (measured: 0.04 % of a tier of 50 cities).
        """
        return np.asarray(self.priority > priority, dtype=np.bool_)


def lay_topics(ix: Indices, model: CompiledModel) -> Topics:
    """Topics of all columns of a compiled dispatch model."""
    size = model.matrix.shape[1]
    destination, origin, period, resource, priority = (np.full(size, NONE, dtype=np.int32) for _ in range(5))
    found = Topics(destination, origin, period, resource, priority, np.zeros(size, dtype=np.bool_))
    for name in ("ship", "depart", "leave"):
        found.is_unit[model.variables[name].span] = True
    cities = {row.city: number for number, row in enumerate(ix.problem.cities)}
    resources = {row.resource: number for number, row in enumerate(ix.problem.resources)}
    serves = _serves(ix)
    for name in ("trips", "ship", "delivers"):
        for key, column in model.variables[name].place.items():
            lane = ix.lane_of[key[0]]
            found.destination[column], found.origin[column] = cities[lane.destination], cities[lane.origin]
            found.period[column] = key[1] if name == "trips" else key[2]
            if name != "trips":
                found.resource[column] = resources[key[1]]
                found.priority[column] = serves.get(key[1], LAST)
    for name in ("depart", "leave", "on_site"):
        for (assignment, period), column in model.variables[name].place.items():
            item = ix.assignments.by_key[assignment]
            demand = ix.demands[item.need]
            found.destination[column], found.origin[column] = cities[demand.city], cities[item.home]
            found.period[column], found.resource[column] = period, resources[item.resource]
            if item.away:
                found.priority[column] = demand.priority
    return found


def _serves(ix: Indices) -> dict[str, int]:
    """The most urgent priority a resource can serve, by resource."""
    found: dict[str, int] = {}
    for demand in ix.demands.values():
        for used, _ in ix.problem.served_by[demand.resource]:
            for name in (used, *_crew(ix.problem, used)):
                found[name] = min(found.get(name, LAST), demand.priority)
    return found


def _crew(problem: Problem, resource: str) -> tuple[str, ...]:
    crew = problem.resource_of[resource].crew
    return () if crew is None else (crew,)
