"""The supplies' core of a scenario as a user of a modelling library would write it, from formats.md alone.

Supplies only; no hubs, closures, substitutes, lots or handling; a common superior leads; objective social-cost. So the optimum of
this model is the optimum of ours on `core_of(problem)`: a peer's value is an independent check as well as a time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import City, Fleet, Link, Need

EPS = 1e-9


def core_of(problem: Problem) -> Problem:
    """The scenario without what the core model leaves out."""
    supplies = {row.resource for row in problem.resources if row.kind == "supply"}
    kept = {row.city for row in problem.cities if row.role not in ("national", "hub")}
    settings = problem.settings
    governance = replace(settings.governance, mode="led", self_first=False, no_worse_off=False)
    return Problem(
        settings=replace(settings, governance=governance, objective=replace(settings.objective, kind="social-cost")),
        cities=tuple(_plain(row) for row in problem.cities if row.city in kept),
        resources=tuple(replace(row, lot=None) for row in problem.resources if row.resource in supplies),
        stocks=tuple(
            replace(row, from_h=None, until_h=None) for row in problem.stocks if row.resource in supplies and row.city in kept
        ),
        arrivals=tuple(row for row in problem.arrivals if row.resource in supplies and row.city in kept),
        needs=tuple(
            replace(row, repeat_h=None, repeats=None, least_delivery=None)
            for row in problem.needs if row.resource in supplies and row.city in kept
        ),
        links=tuple(row for row in problem.links if {row.origin, row.destination} <= kept),
        fleets=tuple(row for row in problem.fleets if row.city in kept),
    )  # fmt: skip


def _plain(row: City) -> City:
    return replace(row, hub=False, load_t_per_h=None, unload_t_per_h=None)


@dataclass(frozen=True, slots=True)
class Lane:
    """One direction of a link with one vehicle class (None: a carrier)."""

    origin: str
    destination: str
    link: Link
    fleet: Fleet | None
    travel: int
    away: int
    trip_cost: float


@dataclass(frozen=True, slots=True)
class CoreData:
    """Sets and numbers of the core model: `ship` (lane, supply, period), `own` and `aid` (need, period)."""

    problem: Problem
    lanes: tuple[Lane, ...]
    ship: tuple[tuple[int, str, int], ...]
    trips: tuple[tuple[int, int], ...]
    serve: tuple[tuple[str, int], ...]
    unserved: tuple[tuple[str, int], ...]

    @property
    def p(self) -> float:
        """Hours of a period."""
        return self.problem.settings.period_h

    def window(self, need: Need) -> range:
        """Periods in which a need may be served."""
        return window(self.problem, need)

    def held(self, city: str, supply: str, t: int) -> float:
        """Stock and own arrivals up to a period."""
        stock = sum(row.quantity for row in self.problem.stocks if (row.city, row.resource) == (city, supply))
        return stock + sum(
            row.quantity for row in self.problem.arrivals
            if (row.city, row.resource) == (city, supply) and math.ceil(row.at_h / self.p - EPS) <= t
        )  # fmt: skip

    def may_leave(self, city: str, supply: str, t: int) -> float:
        """What may have left by a period: all above the floor."""
        floors = [
            row.floor if row.floor is not None else self.problem.settings.reserve.default_share * row.quantity
            for row in self.problem.stocks if (row.city, row.resource) == (city, supply)
        ]  # fmt: skip
        return max(0.0, self.held(city, supply, t) - sum(floors))

    def loss(self, need: Need, t: int) -> float:
        """Money that a unit missing in a period costs."""
        end = need.by_h or 0.0
        grown = min(3.0, 1 + (t * self.p - need.from_h) / max(self.p, end - need.from_h))
        rate = need.loss_per_unit_day
        value = self.problem.resource_of[need.resource].unit_value or 0
        daily = float(rate) if rate is not None else {1: 10, 2: 3, 3: 1}[need.priority] * float(value)
        return daily * self.p / 24 * grown

    def value(self, supply: str) -> float:
        """Value of a unit."""
        return float(self.problem.resource_of[supply].unit_value or 0)


def window(problem: Problem, need: Need) -> range:
    """Periods in which a need may be served."""
    p, last = problem.settings.period_h, problem.settings.periods
    return range(math.ceil(need.from_h / p - EPS), min(last, math.floor((need.by_h or 0) / p + EPS)))


def lay_core(problem: Problem) -> CoreData:
    """Sets of the core model."""
    lanes = tuple(_lanes(problem))
    count = problem.settings.periods
    last: dict[tuple[str, str], int] = {}
    for need in problem.needs:
        key = (need.city, need.resource)
        last[key] = max(last.get(key, 0), window(problem, need).stop - 1)
    held = {(row.city, row.resource) for row in (*problem.stocks, *problem.arrivals)}
    ship = tuple(
        (number, supply, t)
        for number, lane in enumerate(lanes)
        for city, supply in held if city == lane.origin
        for t in range(count)
        if t + lane.travel <= last.get((lane.destination, supply), -1)
    )  # fmt: skip
    trips = tuple(sorted({(number, t) for number, _, t in ship if lanes[number].fleet is not None}))
    serve = tuple((need.need, t) for need in problem.needs for t in window(problem, need))
    unserved = tuple(
        (need.need, t) for need in problem.needs for t in range(window(problem, need).start, count)
    )  # fmt: skip
    return CoreData(problem, lanes, tuple(sorted(ship)), trips, serve, unserved)


def _lanes(problem: Problem) -> list[Lane]:
    found, p = [], problem.settings.period_h
    for link in problem.links:
        for origin, destination in [(link.origin, link.destination), (link.destination, link.origin)][
            : 1 + link.both_ways
        ]:
            travel = max(1, math.ceil(link.travel_h / p - EPS))
            if link.t_cost is not None:
                found.append(Lane(origin, destination, link, None, travel, 0, 0.0))
            for fleet in problem.fleets:
                if (fleet.city, fleet.mode) == (origin, link.mode):
                    per_km = float(fleet.km_cost or 0) * 2 * link.distance_km
                    cost = per_km if link.trip_cost is None else float(link.trip_cost)
                    away = math.ceil(((fleet.load_h or 0) + 2 * link.travel_h) / p - EPS)
                    found.append(Lane(origin, destination, link, fleet, travel, away, cost))
    return found
