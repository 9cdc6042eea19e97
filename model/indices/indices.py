"""All index sets of one problem."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from tongzhou.model.domain import Problem
from tongzhou.model.indices.assignments import Assignments, lay_assignments
from tongzhou.model.indices.cargo import Cargo
from tongzhou.model.indices.departures import Departures, lay_departures
from tongzhou.model.indices.flows import AID, OWN, Flows, lay_flows
from tongzhou.model.indices.grid import Demand, Grid, PresenceDemand, SupplyDemand, lay_needs
from tongzhou.model.indices.groups import Group, GroupKey, lay_groups
from tongzhou.model.indices.holdings import Holder, Holding, holdings
from tongzhou.model.indices.lanes import FleetKey, Lane, Lanes, lay_lanes
from tongzhou.model.indices.pairing import Pairing
from tongzhou.model.indices.promises import Promises, lay_promises
from tongzhou.model.indices.reference import Reference
from tongzhou.model.units import periods_up

SCALED_NEED = 1000.0
"""Flows of a divisible supply are scaled so that its total need is this."""


@dataclass(frozen=True, eq=False)
class Indices:
    """Index sets and per-period constants; plain Python, no Pyomo."""

    problem: Problem
    grid: Grid
    alone: bool
    reference: Reference
    lanes: Lanes
    held: dict[Holder, Holding]
    supplies: dict[str, SupplyDemand]
    presences: dict[str, PresenceDemand]
    promises: Promises
    flows: Flows
    assignments: Assignments
    groups: dict[GroupKey, Group]
    own_periods: dict[Holder, range] = field(default_factory=dict)
    aid_periods: dict[Holder, range] = field(default_factory=dict)

    @property
    def demands(self) -> dict[str, Demand]:
        """All demands by key."""
        return {**self.supplies, **self.presences}

    @cached_property
    def lane_of(self) -> dict[str, Lane]:
        """Every lane that goods can take, by key."""
        return {lane.key: lane for lane in self.lanes.goods()}

    @cached_property
    def priorities(self) -> list[int]:
        """Priorities that have a demand inside the horizon."""
        return sorted({key[0] for key in self.groups})

    @cached_property
    def need_total(self) -> dict[str, float]:
        """Total need a resource can serve, in units of the resource (supply) or unit-periods (units)."""
        total: dict[str, float] = defaultdict(float)
        for demand in self.demands.values():
            quantity = demand.quantity if isinstance(demand, SupplyDemand) else sum(demand.required)
            for used, ratio in self.problem.served_by[demand.resource]:
                total[used] += quantity / ratio
        return total

    def lot(self, supply: str) -> float:
        """What one unit of a shipment variable stands for: a lot, or one unit of a divisible supply."""
        return self.problem.resource_of[supply].lot or 1.0

    def flow_scale(self, resource: str) -> float:
        """Real quantity of one scaled unit of a divisible flow."""
        return max(self.need_total.get(resource, 0.0), 1e-9) / SCALED_NEED

    def is_supply(self, resource: str) -> bool:
        """Whether the resource is used up."""
        return self.problem.resource_of[resource].is_supply

    def departed(self, city: str, supply: str, pool: str, period: int) -> float:
        """Kept shipments that leave a pool in a period."""
        return self.departures.by_pool.get((city, supply, pool, period), 0.0)

    @cached_property
    def departures(self) -> Departures:
        """What kept shipments take along, by pool."""
        return lay_departures(
            self.problem, self.promises.leaving, self.promises.arriving, self.held, now=self.grid.now, alone=self.alone
        )

    @cached_property
    def trip_periods(self) -> list[tuple[str, int]]:
        """Vehicle lanes and periods of departure in which a trip can be of use: out with goods or to fetch equipment."""
        used = {(key[0], key[2]) for key in self.flows.ship if key[0] in self.lanes.by_vehicle}
        for item in self.assignments.by_key.values():
            if item.rides and item.lane is not None:
                used |= {(item.lane.key, period) for period in item.departs}
                used |= {(item.lane.key, period - item.travel) for period in item.leaves}
        used |= {key for key in (*self.promises.out_load, *self.promises.home_load) if key[0] in self.lanes.by_vehicle}
        return sorted(used)

    @cached_property
    def cargo(self) -> Cargo:
        """What rides on which lane and period."""
        return Cargo(self)

    @cached_property
    def working(self) -> list[tuple[str, str, int, str]]:
        """Need, resource, period and pool in which units can be on site."""
        there: set[tuple[str, str, int, str]] = set()
        for item in self.assignments.by_key.values():
            there |= {(item.need, item.resource, period, AID if item.away else OWN) for period in item.on_site}
        for need, resource, at_home, period in self.promises.on_site:
            there.add((need, resource, period, OWN if at_home else AID))
        return [
            (demand.key, used, period, pool)
            for demand in self.presences.values()
            for used, _ in self.problem.served_by[demand.resource]
            for period in demand.periods
            for pool in (OWN, AID)
            if (demand.key, used, period, pool) in there
        ]

    @cached_property
    def fleet_trips(self) -> dict[tuple[FleetKey, int], list[tuple[str, int]]]:
        """Trips that keep a vehicle of a fleet away in a period."""
        found: dict[tuple[FleetKey, int], list[tuple[str, int]]] = defaultdict(list)
        for lane_key, depart in self.trip_periods:
            lane = self.lanes.by_vehicle[lane_key]
            for period in range(depart, depart + lane.away):
                found[lane.fleet, period].append((lane_key, depart))
        return found


def lay_indices(
    problem: Problem,
    *,
    alone: bool = False,
    reference: Reference | None = None,
    present: Mapping[tuple[str, str, int], float] | None = None,
    needs: Collection[str] | None = None,
) -> Indices:
    """Index sets of the whole pool, or (`alone`) of every city without the others.

    `present`: units of outside parties on site whatever is decided, by need, resource, period; `needs`: the only ones that may be
    served anew.
    """
    hours = problem.settings.period_h
    grid = Grid(hours, problem.settings.periods, periods_up(problem.settings.now_h, hours))
    lanes = lay_lanes(problem, grid)
    supplies, presences = lay_needs(problem, grid)
    promises = lay_promises(problem, grid, lanes, presences, alone=alone)
    for (need, resource, period), quantity in (present or {}).items():
        promises.on_site[need, resource, False, period] += quantity
    if needs is not None:
        supplies = {key: demand for key, demand in supplies.items() if demand.need in needs}
        presences = {key: demand for key, demand in presences.items() if demand.need in needs}
    held = holdings(problem, grid, promises.returned)
    if alone:
        lanes = Lanes({}, {}, {})
    pairing = Pairing(problem)
    flows = lay_flows(problem, grid, lanes, held, supplies, promises, pairing)
    assignments = lay_assignments(problem, grid, lanes, held, presences, pairing)
    groups = lay_groups((*supplies.values(), *presences.values()), grid)
    indices = Indices(
        problem, grid, alone, reference or Reference(), lanes, held, supplies, presences, promises, flows, assignments,
        groups,
    )  # fmt: skip
    _lay_stock_periods(indices)
    return indices


def _lay_stock_periods(indices: Indices) -> None:
    """Periods in which a pool needs a stock variable: own pools only where own needs draw on them, until the last draw."""
    last: dict[tuple[str, str, str], int] = {}
    first: dict[tuple[str, str, str], int] = {}
    for city, supply, pool, period in indices.flows.drawing:
        key = (city, supply, pool)
        last[key], first[key] = max(last.get(key, -1), period), min(first.get(key, period), period)
    for city, supply, pool, period in indices.flows.leaving:
        key = (city, supply, pool)
        if pool == AID or key in last:
            last[key], first[key] = max(last.get(key, -1), period), min(first.get(key, period), period)
    leaving = {key: quantity for key, quantity in indices.departures.by_pool.items() if quantity > 0}
    for item in indices.departures.open.values():
        leaving |= {(item.city, item.supply, pool, item.period): item.quantity for pool in (OWN, AID)}
    for city, supply, pool, period in leaving:
        key = (city, supply, pool)
        if pool == AID or key in last:
            last[key], first[key] = max(last.get(key, -1), period), min(first.get(key, period), period)
    for (city, supply, pool), until in last.items():
        if pool == OWN:
            indices.own_periods[city, supply] = range(until + 1)
        else:
            since = min(
                indices.flows.aid_since.get((city, supply), first[city, supply, pool]), first[city, supply, pool]
            )
            indices.aid_periods[city, supply] = range(since, until + 1)
