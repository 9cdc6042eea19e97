"""When to call upward: the least national package, the proof that the pool alone cannot do without, the latest hour of the call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import Stock
from tongzhou.model.errors import Text, UsageError
from tongzhou.model.plan import Plan, Shipment
from tongzhou.solvers.answers.latest_call import LatestCall, latest_call
from tongzhou.solvers.answers.tier_run import SAME, TierRun
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock

NATIONAL = "national"
POOL_SHARE, PACKAGE_SHARE = 0.25, 0.5
"""Parts of the time (the second of what is left) for the pool alone and for the package; the rest is for the hour of the call."""


@dataclass(frozen=True, slots=True)
class PackageLine:
    """So much of a resource, from a depot to a city, leaving and there at these hours."""

    depot: str
    destination: str
    resource: str
    quantity: float
    depart_h: float
    arrive_h: float


@dataclass(frozen=True, slots=True)
class TierProof:
    """One priority: what no plan of the pool alone is below, what it reaches, what it reaches with unlimited national stock, and
    what no plan with such stock is below (both bounds with the priorities before it as good as found)."""

    tier: str
    pool_bound: float
    pool_value: float
    with_package: float
    package_bound: float

    @property
    def is_proven(self) -> bool:
        """Whether every plan of the pool alone is worse."""
        return self.pool_bound > self.with_package + SAME * max(1.0, abs(self.with_package))


@dataclass(frozen=True)
class Escalation:
    """The package (empty: the pool suffices, or national stock changes nothing), its value and what no package as good is below,
    the proofs, and the latest call with the national stock that is really there (None: the call has been made)."""

    package: tuple[PackageLine, ...]
    value: float
    value_bound: float
    proofs: tuple[TierProof, ...]
    call: LatestCall | None


def escalate(problem: Problem, options: SolveOptions, clock: Clock) -> Escalation:
    """Work out all three. Raises `UsageError` without a national depot, `NoPlanError` where time does not suffice."""
    depots = {row.city for row in problem.cities if row.role == NATIONAL}
    if not depots:
        raise UsageError(
            Text("the scenario has no national depot (role national)", "情景中没有国家储备库 (role national)")
        )
    problem = problem.replace(
        settings=replace(problem.settings, objective=replace(problem.settings.objective, kind="tiered"))
    )
    clock.report("escalation")
    alone_run = TierRun(_without_depots(problem, depots), options, clock)
    alone = alone_run.prepared.alone
    names = [f"priority-{number}" for number in alone_run.prepared.indices.priorities]
    pool = alone_run.solve(names, clock.share(POOL_SHARE))
    full_run = TierRun(with_stock(problem, _unlimited(problem, depots)), options, clock, alone)
    full = full_run.solve([*names, NATIONAL], clock.share(PACKAGE_SHARE), pool)
    proofs = tuple(
        TierProof(name, pool.bounds[name], pool.values[name], full.values[name], full.bounds[name]) for name in names
    )
    called = problem.settings.replanning.called_h is not None
    call = None if called else latest_call(problem, options, clock, pool, names, alone)
    package = _package(full_run.plan(full), depots)
    return Escalation(package, full.values[NATIONAL], full.bounds[NATIONAL], proofs, call)


def with_stock(problem: Problem, quantities: Mapping[tuple[str, str], float]) -> Problem:
    """The scenario with these quantities at national depots, and nothing else there."""
    depots = {row.city for row in problem.cities if row.role == NATIONAL}
    kept = [row for row in problem.stocks if row.city not in depots]
    rows = [
        Stock(city=city, resource=resource, quantity=quantity, floor=0.0)
        for (city, resource), quantity in sorted(quantities.items()) if quantity > 0
    ]  # fmt: skip
    arrivals = tuple(row for row in problem.arrivals if row.city not in depots)
    return problem.replace(stocks=(*kept, *rows), arrivals=arrivals)


def package_stock(package: tuple[PackageLine, ...], share: float = 1.0) -> dict[tuple[str, str], float]:
    """What the depots must hold for a share of the package."""
    found: dict[tuple[str, str], float] = {}
    for row in package:
        key = (row.depot, row.resource)
        found[key] = found.get(key, 0.0) + share * row.quantity
    return found


def _without_depots(problem: Problem, depots: set[str]) -> Problem:
    """The pool alone; what a depot has promised already is kept."""
    promised: dict[tuple[str, str], float] = {}
    for row in problem.kept:
        if row.origin in depots and row.depart_h >= 0:
            key = (row.origin, row.resource)
            promised[key] = promised.get(key, 0.0) + row.quantity
    return with_stock(problem, promised)


def _unlimited(problem: Problem, depots: set[str]) -> dict[tuple[str, str], float]:
    """More than all needs of every resource that a depot holds (a depot without stock: of every resource needed)."""
    wanted: dict[str, float] = {}
    for need in problem.needs:
        for used, ratio in problem.served_by[need.resource]:
            wanted[used] = wanted.get(used, 0.0) + need.quantity * (need.repeats or 1) / ratio
            crew = problem.resource_of[used].crew
            if crew is not None:
                size = problem.resource_of[used].crew_size or 1.0
                wanted[crew] = wanted.get(crew, 0.0) + size * need.quantity * (need.repeats or 1) / ratio
    found = {}
    for depot in sorted(depots):
        held = {row.resource for row in problem.stocks if row.city == depot}
        for resource, quantity in wanted.items():
            if resource in held or not held:
                spec = problem.resource_of[resource]
                lot = spec.lot or 1.0
                several = (
                    1.0 if spec.is_supply else float(problem.settings.periods)
                )  # units come home and rest in between
                found[depot, resource] = float(np.ceil(quantity / lot) + len(problem.needs)) * lot * several
    return found


def _package(plan: Plan, depots: set[str]) -> tuple[PackageLine, ...]:
    found = [
        PackageLine(
            row.origin, row.destination, row.resource, float(row.quantity), row.depart_h,
            row.arrive_h if isinstance(row, Shipment) else row.on_site_h,
        )
        for row in plan.lines if row.origin in depots
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda row: (row.arrive_h, row.destination, row.resource, row.depot)))
