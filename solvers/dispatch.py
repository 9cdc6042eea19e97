"""One dispatch from problem to verified outcome: reference, build, compile, tiers, polish, decode, verify."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from importlib.metadata import version

import numpy as np
from tongzhou.model.accounts import changed_lines, loss_value, need_accounts, priority_values
from tongzhou.model.domain import Problem
from tongzhou.model.errors import Fault, NoPlanError, PlanRejectedError, ScenarioError, Text
from tongzhou.model.indices import Indices, lay_indices
from tongzhou.model.plan import Outcome, Plan, Tier, gap_of
from tongzhou.model.verify import verify
from tongzhou.solvers.caps import tier_column
from tongzhou.solvers.compile import compile_indices
from tongzhou.solvers.compiled import CompiledModel, Floats
from tongzhou.solvers.decode import decode
from tongzhou.solvers.decode.goods import Rounding
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.polish import polish
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.reference import AloneRun, run_alone
from tongzhou.solvers.search import Search
from tongzhou.solvers.tiers import Tiered, solve_tiers, tier_names

PROVEN = 1e-5
"""Gap below which a tier counts as proven optimal: rounding of the solver."""
ZERO, CLOSED = 1e-6, 1e-8
"""Value that is nothing, and relative distance of value and bound that is none: the solver's tolerances."""
OF_THE_PLAN = (
    "no-worse-off",
    "self-first",
    "shortage",
    "tier-value",
    "tier-bound",
    "city-account",
    "money",
    "presence",
    "pairs",
    "history",
)
"""Limits that new lines can still meet, or that do not bind kept ones."""
SNAPSHOT_EVERY_S, SNAPSHOT_MOST_S = 3.0, 10.0
"""Least seconds between two intermediate plans, and most seconds that one may take."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A problem compiled, with its reference run: what every later question about it starts from."""

    problem: Problem
    indices: Indices
    model: CompiledModel
    alone: AloneRun


def prepare(problem: Problem, options: SolveOptions, clock: Clock, alone: AloneRun | None = None) -> Prepared:
    """Reference run (unless it is given), index sets, build and compile."""
    clock.report("reference")
    alone = alone or run_alone(problem, options, clock)
    clock.report("build")
    indices = lay_indices(problem, reference=alone.reference)
    return Prepared(problem, indices, compile_indices(indices), alone)


def plan_dispatch(
    problem: Problem,
    options: SolveOptions,
    clock: Clock,
    *,
    scenario_hash: str = "",
    on_outcome: Callable[[Outcome], None] = lambda _: None,
    start_from: Callable[[], tuple[Search, Prepared, Floats] | None] = lambda: None,
) -> Outcome:
    """Plan, and verify the plan independently. `on_outcome` gets every intermediate outcome, verified too; `start_from` sets a
    previous plan into its model, which then stays unless a tier improves by more than the gap.

    Raises `NoPlanError` when stopped before any plan, `PlanRejectedError` when the verifier finds a violated limit.
    """
    started = _cpu_s()
    previous = start_from()
    search, prepared, start = previous or _start_anew(problem, options, clock)
    names = tier_names(prepared.indices, problem.settings.objective.kind)
    without_aid = _without_aid(prepared, names)
    outcome = _Publisher(prepared, names, without_aid, options, clock, scenario_hash, started).outcome
    last_snapshot, is_hopeless = clock.seconds, False

    def on_tier(found: Tiered) -> None:
        nonlocal last_snapshot, is_hopeless
        if found.solution is None or is_hopeless or clock.seconds - last_snapshot < SNAPSHOT_EVERY_S:
            return
        first = tier_column(prepared.model, names[0])
        exact = found.solution if found.is_settled else search.complete(found.solution, first, SNAPSHOT_MOST_S)
        is_hopeless = exact is None  # there was no time for it, and later tiers take longer
        if exact is not None:
            on_outcome(outcome(found, exact))
        last_snapshot = clock.seconds

    loyal = previous is not None and start is not None
    with closing(search.ahead):
        found = solve_tiers(search, prepared.indices, names, start, without_aid, on_tier, loyal=loyal)
    if found.solution is None:
        raise NoPlanError(Text("the search stopped before it had any plan", "搜索在得到任何方案前已中止"))
    clock.report("verify")
    if found.loyal_to is not None:
        return outcome(found, found.loyal_to)
    tolerance = problem.settings.objective.tolerance
    return outcome(found, polish(search, [name for name in names if name in found.bounds], found.solution, tolerance))


@dataclass(frozen=True, eq=False)
class _Publisher:
    """What an outcome tells beside its plan."""

    prepared: Prepared
    names: list[str]
    without_aid: Mapping[str, float]
    options: SolveOptions
    clock: Clock
    scenario_hash: str
    started: float

    def outcome(self, found: Tiered, solution: Floats) -> Outcome:
        """The verified plan of a solution. Raises `PlanRejectedError`."""
        plan = _published(self.prepared, found, solution, self.names, self.without_aid)
        problem = self.prepared.problem
        return Outcome(
            status=_status(found, plan),
            plan=plan,
            scenario_hash=self.scenario_hash,
            mode=problem.mode,
            objective=problem.settings.objective.kind,
            seed=self.options.seed,
            options=self.options.told,
            versions={"tongzhou": version("tongzhou"), "highs": version("highspy"), "pyomo": version("pyomo")},
            size=self.prepared.model.size,
            cpu_s=round(_cpu_s() - self.started, 2),
            wall_s=round(self.clock.seconds, 2),
        )


def _start_anew(problem: Problem, options: SolveOptions, clock: Clock) -> tuple[Search, Prepared, Floats | None]:
    """The compiled scenario, and the plan without aid. Raises `ScenarioError` where kept lines contradict each other."""
    prepared = prepare(problem, options, clock)
    refuse_impossible_promises(prepared)
    names = tier_names(prepared.indices, problem.settings.objective.kind)
    search = Search(prepared.model, prepared.indices, options, clock)
    return search, prepared, search.complete(home_start(prepared), tier_column(prepared.model, names[0]))


def _cpu_s() -> float:
    """CPU seconds of this process and of its children that have ended."""
    return sum(os.times()[:4])


def refuse_impossible_promises(prepared: Prepared) -> None:
    """Raise `ScenarioError` where the kept lines alone violate a limit: no plan could keep them.

    The input checks know stocks, units and fleets; the verifier also knows lanes, closures, handling and pairs.
    """
    problem, model = prepared.problem, prepared.model
    if not problem.kept:
        return
    nothing_new = decode(prepared.indices, model, np.zeros(model.matrix.shape[1]))
    first = {  # of each limit and place: later hours only repeat it
        (violation.limit, violation.place): violation
        for violation in reversed(verify(problem, nothing_new))
        if violation.limit not in OF_THE_PLAN
    }
    faults = [
        Fault(
            "commitments", None, (), violation.line("en"),
            Text("kept lines that can all be kept", "可全部保留的承诺线"),
            Text("withdraw a line, or correct the limit", "请撤回一条线或更正该限制"),
        )
        for violation in reversed(first.values())
    ]  # fmt: skip
    if faults:
        raise ScenarioError(faults)


def home_start(prepared: Prepared) -> Floats:
    """Whole columns of the plan without aid: duty at home as in the reference run, trips that kept lines need."""
    model, alone = prepared.model, prepared.alone
    start = np.zeros(model.matrix.shape[1])
    for name in ("depart", "leave"):
        for key, quantity in alone.model.values(alone.solution, name).items():
            if key in model.variables[name].place:
                start[model.column(name, key)] = round(quantity)
    promises = prepared.indices.promises
    for loads in (promises.out_load, promises.home_load):
        for (lane_key, period), (weight, volume) in loads.items():
            lane = prepared.indices.lanes.by_vehicle.get(lane_key)
            if lane is not None:
                column = model.column("trips", (lane_key, period))
                trips = np.ceil(max(weight / lane.payload_t, volume / lane.volume_m3) - 1e-9)
                start[column] = max(start[column], trips)
    return start


def _without_aid(prepared: Prepared, names: list[str]) -> dict[str, float]:
    """Value of each tier with every city alone."""
    indices, unserved = prepared.indices, prepared.alone.reference.unserved
    values = {name: 1.0 if name.startswith("fairness-") else 0.0 for name in names}  # a whole group's need
    for key, demand in indices.demands.items():
        for period in demand.periods:
            short = unserved[key, period]
            name = f"priority-{demand.priority}"
            if name in values:
                values[name] += demand.weight * indices.grid.hours * demand.counts(period) * short
            if "social-cost" in values:
                last = demand.counts(period) > 1
                values["social-cost"] += short * (sum(demand.loss[period:]) if last else demand.loss[period])
    return values


def _published(
    prepared: Prepared, found: Tiered, solution: Floats, names: list[str], without_aid: Mapping[str, float]
) -> Plan:
    """The decoded plan with its tiers, after the verifier has found nothing."""
    for rounding in Rounding:  # numbers of few digits are nicer, but may stretch a tight limit by a hair too much
        plan = decode(prepared.indices, prepared.model, solution, rounding)
        plan = replace(plan, tiers=_tiers(prepared, found, plan, solution, names, without_aid))
        violations = verify(prepared.problem, plan)
        if not violations:
            return plan
    raise PlanRejectedError(violation.line("en") for violation in violations)


def _tiers(
    prepared: Prepared,
    found: Tiered,
    plan: Plan,
    solution: Floats,
    names: list[str],
    without_aid: Mapping[str, float],
) -> tuple[Tier, ...]:
    exact = _exact_values(prepared, plan)
    tiers = []
    for name in names:
        value = exact.get(name, float(solution[tier_column(prepared.model, name)]))
        bound = found.bounds.get(name)
        sunk = sunk_cost(plan, prepared.problem) if name in ("cost", "social-cost") else 0.0
        tiers.append(_tier(name, value, None if bound is None else bound + sunk, without_aid[name]))
    return tuple(tiers)


def _tier(name: str, value: float, bound: float | None, without_aid: float) -> Tier:
    """A tier as published; what lies within the solver's tolerance of its bound, or of zero, is there."""
    value = 0.0 if abs(value) < ZERO else float(f"{value:.10g}")
    if bound is None:
        return Tier(name=name, value=value, bound=0.0, gap=float("inf"))
    bound = min(value, float(f"{bound:.10g}"))
    if value - bound <= CLOSED * max(1.0, abs(value)):
        bound = value
    return Tier(name=name, value=value, bound=bound + 0.0, gap=round(gap_of(value, bound, without_aid), 9))


def sunk_cost(plan: Plan, problem: Problem) -> float:
    """Costs of kept lines that the model leaves out as constants: they shift value and bound alike."""
    kept = {row.line for row in problem.kept}
    return float(
        sum(row.cost for row in plan.lines if row.line in kept)
        + sum(row.cost for row in plan.trips if row.depart_h < 0)
    )


def _exact_values(prepared: Prepared, plan: Plan) -> dict[str, float]:
    """Values of tiers recomputed from the published rows."""
    problem = prepared.problem
    by_priority = priority_values(problem, need_accounts(problem, plan.service))
    exact = {f"priority-{priority}": value for priority, value in by_priority.items()}
    changed = len(changed_lines(problem, plan))
    exact["changes"] = float(changed)
    exact["cost"] = float(sum(row.spent for row in plan.cities)) + changed * problem.settings.objective.change_cost
    exact["social-cost"] = loss_value(problem, plan.service) + exact["cost"]
    return exact


def _status(found: Tiered, plan: Plan) -> str:
    if found.status != "optimal":
        return found.status
    return "optimal" if all(tier.gap <= PROVEN for tier in plan.tiers) else "gap"
