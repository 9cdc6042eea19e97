"""What was really served and lost: late goods serve what still waits inside its window, what comes after is lost."""

from __future__ import annotations

from typing import Any

import pytest
from deals import LINE, actual, amounts, deal, needy, pair_rows, row, settled
from tongzhou.model.domain.tables import Commitment
from tongzhou.model.settlement.course import course_of
from tongzhou.model.settlement.realised import realised_service
from tongzhou.model.settlement.record import line_records
from worlds import carrier, equipment, lane, need, plan_of, stock, supply, team

# Loss of one unit missing in a period: 25, 31.25, 37.50, 43.75 (deals.py).


@pytest.mark.parametrize(
    ("more", "loss"),
    [
        ({}, 250),  # as planned: 10 missing in the first period
        ({"arrived_h": 7}, 562.5),  # within the second period: usable from 12 on, 250 + 312.50
        ({"arrived_h": 12}, 562.5),
        ({"arrived_h": 30}, 1375),  # after the horizon
        ({"arrived": 8}, 475),  # 250 + 2 x (31.25 + 37.50 + 43.75)
        ({"arrived": 10, "accepted": 0}, 1375),
        ({"arrived_h": 0.0}, 250),  # early goods wait for the plan
    ],
)
def test_loss_of_one_line(more: dict[str, Any], loss: float):
    problem = deal(*pair_rows())
    plan = plan_of(problem)
    found = course_of(problem.replace(actuals=(actual(**more),)), plan)
    assert found.loss_cents == {"A": round(loss * 100)}


def test_goods_that_come_after_the_window_are_lost_to_their_need():
    # by 12 h: factors 1, 1.5, 2, 2.5 of 25 a unit: 10 units 1750
    rows = [supply(unit_value=20), stock("G", 10, offered=10), need("A", 10, by_h=12, loss_per_unit_day=100)]
    problem = deal(*rows, carrier("G", "A", t_cost=5))
    plan = plan_of(problem)
    found = course_of(problem.replace(actuals=(actual(arrived_h=12.0),)), plan)
    assert found.loss_cents == {"A": 175_000}
    assert sum(line.amount for line in found.lines) == 250  # given all the same


def test_late_goods_do_not_serve_a_window_that_has_closed():
    # 10 by 12 h and again 10 by 24 h. The first line comes at 12 with the second: 10 serve the second window, 10 are too late.
    rows = [supply(unit_value=20), stock("G", 20, offered=20), carrier("G", "A", t_cost=5)]
    problem = deal(*rows, need("A", 10, by_h=12, repeat_h=12, repeats=2, loss_per_unit_day=100))
    plan = plan_of(problem)
    [first] = [item.line for item in plan.shipments if item.arrive_h == 6]
    late = problem.replace(actuals=(actual(first, arrived_h=12.0),))
    found = realised_service(late, plan, line_records(late, plan))
    assert [(item.at_h, item.used) for item in found] == [(12, 10)]


def test_the_most_urgent_need_takes_what_there_is():
    rows = [supply(unit_value=20), stock("G", 10, offered=10), carrier("G", "A", t_cost=5)]
    urgent = need("A", 6, name="first", loss_per_unit_day=100)
    problem = deal(*rows, urgent, need("A", 4, name="second", priority=2, loss_per_unit_day=100))
    plan = plan_of(problem)
    few = tuple(actual(item.line, item.quantity, arrived=item.quantity * 0.7) for item in plan.shipments)
    short = problem.replace(actuals=few)
    found = realised_service(short, plan, line_records(short, plan))
    assert {item.need: round(item.used, 6) for item in found} == {"first": 6, "second": 1}


def test_a_team_that_came_late():
    # 2 teams on site from 12 instead of 6: 1000 x 0.25 x (1 + 1.25) each
    rows = [stock("G", 2, "team", offered=2), need("A", 2, "team", loss_per_unit_day=1000), lane("G", "A")]
    problem = deal(team(day_cost=24), *rows)
    plan = plan_of(problem)
    late = actual(plan.deployments[0].line, 2, departed_h=6.0, arrived_h=12.0)
    assert course_of(problem.replace(actuals=(late,)), plan).loss_cents == {"A": 112_500}


def test_equipment_stands_still_without_its_crew():
    # the pump comes at 6, its two crews at 12
    rows = [stock("G", 1, "pump", offered=1), stock("K", 2, "team", offered=2), lane("G", "A"), lane("K", "A")]
    problem = deal(equipment(crew="team", crew_size=2, day_cost=1), team(day_cost=1), *rows,
                   need("A", 1, "pump", loss_per_unit_day=1000))  # fmt: skip
    plan = plan_of(problem)
    [line] = [item.line for item in plan.deployments if item.origin == "K"]
    late = problem.replace(actuals=(actual(line, 2, departed_h=6.0, arrived_h=12.0),))
    found = realised_service(late, plan, line_records(late, plan))
    assert sorted((item.at_h, item.served) for item in found if item.need == "A") == [(12, 1), (18, 1)]


def test_a_mishap_is_borne_by_who_was_to_be_helped():
    # 2 of 10 lost on the way: A's loss 475, G's bill 8 x 20 + 2 x 20 + 50 = 250. Delta = 475 + 250 - 500
    problem = deal(*pair_rows())
    found = settled(problem.replace(actuals=(actual(arrived=8),)), plan_of(problem))
    assert found.gap == row(found, "A").adjustment == 225
    assert amounts(found, "burden") == {"A": 725}


def test_without_actuals_the_service_is_the_plans():
    problem = deal(*pair_rows(), *needy("B", 1))
    plan = plan_of(problem)
    assert realised_service(problem, plan, line_records(problem, plan)) == plan.service
    assert LINE in {item.line for item in plan.shipments}


def test_what_came_before_the_start_is_not_counted_twice() -> None:
    # A holds 10, which came at -6; G sends 10 at 0, 4 of them are accepted at 6. A needs 20 at 100 a day: 10 served at 0, 4 at 6.
    # Lost: 10 wait in the first period, 6 in the others: 10 x 25 + 6 x 25 x (1.25 + 1.50 + 1.75) = 925.
    early = Commitment(line="L0", kind="shipment", origin="G", destination="A", resource="water", quantity=10, depart_h=-12, mode="road",
                       status="on-site")  # fmt: skip
    problem = deal(
        supply(unit_value=20), stock("G", 10, offered=10), stock("A", 10), *needy("A", 20), carrier("G", "A", t_cost=5)
    )
    problem = problem.replace(commitments=(early,))
    plan = plan_of(problem)
    told = problem.replace(actuals=(actual(LINE, 10, arrived=4),))
    assert course_of(told, plan).loss_cents["A"] == 92_500
