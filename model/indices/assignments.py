"""Sparse sets of deployments: units of a home that can serve a need by a lane, and when they may leave and return.

A deployment is a cycle: leave home, travel, serve at most `duty` periods, travel back, rest, be free. Cycles of one
assignment are counted by two flows, departures and leavings; matched first in, first out they are whole cycles again,
whose length on site is between 1 and `duty` exactly when what is on site arrived within the last `duty` periods.
So 2 T columns stand for the T * duty columns of one a cycle, with the same LP relaxation.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import Resource
from tongzhou.model.indices.grid import Grid, PresenceDemand
from tongzhou.model.indices.holdings import Holder, Holding
from tongzhou.model.indices.lanes import Lane, Lanes
from tongzhou.model.indices.pairing import Pairing
from tongzhou.model.units import periods_down, periods_up


@dataclass(frozen=True, slots=True)
class Assignment:
    """Units of `home` for `need`; `lane` is None for duty at home, `rides` says that trips carry them."""

    key: str
    home: str
    need: str
    resource: str
    lane: Lane | None
    rides: bool
    travel: int
    rest: int
    duty: int | None
    departs: tuple[int, ...]
    leaves: tuple[int, ...]

    @property
    def away(self) -> bool:
        """Whether it takes units from home."""
        return self.lane is not None

    @property
    def on_site(self) -> range:
        """Periods in which its units may be on site."""
        return range(self.departs[0] + self.travel, self.leaves[-1])


@dataclass(slots=True)
class Assignments:
    """All assignments by key, and the index tuples of their flows."""

    by_key: dict[str, Assignment] = field(default_factory=dict)
    of_holder: dict[Holder, list[Assignment]] = field(default_factory=lambda: defaultdict(list))
    of_need: dict[tuple[str, str], list[Assignment]] = field(default_factory=lambda: defaultdict(list))

    @property
    def depart(self) -> list[tuple[str, int]]:
        """Assignment and period of departure."""
        return [(item.key, period) for item in self.by_key.values() for period in item.departs]

    @property
    def leave(self) -> list[tuple[str, int]]:
        """Assignment and period in which units leave the site."""
        return [(item.key, period) for item in self.by_key.values() for period in item.leaves]

    @property
    def on_site(self) -> list[tuple[str, int]]:
        """Assignment and period on site."""
        return [(item.key, period) for item in self.by_key.values() for period in item.on_site]


def lay_assignments(
    problem: Problem,
    grid: Grid,
    lanes: Lanes,
    held: dict[Holder, Holding],
    presences: dict[str, PresenceDemand],
    pairing: Pairing,
) -> Assignments:
    """Every assignment that can put a unit on site while it is needed."""
    found = Assignments()
    homes: dict[str, list[str]] = defaultdict(list)
    for city, resource in held:
        homes[resource].append(city)
    incoming: dict[tuple[str, str], list[Lane]] = defaultdict(list)
    for lane in lanes.by_vehicle.values():
        incoming[lane.origin, lane.destination].append(lane)
    for demand in presences.values():
        for name in useful_units(problem, demand):
            unit = problem.resource_of[name]
            for home in homes[name]:
                for option in _ways(home, demand.city, unit, lanes, incoming, pairing):
                    item = _assignment(home, demand, unit, option, held[home, name], grid)
                    if item is not None:
                        found.by_key[item.key] = item
                        found.of_holder[home, name].append(item)
                        found.of_need[demand.key, name].append(item)
    return found


def useful_units(problem: Problem, demand: PresenceDemand) -> list[str]:
    """The resources that serve the need, and the crews that work them."""
    names = [used for used, _ in problem.served_by[demand.resource]]
    crews = [problem.resource_of[name].crew for name in names]
    return list(dict.fromkeys([*names, *(crew for crew in crews if crew is not None)]))


def _ways(
    home: str,
    city: str,
    resource: Resource,
    lanes: Lanes,
    incoming: dict[tuple[str, str], list[Lane]],
    pairing: Pairing,
) -> list[Lane | None]:
    if home == city:
        return [None]
    if not pairing.allows(home, city, resource.resource):
        return []
    if resource.rides:
        return [lane for lane in incoming[home, city] if lane.carries(resource.weight_t, resource.volume_m3)]
    road = lanes.by_road.get((home, city))
    return [road] if road is not None else []


def _assignment(
    home: str, demand: PresenceDemand, resource: Resource, lane: Lane | None, own: Holding, grid: Grid
) -> Assignment | None:
    travel = lane.travel if lane is not None else 0
    wanted = demand.periods
    if not wanted:
        return None
    duty = None if resource.duty_h is None else periods_down(resource.duty_h, grid.hours)
    usable = own.held if lane is None else own.release
    first_leave, last_leave = (0, grid.count - 1) if lane is None else (own.first_leave, own.last_leave)
    departs = tuple(
        period
        for period in range(max(first_leave, wanted[0] - travel, grid.now), min(last_leave, wanted[-1] - travel) + 1)
        if usable[period] > 0 and (lane is None or lane.is_open(period))
    )
    if not departs:
        return None
    leaves = _leaving_periods(departs[0] + travel, wanted[-1] + 1, lane if resource.rides else None, grid)
    return Assignment(
        key=f"{demand.key}<{resource.resource}<{lane.key if lane is not None else home}",
        home=home,
        need=demand.key,
        resource=resource.resource,
        lane=lane,
        rides=resource.rides and lane is not None,
        travel=travel,
        rest=periods_up(resource.rest_h or 0.0, grid.hours),
        duty=duty,
        departs=departs,
        leaves=leaves,
    )


def _leaving_periods(arrival: int, end: int, lane: Lane | None, grid: Grid) -> tuple[int, ...]:
    """Periods in which units may leave the site: until the need ends, or, for what rides, until a trip can have fetched it."""
    if lane is None:
        return tuple(range(arrival + 1, end + 1))
    last = end + lane.away  # a vehicle that brings something at the end of the need can be back for it by then
    while not lane.is_open(last - lane.travel) and last < end + lane.away + grid.count:
        last += 1
    fetched = [period for period in range(arrival + 1, last + 1) if lane.is_open(period - lane.travel)]
    inside = [period for period in fetched if period - lane.travel < grid.count]
    return tuple(inside or fetched[-1:])
