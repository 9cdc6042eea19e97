"""The figures a planner asks for first, from a scenario and its plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from tongzhou.model.accounts import NeedAccount, need_accounts, weights, windows
from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import City, Incident, Need, Resource
from tongzhou.model.plan import Plan


@dataclass(frozen=True, slots=True)
class NeedFigures:
    """One need with its plan: `fill` is the share served (supplies: of the quantity; units: of the unit-hours)."""

    need: Need
    account: NeedAccount
    fill: float
    fill_alone: float
    size: float


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures by need, and fill rates by city, incident and priority (each need weighs as in its tier)."""

    needs: tuple[NeedFigures, ...]
    by_city: dict[str, dict[int, float]]
    by_incident: dict[str, dict[int, float]]
    by_priority: dict[int, float]
    by_priority_alone: dict[int, float]
    tonnes: float
    units_sent: int
    vehicles: int
    spent: float


def summarise(problem: Problem, plan: Plan) -> Summary:
    """All figures of a plan."""
    needs = _need_figures(problem, plan)
    return Summary(
        needs=needs,
        by_city=_rates_by(needs, lambda need: need.city),
        by_incident=_rates_by(needs, lambda need: need.incident) if problem.incidents else {},
        by_priority=_rates(needs, alone=False),
        by_priority_alone=_rates(needs, alone=True),
        tonnes=sum(problem.resource_of[row.resource].weight_t * row.quantity for row in plan.shipments),
        units_sent=sum(row.quantity for row in plan.deployments if row.origin != row.destination),
        vehicles=sum(row.trips for row in plan.trips),
        spent=float(sum(row.spent for row in plan.cities)),
    )


def _need_figures(problem: Problem, plan: Plan) -> tuple[NeedFigures, ...]:
    accounts = need_accounts(problem, plan.service)
    alone = {row.need: row for row in plan.baseline}
    weight = weights(problem)
    found = []
    for need in problem.needs:
        account = accounts[need.need]
        count = len(windows(problem, need))
        if problem.resource_of[need.resource].is_supply:
            whole = need.quantity * count
            missing, missing_alone = account.short, alone[need.need].short
        else:
            whole = account.nothing_served
            missing, missing_alone = account.unit_hours, alone[need.need].unit_hours
        if whole > 0:
            fills = (1 - missing / whole, 1 - missing_alone / whole)
            found.append(NeedFigures(need, account, *fills, weight[need.need] * need.quantity * count))
    return tuple(found)


def _rates(needs: tuple[NeedFigures, ...], *, alone: bool) -> dict[int, float]:
    served: dict[int, float] = defaultdict(float)
    whole: dict[int, float] = defaultdict(float)
    for item in needs:
        served[item.need.priority] += item.size * (item.fill_alone if alone else item.fill)
        whole[item.need.priority] += item.size
    return {priority: served[priority] / whole[priority] for priority in sorted(whole)}


def _rates_by(needs: tuple[NeedFigures, ...], group: Callable[[Need], str | None]) -> dict[str, dict[int, float]]:
    """Rates of every group of needs; those of no group are left out."""
    grouped: dict[str, list[NeedFigures]] = defaultdict(list)
    for item in needs:
        name = group(item.need)
        if name is not None:
            grouped[name].append(item)
    return {name: _rates(tuple(items), alone=False) for name, items in sorted(grouped.items())}


def both_names(row: City | Resource | Incident) -> str:
    """English and Chinese name of a city, a resource, an incident."""
    return row.name if not row.name_zh or row.name_zh == row.name else f"{row.name} {row.name_zh}"
