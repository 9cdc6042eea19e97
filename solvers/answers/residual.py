"""What a plan leaves, as a scenario of its own: its lines are kept, what is free of stocks, offers, vehicles and units is there.

Few needs are open in it, so that it builds and solves in a fraction of a second. A plan of it and the lines it keeps are together
a plan of the whole scenario.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import Arrival, City, Commitment, Need, Stock
from tongzhou.model.explain.slack import DUST, Slack
from tongzhou.model.indices import lay_indices
from tongzhou.model.plan import Deployment, Plan, Shipment
from tongzhou.solvers.compile import compile_indices
from tongzhou.solvers.dispatch import Prepared
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.reference import run_alone

SHAVED = 2e-6
"""Share by which kept goods are reckoned less: published numbers may exceed a limit by a millionth."""


class ResidualError(Exception):
    """The city passes goods on: what it keeps for itself cannot be told from what it sends on."""


@dataclass(frozen=True, slots=True)
class Around:
    """Part of a scenario that is planned anew: lines to `city` with one of `resources` are taken back, which serve `needs`."""

    city: str
    resources: frozenset[str]
    needs: frozenset[str]


def around(problem: Problem, need: Need) -> Around:
    """What must be planned anew together with a need: the needs of its city that share what can serve them."""
    here = [row for row in problem.needs if row.city == need.city]
    resources, before = frozenset(_able(problem, need)), frozenset[str]()
    while resources != before:
        before = resources
        for row in here:
            able = _able(problem, row)
            if able & resources:
                resources |= able
    needs = frozenset(row.need for row in here if _able(problem, row) & resources)
    return Around(need.city, resources, needs)


def _able(problem: Problem, need: Need) -> frozenset[str]:
    """Resources that serve a need, and their crews."""
    names = [used for used, _ in problem.served_by[need.resource]]
    crews = [problem.resource_of[name].crew for name in names]
    return frozenset([*names, *(crew for crew in crews if crew is not None)])


def free_lines(problem: Problem, plan: Plan, part: Around) -> set[str]:
    """Lines that are taken back; kept commitments never are."""
    kept = {row.line for row in problem.kept}
    lines: tuple[Shipment | Deployment, ...] = (*plan.shipments, *plan.deployments)
    return {
        row.line
        for row in lines
        if row.destination == part.city and row.resource in part.resources and row.line not in kept
    }


def residual(problem: Problem, plan: Plan, part: Around) -> Problem:
    """The scenario that the plan leaves, with some lines taken back."""
    slack = Slack(problem, plan)
    free = free_lines(problem, plan, part)
    if any(row.origin == part.city and row.resource in part.resources for row in plan.shipments):
        raise ResidualError
    stocks, arrivals = _holdings(slack, part)
    governance = replace(problem.settings.governance, mode="led")  # offers are in the quantities
    return problem.replace(
        settings=replace(problem.settings, governance=governance),
        cities=tuple(_no_hub(row) for row in problem.cities),
        stocks=tuple(stocks),
        arrivals=tuple(arrivals),
        commitments=tuple(_commitments(problem, plan, free)),
    )


def _no_hub(row: City) -> City:
    """What a hub received and has not passed on is in its stock: it must not be passed on twice."""
    return replace(row, hub=False, role="contributor" if row.role == "hub" else row.role)


def prepare_part(
    whole: Problem, part: Problem, needs: Collection[str], options: SolveOptions, clock: Clock
) -> Prepared:
    """Compile a residual scenario for some needs; what their cities can do alone is reckoned in the whole scenario."""
    opened = frozenset(needs)
    alone = run_alone(whole, options, clock, opened)
    indices = lay_indices(part, reference=alone.reference, needs=opened)
    return Prepared(part, indices, compile_indices(indices), alone)


def _holdings(slack: Slack, part: Around) -> tuple[list[Stock], list[Arrival]]:
    stocks: list[Stock] = []
    arrivals: list[Arrival] = []
    problem = slack.problem
    rows = {(row.city, row.resource): row for row in problem.stocks}
    holders = dict.fromkeys([*rows, *((row.city, row.resource) for row in problem.arrivals)])
    for holder in holders:
        row = rows.get(holder) or Stock(city=holder[0], resource=holder[1], quantity=0.0)
        if not problem.resource_of[holder[1]].is_supply:
            stocks.append(_units(slack, row))
            arrivals += [item for item in problem.arrivals if (item.city, item.resource) == holder]
        elif holder[0] == part.city:
            stocks.append(row)
            arrivals += [item for item in problem.arrivals if (item.city, item.resource) == holder]
        else:
            levels = _leaving(slack, holder, part.city if holder[1] in part.resources else "")
            stocks.append(replace(row, quantity=levels[0], floor=0.0, offered=None, from_h=None))
            arrivals += [
                Arrival(city=row.city, resource=row.resource, at_h=period * slack.hours, quantity=now - before)
                for period, (before, now) in enumerate(pairwise(levels), start=1)
                if now > before + DUST * max(1.0, now)
            ]
    return stocks, arrivals


def _units(slack: Slack, row: Stock) -> Stock:
    """Units with floor and offer as one floor."""
    floor = slack.facts.floor(row.city, row.resource)
    if slack.offers_count(row.city):
        most = max((slack.facts.held(row.city, row.resource, period) for period in range(slack.count)), default=0.0)
        floor = max(floor, most - (row.offered or 0.0))
    return replace(row, floor=float(floor), offered=None)


def _leaving(slack: Slack, holder: tuple[str, str], city: str) -> list[float]:
    """What may have left by every period: what the kept lines take, and what is free beside them."""
    kept, free = slack.left_by(holder, but=city), slack.leavable(holder, city)
    levels, last = [], 0.0
    for taken, more in zip(kept, free, strict=True):
        last = max(last, taken + more)
        levels.append(last)
    return levels


def _commitments(problem: Problem, plan: Plan, free: Collection[str]) -> Iterator[Commitment]:
    known = {row.line for row in problem.kept}
    yield from problem.kept
    for row in plan.shipments:
        if row.line in known or row.line in free:
            continue
        lot = problem.resource_of[row.resource].lot
        quantity = row.quantity if lot is not None else row.quantity - SHAVED * max(1.0, row.quantity)
        if quantity > 0:
            yield Commitment(
                line=row.line, kind="shipment", origin=row.origin, destination=row.destination, resource=row.resource,
                quantity=quantity, depart_h=row.depart_h, mode=row.mode, vehicle=row.vehicle, status="accepted",
            )  # fmt: skip
    for unit in plan.deployments:
        if unit.line not in known and unit.line not in free:
            yield Commitment(
                line=unit.line, kind="deployment", origin=unit.origin, destination=unit.destination, resource=unit.resource,
                quantity=unit.quantity, depart_h=unit.depart_h, leave_h=unit.leave_h, need=unit.need, mode=unit.mode,
                vehicle=unit.vehicle, status="accepted",
            )  # fmt: skip
