"""Brute force over the service of one city: every way to use what it holds and receives, in whole units used."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tiny import EPS, INF, Rules
from tongzhou.model.domain.tables import Need

Flow = dict[str, tuple[int, ...]]
"""Supply to quantity by period."""
OWN, AID = "own", "aid"
Choice = tuple[Need, str, float, str]
"""Need, supply used, ratio, pool."""


@dataclass(frozen=True)
class State:
    """After some periods: unserved by need, used by supply and pool, aid by need, value so far, unserved by period."""

    left: dict[str, float]
    used: dict[tuple[str, str], float]
    aided: dict[str, float]
    value: float = 0.0
    path: tuple[dict[str, float], ...] = ()


class Services:
    """The best service of every city for given goods in and out."""

    def __init__(self, rules: Rules, supplies: list[str], *, money: bool) -> None:
        self.rules = rules
        self.supplies = supplies
        self.money = money
        self.cache: dict[object, float] = {}
        self.alone = {city: self._alone(city) for city in rules.cities}

    def best(self, city: str, out: Flow, come: Flow) -> float:
        """Least value of a city that sends `out` and receives `come`; infinite where that is impossible."""
        key = (city, tuple(out.items()), tuple(come.items()))
        if key not in self.cache:
            ends = _City(self.rules, city, out, come, self.alone[city], money=self.money).services()
            self.cache[key] = min((end.value for end in ends), default=INF)
        return self.cache[key]

    def _alone(self, city: str) -> tuple[dict[str, float], ...]:
        """Unserved by need and period of the city alone: least weighted unit-hours, of these the earliest service."""
        nothing = {supply: (0,) * len(self.rules.periods) for supply in self.supplies}
        ends = _City(self.rules, city, nothing, nothing, None, money=False).services()

        def order(end: State) -> tuple[float, float]:
            return round(end.value, 9), sum(sum(left.values()) for left in end.path[:-1])

        return min(ends, key=order).path


class _City:
    """One city with its goods in and out."""

    def __init__(
        self, rules: Rules, city: str, out: Flow, come: Flow, alone: tuple[dict[str, float], ...] | None, *, money: bool
    ) -> None:
        self.rules, self.city, self.out, self.come, self.alone, self.money = rules, city, out, come, alone, money
        self.needs = [row for row in rules.problem.needs if row.city == city]
        self.pools = (OWN,) if alone is None else (OWN, AID)

    def services(self) -> Iterator[State]:
        """Every service; none where more leaves than there is."""
        if all(self._can_leave(supply) for supply in self.out):
            start = State(
                left={row.need: row.quantity for row in self.needs},
                used={(supply, pool): 0.0 for supply in self.out for pool in (OWN, AID)},
                aided={row.need: 0.0 for row in self.needs},
            )
            yield from self._spend(0, start)

    def _can_leave(self, supply: str) -> bool:
        if self._free(supply, OWN, 0) < -EPS:
            return False
        if not self.rules.passes_on(self.city):
            return True
        return all(
            sum(self.out[supply][: t + 1])
            <= sum(self.come[supply][: t + 1]) + self.rules.may_leave(self.city, supply, t) + EPS
            for t in self.rules.periods
        )

    def _free(self, supply: str, pool: str, t: int) -> float:
        """What may have been used of a pool up to `t` without taking what must leave later."""
        rules, hub = self.rules, self.rules.passes_on(self.city)
        received = sum(self.come[supply][: t + 1])
        if pool == AID:
            return max(0, received - sum(self.out[supply])) if hub else received
        rest = INF
        for later in rules.periods[t:]:
            gone = sum(self.out[supply][: later + 1])
            if hub:  # what it received leaves before its own
                gone = max(0, gone - sum(self.come[supply][: later + 1]))
            held = rules.held(self.city, supply, later)
            if not rules.problem.settings.reserve.own_use:
                held = max(0.0, held - rules.floor(self.city, supply))
            rest = min(rest, held - gone)
        return rest

    def _spend(self, t: int, state: State) -> Iterator[State]:
        if t not in self.rules.periods:
            yield state
            return
        choices = [
            (need, used, ratio, pool)
            for need in self.needs
            if t in self.rules.window(need)
            for used, ratio in self.rules.serves(need.resource).items()
            for pool in self.pools
        ]
        ranges = []
        for need, used, ratio, pool in choices:
            most = min(self._free(used, pool, t) - state.used[used, pool], state.left[need.need] / ratio)
            ranges.append(range(int(max(0.0, most) + EPS) + 1))
        for amounts in itertools.product(*ranges):
            after = self._after(t, state, choices, amounts)
            if self._allowed(t, after):
                yield from self._spend(t + 1, after)

    def _after(self, t: int, state: State, choices: list[Choice], amounts: tuple[int, ...]) -> State:
        left, used_up, aided, value = dict(state.left), dict(state.used), dict(state.aided), state.value
        for (need, used, ratio, pool), amount in zip(choices, amounts, strict=True):
            left[need.need] -= ratio * amount
            used_up[used, pool] += amount
            if pool == AID:
                aided[need.need] += ratio * amount
                value += amount * float(self.rules.resources[used].unit_value or 0) if self.money else 0.0
        for need in self._begun(t):
            value += self.rules.hurt(need, t, money=self.money) * left[need.need]
        return replace(state, left=left, used=used_up, aided=aided, value=value, path=(*state.path, left))

    def _begun(self, t: int) -> list[Need]:
        return [row for row in self.needs if t >= self.rules.window(row).start]

    def _allowed(self, t: int, state: State) -> bool:
        if min(state.left.values(), default=0.0) < -EPS:
            return False
        if any(count > max(0.0, self._free(*key, t)) + EPS for key, count in state.used.items()):
            return False
        governance = self.rules.problem.settings.governance
        if self.alone is None:
            return True
        weight, begun = self.rules.weights, self._begun(t)
        now = sum(weight[row.need] * state.left[row.need] for row in begun)
        if governance.no_worse_off and now > sum(weight[row.need] * self.alone[t][row.need] for row in begun) + EPS:
            return False
        # By every t aid is at most what the city alone would lack; aid only grows and that lack only falls.
        return not governance.self_first or all(
            state.aided[row.need] <= self.alone[-1][row.need] + EPS for row in self.needs
        )
