"""Realised travel times: what was slow for the plan is slow for every group; a late start is not."""

from __future__ import annotations

from typing import Any

import pytest
from deals import LINE, actual, amounts, deal, needy, pair_rows, settled
from tongzhou.model.settlement.record import line_records
from tongzhou.model.settlement.travel import realised_links
from worlds import carrier, lane, need, plan_of, stock, supply, team


@pytest.mark.parametrize(
    ("times", "gap"),
    [
        # On the road for 12 h: c(AG) = 10 x (25 + 31.25) + 250 = 812.50 is what was borne, nothing is left.
        ({"departed_h": 0.0, "arrived_h": 12.0}, 0),
        # Six hours too late from the depot: the road was as fast as stated, c(AG) stays 500, the mishap costs 10 x 31.25.
        ({"departed_h": 6.0, "arrived_h": 12.0}, 312.5),
        ({"departed_h": 0.0, "arrived_h": 6.0}, 0),
    ],
)
def test_what_the_road_took_is_no_mishap(times: dict[str, float], gap: float):
    problem = deal(*pair_rows())
    found = settled(problem.replace(actuals=(actual(**times),)), plan_of(problem))
    assert found.gap == gap
    assert sum(amounts(found, "burden").values()) == (812.5 if times["arrived_h"] == 12 else 500)


def links_of(problem: Any, *actuals: Any) -> dict[tuple[str, str], float]:
    plan = plan_of(problem)
    known = problem.replace(actuals=actuals)
    return {(row.origin, row.destination): row.travel_h for row in realised_links(known, line_records(known, plan))}


def test_arriving_within_the_planned_periods_says_nothing_new():
    # 4 h by road, a period of 6: planned to arrive at 6
    problem = deal(
        supply(unit_value=20), stock("G", 10, offered=10), *needy("A"), carrier("G", "A", t_cost=5, travel_h=4)
    )
    assert links_of(problem) == {("G", "A"): 4}
    for arrived in (4.0, 5.5, 6.0):
        assert links_of(problem, actual(LINE, arrived_h=arrived)) == {("G", "A"): 4}
    assert links_of(problem, actual(LINE, arrived_h=3.0)) == {("G", "A"): 3}
    assert links_of(problem, actual(LINE, arrived_h=7.5)) == {("G", "A"): 7.5}
    assert links_of(problem, actual(LINE, 0.0, arrived_h=7.5)) == {("G", "A"): 4}  # nothing went


def test_only_the_direction_that_was_driven_changes():
    rows = [stock("G", 2, "team", offered=2), need("A", 2, "team", loss_per_unit_day=1000)]
    problem = deal(team(day_cost=24), *rows, lane("G", "A", both_ways=True))
    line = plan_of(problem).deployments[0].line
    found = links_of(problem, actual(line, 2, departed_h=0.0, arrived_h=13.0))
    assert found == {("G", "A"): 13, ("A", "G"): 6}
