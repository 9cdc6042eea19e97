"""Brute force over shipments of supplies with `lot` 1: every plan of whole units, and for each the best service."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator

from tiny import EPS, INF, Rules, Way, vehicles_fit
from tiny_service import Services
from tongzhou.model.domain import Problem

Shipments = dict[tuple[Way, str, int], int]
"""Way, supply and period of departure to quantity."""


class Goods:
    """Enumerates whole shipments, and for each the best service of every city."""

    def __init__(self, problem: Problem, *, money: bool) -> None:
        self.rules = Rules(problem)
        self.money = money
        self.supplies = [row.resource for row in problem.resources]
        self.ways = [
            *(Way(link, None) for link in problem.links if link.t_cost is not None),
            *(
                Way(link, fleet)
                for link in problem.links
                for fleet in problem.fleets
                if (fleet.city, fleet.mode) == (link.origin, link.mode)
            ),
        ]
        self.places = [
            (way, supply, t)
            for way in self.ways
            for supply in self.supplies
            for t in self.rules.periods
            if self.rules.share(way.link, t) > 0
            and t + self.rules.travel(way.link) in self.rules.periods
            and self.rules.open_until(way.link.origin, supply, t)
        ]
        self.services = Services(self.rules, self.supplies, money=money)

    def best(self) -> float:
        return min(self._value(plan) for plan in self._plans())

    def _plans(self) -> Iterator[Shipments]:
        """Depth first; all limits but a hub's are sums that only grow, so a partial plan that breaks one is dropped."""
        most = int(max((self.rules.held(*key, self.rules.periods[-1]) for key in self._holders()), default=0))

        def extend(number: int, plan: Shipments) -> Iterator[Shipments]:
            if number == len(self.places):
                yield dict(plan)
                return
            for quantity in range(most + 1):
                if quantity:
                    plan[self.places[number]] = quantity
                    if not self._allowed(plan):
                        break
                yield from extend(number + 1, plan)
            plan.pop(self.places[number], None)

        return extend(0, {})

    def _holders(self) -> set[tuple[str, str]]:
        problem = self.rules.problem
        return {(row.city, row.resource) for row in (*problem.stocks, *problem.arrivals)}

    def _allowed(self, plan: Shipments) -> bool:
        if any(quantity < self._least(way) for (way, _, _), quantity in plan.items()):
            return True  # not yet enough: larger quantities follow; refused when the plan is complete
        return self._releases_hold(plan) and self._tonnes_hold(plan) and vehicles_fit(self.rules, self._trips(plan))

    def _least(self, way: Way) -> float:
        needs = self.rules.problem.needs
        return max([row.least_delivery or 0 for row in needs if row.city == way.link.destination], default=0)

    def _releases_hold(self, plan: Shipments) -> bool:
        rules = self.rules
        out: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0] * len(rules.periods))
        for (way, supply, t), quantity in plan.items():
            out[way.link.origin, supply][t] += quantity
        return all(
            sum(leaving[: t + 1]) <= rules.may_leave(city, supply, t) + EPS
            for (city, supply), leaving in out.items()
            if not rules.passes_on(city)
            for t in rules.periods
        )

    def _tonnes_hold(self, plan: Shipments) -> bool:
        """Lane capacity, loading and unloading."""
        rules = self.rules
        tonnes: dict[object, float] = defaultdict(float)
        most: dict[object, float] = {}
        for (way, supply, t), quantity in plan.items():
            link, arrive = way.link, t + rules.travel(way.link)
            origin, destination = rules.cities[link.origin], rules.cities[link.destination]
            for key, rate in (
                ((link, t), None if link.capacity_t_per_h is None else link.capacity_t_per_h * rules.share(link, t)),
                (("load", link.origin, t), origin.load_t_per_h),
                (("unload", link.destination, arrive), destination.unload_t_per_h),
            ):
                tonnes[key] += rules.resources[supply].weight_t * quantity
                most[key] = INF if rate is None else rate * rules.p
        return all(total <= most[key] + EPS for key, total in tonnes.items())

    def _trips(self, plan: Shipments) -> dict[tuple[Way, int], int]:
        load: dict[tuple[Way, int], list[float]] = defaultdict(lambda: [0.0, 0.0])
        for (way, supply, t), quantity in plan.items():
            if way.fleet is not None:
                load[way, t][0] += self.rules.resources[supply].weight_t * quantity
                load[way, t][1] += self.rules.resources[supply].volume_m3 * quantity
        return {
            (way, t): math.ceil(max(tonnes / way.fleet.payload_t, volume / way.fleet.volume_m3) - EPS)
            for (way, t), (tonnes, volume) in load.items()
            if way.fleet is not None
        }

    def _value(self, plan: Shipments) -> float:
        rules = self.rules
        zeros = [0] * len(rules.periods)
        out: dict[tuple[str, str], list[int]] = defaultdict(lambda: list(zeros))
        come: dict[tuple[str, str], list[int]] = defaultdict(lambda: list(zeros))
        cost = 0.0
        for (way, supply, t), quantity in plan.items():
            if quantity < self._least(way):
                return INF
            out[way.link.origin, supply][t] += quantity
            come[way.link.destination, supply][t + rules.travel(way.link)] += quantity
            if way.fleet is None:
                cost += float(way.link.t_cost or 0) * rules.resources[supply].weight_t * quantity
        for (way, _), count in self._trips(plan).items():
            assert way.fleet is not None
            cost += count * rules.trip_cost(way.link, way.fleet)
        total = cost if self.money else 0.0
        for city in rules.cities:
            total += self.services.best(
                city,
                {supply: tuple(out[city, supply]) for supply in self.supplies},
                {supply: tuple(come[city, supply]) for supply in self.supplies},
            )
            if total == INF:
                return INF
        return total


def best_goods(problem: Problem, *, money: bool = False) -> float:
    """Least value of priority 1 over all whole plans, or the least social cost."""
    return Goods(problem, money=money).best()
