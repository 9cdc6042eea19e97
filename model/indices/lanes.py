"""Lanes by vehicle class: travel, closures, capacity, cost (formats.md, "Trips")."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import Closure, Fleet, Link
from tongzhou.model.indices.grid import Grid
from tongzhou.model.units import HOUR_TOLERANCE, away_periods, travel_periods

Route = tuple[str, str, str]
"""Origin, destination, mode."""
FleetKey = tuple[str, str, str]
"""Home, mode, vehicle class."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A route for one vehicle class of its origin, for a common carrier (`vehicle` empty), or for units that drive
    themselves (`vehicle` empty and no price)."""

    key: str
    origin: str
    destination: str
    mode: str
    vehicle: str
    travel: int
    away: int
    payload_t: float
    volume_m3: float
    vehicles: int
    trip_cost: float
    t_cost: float
    capacity_t: float
    closures: tuple[tuple[float, float, float], ...] = field(default=())
    hours: float = 1.0

    @property
    def route(self) -> Route:
        """Origin, destination, mode."""
        return self.origin, self.destination, self.mode

    @property
    def fleet(self) -> FleetKey:
        """The fleet whose vehicles serve it."""
        return self.origin, self.mode, self.vehicle

    def share(self, period: int) -> float:
        """Share of the capacity open to what departs in `period`: the least of all periods it is under way in."""
        start, end = period * self.hours, (period + self.travel) * self.hours
        slack = HOUR_TOLERANCE * self.hours
        return min(
            (share for from_h, until_h, share in self.closures if from_h < end - slack and until_h > start + slack),
            default=1.0,
        )

    def is_open(self, period: int) -> bool:
        """Whether a departure in `period` is possible."""
        return self.share(period) > 0

    def carries(self, weight_t: float, volume_m3: float) -> bool:
        """Whether one indivisible piece fits one vehicle."""
        return weight_t <= self.payload_t * (1 + 1e-9) and volume_m3 <= self.volume_m3 * (1 + 1e-9)


@dataclass(frozen=True, slots=True)
class Lanes:
    """All lanes by use: `by_vehicle` need trips, `by_carrier` a price a tonne, `by_road` is for units that drive."""

    by_vehicle: Mapping[str, Lane]
    by_carrier: Mapping[str, Lane]
    by_road: Mapping[tuple[str, str], Lane]

    def goods(self) -> list[Lane]:
        """Every lane that goods can take."""
        return [*self.by_vehicle.values(), *self.by_carrier.values()]


def lay_lanes(problem: Problem, grid: Grid) -> Lanes:
    """Directed lanes of the scenario."""
    closures: dict[Route, list[Closure]] = defaultdict(list)
    for closure in problem.closures:
        closures[closure.origin, closure.destination, closure.mode].append(closure)
    fleets: dict[tuple[str, str], list[Fleet]] = defaultdict(list)
    for fleet in problem.fleets:
        fleets[fleet.city, fleet.mode].append(fleet)
    by_vehicle, by_carrier, by_road = {}, {}, {}
    for link in problem.lanes:
        shut = closures[link.origin, link.destination, link.mode]
        for fleet in fleets[link.origin, link.mode]:
            if fleet.vehicles > 0:
                lane = _lane(link, fleet, shut, grid)
                by_vehicle[lane.key] = lane
        if link.t_cost is not None:
            lane = _lane(link, None, shut, grid)
            by_carrier[lane.key] = lane
        if link.mode == "road":
            by_road[link.origin, link.destination] = _lane(link, None, shut, grid)
    return Lanes(by_vehicle, by_carrier, by_road)


def _lane(link: Link, fleet: Fleet | None, closures: list[Closure], grid: Grid) -> Lane:
    cost = 0.0
    if fleet is not None:
        per_km = float(fleet.km_cost or 0) * link.distance_km * 2
        cost = float(link.trip_cost) if link.trip_cost is not None else per_km
    vehicle = fleet.vehicle if fleet is not None else ""
    return Lane(
        key=f"{link.origin}>{link.destination}:{link.mode}:{vehicle}",
        origin=link.origin,
        destination=link.destination,
        mode=link.mode,
        vehicle=vehicle,
        travel=travel_periods(link.travel_h, grid.hours),
        away=away_periods((fleet.load_h or 0.0) if fleet else 0.0, link.travel_h, grid.hours),
        payload_t=fleet.payload_t if fleet else float("inf"),
        volume_m3=fleet.volume_m3 if fleet else float("inf"),
        vehicles=fleet.vehicles if fleet else 0,
        trip_cost=cost,
        t_cost=float(link.t_cost or 0),
        capacity_t=float("inf") if link.capacity_t_per_h is None else link.capacity_t_per_h * grid.hours,
        closures=tuple((item.from_h, item.until_h, item.capacity_share) for item in closures),
        hours=grid.hours,
    )
