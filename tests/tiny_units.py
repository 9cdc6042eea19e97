"""Brute force over deployments of teams and equipment: every schedule of whole units."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from tiny import EPS, INF, Rules, Way, down, up, vehicles_fit
from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import Need


@dataclass(frozen=True)
class Cycle:
    """One unit leaves at `depart`, is on site for `need` in `depart + travel .. leave - 1`, home at `leave + travel`."""

    way: Way | None
    need: str
    depart: int
    travel: int
    leave: int
    free: int

    @property
    def on_site(self) -> range:
        return range(self.depart + self.travel, self.leave)


Sequence = tuple[Cycle, ...]


class Units:
    """Enumerates schedules of whole units: every unit of every home goes through a sequence of cycles."""

    def __init__(self, problem: Problem, *, money: bool) -> None:
        self.rules = Rules(problem)
        self.money = money

    def best(self) -> float:
        holders = sorted(self.rules.stocks)
        options = [list(self._holder(*holder)) for holder in holders]
        return min(self._value(holders, choice) for choice in itertools.product(*options))

    def _ways(self, home: str, resource: str, need: Need) -> list[Way | None]:
        if home == need.city:
            return [None]
        row = self.rules.resources[resource]
        links = [link for link in self.rules.problem.links if (link.origin, link.destination) == (home, need.city)]
        if row.kind == "equipment" and row.weight_t > 0:
            return [
                Way(link, fleet)
                for link in links
                for fleet in self.rules.problem.fleets
                if (fleet.city, fleet.mode) == (home, link.mode)
            ]
        return [Way(link, None) for link in links if link.mode == "road"]

    def _cycles(self, home: str, resource: str) -> list[Cycle]:
        rules, row = self.rules, self.rules.resources[resource]
        duty = len(rules.periods) if row.duty_h is None else down(row.duty_h, rules.p)
        rest = up(row.rest_h or 0, rules.p)
        found = []
        for need in rules.problem.needs:
            crews = {rules.resources[name].crew for name in rules.serves(need.resource)}
            if resource not in rules.serves(need.resource) and resource not in crews:
                continue
            for way in self._ways(home, resource, need):
                travel = 0 if way is None else rules.travel(way.link)
                for depart in rules.periods:
                    if way is not None and not (
                        rules.share(way.link, depart) and rules.open_until(home, resource, depart)
                    ):
                        continue
                    for leave in range(depart + travel + 1, min(depart + travel + duty, len(rules.periods) + 1) + 1):
                        cycle = Cycle(way, need.need, depart, travel, leave, leave + travel + rest)
                        if set(cycle.on_site) & set(rules.window(need)):
                            found.append(cycle)
        return found

    def _sequences(self, home: str, resource: str) -> list[Sequence]:
        """What one unit can do, free from period 0 on."""
        cycles = self._cycles(home, resource)

        def extend(since: int) -> Iterator[Sequence]:
            yield ()
            for cycle in cycles:
                if cycle.depart >= since:
                    for after in extend(cycle.free):
                        yield (cycle, *after)

        return list(dict.fromkeys(extend(0)))

    def _holder(self, home: str, resource: str) -> Iterator[tuple[Sequence, ...]]:
        rules = self.rules
        sequences = self._sequences(home, resource)
        stock = rules.stocks[home, resource]
        for choice in itertools.combinations_with_replacement(sequences, int(stock.quantity)):
            lent: dict[int, int] = defaultdict(int)
            engaged: dict[int, int] = defaultdict(int)
            for cycle in itertools.chain(*choice):
                for t in range(cycle.depart, cycle.free):
                    engaged[t] += 1
                    lent[t] += cycle.way is not None
            keeps = rules.floor(home, resource) if not rules.problem.settings.reserve.own_use else 0
            if any(count > rules.held(home, resource, t) - keeps for t, count in engaged.items() if t in rules.periods):
                continue
            if all(count <= rules.may_leave(home, resource, t) for t, count in lent.items() if t in rules.periods):
                yield choice

    def _value(self, holders: list[tuple[str, str]], choice: tuple[tuple[Sequence, ...], ...]) -> float:
        rules = self.rules
        there: dict[tuple[str, str, int], int] = defaultdict(int)
        out: dict[tuple[Way, int], float] = defaultdict(float)
        home: dict[tuple[Way, int], float] = defaultdict(float)
        cost = 0.0
        for (_, resource), sequences in zip(holders, choice, strict=True):
            row = rules.resources[resource]
            for cycle in itertools.chain(*sequences):
                for t in cycle.on_site:
                    there[cycle.need, resource, t] += 1
                if cycle.way is None:
                    continue
                days = (cycle.leave + cycle.travel - cycle.depart) * rules.p / 24
                cost += days * float(row.day_cost or 0)
                if cycle.way.fleet is not None:
                    out[cycle.way, cycle.depart] += row.weight_t
                    home[cycle.way, cycle.leave - cycle.travel] += row.weight_t
        trips = {
            key: math.ceil(max(out[key], home[key]) / key[0].fleet.payload_t - EPS)
            for key in {*out, *home}
            if key[0].fleet is not None
        }
        if not vehicles_fit(rules, trips):
            return INF
        cost += sum(count * rules.trip_cost(way.link, way.fleet) for (way, _), count in trips.items() if way.fleet)
        total = cost if self.money else 0.0
        for need in rules.problem.needs:
            for t in rules.window(need):
                total += rules.hurt(need, t, money=self.money) * max(0.0, need.quantity - self._at_work(need, t, there))
        return total

    def _at_work(self, need: Need, t: int, there: dict[tuple[str, str, int], int]) -> float:
        """Units that count: with their crew. (One kind of crew a need is all the tests use.)"""
        total = 0.0
        crew_left: dict[str, float] = {}
        for used, ratio in self.rules.serves(need.resource).items():
            row, present = self.rules.resources[used], there[need.need, used, t]
            if row.crew is not None:
                crew_left.setdefault(row.crew, there[need.need, row.crew, t])
                worked = min(present, crew_left[row.crew] // (row.crew_size or 1))
                crew_left[row.crew] -= worked * (row.crew_size or 1)
                total += ratio * worked
            else:
                total += ratio * present
        return total


def best_units(problem: Problem, *, money: bool = False) -> float:
    """Least value of priority 1 over all schedules of whole units, or the least social cost."""
    return Units(problem, money=money).best()
