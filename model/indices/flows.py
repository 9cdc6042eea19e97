"""Sparse sets of goods movements: a tuple exists only if goods can really be there by then and still be of use."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from tongzhou.model.domain import Problem
from tongzhou.model.indices.grid import Grid, SupplyDemand
from tongzhou.model.indices.holdings import Holder, Holding
from tongzhou.model.indices.lanes import Lane, Lanes
from tongzhou.model.indices.pairing import Pairing
from tongzhou.model.indices.promises import Promises
from tongzhou.model.units import periods_up

OWN, AID = "own", "aid"
"""The two pools of a city: what is its own, and what it received (a hub passes on from the second)."""

ShipKey = tuple[str, str, int, str]
"""Lane, supply, period of departure, pool it is taken from."""
ServeKey = tuple[str, str, int, str]
"""Demand, supply used, period, pool it is taken from."""
NEVER = 10**9


@dataclass(slots=True)
class Flows:
    """Index tuples of shipments and service, and their groupings by city, supply and period."""

    ship: list[ShipKey] = field(default_factory=list)
    serve: list[ServeKey] = field(default_factory=list)
    leaving: dict[tuple[str, str, str, int], list[ShipKey]] = field(default_factory=lambda: defaultdict(list))
    landing: dict[tuple[str, str, int], list[ShipKey]] = field(default_factory=lambda: defaultdict(list))
    drawing: dict[tuple[str, str, str, int], list[ServeKey]] = field(default_factory=lambda: defaultdict(list))
    serving: dict[tuple[str, int], list[ServeKey]] = field(default_factory=lambda: defaultdict(list))
    aid_since: dict[Holder, int] = field(default_factory=dict)
    least: dict[Holder, float] = field(default_factory=dict)
    happened: dict[tuple[str, str, int], float] = field(default_factory=dict)
    """Goods that served a need before now, by need, supply and period."""


def lay_flows(
    problem: Problem,
    grid: Grid,
    lanes: Lanes,
    held: dict[Holder, Holding],
    demands: dict[str, SupplyDemand],
    promises: Promises,
    pairing: Pairing,
) -> Flows:
    """All shipments and services that can matter."""
    flows = Flows()
    useful = _useful_until(problem, lanes, demands)
    flows.least = _least_deliveries(problem, demands)
    goods = [row for row in problem.resources if row.is_supply]
    routes = [
        (lane, row.resource)
        for lane in lanes.goods()
        for row in goods
        if lane.carries((row.lot or 0.0) * row.weight_t, (row.lot or 0.0) * row.volume_m3)
        and pairing.allows(lane.origin, lane.destination, row.resource)
        and (lane.destination, row.resource) in useful
    ]
    flows.aid_since = _aid_since(problem, routes, held, useful, promises)
    for lane, supply in routes:
        for pool in (OWN, AID):
            for period in _departures(problem, grid, lane, supply, pool, held, flows, useful):
                key = (lane.key, supply, period, pool)
                flows.ship.append(key)
                flows.leaving[lane.origin, supply, pool, period].append(key)
                flows.landing[lane.destination, supply, period + lane.travel].append(key)
    _lay_services(problem, grid, held, demands, flows)
    return flows


def _useful_until(problem: Problem, lanes: Lanes, demands: dict[str, SupplyDemand]) -> dict[Holder, int]:
    """Last period in which an arrival of a supply at a city can still serve something, hubs included."""
    useful: dict[Holder, int] = {}
    for demand in demands.values():
        for supply, _ in problem.served_by[demand.resource]:
            key = (demand.city, supply)
            useful[key] = max(useful.get(key, -1), demand.after - 1)
    hub_lanes = [lane for lane in lanes.goods() if problem.city_of[lane.origin].passes_on]
    goods = [row.resource for row in problem.resources if row.is_supply]
    changed = True
    while changed:
        changed = False
        for lane in hub_lanes:
            for supply in goods:
                until = useful.get((lane.destination, supply), -1) - lane.travel
                if until > useful.get((lane.origin, supply), -1):
                    useful[lane.origin, supply] = until
                    changed = True
    return useful


def _aid_since(
    problem: Problem,
    routes: list[tuple[Lane, str]],
    held: dict[Holder, Holding],
    useful: dict[Holder, int],
    promises: Promises,
) -> dict[Holder, int]:
    """First period in which goods of others can be at a city."""
    since: dict[Holder, int] = {}
    for city, supply, period in promises.arriving:
        since[city, supply] = min(period, since.get((city, supply), NEVER))
    changed = True
    while changed:
        changed = False
        for lane, supply in routes:
            own = held.get((lane.origin, supply))
            start = NEVER
            if own is not None and own.release[-1] > 0:
                start = max(own.first_leave, next(t for t, quantity in enumerate(own.release) if quantity > 0))
                start = start if start <= own.last_leave else NEVER
            if problem.city_of[lane.origin].passes_on:
                start = min(start, since.get((lane.origin, supply), NEVER))
            arrival = start + lane.travel
            if arrival <= useful[lane.destination, supply] and arrival < since.get((lane.destination, supply), NEVER):
                since[lane.destination, supply] = arrival
                changed = True
    return since


def _departures(
    problem: Problem,
    grid: Grid,
    lane: Lane,
    supply: str,
    pool: str,
    held: dict[Holder, Holding],
    flows: Flows,
    useful: dict[Holder, int],
) -> list[int]:
    last = min(useful[lane.destination, supply] - lane.travel, grid.count - 1)
    if pool == OWN:
        own = held.get((lane.origin, supply))
        if own is None:
            return []
        span = range(max(own.first_leave, grid.now), min(last, own.last_leave) + 1)
        return [period for period in span if own.release[period] > 0 and lane.is_open(period)]
    if not problem.city_of[lane.origin].passes_on:
        return []
    first = flows.aid_since.get((lane.origin, supply), NEVER)
    if problem.city_of[lane.origin].role == "national":  # nothing leaves a depot earlier, its own or passed on
        first = max(first, periods_up(problem.settings.escalation.national_delay_h, grid.hours))
    return [period for period in range(max(first, grid.now), last + 1) if lane.is_open(period)]


def _lay_services(
    problem: Problem, grid: Grid, held: dict[Holder, Holding], demands: dict[str, SupplyDemand], flows: Flows
) -> None:
    flows.happened = {(row.need, row.by_resource, periods_up(row.at_h, grid.hours)): row.used for row in problem.served}
    for demand in demands.values():
        for supply, _ in problem.served_by[demand.resource]:
            own = held.get((demand.city, supply))
            since = flows.aid_since.get((demand.city, supply), NEVER)
            for period in demand.periods:
                if period < grid.now and (demand.need, supply, period) not in flows.happened:
                    continue
                for pool in (OWN, AID):
                    there = own is not None and own.held[period] > 0 if pool == OWN else period >= since
                    if there:
                        key = (demand.key, supply, period, pool)
                        flows.serve.append(key)
                        flows.drawing[demand.city, supply, pool, period].append(key)
                        flows.serving[demand.key, period].append(key)


def _least_deliveries(problem: Problem, demands: dict[str, SupplyDemand]) -> dict[Holder, float]:
    """Least delivery of a supply to a city: the largest that any need there asks for, in units of the supply."""
    least: dict[Holder, float] = {}
    for demand in demands.values():
        asked = problem.need_of[demand.need].least_delivery or 0.0
        for supply, ratio in problem.served_by[demand.resource]:
            if asked > 0:
                key = (demand.city, supply)
                least[key] = max(least.get(key, 0.0), asked / ratio)
    return least
