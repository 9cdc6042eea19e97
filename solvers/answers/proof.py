"""The second solve: what a change of the scenario really brings, in whole models to the end, in large ones around the need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from tongzhou.model.change import Change, apply_changes
from tongzhou.model.domain.tables import Need
from tongzhou.model.errors import ScenarioError
from tongzhou.model.explain.explanation import Relief
from tongzhou.model.plan import Plan
from tongzhou.solvers.answers.standing import Standing, lacking, stand, without_aid
from tongzhou.solvers.compiled import Bools, Floats
from tongzhou.solvers.dispatch import prepare
from tongzhou.solvers.highs import Session
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.polish import refine
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.reduced import reduce_model
from tongzhou.solvers.search import SMALL
from tongzhou.solvers.tiers import CAP_SLACK, cap_patch, solve_tiers, tier_column

FALL = 1e-6
"""Share of a tier's value by which it must fall for a change to count as help."""
ROOM = 3e-6
"""Share of a tier's value that it may rise by: what the search lets each tier give way, and rounding."""
EXACT_S = 20.0
"""Most seconds for the second solve of a whole model; what it has found by then is what is told."""
NEAR_S, NEAR_GAP = 2.0, 1e-3
"""Limits of the second solve around a need of a large model."""


class Prover:
    """Tries changes of one scenario against one plan of it."""

    def __init__(self, standing: Standing, plan: Plan, options: SolveOptions, clock: Clock) -> None:
        self._standing, self._plan = standing, plan
        self._options, self._clock = replace(options, workers=1), clock
        self._before = dict(standing.values)

    def try_changes(self, need: Need, changes: Sequence[Change]) -> Relief | None:
        """What the changes bring; None where no tier up to the need's own falls, or they make no valid scenario."""
        problem = self._standing.prepared.problem
        try:
            changed = apply_changes(problem, changes)
        except ScenarioError:
            return None
        gone = {change.key[0] for change in changes if change.table == "commitments"}
        plan = replace(
            self._plan,
            shipments=tuple(row for row in self._plan.shipments if row.line not in gone),
            deployments=tuple(row for row in self._plan.deployments if row.line not in gone),
        )
        patient = self._clock.patient()
        prepared = prepare(changed, self._options, patient)
        again = stand(changed, plan, self._options, patient, prepared)
        if (
            again is None and int(prepared.model.whole.sum()) <= SMALL
        ):  # own means come first now, where aid came before
            again = without_aid(changed, self._options, patient, prepared)
        if again is None:
            return None
        exact = again.search.whole <= SMALL
        names = self._names_until(again.names, need)
        solution = self._solve(again, names) if exact else self._solve_near(again, names, need, changes)
        return self._relief(again, solution, names, need, changes, exact=exact)

    def _names_until(self, names: list[str], need: Need) -> list[str]:
        """The tiers up to that of the need, its evenness included."""
        if "social-cost" in names:
            return names
        last = max(
            number
            for number, name in enumerate(names)
            if name in (f"priority-{need.priority}", f"fairness-{need.priority}")
        )
        return names[: last + 1]

    def _solve(self, again: Standing, names: list[str]) -> Floats:
        """The whole model, tier by tier."""
        search = again.search
        search.clock = self._limited(EXACT_S)
        found = solve_tiers(search, again.prepared.indices, names, again.solution, {}, lambda _: None)
        assert found.solution is not None
        done = [name for name in names if name in found.bounds and not name.startswith("fairness-")]
        whole = np.flatnonzero(search.model.whole)
        tolerance = again.prepared.problem.settings.objective.tolerance
        better = refine(search, done, whole, np.round(found.solution[whole]), tolerance, self._clock.patient())
        evened = any(name.startswith("fairness-") for name in names)
        return found.solution if better is None or evened else better

    def _limited(self, seconds: float) -> Clock:
        outer = self._clock
        return Clock(min(seconds, max(outer.left, 0.1)), cancelled=lambda: outer.cancelled)

    def _solve_near(self, again: Standing, names: list[str], need: Need, changes: Sequence[Change]) -> Floats:
        """Branch and cut over the whole columns around the need and the changed places, everything else as planned."""
        search, solution = again.search, again.solution
        opened = self._around(again, need, changes)
        for name in names:
            if name.startswith("fairness-"):
                continue
            column = tier_column(search.model, name)
            reduced = reduce_model(search.present, search.model.whole & ~opened, solution)
            session = Session(reduced.model, relaxed=not bool(reduced.model.whole.any()), seed=self._options.seed)
            session.minimise(reduced.place(column))
            clock = self._limited(NEAR_S)
            found = session.solve_whole(
                clock, name, start=reduced.shrink(solution), gap=NEAR_GAP, absolute_gap=0.0, most_s=NEAR_S
            )
            if found.solution is not None and found.value < solution[column]:
                solution = reduced.spread(found.solution)
            if solution[column] < self._before[name] - FALL * max(1.0, self._before[name]):
                break  # the first tier that falls is what is told
            tolerance = again.prepared.problem.settings.objective.tolerance
            search.apply(cap_patch(search.model, column, float(solution[column]), tolerance, CAP_SLACK))
        return solution

    def _around(self, again: Standing, need: Need, changes: Sequence[Change]) -> Bools:
        topics = again.search.topics
        cities = {row.city: number for number, row in enumerate(again.prepared.problem.cities)}
        places = {str(value) for change in changes for value in change.key if value in cities}
        opened = topics.destination == cities[need.city]
        for place in places - {need.city}:
            opened |= topics.origin == cities[place]
        return np.asarray(opened, dtype=np.bool_)

    def _relief(
        self, again: Standing, solution: Floats, names: list[str], need: Need, changes: Sequence[Change], *, exact: bool
    ) -> Relief | None:
        hours, short = self._standing.lacking(need.need)
        for name in names:
            if name.startswith("fairness-"):
                continue
            before = self._before[name]
            fall = before - float(solution[tier_column(again.search.model, name)])
            if fall > FALL * max(1.0, before):
                left_hours, left_short = lacking(again.prepared, solution, need.need)
                if hours - left_hours <= FALL * max(1.0, hours):
                    return None  # it helps others, not this need
                less = short - left_short
                return Relief(
                    tuple(changes), name, _told(fall, before), round(hours - left_hours, 6),
                    0.0 if abs(less) <= FALL * need.quantity else round(less, 6), exact,
                )  # fmt: skip
            if fall < -ROOM * max(1.0, before):
                return None  # an earlier tier's gain is paid here: nothing is guaranteed
        return None


def _told(fall: float, before: float) -> float:
    """A fall rounded down, so that what is told is guaranteed."""
    rounded = float(f"{fall:.9g}")
    return rounded if rounded <= fall else float(f"{fall - 1e-9 * max(1.0, before):.9g}")
