"""One scenario solved tier by tier, from any solution of a scenario like it, and asked whether given values can be reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from tongzhou.model.domain import Problem
from tongzhou.model.errors import NoPlanError, Text
from tongzhou.model.plan import Plan
from tongzhou.solvers.beside import Target
from tongzhou.solvers.caps import CAP_SLACK, cap_patch, tier_column
from tongzhou.solvers.compiled import CompiledModel, Floats, Patch
from tongzhou.solvers.decode import decode
from tongzhou.solvers.dispatch import home_start, prepare
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.polish import polish
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.reference import AloneRun
from tongzhou.solvers.search import Search
from tongzhou.solvers.tiers import solve_tiers

SAME = 1e-5
"""Least share of a tier's value by which two values may differ and yet be the same; a wider gap of the search is allowed too."""


@dataclass(frozen=True, eq=False)
class Reached:
    """A solution, its tiers' values, and values that no solution can beat (0 where the time did not suffice for any)."""

    model: CompiledModel
    solution: Floats
    values: Mapping[str, float]
    bounds: Mapping[str, float]


class TierRun:
    """A compiled scenario; `alone` saves the reference run where one of the same cities and needs is known."""

    def __init__(self, problem: Problem, options: SolveOptions, clock: Clock, alone: AloneRun | None = None) -> None:
        self._options = options
        self.prepared = prepare(problem, options, clock, alone)
        self._search = Search(self.prepared.model, self.prepared.indices, options, clock)

    def solve(self, names: list[str], clock: Clock, start: Reached | None = None) -> Reached:
        """Search the tiers in turn. Raises `NoPlanError` where the time did not suffice for any solution, or after a cancel."""
        search, model = self._search, self.prepared.model
        search.clock = clock
        found = solve_tiers(search, self.prepared.indices, names, self._start(names[0], start), {}, lambda _: None)
        if found.solution is None or clock.cancelled:
            raise NoPlanError(Text("the time did not suffice for any plan", "时间不足以得到任何方案"))
        tolerance = self.prepared.problem.settings.objective.tolerance
        solution = polish(search, [name for name in names if name in found.bounds], found.solution, tolerance)
        self._uncap(names)
        values = {name: float(solution[tier_column(model, name)]) for name in names}
        return Reached(
            model, solution, values, {name: min(found.bounds.get(name, 0.0), values[name]) for name in names}
        )

    def attempt(self, goals: Mapping[str, float], clock: Clock, start: Reached) -> Reached | None:
        """A solution whose tiers reach the goals in their order, or None where none was found."""
        search, model = self._search, self.prepared.model
        search.clock = clock
        solution = self._start(next(iter(goals)), start)
        caps: tuple[int, ...] = ()
        for name, goal in goals.items():
            column = tier_column(model, name)
            search.focus(None, None)
            target = Target(column, name, 0.0, caps, goal=goal)
            result = search.minimise(target, start=solution, most_s=clock.left / (len(goals) - len(caps)))
            solution = None if result is None or result.value > goal else result.solution
            if solution is None:
                break
            caps = (*caps, column)
            search.apply(cap_patch(model, column, goal, 0.0, CAP_SLACK))
        self._uncap(list(goals))
        if solution is None:
            return None
        return Reached(model, solution, {name: float(solution[tier_column(model, name)]) for name in goals}, {})

    def call_not_before(self, period: int) -> None:
        """Let the call for the national tier come in a period or later only."""
        model = self.prepared.model
        for number, column in model.variables["call"].place.items():
            upper = 0.0 if number < period else float(model.upper[column] * model.column_scale[column])
            self._search.apply(Patch.of_columns([column], [0.0], [upper]))

    def plan(self, reached: Reached) -> Plan:
        """The plan of a solution."""
        return decode(self.prepared.indices, self.prepared.model, reached.solution)

    def room(self, value: float) -> float:
        """By how much a tier's value may differ and yet count as the same."""
        return max(SAME * max(1.0, abs(value)), self._options.gap * abs(value))

    def _start(self, name: str, start: Reached | None) -> Floats | None:
        """The whole decisions of another solution in this model; where they do not fit, the plan without aid."""
        column = tier_column(self.prepared.model, name)
        if start is not None:
            carried = self._search.complete(_carried_over(start, self.prepared.model), column)
            if carried is not None:
                return carried
        return self._search.complete(home_start(self.prepared), column)

    def _uncap(self, names: list[str]) -> None:
        columns = [tier_column(self.prepared.model, name) for name in names]
        self._search.apply(Patch.of_columns(columns, [-np.inf] * len(columns), [np.inf] * len(columns)))


def _carried_over(start: Reached, target: CompiledModel) -> Floats:
    """The values of one model's columns in another, by variable and key; what only the other knows is nothing."""
    if start.model is target:
        return start.solution
    values = np.zeros(target.matrix.shape[1])
    for name, block in target.variables.items():
        source = start.model.variables[name].place if name in start.model.variables else {}
        for key, column in block.place.items():
            if key in source:
                values[column] = start.solution[source[key]]
    return values
