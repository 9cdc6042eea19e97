"""For every scenario: each shortage has a reason and a limit, and each relief keeps its word when it is carried out."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from random_worlds import goods_worlds, team_worlds
from tongzhou.model.change import apply_changes
from tongzhou.model.domain import Problem
from tongzhou.model.explain.told import with_explanations
from tongzhou.solvers.answers.explaining import explain
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock
from worlds import plan_of, tier, unit_hours

SOME = settings(
    max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)


def check(problem: Problem) -> None:
    plan = plan_of(problem)
    found = explain(problem, plan, SolveOptions(gap=0.0, workers=1), Clock(60))
    assert [item.need for item in found] == [row.need for row in plan.shortages]
    for item in found:
        assert item.reasons
        assert item.limits
        if item.relief is None:
            continue
        changed = plan_of(apply_changes(problem, item.relief.changes))
        fall = tier(plan, item.relief.tier) - tier(changed, item.relief.tier)
        assert fall >= item.relief.fall - 3e-6 * max(1.0, tier(plan, item.relief.tier)), item
        assert item.relief.fall > 0
        assert item.relief.gain > 0
    told = with_explanations(plan, found)
    assert all(row.reason and row.limit for row in told.shortages)


@given(goods_worlds())
@SOME
def test_goods(problem: Problem) -> None:
    check(problem)


@given(team_worlds())
@SOME
def test_units(problem: Problem) -> None:
    check(problem)


def test_unit_hours_of_a_relief_are_those_of_the_second_solve() -> None:
    # Kept beside the properties: the sum of unit-hours gained is what the plan of the changed scenario shows.
    from worlds import carrier, need, stock, world

    problem = world(stock("G", 100, offered=20), need("A", 50), carrier("G", "A"), mode="voluntary")
    (item,) = explain(problem, plan_of(problem), SolveOptions(gap=0.0, workers=1), Clock(60))
    assert item.relief is not None
    after = plan_of(apply_changes(problem, item.relief.changes))
    assert unit_hours(plan_of(problem), "A") - unit_hours(after, "A") == item.relief.gain
