"""The grid of periods, and needs laid onto it (formats.md, "Grid", "A supply need", "A presence need", "Loss")."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from tongzhou.model.domain import Problem
from tongzhou.model.domain.losses import loss_of_period, loss_rate
from tongzhou.model.domain.tables import Need, Resource
from tongzhou.model.units import periods_down, periods_up

OCCURRENCE_MARK = "\x1f"
"""Divides a need's id from the number of its occurrence in the keys of repeated needs (no id can hold it)."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Periods `0..count-1` of `hours` each."""

    hours: float
    count: int
    now: int = 0
    """The first period that can still be decided."""

    def window(self, from_h: float, end_h: float) -> tuple[int, int]:
        """First period and the period after the last, cut to the horizon; empty where the first is not before it."""
        return max(0, periods_up(from_h, self.hours)), min(self.count, periods_down(end_h, self.hours))


@dataclass(frozen=True, slots=True)
class SupplyDemand:
    """One occurrence of a supply need: `quantity` once, served in periods `first..after-1`.

    `tail` counts the periods up to the end of the horizon in which what is unserved at the end of the window keeps counting.
    """

    key: str
    need: str
    city: str
    resource: str
    priority: int
    quantity: float
    first: int
    after: int
    tail: int
    weight: float
    loss: tuple[float, ...]

    @property
    def periods(self) -> range:
        """Periods in which it may be served."""
        return range(self.first, self.after)

    def counts(self, period: int) -> int:
        """Periods for which `u[period]` stands: itself, and after the window's last all the rest of the horizon."""
        return 1 + (self.tail if period == self.after - 1 else 0)


@dataclass(frozen=True, slots=True)
class PresenceDemand:
    """A need for units on site: `required[t]` units in each period, repeats included."""

    key: str
    need: str
    city: str
    resource: str
    priority: int
    required: tuple[float, ...]
    weight: float
    loss: tuple[float, ...]

    @property
    def periods(self) -> list[int]:
        """Periods in which units are required."""
        return [period for period, quantity in enumerate(self.required) if quantity > 0]

    def counts(self, period: int) -> int:
        """Periods for which `u[period]` stands: itself."""
        del period
        return 1


Demand = SupplyDemand | PresenceDemand


def lay_needs(problem: Problem, grid: Grid) -> tuple[dict[str, SupplyDemand], dict[str, PresenceDemand]]:
    """Supply occurrences and presence needs by key, in the order of the needs table."""
    totals: dict[tuple[int, str], float] = defaultdict(float)
    for need in problem.needs:
        totals[need.priority, need.resource] += need.quantity * (need.repeats or 1)
    supplies: dict[str, SupplyDemand] = {}
    presences: dict[str, PresenceDemand] = {}
    for need in problem.needs:
        resource = problem.resource_of[need.resource]
        weight = _weight(need, totals)
        if resource.is_supply:
            for demand in _occurrences(need, resource, weight, grid):
                supplies[demand.key] = demand
        else:
            presences[need.need] = _presence(need, resource, weight, grid)
    return supplies, presences


def _weight(need: Need, totals: Mapping[tuple[int, str], float]) -> float:
    if need.loss_per_unit_day is not None:
        return float(need.loss_per_unit_day)
    return 1.0 / totals[need.priority, need.resource]


def _starts(need: Need) -> list[float]:
    return [(need.repeat_h or 0.0) * number for number in range(need.repeats or 1)]


def _occurrences(need: Need, resource: Resource, weight: float, grid: Grid) -> list[SupplyDemand]:
    assert need.by_h is not None
    found = []
    for number, shift in enumerate(_starts(need)):
        first, after = grid.window(need.from_h + shift, need.by_h + shift)
        if first >= grid.count:
            continue  # beyond the horizon it cannot be planned and does not count
        key = need.need if number == 0 else f"{need.need}{OCCURRENCE_MARK}{number}"
        loss = _loss(need, resource, shift, grid)
        found.append(
            SupplyDemand(key, need.need, need.city, need.resource, need.priority, need.quantity, first, after,
                         grid.count - after, weight, loss)
        )  # fmt: skip
    return found


def _presence(need: Need, resource: Resource, weight: float, grid: Grid) -> PresenceDemand:
    assert need.until_h is not None
    required = [0.0] * grid.count
    loss = [0.0] * grid.count
    for shift in _starts(need):
        factors = _loss(need, resource, shift, grid)
        for period in range(*grid.window(need.from_h + shift, need.until_h + shift)):
            # Where occurrences overlap, the least loss counts: a bound that holds, made exact when the plan is valued.
            loss[period] = factors[period] if required[period] == 0 else min(loss[period], factors[period])
            required[period] += need.quantity
    return PresenceDemand(
        need.need, need.need, need.city, need.resource, need.priority, tuple(required), weight, tuple(loss)
    )


def _loss(need: Need, resource: Resource, shift: float, grid: Grid) -> tuple[float, ...]:
    """Money a unit missing in each period costs."""
    end_h = (need.by_h if resource.is_supply else need.until_h) or 0.0
    rate = loss_rate(need, resource) or 0.0
    periods = range(grid.count)
    return tuple(loss_of_period(t, grid.hours, rate, need.from_h + shift, end_h + shift) for t in periods)
