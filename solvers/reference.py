"""The reference run: every city alone, kept commitments sunk, tiers (a), then earliest service.

Cities alone share nothing, so one model over all of them falls into independent blocks; each is solved to the end by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from tongzhou.model.domain import Problem
from tongzhou.model.errors import NoPlanError, Text
from tongzhou.model.indices import Indices, Reference, lay_indices
from tongzhou.model.indices.flows import AID
from tongzhou.model.indices.grid import SupplyDemand
from tongzhou.solvers.blocks import independent_parts
from tongzhou.solvers.compile import compile_indices
from tongzhou.solvers.compiled import CompiledModel, Floats, Patch
from tongzhou.solvers.highs import Session
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock

TOLERANCE = 1e-9
"""Feasibility of the reference run, finer than of the runs it binds: what it promises must be within their reach."""
REFERENCE_SLACK = 1e-9
"""How much a tier of the reference may give way to the next: rounding only."""


@dataclass(frozen=True, slots=True)
class AloneRun:
    """The reference and the solution it came from."""

    reference: Reference
    indices: Indices
    model: CompiledModel
    solution: Floats


def run_alone(problem: Problem, options: SolveOptions, clock: Clock, needs: Collection[str] | None = None) -> AloneRun:
    """Solve the reference run, of some needs only where these are all of their cities. Raises `NoPlanError` when time or cancel
    stops it."""
    indices = lay_indices(problem, alone=True, needs=needs)
    model = compile_indices(indices)
    solution = _solve_tiers(indices, model, options, clock)
    return AloneRun(_reference(indices, model, solution), indices, model, solution)


def _solve_tiers(indices: Indices, model: CompiledModel, options: SolveOptions, clock: Clock) -> Floats:
    solution = np.zeros(model.matrix.shape[1])
    tiers = [*(f"priority-{number}" for number in indices.priorities), "early"]
    parts = independent_parts(
        model,
        shared="tier",
        kept_sums=("priority_value", "early_value"),
        left_out=("relative_shortage", "fairness_level", "fairness_excess", "excess_value", "national_draw",
                  "source_order", "money", "social_cost", "change_count"),
        unused=("relative", "excess", "largest"),
    )  # fmt: skip
    for part in parts:
        solution[part.columns] = _solve_part(part.model, tiers, options, clock)[: len(part.columns)]
    return solution


def _solve_part(model: CompiledModel, tiers: list[str], options: SolveOptions, clock: Clock) -> Floats:
    whole = bool(model.whole.any())
    session = Session(model, relaxed=not whole, seed=options.seed, tolerance=TOLERANCE)
    found: Floats | None = None
    for tier in tiers:
        column = model.column("tier", tier)
        session.minimise(column)
        if whole:
            solved = session.solve_whole(clock, "reference", start=found, gap=0.0, absolute_gap=0.0, most_s=clock.left)
        else:
            solved = session.solve_relaxation(clock, "reference")
        if solved.solution is None:
            raise NoPlanError(Text(
                f"the reference run of the cities alone stopped: {solved.stop}", f"各城市自救基准计算中止: {solved.stop}"
            ))  # fmt: skip
        found = solved.solution
        slack = REFERENCE_SLACK * max(1.0, abs(solved.value))
        session.apply(Patch.of_columns([column], [-np.inf], [solved.value + slack]))
    assert found is not None
    return found


def _received(indices: Indices, model: CompiledModel, solution: Floats) -> dict[str, float]:
    """What goods of others served before now, by demand."""
    found: dict[str, float] = defaultdict(float)
    for (key, supply, _, pool), used in model.values(solution, "serve").items():
        if pool == AID:
            found[key] += dict(indices.problem.served_by[indices.supplies[key].resource])[supply] * used
    return found


def _reference(indices: Indices, model: CompiledModel, solution: Floats) -> Reference:
    """Constants of the main model; dust of the solver is rounded away at a billionth of the quantity."""
    unserved: dict[tuple[str, int], float] = {}
    served: dict[str, float] = {}
    present: dict[tuple[str, int], float] = {}
    values = model.values(solution, "unserved")
    received = _received(indices, model, solution)
    for key, demand in indices.demands.items():
        supply = isinstance(demand, SupplyDemand)
        for period in demand.periods:
            whole = demand.quantity if isinstance(demand, SupplyDemand) else demand.required[period]
            left = min(whole, max(0.0, values.get((key, period), 0.0)))
            left = round(left / whole, 9) * whole
            unserved[key, period] = left
            if not supply:
                present[key, period] = whole - left
        if isinstance(demand, SupplyDemand):
            served[key] = demand.quantity - unserved[key, demand.after - 1] - received.get(key, 0.0)
    return Reference(unserved, served, present)
