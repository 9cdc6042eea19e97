"""The second solve: what a change of the scenario really brings, in whole models to the end, in large ones around the need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from tongzhou.model.change import Change, apply_changes
from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import Need
from tongzhou.model.errors import ScenarioError
from tongzhou.model.explain.explanation import Relief
from tongzhou.model.plan import Plan
from tongzhou.solvers.answers.residual import ResidualError, around, prepare_part, residual
from tongzhou.solvers.answers.standing import Standing, lacking, must_stand, stand, without_aid
from tongzhou.solvers.caps import tier_column
from tongzhou.solvers.compiled import Floats
from tongzhou.solvers.dispatch import Prepared, prepare
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.polish import refine
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.search import SMALL
from tongzhou.solvers.tiers import solve_tiers

FALL = 1e-6
"""Share of a tier's value by which it must fall for a change to count as help."""
ROOM = 3e-6
"""Share of a tier's value that it may rise by: what the search lets each tier give way, and rounding."""
WORTH = 1e-3
"""Share of a need's unit-hours that it must gain for a change to count as its relief."""
EXACT_S = 20.0
"""Most seconds for the second solve of a whole model; what it has found by then is what is told."""
NEAR_S = 2.0
"""Most seconds for the second solve around a city of a large scenario, with all lines to other cities kept."""


class Prover:
    """Tries changes of one scenario against one plan of it."""

    def __init__(self, problem: Problem, plan: Plan, options: SolveOptions, clock: Clock) -> None:
        """Raises `PlanFileError` where the plan is none of this scenario."""
        self._problem, self._plan = problem, plan
        self._options, self._clock = replace(options, workers=1), clock
        prepared = prepare(problem, self._options, clock.patient())
        self._exact = int(prepared.model.whole.sum()) <= SMALL
        self._whole = must_stand(problem, plan, self._options, clock.patient(), prepared) if self._exact else None
        self._parts: dict[str, Standing | None] = {}

    def try_changes(self, need: Need, changes: Sequence[Change]) -> Relief | None:
        """What the changes bring; None where no tier up to the need's own falls, or they make no valid scenario."""
        try:
            changed = apply_changes(self._problem, changes)
        except ScenarioError:
            return None
        gone = {change.key[0] for change in changes if change.table == "commitments"}
        plan = replace(
            self._plan,
            shipments=tuple(row for row in self._plan.shipments if row.line not in gone),
            deployments=tuple(row for row in self._plan.deployments if row.line not in gone),
        )
        before = self._whole if self._exact else self._part_of(need)
        if before is None:
            return None
        again = self._second(changed, plan, need) or self._anew(changed, plan, need)
        if again is None:
            return None
        names = self._names_until(again.names, need)
        return self._relief(before, again, self._solve(again, names), names, need, changes)

    def _prepared(self, changed: Problem, plan: Plan, need: Need) -> Prepared:
        """The changed scenario compiled: all of it, or what the plan leaves around a need."""
        patient = self._clock.patient()
        if self._exact:
            return prepare(changed, self._options, patient)
        part = around(changed, need)
        return prepare_part(changed, residual(changed, plan, part), part.needs, self._options, patient)

    def _second(self, changed: Problem, plan: Plan, need: Need) -> Standing | None:
        """The plan in the changed scenario."""
        try:
            prepared = self._prepared(changed, plan, need)
        except (ScenarioError, ResidualError):
            return None  # a kept line stretches a limit by more than rounding
        return stand(prepared.problem, plan, self._options, self._clock.patient(), prepared)

    def _anew(self, changed: Problem, plan: Plan, need: Need) -> Standing | None:
        """A start without aid, where own means come first now and aid came before."""
        try:
            prepared = self._prepared(changed, plan, need)
        except (ScenarioError, ResidualError):
            return None
        return without_aid(prepared.problem, self._options, self._clock.patient(), prepared)

    def _part_of(self, need: Need) -> Standing | None:
        key = min(around(self._problem, need).needs)
        if key not in self._parts:
            part = self._second(self._problem, self._plan, need)
            if part is not None:  # what planning the part anew brings is not the change's doing
                names = [name for name in part.names if name.startswith("priority-") or name == "social-cost"]
                part = replace(part, solution=self._solve(part, names))
            self._parts[key] = part
        return self._parts[key]

    def _names_until(self, names: list[str], need: Need) -> list[str]:
        """The tiers up to that of the need, its evenness included."""
        if "social-cost" in names:
            return ["social-cost"]
        if not self._exact:  # levels of evenness are those of the whole
            names = [name for name in names if not name.startswith("fairness-")]
        last = max(
            number
            for number, name in enumerate(names)
            if name in (f"priority-{need.priority}", f"fairness-{need.priority}")
        )
        return names[: last + 1]

    def _solve(self, again: Standing, names: list[str]) -> Floats:
        """The whole model, tier by tier."""
        search = again.search
        search.clock = self._limited(EXACT_S if self._exact else NEAR_S)
        found = solve_tiers(search, again.prepared.indices, names, again.solution, {}, lambda _: None)
        assert found.solution is not None
        done = [name for name in names if name in found.bounds and not name.startswith("fairness-")]
        whole = np.flatnonzero(search.model.whole)
        tolerance = again.prepared.problem.settings.objective.tolerance
        counts = np.round(found.solution[whole])
        better = refine(search, done, whole, (counts, counts), tolerance, self._clock.patient())
        evened = any(name.startswith("fairness-") for name in names)
        return found.solution if better is None or evened else better

    def _limited(self, seconds: float) -> Clock:
        outer = self._clock
        return Clock(min(seconds, max(outer.left, 0.1)), cancelled=lambda: outer.cancelled)

    def _relief(
        self, was: Standing, again: Standing, solution: Floats, names: list[str], need: Need, changes: Sequence[Change]
    ) -> Relief | None:
        hours, short = was.lacking(need.need)
        for name in names:
            if name.startswith("fairness-"):
                continue
            before = was.values[name]
            fall = before - float(solution[tier_column(again.search.model, name)])
            if fall > FALL * max(1.0, before):
                left_hours, left_short = lacking(again.prepared, solution, need.need)
                if hours - left_hours <= WORTH * hours:
                    return None  # it helps others, not this need
                less = short - left_short
                return Relief(
                    tuple(changes), name, _told(fall, before), round(hours - left_hours, 6),
                    0.0 if abs(less) <= FALL * need.quantity else round(less, 6), self._exact,
                )  # fmt: skip
            if fall < -ROOM * max(1.0, before):
                return None  # an earlier tier's gain is paid here: nothing is guaranteed
        return None


def _told(fall: float, before: float) -> float:
    """A fall rounded down, so that what is told is guaranteed."""
    rounded = float(f"{fall:.9g}")
    return rounded if rounded <= fall else float(f"{fall - 1e-9 * max(1.0, before):.9g}")
