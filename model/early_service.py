"""What a plan's lines make possible: goods served as early as they are there, units at work, own idle units on duty at home.

The more urgent need goes first, the dearer within a priority, the resource asked for before its substitutes. Goods that planned
lines will carry away are left alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal

from tongzhou.model.accounts import weights, windows
from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import Need
from tongzhou.model.explain.slack import least_from
from tongzhou.model.plan import Deployment, Plan, Service
from tongzhou.model.units import periods_down, periods_up, tidy_hours
from tongzhou.model.verify.facts import Facts
from tongzhou.model.verify.units import on_site
from tongzhou.model.verify.use import GoodsUse, units_in_use

LEAST = 1e-9


def _by_urgency(problem: Problem, needs: Iterable[Need]) -> list[Need]:
    weight = weights(problem)
    return sorted(needs, key=lambda row: (row.priority, -weight[row.need], row.by_h or row.until_h or 0.0, row.need))


def home_duty(problem: Problem, plan: Plan) -> Iterator[Deployment]:
    """Own idle units on duty for own needs, in cities whose lines name no such duty."""
    told = {(row.origin, row.resource) for row in plan.deployments if row.origin == row.destination}
    facts = Facts(problem, plan)
    present = on_site(facts)
    busy = {key: list(use.engaged) for key, use in units_in_use(facts).items()}
    hours, first = problem.settings.period_h, facts.period(problem.settings.now_h)
    for need in _by_urgency(problem, problem.needs):
        spec = problem.resource_of[need.resource]
        key = (need.city, need.resource)
        if spec.is_supply or spec.crew is not None or key in told:
            continue
        engaged = busy.setdefault(key, [0.0] * facts.count)
        duty = facts.count if spec.duty_h is None else periods_down(spec.duty_h, hours)
        rest = periods_up(spec.rest_h or 0.0, hours)
        missing = _missing(problem, need, present, facts.count)
        for period in range(first, facts.count):
            span = [at for at in range(period, min(period + duty, facts.count)) if missing[at] > 0]
            if not span or span[0] != period:
                continue
            leave = span[-1] + 1
            idle = min(facts.held(*key, at) - engaged[at] for at in range(period, min(leave + rest, facts.count)))
            quantity = int(min(idle, missing[period]) + LEAST)
            if quantity < 1:
                continue
            for at in range(period, min(leave + rest, facts.count)):
                engaged[at] += quantity
            for at in range(period, leave):
                missing[at] = max(0.0, missing[at] - quantity)
            yield Deployment(
                line=f"D:{need.city}>{need.city}:home:{need.resource}:{need.need}:{period * hours:g}-{leave * hours:g}", trip=None,
                origin=need.city, destination=need.city, resource=need.resource, quantity=quantity, depart_h=period * hours,
                on_site_h=period * hours, leave_h=leave * hours, home_h=leave * hours, need=need.need, cost=Decimal("0.00"),
            )  # fmt: skip


def _missing(problem: Problem, need: Need, present: dict[tuple[str, str, int], float], count: int) -> list[float]:
    spans = windows(problem, need)
    found = []
    for period in range(count):
        asked = need.quantity * sum(1 for first, after in spans if first <= period < after)
        there = sum(
            ratio * present.get((need.need, used, period), 0.0) for used, ratio in problem.served_by[need.resource]
        )
        found.append(max(0.0, asked - there))
    return found


def supplies_served(problem: Problem, plan: Plan) -> Iterator[Service]:
    """Serve as early as goods are there and not spoken for by lines that leave later."""
    facts = Facts(problem, plan)
    use, now = GoodsUse(facts), facts.period(problem.settings.now_h)
    needs: dict[str, list[Need]] = defaultdict(list)
    for need in _by_urgency(problem, problem.needs):
        if problem.resource_of[need.resource].is_supply:
            needs[need.city].append(need)
    for city, rows in sorted(needs.items()):
        supplies = list(dict.fromkeys(used for need in rows for used, _ in problem.served_by[need.resource]))
        free = {name: _free(facts, use, city, name) for name in supplies}
        waiting: dict[str, float] = defaultdict(float)
        for period in range(facts.count):
            for need in rows:
                spans = windows(problem, need)
                waiting[need.need] += need.quantity * sum(1 for first, _ in spans if first == period)
                lost = need.quantity * sum(1 for _, after in spans if after == period)
                open_quantity = need.quantity * sum(1 for first, after in spans if first <= period < after)
                waiting[need.need] = min(waiting[need.need], open_quantity) if lost else waiting[need.need]
                if period < now:
                    yield from _happened(problem, need, period, waiting, free)
                elif open_quantity:
                    yield from _serve(problem, need, period, waiting, free)


def _happened(
    problem: Problem, need: Need, period: int, waiting: dict[str, float], free: dict[str, list[float]]
) -> Iterator[Service]:
    """What served the need before now."""
    for row in problem.served:
        if row.need == need.need and periods_up(row.at_h, problem.settings.period_h) == period:
            ratio = dict(problem.served_by[need.resource])[row.by_resource]
            waiting[need.need] -= row.used * ratio
            free[row.by_resource] = [value - row.used for value in free[row.by_resource]]
            yield Service(
                need=need.need, city=need.city, resource=need.resource, at_h=row.at_h, served=row.used * ratio,
                by_resource=row.by_resource, used=row.used,
            )  # fmt: skip


def _free(facts: Facts, use: GoodsUse, city: str, supply: str) -> list[float]:
    key, level, found = (city, supply), 0.0, []
    kept = 0.0 if facts.problem.settings.reserve.own_use else facts.floor(city, supply)
    for period in range(facts.count):
        level += use.landed[key][period] - use.left[key][period]
        found.append(facts.held(city, supply, period) + level - kept)
    return least_from(found)


def _serve(
    problem: Problem, need: Need, period: int, waiting: dict[str, float], free: dict[str, list[float]]
) -> Iterator[Service]:
    for used, ratio in problem.served_by[need.resource]:
        there = free[used][period]
        quantity = min(waiting[need.need] / ratio, there)
        if quantity <= LEAST * max(1.0, need.quantity):
            continue
        waiting[need.need] -= quantity * ratio
        free[used] = [value - quantity for value in free[used]]
        yield Service(
            need=need.need, city=need.city, resource=need.resource, at_h=tidy_hours(period * problem.settings.period_h),
            served=quantity * ratio, by_resource=used, used=quantity,
        )  # fmt: skip


def units_at_work(problem: Problem, plan: Plan) -> Iterator[Service]:
    """Units on site are at work as far as the need and their crews go."""
    facts = Facts(problem, plan)
    present = on_site(facts)
    for need in problem.needs:
        if problem.resource_of[need.resource].is_supply:
            continue
        crews = {key: value for key, value in present.items() if key[0] == need.need}
        asked = _missing(problem, need, {}, facts.count)
        for period in range(facts.count):
            for used, ratio in problem.served_by[need.resource]:
                spec = problem.resource_of[used]
                units = min(present.get((need.need, used, period), 0.0), asked[period] / ratio)
                if spec.crew is not None:
                    key = (need.need, spec.crew, period)
                    units = min(units, crews.get(key, 0.0) / (spec.crew_size or 1.0))
                    crews[key] = crews.get(key, 0.0) - units * (spec.crew_size or 1.0)
                if units > LEAST:
                    asked[period] -= units * ratio
                    yield Service(
                        need=need.need, city=need.city, resource=need.resource, at_h=tidy_hours(period * facts.hours),
                        served=units * ratio, by_resource=used, used=units,
                    )  # fmt: skip
