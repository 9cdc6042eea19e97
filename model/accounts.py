"""Unit-hours, shortages and baselines per need, from service rows (formats.md, "What the numbers mean")."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tongzhou.model.domain import Problem
from tongzhou.model.domain.losses import loss_of_period, loss_rate
from tongzhou.model.domain.tables import Need
from tongzhou.model.plan import Plan, Service
from tongzhou.model.units import periods_down, periods_up

DUST = 1e-6
"""Share of a need below which what is unserved is rounding."""


@dataclass(frozen=True, slots=True)
class NeedAccount:
    """What a need lacked: `unit_hours` over the horizon, `nothing_served` the unit-hours without any service.

    `short`: unserved at the end (supply), or most missing at once (presence; at most the quantity of one occurrence).
    """

    unit_hours: float
    short: float
    nothing_served: float


def windows(problem: Problem, need: Need) -> list[tuple[int, int]]:
    """First period and period after the last of every occurrence inside the horizon."""
    settings = problem.settings
    end = need.by_h if problem.resource_of[need.resource].is_supply else need.until_h
    assert end is not None
    found = []
    for number in range(need.repeats or 1):
        shift = (need.repeat_h or 0.0) * number
        first = max(0, periods_up(need.from_h + shift, settings.period_h))
        after = min(settings.periods, periods_down(end + shift, settings.period_h))
        if first < settings.periods:
            found.append((first, after))
    return found


def need_accounts(problem: Problem, service: Iterable[Service]) -> dict[str, NeedAccount]:
    """Account of every need, by need id."""
    served: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for row in service:
        served[row.need][round(row.at_h / problem.settings.period_h)] += row.served
    return {need.need: _account(problem, need, served[need.need]) for need in problem.needs}


def _account(problem: Problem, need: Need, served: Mapping[int, float]) -> NeedAccount:
    hours, count = problem.settings.period_h, problem.settings.periods
    spans = windows(problem, need)
    if not problem.resource_of[need.resource].is_supply:
        missing = 0.0
        worst = 0.0
        wanted = 0.0
        for period in range(count):
            required = need.quantity * sum(1 for first, after in spans if first <= period < after)
            lacking = max(0.0, required - served.get(period, 0.0))
            missing, worst, wanted = missing + lacking, max(worst, lacking), wanted + required
        return NeedAccount(hours * missing, min(worst, need.quantity), hours * wanted)
    open_quantity, total = 0.0, 0.0
    for period in range(count):
        open_quantity += need.quantity * sum(1 for first, _ in spans if first == period)
        open_quantity -= served.get(period, 0.0)
        total += _dust_free(open_quantity, need.quantity)
    lost = need.quantity * len(spans) - sum(served.values())
    wanted = sum(need.quantity * (count - first) for first, _ in spans)
    return NeedAccount(hours * total, _dust_free(lost, need.quantity), hours * wanted)


def _dust_free(quantity: float, size: float) -> float:
    return 0.0 if quantity < DUST * size else quantity


def weights(problem: Problem) -> dict[str, float]:
    """Weight of every need inside its priority: the loss rate where given, else 1 / (total quantity of its resource there)."""
    totals: dict[tuple[int, str], float] = defaultdict(float)
    for need in problem.needs:
        totals[need.priority, need.resource] += need.quantity * (need.repeats or 1)
    return {
        need.need: float(need.loss_per_unit_day)
        if need.loss_per_unit_day is not None
        else 1.0 / totals[need.priority, need.resource]
        for need in problem.needs
    }


def priority_values(problem: Problem, accounts: Mapping[str, NeedAccount]) -> dict[int, float]:
    """Tier (a) of every priority: weighted unit-hours."""
    weight = weights(problem)
    values: dict[int, float] = defaultdict(float)
    for need in problem.needs:
        values[need.priority] += weight[need.need] * accounts[need.need].unit_hours
    return dict(values)


def loss_value(problem: Problem, service: Iterable[Service]) -> float:
    """Loss from all that is short, in money."""
    return sum(need_losses(problem, service).values())


def need_losses(problem: Problem, service: Iterable[Service]) -> dict[str, float]:
    """Loss of every need, in money. Service goes to the occurrence that ends first (the costliest to leave waiting); of
    overlapping presence occurrences the youngest stay short."""
    served: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for row in service:
        served[row.need][round(row.at_h / problem.settings.period_h)] += row.served
    return {need.need: _need_loss(problem, need, served[need.need]) for need in problem.needs}


def _need_loss(problem: Problem, need: Need, served: Mapping[int, float]) -> float:
    resource = problem.resource_of[need.resource]
    hours, count = problem.settings.period_h, problem.settings.periods
    end_h = need.by_h if resource.is_supply else need.until_h
    assert end_h is not None
    rate = loss_rate(need, resource) or 0.0
    spans = windows(problem, need)
    left = [need.quantity] * len(spans)
    total = 0.0
    for period in range(count):
        rest = served.get(period, 0.0)
        for number, (first, after) in enumerate(spans):
            if not first <= period < after and not (resource.is_supply and period >= after):
                continue
            if not resource.is_supply:
                left[number] = need.quantity
            part = min(rest, left[number]) if period < after else 0.0
            left[number] -= part
            rest -= part
            shift = (need.repeat_h or 0.0) * number
            missing = _dust_free(left[number], need.quantity)
            total += missing * loss_of_period(period, hours, rate, need.from_h + shift, end_h + shift)
    return total


def changed_lines(problem: Problem, plan: Plan) -> list[str]:
    """Proposed lines that a plan does not keep: dropped, or with a smaller quantity."""
    planned = {row.line: row.quantity for row in plan.shipments}
    planned |= {row.line: float(row.quantity) for row in plan.deployments}
    return [
        row.line
        for row in problem.commitments
        if row.status == "proposed" and planned.get(row.line, 0.0) < row.quantity * (1 - DUST)
    ]
