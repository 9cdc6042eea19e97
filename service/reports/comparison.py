"""Plans side by side, measured by the same scenario: what stays short, how far everything travels, what it costs, what moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tongzhou.model.accounts import need_accounts
from tongzhou.model.domain import Problem
from tongzhou.model.errors import PlanFileError, Text
from tongzhou.model.plan import Deployment, Plan, Shipment
from tongzhou.model.units import HOURS_PER_DAY
from tongzhou.service.reports.summary import summarise


@dataclass(frozen=True, slots=True)
class PlanFigures:
    """One plan.

    `fill_rates` and `unit_days_short` by priority (units of equipment and teams that were missing on site, times days);
    `units_sent` to other cities, `unit_km` and `unit_hours_under_way` out and home; `tonne_km` of supplies; `lines_kept`,
    `lines_changed` (another quantity), `lines_new`, `lines_dropped` against the first plan; `units_on_same_way`: units that go
    between the same two cities as in the first plan.
    """

    name: str
    fill_rates: Mapping[int, float]
    unit_days_short: Mapping[int, float]
    units_sent: int
    unit_km: float
    unit_hours_under_way: float
    tonne_km: float
    cost: float
    lines_kept: int
    lines_changed: int
    lines_new: int
    lines_dropped: int
    units_on_same_way: float


def compare(problem: Problem, plans: Sequence[tuple[str, Plan]]) -> tuple[PlanFigures, ...]:
    """Figures of every plan by the needs and lanes of one scenario; the first plan is what the others are told against.

    Raises `PlanFileError` where a plan serves needs or uses lanes that the scenario does not have.
    """
    for name, plan in plans:
        _refuse_strangers(problem, name, plan)
    first = plans[0][1]
    return tuple(_figures(problem, name, plan, first) for name, plan in plans)


def _figures(problem: Problem, name: str, plan: Plan, first: Plan) -> PlanFigures:
    summary = summarise(problem, plan)
    accounts = need_accounts(problem, plan.service)
    short: dict[int, float] = defaultdict(float)
    for need in problem.needs:
        if not problem.resource_of[need.resource].is_supply:
            short[need.priority] += accounts[need.need].unit_hours / HOURS_PER_DAY
    away = [row for row in plan.deployments if row.origin != row.destination]
    km = _distances(problem)
    was, now = _quantities(first), _quantities(plan)
    return PlanFigures(
        name=name,
        fill_rates=summary.by_priority,
        unit_days_short=dict(sorted(short.items())),
        units_sent=summary.units_sent,
        unit_km=sum(2 * row.quantity * km[_way(row)] for row in away),
        unit_hours_under_way=sum(row.quantity * _under_way_h(row) for row in away),
        tonne_km=sum(
            problem.resource_of[row.resource].weight_t * row.quantity * km[_way(row)] for row in plan.shipments
        ),
        cost=summary.spent,
        lines_kept=sum(1 for line, quantity in now.items() if was.get(line) == quantity),
        lines_changed=sum(1 for line, quantity in now.items() if line in was and was[line] != quantity),
        lines_new=len(now.keys() - was.keys()),
        lines_dropped=len(was.keys() - now.keys()),
        units_on_same_way=_on_same_way(first, plan),
    )


def _under_way_h(row: Deployment) -> float:
    return row.on_site_h - row.depart_h + row.home_h - row.leave_h


def _quantities(plan: Plan) -> dict[str, float]:
    return {row.line: row.quantity for row in plan.lines}


def _on_same_way(first: Plan, plan: Plan) -> float:
    totals: list[dict[tuple[str, str, str], float]] = []
    for item in (first, plan):
        total: dict[tuple[str, str, str], float] = defaultdict(float)
        for row in item.deployments:
            if row.origin != row.destination:
                total[row.origin, row.destination, row.resource] += row.quantity
        totals.append(total)
    was, now = totals
    return sum(min(quantity, was.get(way, 0.0)) for way, quantity in now.items())


def _way(row: Shipment | Deployment) -> tuple[str, str, str]:
    return row.origin, row.destination, row.mode or "road"


def _distances(problem: Problem) -> dict[tuple[str, str, str], float]:
    """Kilometres one way of every direction of every lane."""
    found = {(row.destination, row.origin, row.mode): row.distance_km for row in problem.links if row.both_ways}
    return found | {(row.origin, row.destination, row.mode): row.distance_km for row in problem.links}


def _refuse_strangers(problem: Problem, name: str, plan: Plan) -> None:
    needs, km = {row.need for row in problem.needs}, _distances(problem)
    strange = sorted({row.need for row in plan.service} - needs)
    strange += sorted(
        {
            f"{row.origin} > {row.destination} ({row.mode or 'road'})"
            for row in plan.lines
            if row.origin != row.destination and _way(row) not in km
        }
    )
    if strange:
        told = ", ".join(strange[:10]) + (f" ... ({len(strange)})" if len(strange) > 10 else "")
        raise PlanFileError(
            Text(
                f"{name} is no plan of this scenario: it has no {told}",
                f"{name} 不是该情景的方案: 情景中没有 {told}",
            )
        )
