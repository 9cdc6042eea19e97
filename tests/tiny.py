"""Brute force over tiny scenarios, written from formats.md alone: what the numbers mean.

`tiny_goods.best_goods` enumerates shipments (and service, `tiny_service`) of supplies with `lot` 1, `tiny_units.best_units`
deployments. Both return the least value of priority 1 (weighted unit-hours), or with `money=True` the least social cost.
Only what the tests use is modelled: links one way, one occurrence a need.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import Fleet, Link, Need

EPS = 1e-9
INF = math.inf


def up(hours: float, period_h: float) -> int:
    return math.ceil(hours / period_h - EPS)


def down(hours: float, period_h: float) -> int:
    return math.floor(hours / period_h + EPS)


class Rules:
    """formats.md, "What the numbers mean", over the rows of a problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.p = problem.settings.period_h
        self.periods = range(problem.settings.periods)
        self.resources = {row.resource: row for row in problem.resources}
        self.cities = {row.city: row for row in problem.cities}
        self.stocks = {(row.city, row.resource): row for row in problem.stocks}

    def travel(self, link: Link) -> int:
        return max(1, up(link.travel_h, self.p))

    def away(self, link: Link, fleet: Fleet) -> int:
        return up((fleet.load_h or 0) + 2 * link.travel_h, self.p)

    def share(self, link: Link, depart: int) -> float:
        """Least share of the periods touched by closures while the trip is under way outbound."""
        begin, end = depart * self.p, (depart + self.travel(link)) * self.p
        ends = (link.origin, link.destination, link.mode)
        shut = [row for row in self.problem.closures if (row.origin, row.destination, row.mode) == ends]
        return min([1.0, *(row.capacity_share for row in shut if row.from_h < end and row.until_h > begin)])

    def window(self, need: Need) -> range:
        end = need.by_h if self.resources[need.resource].kind == "supply" else need.until_h
        return range(max(0, up(need.from_h, self.p)), min(len(self.periods), down(end or 0, self.p)))

    def held(self, city: str, resource: str, t: int) -> float:
        row = self.stocks.get((city, resource))
        total = row.quantity if row is not None and up(row.from_h or 0, self.p) <= t else 0.0
        return total + sum(
            row.quantity
            for row in self.problem.arrivals
            if (row.city, row.resource) == (city, resource) and up(row.at_h, self.p) <= t
        )

    def floor(self, city: str, resource: str) -> float:
        row = self.stocks.get((city, resource))
        if row is None:
            return 0.0
        floor = row.floor if row.floor is not None else self.problem.settings.reserve.default_share * row.quantity
        return floor if self.resources[resource].kind == "supply" else math.ceil(floor - EPS)

    def may_leave(self, city: str, resource: str, t: int) -> float:
        most = max(0.0, self.held(city, resource, t) - self.floor(city, resource))
        if self.problem.settings.governance.mode == "voluntary":
            row = self.stocks.get((city, resource))
            most = min(most, (row.offered or 0.0) if row is not None else 0.0)
        return most

    def open_until(self, city: str, resource: str, t: int) -> bool:
        row = self.stocks.get((city, resource))
        return row is None or row.until_h is None or t * self.p <= row.until_h

    def passes_on(self, city: str) -> bool:
        """Only hubs pass goods on."""
        return self.cities[city].hub or self.cities[city].role == "hub"

    def serves(self, needed: str) -> dict[str, float]:
        """Resource used to ratio: itself, and the listed substitutes (one way, not transitive)."""
        return {needed: 1.0} | {row.used: row.ratio for row in self.problem.substitutes if row.needed == needed}

    @cached_property
    def weights(self) -> dict[str, float]:
        total: dict[tuple[int, str], float] = defaultdict(float)
        for row in self.problem.needs:
            total[row.priority, row.resource] += row.quantity
        return {
            row.need: float(row.loss_per_unit_day)
            if row.loss_per_unit_day is not None
            else 1 / total[row.priority, row.resource]
            for row in self.problem.needs
        }

    def hurt(self, need: Need, t: int, *, money: bool) -> float:
        """What one unit missing in period t adds to the value."""
        if not money:
            return self.weights[need.need] * self.p
        resource = self.resources[need.resource]
        end = need.by_h if resource.kind == "supply" else need.until_h
        assert end is not None
        value = resource.unit_value if resource.kind == "supply" else resource.day_cost
        given = need.loss_per_unit_day
        rate = float(given) if given is not None else {1: 10, 2: 3, 3: 1}[need.priority] * float(value or 0)
        return self.p / 24 * rate * min(3, 1 + (t * self.p - need.from_h) / max(self.p, end - need.from_h))

    def trip_cost(self, link: Link, fleet: Fleet) -> float:
        if link.trip_cost is not None:
            return float(link.trip_cost)
        return float(fleet.km_cost or 0) * 2 * link.distance_km


@dataclass(frozen=True)
class Way:
    """A lane by one vehicle class, or by its carrier (`fleet` None)."""

    link: Link
    fleet: Fleet | None


def vehicles_fit(rules: Rules, trips: dict[tuple[Way, int], int]) -> bool:
    """Vehicles away at once are at most the fleet."""
    busy: dict[tuple[str, str, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for (way, depart), count in trips.items():
        if way.fleet is not None:
            key = (way.fleet.city, way.fleet.mode, way.fleet.vehicle)
            for t in range(depart, depart + rules.away(way.link, way.fleet)):
                busy[key][t] += count
                if busy[key][t] > way.fleet.vehicles:
                    return False
    return True
