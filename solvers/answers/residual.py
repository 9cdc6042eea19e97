"""What a plan leaves, as a scenario of its own: its lines are kept, what is free of stocks, offers, vehicles and units is there.

Few needs are open in it, so that it builds and solves in a fraction of a second. A plan of it and the lines it keeps are together
a plan of the whole scenario.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from tongzhou.model.domain import Problem
from tongzhou.model.domain.incidents import LED, MIXED, VOLUNTARY
from tongzhou.model.domain.tables import Arrival, City, Commitment, Need, Resource, Stock
from tongzhou.model.explain.slack import DUST, Slack
from tongzhou.model.indices import lay_indices
from tongzhou.model.plan import Plan, Shipment
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
    return {
        row.line
        for row in plan.lines
        if row.destination == part.city and row.resource in part.resources and row.line not in kept
    }


def residual(problem: Problem, plan: Plan, part: Around, *, frozen: bool = False) -> Problem:
    """The scenario that the plan leaves, with some lines taken back; `frozen`: none, and goods that the plan uses are gone.

    Kept goods travel as resources of their own, so that nothing can use them twice.
    """
    slack = Slack(problem, plan)
    free = set() if frozen else free_lines(problem, plan, part)
    if not frozen and any(row.origin == part.city and row.resource in part.resources for row in plan.shipments):
        raise ResidualError
    kept = [row for row in plan.shipments if row.line not in free and not _is_old(problem, row.line)]
    stocks, arrivals = _holdings(slack, part, frozen=frozen)
    # Offers are in the quantities, of units in the floors; where incidents differ, those of units stay as they are.
    mode = problem.settings.governance.mode if problem.mode == MIXED else LED
    governance = replace(problem.settings.governance, mode=mode)
    cargo = sorted({row.resource for row in kept})
    return problem.replace(
        settings=replace(problem.settings, governance=governance),
        incidents=tuple(replace(row, mode=row.mode if problem.mode == MIXED else LED) for row in problem.incidents),
        cities=tuple(_no_hub(row) for row in problem.cities),
        resources=(*problem.resources, *(_cargo(problem.resource_of[name]) for name in cargo)),
        stocks=(*stocks, *_cargo_stocks(kept)),
        arrivals=tuple(arrivals),
        commitments=(*problem.kept, *_kept_goods(problem, kept), *_kept_units(problem, plan, free)),
    )


def dust_of(plan: Plan, row: Shipment) -> float:
    """Room beside a line that is there only because kept goods are reckoned a little less: no quantity below it is real."""
    beside = [
        item.quantity for item in plan.shipments if row.origin == item.origin or row.destination == item.destination
    ]
    return SHAVED * sum(max(1.0, quantity) for quantity in beside)


def _is_old(problem: Problem, line: str) -> bool:
    return any(row.line == line for row in problem.kept)


def _cargo(row: Resource) -> Resource:
    """The same goods under a name that no need asks for."""
    return replace(row, resource=_cargo_name(row.resource), lot=None)


def _cargo_name(resource: str) -> str:
    return f"{resource} (kept)"


def _cargo_stocks(kept: Sequence[Shipment]) -> list[Stock]:
    totals: dict[tuple[str, str], float] = defaultdict(float)
    for row in kept:
        totals[row.origin, row.resource] += row.quantity
    return [
        Stock(city=city, resource=_cargo_name(resource), quantity=quantity, floor=0.0, offered=quantity)
        for (city, resource), quantity in sorted(totals.items())
    ]


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


def _holdings(slack: Slack, part: Around, *, frozen: bool) -> tuple[list[Stock], list[Arrival]]:
    stocks: list[Stock] = []
    arrivals: list[Arrival] = []
    problem = slack.problem
    rows = {(row.city, row.resource): row for row in problem.stocks}
    holders = dict.fromkeys([*rows, *((row.city, row.resource) for row in problem.arrivals)])
    for holder in holders:
        row = rows.get(holder) or Stock(city=holder[0], resource=holder[1], quantity=0.0)
        own = [item for item in problem.arrivals if (item.city, item.resource) == holder]
        if not problem.resource_of[holder[1]].is_supply:
            stocks.append(_units(slack, row))
            arrivals += own
        elif holder[1] not in part.resources:
            continue  # nothing new can use it
        elif holder[0] == part.city and not frozen:
            stocks.append(row)
            arrivals += own
        else:
            levels = _free(slack, holder, part, frozen=frozen)
            stocks.append(replace(row, quantity=levels[0], floor=0.0, offered=max(levels), from_h=None))
            arrivals += [
                Arrival(city=row.city, resource=row.resource, at_h=period * slack.hours, quantity=now - before)
                for period, (before, now) in enumerate(pairwise(_rising(levels)), start=1)
                if now > before + DUST * max(1.0, now)
            ]
    return stocks, arrivals


def _free(slack: Slack, holder: tuple[str, str], part: Around, *, frozen: bool) -> list[float]:
    """Goods that nothing kept uses: at the city itself for its own needs, elsewhere what may leave."""
    if holder[0] != part.city:
        return slack.leavable(holder, part.city, back=not frozen)
    spared = 0.0 if slack.problem.settings.reserve.own_use else slack.facts.floor(*holder)
    return [max(0.0, level - spared) for level in slack.at_home(holder)]


def _rising(levels: Sequence[float]) -> list[float]:
    return list(accumulate(levels, max))


def _units(slack: Slack, row: Stock) -> Stock:
    """Units with floor and offer as one floor."""
    if slack.problem.mode == MIXED:
        return row
    floor = slack.facts.floor(row.city, row.resource)
    if slack.problem.mode == VOLUNTARY and slack.problem.city_of[row.city].role != "national":
        most = max((slack.facts.held(row.city, row.resource, period) for period in range(slack.count)), default=0.0)
        floor = max(floor, most - (row.offered or 0.0))
    return replace(row, floor=float(floor), offered=None)


def _kept_goods(problem: Problem, kept: Sequence[Shipment]) -> Iterator[Commitment]:
    for row in kept:
        lot = problem.resource_of[row.resource].lot
        quantity = row.quantity if lot is not None else row.quantity - SHAVED * max(1.0, row.quantity)
        if quantity > 0:
            yield Commitment(
                line=row.line, kind="shipment", origin=row.origin, destination=row.destination,
                resource=_cargo_name(row.resource), quantity=quantity, depart_h=row.depart_h, mode=row.mode,
                vehicle=row.vehicle, status="accepted",
            )  # fmt: skip


def _kept_units(problem: Problem, plan: Plan, free: Collection[str]) -> Iterator[Commitment]:
    for unit in plan.deployments:
        if unit.line not in free and not _is_old(problem, unit.line):
            yield Commitment(
                line=unit.line, kind="deployment", origin=unit.origin, destination=unit.destination, resource=unit.resource,
                quantity=unit.quantity, depart_h=unit.depart_h, leave_h=unit.leave_h, need=unit.need, mode=unit.mode,
                vehicle=unit.vehicle, status="accepted",
            )  # fmt: skip
