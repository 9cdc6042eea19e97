"""Additions keep what a plan has, removals add nothing; both end where branch and cut on the same columns ends; a second
process improves beside."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
import tongzhou.solvers.highs as highs_module
from instances import prepared
from tongzhou.solvers.compiled import CompiledModel, Floats, Patch
from tongzhou.solvers.fairness import LEVEL_SLACK, leximin_levels
from tongzhou.solvers.helper import Helper, Improvement, _Stalled
from tongzhou.solvers.highs import Session, Solved
from tongzhou.solvers.improve import CORE, REMOVALS_GAP, STEP_GAP, STEP_S, UNITS_AFTER, UNITS_GAP, Improver
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.reduced import reduce_model
from tongzhou.solvers.search import Search
from tongzhou.solvers.status import Stop
from tongzhou.solvers.topics import Topics, lay_topics

WITHIN = 1e-6


@dataclass(frozen=True)
class Stage:
    """A model with priority 1 capped at its optimum, a plan that reaches it, and the relaxation of the next tier."""

    model: CompiledModel
    start: Floats
    relaxed: Solved
    column: int

    @property
    def topics(self) -> Topics:
        return lay_topics(prepared("tiered", 4).indices, self.model)

    def improver(self) -> Improver:
        return Improver(self.model, self.topics, {self.column: 1.0}, self.relaxed, self.start, seed=0)

    def best_within(self, lower: Floats, upper: Floats) -> float:
        """The optimum with the whole columns within these bounds, by branch and cut on the whole model."""
        session = Session(self.model, relaxed=False, seed=0)
        whole = np.flatnonzero(self.model.whole)
        session.apply(Patch.of_columns(whole, lower[whole], upper[whole]))
        session.minimise(self.column)
        return session.solve_whole(Clock(None), "", start=self.start, gap=0.0, absolute_gap=0.0, most_s=60).value

    def holds(self, solution: Floats) -> bool:
        """Whether every limit of the model, the cap among them, is met."""
        scaled = solution / self.model.column_scale
        rows = self.model.matrix @ scaled
        inside = (rows >= self.model.row_lower - WITHIN) & (rows <= self.model.row_upper + WITHIN)
        bounds = (scaled >= self.model.lower - WITHIN) & (scaled <= self.model.upper + WITHIN)
        whole = solution[self.model.whole]
        return bool(inside.all() and bounds.all() and (np.abs(whole - np.round(whole)) < WITHIN).all())


@cache
def stage(name: str) -> Stage:
    model = prepared("tiered", 4).model
    one, column = model.column("tier", "priority-1"), model.column("tier", name)
    session = Session(model, relaxed=False, seed=0)
    session.minimise(one)
    first = session.solve_whole(Clock(None), "one", start=None, gap=0.0, absolute_gap=0.0, most_s=60)
    assert first.solution is not None
    capped = model.patched(Patch.of_columns([one], [-np.inf], [first.value + 1e-6]))
    relaxed = Session(capped, relaxed=True, seed=0)
    relaxed.minimise(column)
    return Stage(capped, first.solution, relaxed.solve_interior(Clock(None), ""), column)


def test_additions_keep_what_there_is_and_find_the_best_on_top_of_it() -> None:
    case = stage("priority-2")
    improver = case.improver()
    improver.search_additions(Clock(60), "", 60)
    whole = case.model.whole
    assert (improver.solution[whole] >= case.start[whole] - WITHIN).all()
    assert case.holds(improver.solution)
    assert improver.solution[case.column] < case.start[case.column] - 1  # there was something to add
    best = case.best_within(np.round(case.start), case.model.natural(case.model.upper))
    assert best - WITHIN <= improver.solution[case.column] <= best * (1 + STEP_GAP) + WITHIN


def test_additions_from_the_core_add_nothing_else() -> None:
    case = stage("priority-2")
    improver = case.improver()
    improver.search_additions(Clock(60), "", 60, from_core=True)
    whole = case.model.whole
    assert (improver.solution[whole] >= case.start[whole] - WITHIN).all()
    assert case.holds(improver.solution)
    assert case.relaxed.solution is not None
    core = (case.relaxed.solution > CORE) | (case.start > 0)
    assert (~core & whole).any()
    most = np.where(core, case.model.natural(case.model.upper), np.round(case.start))
    assert (improver.solution[whole] <= most[whole] + WITHIN).all()
    best = case.best_within(np.round(case.start), most)
    assert best < case.start[case.column] - 1  # there was something to add
    assert best - WITHIN <= improver.solution[case.column] <= best * (1 + STEP_GAP) + WITHIN


def test_a_search_ends_with_a_value_that_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highs_module, "REPORT_EVERY_S", 0.0)  # it is asked whenever HiGHS hears of anything
    case = stage("priority-2")
    told: list[float] = []

    def solved(limit: float) -> Solved:
        session = Session(case.model, relaxed=False, seed=0)
        session.minimise(case.column)
        told.clear()
        return session.solve_whole(
            Clock(60), "", start=case.start, gap=0.0, absolute_gap=0.0, most_s=60,
            enough=lambda value: told.append(value) or value <= limit,
        )  # fmt: skip

    to_the_end = solved(-1.0)
    assert to_the_end.stop is Stop.OPTIMAL
    known = [value for value in told if value < 1e30]
    assert known == sorted(known, reverse=True)  # the best values so far, in natural units
    assert known[0] <= case.start[case.column] + WITHIN
    at_once = solved(float(case.start[case.column]) + WITHIN)
    assert at_once.stop is Stop.TIME
    assert at_once.solution is not None
    assert to_the_end.value < at_once.value <= case.start[case.column] + WITHIN


def test_removals_add_nothing_and_find_the_cheapest_below_it() -> None:
    case = stage("cost")
    improver = case.improver()
    improver.search_removals(Clock(60), "", 60)
    whole = case.model.whole
    assert (improver.solution[whole] <= case.start[whole] + WITHIN).all()
    assert case.holds(improver.solution)
    assert improver.solution[case.column] < case.start[case.column]
    best = case.best_within(case.model.natural(case.model.lower), np.round(case.start))
    assert best - WITHIN <= improver.solution[case.column] <= best * (1 + REMOVALS_GAP) + WITHIN


def test_goods_and_teams_are_fitted_to_the_trips(monkeypatch: pytest.MonkeyPatch) -> None:
    # a plan with the trips of a good one and the goods and teams of a poor one: as good as branch and cut makes it with these trips
    case = stage("priority-2")
    is_unit = case.topics.is_unit & case.model.whole
    trips = case.model.whole & ~is_unit
    better = case.improver()
    better.search_additions(Clock(60), "", 60)
    session = Session(case.model, relaxed=False, seed=0)
    whole = np.flatnonzero(case.model.whole)
    held = np.where(is_unit, case.start, better.solution)[whole]
    session.apply(Patch.of_columns(whole, np.round(held), np.round(held)))
    session.minimise(case.column)
    poor = session.solve_whole(Clock(None), "", start=None, gap=0.0, absolute_gap=0.0, most_s=60).solution
    assert poor is not None
    case = replace(case, start=poor)
    improver = case.improver()
    improver.search_units(Clock(60), "")
    assert case.holds(improver.solution)
    np.testing.assert_array_equal(np.round(improver.solution[trips]), np.round(poor[trips]))
    natural = case.model.natural
    lower, upper = (np.where(trips, np.round(poor), natural(side)) for side in (case.model.lower, case.model.upper))
    best = case.best_within(lower, upper)
    assert best < poor[case.column] - 1  # there was something to gain
    assert best - WITHIN <= improver.solution[case.column] <= best * (1 + 2 * UNITS_GAP) + WITHIN
    # it comes again once other searches have found something better, not before
    calls = []
    monkeypatch.setattr(improver._units, "bounds", lambda *args: calls.append(args))
    improver.search_next(Clock(60), "")
    assert not calls
    improver._fitted = improver.value * (1 + 2 * UNITS_AFTER)
    improver.search_next(Clock(60), "")
    assert len(calls) == 1


def test_no_goods_or_teams_are_searched_where_the_relaxation_promises_nothing() -> None:
    case = stage("priority-2")
    improver = case.improver()
    improver.search_units(Clock(60), "")
    best = improver._best()
    assert improver._units.bounds(best, improver.value, Clock(60), "", 60) is None
    assert improver._units.bounds(best, 2 * improver.value, Clock(60), "", 60) is not None
    late = case.improver()._units
    assert late.bounds(best, 2 * improver.value, Clock(60), "", 0.0) is None
    assert (
        late.bounds(best, 2 * improver.value, Clock(60), "", 60) is None
    )  # what took too long once is not tried again


def test_a_bound_with_parts_of_goods_and_teams_is_below_the_optimum_and_brings_no_solutions() -> None:
    case = prepared("social-cost", 4)
    column, nothing = case.model.column("tier", "social-cost"), np.zeros(len(case.model.whole), dtype=np.bool_)
    session = Session(case.model, relaxed=False, seed=0)
    session.minimise(column)
    optimum = session.solve_whole(Clock(None), "", start=None, gap=0.0, absolute_gap=0.0, most_s=60).value
    relaxed = Session(case.model, relaxed=True, seed=0)
    relaxed.minimise(column)
    reduced = reduce_model(case.model, nothing, np.zeros(len(nothing)))
    helper = Helper(reduced, {column: 1.0}, {}, gap=0.0, seed=0, in_parts=lay_topics(case.indices, case.model).is_unit)
    clock, found = Clock(60.0), list[Floats]()
    while not helper.ended and not clock.over:
        found += helper.listen()
        time.sleep(0.05)
    helper.close()
    assert helper.ended and not helper.solved  # what was solved is not the tier itself
    assert not found
    assert relaxed.solve_relaxation(Clock(None), "").value - WITHIN <= helper.bound <= optimum * (1 + 1e-9)


@pytest.mark.parametrize("raising", [True, False])
def test_a_second_process_finds_better_solutions_and_hears_of_ours(raising: bool) -> None:
    case = stage("priority-2")
    reduced = reduce_model(case.model, np.zeros(len(case.start), dtype=np.bool_), np.zeros(len(case.start)))
    improvement = Improvement(case.topics, case.relaxed, case.start, None)
    helper = Helper(
        reduced, {case.column: 1.0}, {}, gap=0.0, seed=0, bound_only=True, improvement=improvement, raising=raising,
        patience_s=0.0,
    )  # fmt: skip
    clock, found = Clock(60.0), list[Floats]()
    while not found and not clock.over:
        found = helper.listen()
        time.sleep(0.05)
    assert found
    assert all(case.holds(item) for item in found)
    # what it is told it goes on from: nothing it says later is worse
    told = case.improver()
    told.search_additions(Clock(60), "", 60)
    told.adopt(found[-1])
    helper.tell(told.solution)
    time.sleep(STEP_S + 1.0)  # what it was at when it was told is over by now
    helper.listen()
    time.sleep(1.0)
    assert all(item[case.column] <= told.solution[case.column] + WITHIN for item in helper.listen())
    helper._companion._process.kill()
    while not helper.ended and not clock.over:
        helper.listen()
        time.sleep(0.05)
    assert helper.ended  # its end is heard of
    helper.close()
    assert helper._companion._process.exitcode is not None


def test_a_bound_is_stalled_once_it_has_not_risen_for_its_patience() -> None:
    stalled = _Stalled(6.0)
    assert not stalled.is_over(100.0)  # no bound yet
    stalled.learn(100.0, 100.0)
    stalled.learn(100.05, 105.0)  # half a thousandth is no rise
    assert stalled.is_over(106.5)
    stalled.learn(100.2, 107.0)
    assert not stalled.is_over(112.0)
    assert not _Stalled(None).is_over(1e9)


def test_levels_come_with_a_relaxation_that_keeps_them() -> None:
    case = replace(prepared("tiered", 4))
    search = Search(case.model, case.indices, SolveOptions(workers=1), Clock(None))
    leximin = leximin_levels(search, case.indices, 1, 60.0)
    assert leximin is not None
    assert leximin.relaxed.solution is not None
    for key, level in leximin.levels.items():
        relative = leximin.relaxed.solution[case.model.column("relative", key)]
        assert relative <= level + 2 * LEVEL_SLACK + 1e-7
