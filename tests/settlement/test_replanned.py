"""Settling what was planned anew: the books close over the whole incident, not over what was left of it at the last plan."""

from __future__ import annotations

import random

import pytest
from deals import LINE, actual, amounts, carrier, deal, needy, payments, settled, stock, supply
from test_random_worlds import cities, happened, money
from tongzhou.model.domain import Problem
from tongzhou.model.errors import ScenarioError
from tongzhou.model.plan import Plan
from tongzhou.model.replanning import ALL, Step, advance
from tongzhou.solvers.answers.replanning import replan
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock
from worlds import city, plan_of, team

SECOND = "S:G>A:road:carrier:water:6"


def planned_anew(problem: Problem, plan: Plan, now_h: float, accept: str = ALL) -> tuple[Problem, Plan]:
    advanced = advance(problem, plan, Step(now_h, accepted=frozenset({accept} if accept else ())))
    found = replan(advanced, plan, SolveOptions(gap=0.0, workers=1), Clock(60)).outcome.plan
    assert found is not None
    return advanced, found


def plenty() -> Problem:
    """G holds and offers 20, A needs 10."""
    return deal(supply(unit_value=20), stock("G", 20, offered=20), *needy("A"), carrier("G", "A", t_cost=5))


def lost(accepted: float) -> tuple[Problem, Plan]:
    """G holds 20 and sends 10 of them at 0; `accepted` are what A gets, at 6. Numbers of the pair: see deals.py."""
    problem = plenty()
    plan = plan_of(problem)
    return planned_anew(problem.replace(actuals=(actual(LINE, 10, arrived=accepted),)), plan, 6)


def test_a_shipment_lost_in_part_is_billed_as_it_left() -> None:
    # 10 left, 6 came at 6; 4 more leave at 6 and come at 12. G: goods 6 x 20, loss 4 x 20, carrier 10 x 5; goods 4 x 20, carrier 4 x 5.
    found = settled(*lost(6))
    billed = {(row.line, row.item): (float(row.estimate), float(row.amount)) for row in found.bill}
    assert billed == {
        (LINE, "goods"): (200, 120), (LINE, "damage"): (0, 80), (LINE, "transport"): (50, 50),
        (SECOND, "goods"): (80, 80), (SECOND, "transport"): (20, 20),
    }  # fmt: skip
    # A loses 10 x 25 in the first period and 4 x 31.25 in the second, and pays the 350: 1375 - 375 - 350.
    assert amounts(found, "alone") == {"A": 1375}
    assert payments(found) == [("A", "G", 350)]
    assert amounts(found, "gain") == {"A": 650}


def test_a_shipment_lost_altogether_is_billed_too() -> None:
    # 10 left and were lost: 200 and the carrier's 50; 10 more come at 12: 250. A loses 10 x (25 + 31.25) = 562.50.
    found = settled(*lost(0))
    assert payments(found) == [("A", "G", 500)]
    assert amounts(found, "gain") == {"A": 1375 - 562.5 - 500}


def test_a_line_that_never_left_is_not_missed() -> None:
    problem = plenty()
    problem = problem.replace(actuals=(actual(LINE, 0),))
    found = settled(*planned_anew(problem, plan_of(problem), 6))
    assert [row.line for row in found.bill if row.amount] == [SECOND, SECOND]


def test_a_withdrawn_line_that_cost_money_is_not_passed_over() -> None:
    problem = plenty()
    problem = problem.replace(actuals=(actual(LINE, 0, cost=30),))
    with pytest.raises(ScenarioError) as caught:
        settled(*planned_anew(problem, plan_of(problem), 6))
    assert [fault.found for fault in caught.value.faults] == [f"`{LINE}`"]


@pytest.mark.parametrize("seed", range(12))
def test_a_plan_that_nothing_changed_settles_as_before(seed: int) -> None:
    draw = random.Random(seed)
    names = [f"C{number}" for number in range(draw.randint(2, 4))]
    values = [supply(unit_value=draw.randint(1, 30)), team(day_cost=draw.randint(5, 50), unit_value=100)]
    problem = deal(
        *values, *cities(draw, names, names[:1]), *money(draw, names), mode=draw.choice(["voluntary", "led"])
    )
    plan = plan_of(problem)
    advanced, again = planned_anew(problem, plan, draw.choice([0, 6, 12]), draw.choice([ALL, ""]))
    before, after = settled(problem, plan), settled(advanced, again)
    assert payments(after) == payments(before)
    assert amounts(after, "gain") == amounts(before, "gain")


@pytest.mark.parametrize("seed", range(20, 40))
def test_whatever_happened_before_a_new_plan_the_verifier_finds_nothing(seed: int) -> None:
    draw = random.Random(seed)
    names = [f"C{number}" for number in range(draw.randint(3, 5))]
    values = [supply(unit_value=draw.randint(1, 30)), team(day_cost=draw.randint(5, 50), unit_value=100)]
    problem = deal(
        *values, *cities(draw, names, names[:2]), *money(draw, names), mode=draw.choice(["voluntary", "led"])
    )
    plan = plan_of(problem)
    now_h = draw.choice([6, 12, 18])
    known = [row for row in happened(draw, problem, plan).actuals if row.arrived_h <= now_h]
    advanced, again = planned_anew(problem.replace(actuals=tuple(known)), plan, now_h, draw.choice([ALL, ""]))
    found = settled(advanced, again)
    lost = {row.line: row.shipped - row.arrived for row in known if row.shipped > row.arrived}
    billed = {row.line for row in found.bill if row.item == "damage"}
    assert {line for line, quantity in lost.items() if quantity > 0.01} <= billed


def test_what_a_hub_passed_on_is_settled_after_a_new_plan() -> None:
    # G sends 10 to A by the hub H (6 h and 6 h, 5 a tonne each): alone c = 1375, with aid at 12 h 10 x (25 + 31.25), costs 300.
    rows = [supply(unit_value=20), city("H", "hub"), stock("G", 10, offered=10), *needy("A"),
            carrier("G", "H", t_cost=5), carrier("H", "A", t_cost=5)]  # fmt: skip
    problem = deal(*rows)
    plan = plan_of(problem)
    for now_h in (0, 6, 12, 18):
        found = settled(*planned_anew(problem, plan, now_h))
        assert payments(found) == [("A", "G", 300)]
        assert amounts(found, "gain") == {"A": 1375 - 562.5 - 300}
