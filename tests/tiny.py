"""Brute force over tiny scenarios, written from formats.md alone: every plan of whole units is tried.

`best_goods` enumerates shipments (and service) of supplies with `lot` 1, `best_units` deployments. Both return the least
value of priority 1 (weighted unit-hours), or with `money=True` the least social cost. Only what the tests use is modelled:
links one way, one need occurrence a row.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator
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


# ---- supplies -------------------------------------------------------------------------------------------------------


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
        self.cache: dict[object, float] = {}
        self.alone = {city: self._reference(city) for city in self.rules.cities}

    def best(self) -> float:
        return min(self._value(plan) for plan in self._plans())

    def _plans(self) -> Iterator[dict[tuple[Way, str, int], int]]:
        """Depth first; all limits but a hub's are sums that only grow, so a partial plan that breaks one is dropped."""
        most = int(max((self.rules.held(*key, self.rules.periods[-1]) for key in self._holders()), default=0))

        def extend(number: int, plan: dict[tuple[Way, str, int], int]) -> Iterator[dict[tuple[Way, str, int], int]]:
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

    def _passes_on(self, city: str) -> bool:
        return self.rules.cities[city].hub or self.rules.cities[city].role == "hub"

    def _allowed(self, plan: dict[tuple[Way, str, int], int]) -> bool:
        rules = self.rules
        out: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0] * len(rules.periods))
        tonnes: dict[tuple[str, str, str, int], float] = defaultdict(float)
        handled: dict[tuple[str, str, int], float] = defaultdict(float)
        for (way, supply, t), quantity in plan.items():
            weight, link = rules.resources[supply].weight_t * quantity, way.link
            out[link.origin, supply][t] += quantity
            tonnes[link.origin, link.destination, link.mode, t] += weight
            handled["load", link.origin, t] += weight
            handled["unload", link.destination, t + rules.travel(link)] += weight
            least = max([row.least_delivery or 0 for row in rules.problem.needs if row.city == link.destination], default=0)
            if quantity < least:
                return True  # not yet enough: larger quantities follow; refused when the plan is complete
            room = None if link.capacity_t_per_h is None else link.capacity_t_per_h * rules.p * rules.share(link, t)
            if room is not None and tonnes[link.origin, link.destination, link.mode, t] > room + EPS:
                return False
        for (city, supply), leaving in out.items():
            if not self._passes_on(city):
                for t in rules.periods:
                    if sum(leaving[: t + 1]) > rules.may_leave(city, supply, t) + EPS:
                        return False
        for (way, city, t), weight in handled.items():
            row = rules.cities[city]
            rate = row.load_t_per_h if way == "load" else row.unload_t_per_h
            if rate is not None and weight > rate * rules.p + EPS:
                return False
        return vehicles_fit(rules, self._trips(plan))

    def _trips(self, plan: dict[tuple[Way, str, int], int]) -> dict[tuple[Way, int], int]:
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

    def _value(self, plan: dict[tuple[Way, str, int], int]) -> float:
        rules = self.rules
        zeros = [0] * len(rules.periods)
        out: dict[tuple[str, str], list[int]] = defaultdict(lambda: list(zeros))
        come: dict[tuple[str, str], list[int]] = defaultdict(lambda: list(zeros))
        cost = 0.0
        for (way, supply, t), quantity in plan.items():
            least = max(
                [row.least_delivery or 0 for row in rules.problem.needs if row.city == way.link.destination], default=0
            )
            if quantity < least:
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
            total += self._city(
                city,
                {supply: tuple(out[city, supply]) for supply in self.supplies},
                {supply: tuple(come[city, supply]) for supply in self.supplies},
            )
            if total == INF:
                return INF
        return total

    def _city(self, city: str, out: dict[str, tuple[int, ...]], come: dict[str, tuple[int, ...]]) -> float:
        key = (city, tuple(out.items()), tuple(come.items()))
        if key not in self.cache:
            ends = self._services(city, out, come, self.alone[city])
            self.cache[key] = min((value for value, _ in ends), default=INF)
        return self.cache[key]

    def _reference(self, city: str) -> list[dict[str, float]] | None:
        """Unserved by need and period of the city alone: least value, of these the earliest service."""
        zero = {supply: (0,) * len(self.rules.periods) for supply in self.supplies}
        money, self.money = self.money, False
        ends = list(self._services(city, zero, zero, None))
        self.money = money
        earliest = min(ends, key=lambda end: (round(end[0], 9), sum(sum(left.values()) for left in end[1][:-1])))
        return earliest[1]

    def _services(
        self,
        city: str,
        out: dict[str, tuple[int, ...]],
        come: dict[str, tuple[int, ...]],
        alone: list[dict[str, float]] | None,
    ) -> Iterator[tuple[float, list[dict[str, float]]]]:
        """Every service of a city by whole units used: its value and what is unserved by period and need."""
        rules = self.rules
        needs = [row for row in rules.problem.needs if row.city == city]
        governance = rules.problem.settings.governance
        last = rules.periods[-1]

        def own_free(supply: str, t: int, used: float) -> float:
            """What the city may use of its own now without taking what must leave later (own goods of a hub leave too)."""
            rest = INF
            for later in range(t, last + 1):
                gone = sum(out[supply][: later + 1])
                if self._passes_on(city):
                    gone = max(0, gone - sum(come[supply][: later + 1]))
                held = rules.held(city, supply, later)
                if not rules.problem.settings.reserve.own_use:
                    held = max(0.0, held - rules.floor(city, supply))
                rest = min(rest, held - gone - used)
            return rest

        def aid_free(supply: str, t: int, used: float) -> float:
            rest = sum(come[supply][: t + 1])
            if self._passes_on(city):
                rest = max(0, rest - sum(out[supply]))
            return rest - used

        if any(own_free(supply, 0, 0) < -EPS for supply in self.supplies):
            return
        for supply in self.supplies if self._passes_on(city) else ():
            for t in rules.periods:
                received = sum(come[supply][: t + 1]) + rules.may_leave(city, supply, t)
                if sum(out[supply][: t + 1]) > received + EPS:
                    return

        def spend(
            t: int, value: float, left: dict[str, float], own: dict[str, float], aid: dict[str, float], path: list[dict[str, float]],
            aided: dict[str, float],
        ) -> Iterator[tuple[float, list[dict[str, float]]]]:  # fmt: skip
            if t > last:
                yield value, path
                return
            choices = [
                (need, used, ratio, pool)
                for need in needs
                if t in rules.window(need)
                for used, ratio in rules.serves(need.resource).items()
                for pool in (("own",) if alone is None else ("own", "aid"))
            ]
            ranges = []
            for need, used, ratio, pool in choices:
                free = own_free(used, t, own[used]) if pool == "own" else aid_free(used, t, aid[used])
                ranges.append(range(int(max(0, min(free, left[need.need] / ratio)) + EPS) + 1))
            for amounts in itertools.product(*ranges):
                after, own_now, aid_now, aided_now = dict(left), dict(own), dict(aid), dict(aided)
                paid = 0.0
                for (need, used, ratio, pool), amount in zip(choices, amounts, strict=True):
                    after[need.need] -= ratio * amount
                    if pool == "own":
                        own_now[used] += amount
                    else:
                        aid_now[used] += amount
                        aided_now[need.need] += ratio * amount
                        paid += amount * float(rules.resources[used].unit_value or 0)
                if min(after.values(), default=0) < -EPS:
                    continue
                if any(own_now[name] - own[name] > own_free(name, t, own[name]) + EPS for name in own):
                    continue
                if any(aid_now[name] > aid[name] + aid_free(name, t, aid[name]) + EPS for name in aid):
                    continue
                if alone is not None and governance.no_worse_off and needs:
                    weight = rules.weights
                    now = sum(weight[row.need] * after[row.need] for row in needs if t >= rules.window(row).start)
                    then = sum(weight[row.need] * alone[t][row.need] for row in needs if t >= rules.window(row).start)
                    if now > then + EPS:
                        continue
                if alone is not None and governance.self_first:
                    # by every t aid is at most what the city alone would lack; aid only grows, that lack only falls
                    if any(aided_now[row.need] > alone[last][row.need] + EPS for row in needs):
                        continue
                hurt = sum(
                    rules.hurt(row, t, money=self.money) * after[row.need] for row in needs if t >= rules.window(row).start
                )
                yield from spend(
                    t + 1, value + hurt + (paid if self.money else 0), after, own_now, aid_now, [*path, after], aided_now
                )

        zero = dict.fromkeys(self.supplies, 0.0)
        yield from spend(
            0, 0.0, {row.need: row.quantity for row in needs}, zero, zero, [], {row.need: 0.0 for row in needs}
        )


def best_goods(problem: Problem, *, money: bool = False) -> float:
    """Least value of priority 1 over all whole plans, or the least social cost."""
    return Goods(problem, money=money).best()


# ---- teams and equipment --------------------------------------------------------------------------------------------


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
                    if way is not None and not (rules.share(way.link, depart) and rules.open_until(home, resource, depart)):
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

