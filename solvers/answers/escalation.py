"""When to call upward: the least national package, the proof that the pool alone cannot do without, the latest hour of the call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import Stock
from tongzhou.model.errors import NoPlanError, Text, UsageError
from tongzhou.model.plan import Plan, Shipment
from tongzhou.solvers.compiled import Floats, Patch
from tongzhou.solvers.decode import decode
from tongzhou.solvers.dispatch import Prepared, home_start, prepare
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.polish import polish
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.search import Search
from tongzhou.solvers.tiers import solve_tiers, tier_column

SAME = 1e-5
"""Share of a tier's value by which two values may differ and yet be the same."""
NATIONAL = "national"


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
    """One priority: what no plan of the pool alone is below, what it reaches, and what it reaches with unlimited national stock."""

    tier: str
    pool_bound: float
    pool_value: float
    with_package: float

    @property
    def is_proven(self) -> bool:
        """Whether every plan of the pool alone is worse."""
        return self.pool_bound > self.with_package + SAME * max(1.0, abs(self.with_package))


@dataclass(frozen=True)
class Escalation:
    """The package (empty: the pool suffices, or national stock changes nothing), its value, the proofs, the latest hour of the call
    with the national stock that is really there (None: no call is needed), and the tiers if the call came a period later."""

    package: tuple[PackageLine, ...]
    value: float
    proofs: tuple[TierProof, ...]
    latest_call_h: float | None
    reached: Mapping[str, float]
    too_late: Mapping[str, float]


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
    pool = _Run(_without_depots(problem, depots), options, clock)
    pool_values, bounds = pool.solve(with_draw=False)
    full = _Run(with_stock(problem, _unlimited(problem, depots)), options, clock)
    values, _ = full.solve(with_draw=True)
    package = _package(full.plan(), depots)
    proofs = tuple(TierProof(name, bounds[name], pool_values[name], values[name]) for name in pool_values)
    latest, reached, later = _latest_call(problem, options, clock, pool_values)
    return Escalation(package, values.get(NATIONAL, 0.0), proofs, latest, reached, later)


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


class _Run:
    """One scenario, solved for its priorities, and then for the least draw."""

    def __init__(self, problem: Problem, options: SolveOptions, clock: Clock) -> None:
        self._options, self._clock = options, clock
        self.prepared: Prepared = prepare(problem, options, clock)
        self.search = Search(self.prepared.model, self.prepared.indices, options, clock)
        self._solution: Floats | None = None
        self._names: list[str] = []

    def solve(self, *, with_draw: bool, call_from: int = 0) -> tuple[dict[str, float], dict[str, float]]:
        """Values and bounds of the tiers. `call_from`: the first period in which the call may come."""
        ix, model = self.prepared.indices, self.prepared.model
        self._names = [f"priority-{number}" for number in ix.priorities] + ([NATIONAL] if with_draw else [])
        call = [column for period, column in model.variables["call"].place.items() if period < call_from]
        self.search.apply(Patch.of_columns(call, [0.0] * len(call), [0.0] * len(call)))
        start = self.search.complete(home_start(self.prepared), tier_column(model, self._names[0]))
        found = solve_tiers(self.search, ix, self._names, start, {}, lambda _: None)
        missing = [name for name in self._names if name not in found.bounds]
        if found.solution is None or missing:
            raise NoPlanError(Text("the time did not suffice for all priorities", "时间不足以求解全部优先级"))
        tolerance = self.prepared.problem.settings.objective.tolerance
        self._solution = polish(self.search, self._names, found.solution, tolerance)
        values = {name: float(self._solution[tier_column(model, name)]) for name in self._names}
        return values, {name: min(found.bounds[name], values[name]) for name in self._names}

    def plan(self) -> Plan:
        """The plan of the last solve."""
        assert self._solution is not None
        return decode(self.prepared.indices, self.prepared.model, self._solution)


def _package(plan: Plan, depots: set[str]) -> tuple[PackageLine, ...]:
    found = [
        PackageLine(
            row.origin, row.destination, row.resource, float(row.quantity), row.depart_h,
            row.arrive_h if isinstance(row, Shipment) else row.on_site_h,
        )
        for row in plan.lines if row.origin in depots
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda row: (row.arrive_h, row.destination, row.resource, row.depot)))


def _latest_call(
    problem: Problem, options: SolveOptions, clock: Clock, pool: Mapping[str, float]
) -> tuple[float | None, Mapping[str, float], Mapping[str, float]]:
    """The latest hour of the call that changes no tier's value, by bisection: a later call never helps."""

    def values(call_from: int) -> dict[str, float]:
        return _Run(problem, options, clock).solve(with_draw=False, call_from=call_from)[0]

    best = values(0)
    if _same(best, pool):
        return None, best, best
    low, high = 0, problem.settings.periods  # reached at low, not at high (no call at all)
    too_late: Mapping[str, float] = pool
    while high - low > 1:
        middle = (low + high) // 2
        found = values(middle)
        if _same(found, best):
            low = middle
        else:
            high, too_late = middle, found
    return low * problem.settings.period_h, best, too_late


def _same(a: Mapping[str, float], b: Mapping[str, float]) -> bool:
    return all(abs(a[name] - b[name]) <= SAME * max(1.0, abs(a[name])) for name in a)
