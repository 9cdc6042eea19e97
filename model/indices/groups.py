"""Groups of demands that fairness compares, and what every tier is measured against."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tongzhou.model.indices.grid import Demand, Grid, SupplyDemand

GroupKey = tuple[int, str, str]
"""Priority, city, resource."""


@dataclass(frozen=True, slots=True)
class Group:
    """The demands of one priority for one resource in one city, and their unit-hours with nothing served."""

    key: GroupKey
    members: tuple[str, ...]
    nothing_served: float


def unit_hours_unserved(demand: Demand, grid: Grid) -> float:
    """Unit-hours of a demand with nothing served."""
    if isinstance(demand, SupplyDemand):
        return grid.hours * demand.quantity * (grid.count - demand.first)
    return grid.hours * sum(demand.required)


def lay_groups(demands: Iterable[Demand], grid: Grid) -> dict[GroupKey, Group]:
    """Groups by priority, city and resource; groups without a period inside the horizon are left out."""
    members: dict[GroupKey, list[Demand]] = {}
    for demand in demands:
        members.setdefault((demand.priority, demand.city, demand.resource), []).append(demand)
    found = {}
    for key in sorted(members):
        nothing = sum(unit_hours_unserved(demand, grid) for demand in members[key])
        if nothing > 0:
            found[key] = Group(key, tuple(demand.key for demand in members[key]), nothing)
    return found
