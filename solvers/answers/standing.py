"""A plan set into the compiled model of its scenario: where every second question starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from tongzhou.model.domain import Problem
from tongzhou.model.errors import PlanFileError, Text
from tongzhou.model.plan import Plan
from tongzhou.solvers.answers.encode import encode
from tongzhou.solvers.caps import tier_column
from tongzhou.solvers.compiled import Floats
from tongzhou.solvers.dispatch import Prepared, home_start, prepare
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.polish import refine
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.search import Search
from tongzhou.solvers.tiers import tier_names


@dataclass(frozen=True, eq=False)
class Standing:
    """The model, and the solution that a plan's lines make in it: service, stocks and tiers follow from the lines."""

    prepared: Prepared
    search: Search
    solution: Floats

    @property
    def names(self) -> list[str]:
        """The tiers of the scenario's objective."""
        return tier_names(self.prepared.indices, self.prepared.problem.settings.objective.kind)

    @property
    def values(self) -> Mapping[str, float]:
        """Value of every tier but those of evenness, whose measure is set by the search for it."""
        model = self.search.model
        return {
            name: float(self.solution[tier_column(model, name)])
            for name in self.names
            if not name.startswith("fairness-")
        }

    def lacking(self, need: str) -> tuple[float, float]:
        """Unit-hours and units short of a need."""
        return lacking(self.prepared, self.solution, need)


def lacking(prepared: Prepared, solution: Floats, need: str) -> tuple[float, float]:
    """Unit-hours of a need, and units short at the end of its windows (supply) or at the worst (presence)."""
    indices = prepared.indices
    unserved = prepared.model.variables["unserved"].place
    hours = short = 0.0
    for key, demand in indices.demands.items():
        if demand.need != need:
            continue
        values = [float(solution[unserved[key, period]]) for period in demand.periods]
        hours += indices.grid.hours * sum(
            demand.counts(period) * value for period, value in zip(demand.periods, values, strict=True)
        )
        short = max(short, max(values, default=0.0)) if key in indices.presences else short + values[-1]
    return hours, short


def stand(
    problem: Problem, plan: Plan, options: SolveOptions, clock: Clock, prepared: Prepared | None = None
) -> Standing | None:
    """Set a plan into its model; None where the model knows no such plan (a line without a column, a violated limit)."""
    prepared = prepared or prepare(problem, options, clock)
    encoded = encode(prepared.indices, prepared.model, plan)
    if encoded.strange:
        return None
    prepared = replace(prepared, model=prepared.model.with_sums(encoded.sums))
    search = Search(prepared.model, prepared.indices, options, clock)
    names = [
        name
        for name in tier_names(prepared.indices, problem.settings.objective.kind)
        if not name.startswith("fairness-")
    ]
    solution = refine(
        search, names, encoded.columns, encoded.bounds, problem.settings.objective.tolerance, clock.patient()
    )
    if solution is None:
        return None
    whole = prepared.model.whole
    solution[whole] = np.round(solution[whole])
    return Standing(prepared, search, solution)


def without_aid(problem: Problem, options: SolveOptions, clock: Clock, prepared: Prepared) -> Standing | None:
    """The plan in which every city helps itself, as a start where another plan does not fit."""
    search = Search(prepared.model, prepared.indices, options, clock)
    names = tier_names(prepared.indices, problem.settings.objective.kind)
    solution = search.complete(home_start(prepared), tier_column(prepared.model, names[0]))
    return None if solution is None else Standing(prepared, search, solution)


def must_stand(
    problem: Problem, plan: Plan, options: SolveOptions, clock: Clock, prepared: Prepared | None = None
) -> Standing:
    """The same for a plan that has to be one of this scenario. Raises `PlanFileError`."""
    found = stand(problem, plan, options, clock, prepared)
    if found is None:
        raise PlanFileError(
            Text(
                "the plan does not fit the scenario (check it: `tongzhou check`)",
                "方案与情景不符 (请用 `tongzhou check` 检查)",
            )
        )
    return found
