"""Kept commitments as constants of the model: goods and units that move whatever the new plan decides.

What leaves at hour 0 or later draws on stocks, fleets and lanes here; what left before (`depart_h < 0`) is no longer in the
stock and only arrives, occupies its vehicle until it is back, and returns.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from tongzhou.model.domain import Problem
from tongzhou.model.domain.incidents import VOLUNTARY
from tongzhou.model.domain.tables import Commitment
from tongzhou.model.indices.grid import Grid, PresenceDemand
from tongzhou.model.indices.lanes import FleetKey, Lane, Lanes, Route
from tongzhou.model.units import HOUR_TOLERANCE, periods_down, periods_up, vehicles_for


def _sums() -> defaultdict[tuple[object, ...], float]:
    return defaultdict(float)


@dataclass(frozen=True, slots=True)
class Leaving:
    """A kept shipment that leaves at hour 0 or later; `on_offer`: for cities helped by offers, where the mode is mixed."""

    line: str
    city: str
    supply: str
    period: int
    quantity: float
    on_offer: bool


@dataclass(slots=True)
class Promises:
    """`leaving`: shipments that leave at hour 0 or later; the rest are sums over kept lines, every key ends with the period."""

    leaving: list[Leaving] = field(default_factory=list)
    arriving: dict[tuple[str, str, int], float] = field(default_factory=lambda: defaultdict(float))
    out_load: dict[tuple[str, int], tuple[float, float]] = field(default_factory=dict)
    home_load: dict[tuple[str, int], tuple[float, float]] = field(default_factory=dict)
    vehicles_away: dict[tuple[FleetKey, int], int] = field(default_factory=lambda: defaultdict(int))
    lane_t: dict[tuple[Route, int], float] = field(default_factory=lambda: defaultdict(float))
    loaded_t: dict[tuple[str, int], float] = field(default_factory=lambda: defaultdict(float))
    unloaded_t: dict[tuple[str, int], float] = field(default_factory=lambda: defaultdict(float))
    on_site: dict[tuple[str, str, bool, int], float] = field(default_factory=lambda: defaultdict(float))
    engaged: dict[tuple[str, str, int], float] = field(default_factory=lambda: defaultdict(float))
    lent: dict[tuple[str, str, int], float] = field(default_factory=lambda: defaultdict(float))
    lent_on_offer: dict[tuple[str, str, int], float] = field(default_factory=lambda: defaultdict(float))
    returned: dict[tuple[str, str, int], float] = field(default_factory=lambda: defaultdict(float))


@dataclass(frozen=True, slots=True)
class KeptDeployment:
    """A kept deployment laid onto the grid; `free` is the first period in which its units can go again."""

    row: Commitment
    lane: Lane | None
    depart: int
    on_site: int
    leave: int
    home: int
    free: int


def kept_lines(problem: Problem, kind: str) -> list[Commitment]:
    """Lines that the new plan keeps."""
    return [row for row in problem.kept if row.kind == kind]


def taken_ids(problem: Problem) -> set[str]:
    """Ids that new lines may not bear; a proposed line that is planned again keeps its own."""
    return {row.line for row in problem.commitments if row.status != "proposed"}


def lay_promises(
    problem: Problem, grid: Grid, lanes: Lanes, presences: dict[str, PresenceDemand], *, alone: bool
) -> Promises:
    """Constants of the kept lines; `alone` leaves out what a city is still to receive from others."""
    promises = Promises()
    groups: dict[tuple[Lane, float], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in kept_lines(problem, "shipment"):
        lane = _goods_lane(row, lanes)
        depart = periods_up(row.depart_h, grid.hours)
        if row.depart_h >= 0:
            on_offer = (row.destination, row.resource) in problem.helped_by_offers
            promises.leaving.append(Leaving(row.line, row.origin, row.resource, depart, row.quantity, on_offer))
        if not alone:
            _move(promises, problem, row, lane, depart, groups)
        landing = landing_period(row, lane, depart)
        if arrives(row, lane) and (not alone or landing < grid.now):
            promises.arriving[row.destination, row.resource, max(0, landing)] += row.quantity - problem.missing.get(
                row.line, 0.0
            )
    for kept in kept_deployments(problem, grid, lanes, presences):
        _deploy(promises, problem, kept, groups, alone=alone)
    if not alone:
        _occupy(promises, groups, grid)
        for loads in (promises.out_load, promises.home_load):
            for (key, depart), load in loads.items():
                loads[key, depart] = _without_dust(load, lanes.by_vehicle.get(key))
    return promises


def _without_dust(load: tuple[float, float], lane: Lane | None) -> tuple[float, float]:
    """The load less what exceeds full vehicles by rounding, which would ask for another one."""
    if lane is None:
        return load
    most = vehicles_for(*load, lane.payload_t, lane.volume_m3)
    return min(load[0], most * lane.payload_t), min(load[1], most * lane.volume_m3)


def arrives(row: Commitment, lane: Lane) -> bool:
    """Whether a kept shipment is still to arrive; what arrived before the start is in the stock of its destination."""
    arrive_h = row.depart_h + lane.travel * lane.hours if row.arrived_h is None else row.arrived_h
    return arrive_h >= -HOUR_TOLERANCE


def landing_period(row: Commitment, lane: Lane, depart: int) -> int:
    """Period in which a kept line is there: as it really was where that is known, else by the lane's travel."""
    return depart + lane.travel if row.arrived_h is None else periods_up(row.arrived_h, lane.hours)


def _goods_lane(row: Commitment, lanes: Lanes) -> Lane:
    key = f"{row.origin}>{row.destination}:{row.mode}:{row.vehicle or ''}"
    return lanes.by_vehicle[key] if row.vehicle else lanes.by_carrier[key]


def kept_deployments(
    problem: Problem, grid: Grid, lanes: Lanes, presences: dict[str, PresenceDemand]
) -> Iterable[KeptDeployment]:
    """Kept deployments on the grid; without `leave_h` a line stays for its duty or until its need ends."""
    for row in kept_lines(problem, "deployment"):
        resource = problem.resource_of[row.resource]
        lane: Lane | None = None
        if row.origin != row.destination:
            lane = _goods_lane(row, lanes) if resource.rides else lanes.by_road[row.origin, row.destination]
        travel = lane.travel if lane else 0
        depart = periods_up(row.depart_h, grid.hours)
        arrive = depart + travel if row.arrived_h is None else periods_up(row.arrived_h, grid.hours)
        if row.leave_h is not None:
            leave = periods_up(row.leave_h, grid.hours)
        else:
            assert row.need is not None
            ends = presences[row.need].periods
            leave = (ends[-1] + 1) if ends else arrive + 1
            if resource.duty_h is not None:
                leave = min(leave, arrive + periods_down(resource.duty_h, grid.hours))
        leave = max(leave, depart + travel + 1 if row.arrived_h is None else depart + 1)
        home = leave + travel
        yield KeptDeployment(
            row, lane, depart, arrive, leave, home, home + periods_up(resource.rest_h or 0.0, grid.hours)
        )


def _deploy(
    promises: Promises,
    problem: Problem,
    kept: KeptDeployment,
    groups: dict[tuple[Lane, float], list[float]],
    *,
    alone: bool,
) -> None:
    row = kept.row
    at_home = kept.lane is None
    holder = (row.origin, row.resource)
    if row.depart_h < 0:
        promises.returned[*holder, max(0, kept.free)] += row.quantity
    else:
        for period in range(kept.depart, kept.free):
            promises.engaged[*holder, period] += row.quantity
            if not at_home:
                promises.lent[*holder, period] += row.quantity
                if problem.governance_of[row.need or ""].mode == VOLUNTARY:
                    promises.lent_on_offer[*holder, period] += row.quantity
    if at_home or not alone:
        assert row.need is not None
        for period in range(max(0, kept.on_site), kept.leave):
            promises.on_site[row.need, row.resource, at_home, period] += row.quantity - problem.missing.get(
                row.line, 0.0
            )
    resource = problem.resource_of[row.resource]
    if alone or kept.lane is None or not resource.rides:
        return
    _move(promises, problem, row, kept.lane, kept.depart, groups)
    fetch = kept.leave - kept.lane.travel
    if kept.leave >= 0:
        weight, volume = row.quantity * resource.weight_t, row.quantity * resource.volume_m3
        promises.loaded_t[row.destination, kept.leave] += weight
        promises.unloaded_t[row.origin, kept.home] += weight
        if fetch >= 0:
            before = promises.home_load.get((kept.lane.key, fetch), (0.0, 0.0))
            promises.home_load[kept.lane.key, fetch] = (before[0] + weight, before[1] + volume)
        else:
            group = groups[kept.lane, float(fetch)]
            group[0] += weight
            group[1] += volume


def _move(
    promises: Promises,
    problem: Problem,
    row: Commitment,
    lane: Lane,
    depart: int,
    groups: dict[tuple[Lane, float], list[float]],
) -> None:
    """Load, lane and handling of the way out."""
    resource = problem.resource_of[row.resource]
    weight, volume = row.quantity * resource.weight_t, row.quantity * resource.volume_m3
    if depart + lane.travel >= 0 and row.arrived_h is None:  # what has arrived is unloaded
        promises.unloaded_t[row.destination, depart + lane.travel] += weight
    if row.depart_h < 0:
        group = groups[lane, row.depart_h / lane.hours]
        group[0] += weight
        group[1] += volume
        return
    promises.loaded_t[row.origin, depart] += weight
    promises.lane_t[lane.route, depart] += weight
    before = promises.out_load.get((lane.key, depart), (0.0, 0.0))
    promises.out_load[lane.key, depart] = (before[0] + weight, before[1] + volume)


def _occupy(promises: Promises, groups: dict[tuple[Lane, float], list[float]], grid: Grid) -> None:
    """Vehicles that left before the start are away until they are back."""
    for (lane, depart), (weight, volume) in groups.items():
        if not lane.vehicle:
            continue
        count = vehicles_for(weight, volume, lane.payload_t, lane.volume_m3)
        for period in range(min(grid.count, math.ceil(depart + lane.away - HOUR_TOLERANCE))):
            promises.vehicles_away[lane.fleet, period] += count
