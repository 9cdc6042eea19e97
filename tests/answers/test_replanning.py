"""Re-planning: what has happened stays, what is promised stays, the rest changes only when it pays, and says why."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_worlds import worlds
from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import Actual
from tongzhou.model.errors import ScenarioError
from tongzhou.model.plan import Plan
from tongzhou.model.replanning import ALL, Step, advance
from tongzhou.model.verify import verify
from tongzhou.solvers.answers.replanning import Replanned, replan
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock
from worlds import (
    carrier,
    city,
    closure,
    fleet,
    incident,
    lane,
    need,
    plan_of,
    promised,
    rows_of,
    served,
    stock,
    supply,
    team,
    tier,
    unit_hours,
    world,
)

SOME = settings(
    max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)


def again(problem: Problem, previous: Plan, now_h: float = 0.0, **step: Any) -> Replanned:
    advanced = advance(problem, previous, Step(now_h, **step))
    found = replan(advanced, previous, SolveOptions(gap=0.0, workers=1), Clock(60))
    assert found.outcome.plan is not None
    assert not verify(advanced, found.outcome.plan)
    return found


def planned_anew(found: Replanned) -> Plan:
    assert found.outcome.plan is not None
    return found.outcome.plan


def lines(plan: Plan | None) -> dict[str, float]:
    assert plan is not None
    found = {row.line: row.quantity for row in plan.shipments}
    return found | {row.line: float(row.quantity) for row in plan.deployments}


TWO = (stock("G", 75), need("A", 100), need("B", 50, priority=2), carrier("G", "A"), carrier("G", "B"))


@pytest.mark.parametrize("now_h", [0, 6, 12, 18])
@pytest.mark.parametrize("accepted", [frozenset(), frozenset({ALL})])
def test_unchanged_input_changes_nothing(now_h: float, accepted: frozenset[str]) -> None:
    problem = world(
        *TWO,
        stock("A", 10),
        team(),
        stock("G", 1, "team"),
        need("A", 1, "team", name="T"),
        lane("G", "C"),
        lane("G", "A", mode="rail"),
    )
    plan = plan_of(problem)
    found = again(problem, plan, now_h, accepted=accepted)
    assert found.changes == ()
    assert lines(found.outcome.plan) == pytest.approx(lines(plan))
    assert found.outcome.plan is not None
    for name in ("priority-1", "priority-2", "cost"):
        assert tier(found.outcome.plan, name) == pytest.approx(tier(plan, name))


@given(problem=worlds, now=st.integers(0, 3), accept=st.booleans())
@SOME
def test_unchanged_input_changes_nothing_in_any_world(problem: Problem, now: int, accept: bool) -> None:
    plan = plan_of(problem)
    now_h = min(now, problem.settings.periods - 1) * problem.settings.period_h
    found = again(problem, plan, now_h, accepted=frozenset({ALL} if accept else ()))
    assert found.changes == ()
    assert lines(found.outcome.plan) == pytest.approx(lines(plan), abs=1e-5)


def test_states_follow_the_clock() -> None:
    # Left at 0, there at 6, home at 24: moving at 3, on site at 6, returned at 24 (horizon 30).
    problem = world(
        team(), stock("G", 1, "team"), need("A", 1, "team", from_h=6, until_h=18), lane("G", "A"), periods=5
    )
    plan = plan_of(problem)
    (row,) = plan.deployments
    assert (row.depart_h, row.on_site_h, row.leave_h, row.home_h) == (0, 6, 18, 24)
    states = {now: advance(problem, plan, Step(now)).commitments[0].status for now in (0, 3, 6, 12, 24)}
    assert states == {0: "proposed", 3: "moving", 6: "on-site", 12: "on-site", 24: "returned"}
    accepted = advance(problem, plan, Step(0, frozenset({row.line})))
    assert accepted.commitments[0].status == "accepted"
    assert advance(problem, plan, Step(0, withdrawn=frozenset({row.line}))).commitments[0].status == "withdrawn"


def test_what_was_accepted_stays_although_a_more_urgent_need_appears() -> None:
    # 50 go to B (priority 2) while A does not know of its need yet. Accepted, they go; proposed, they turn to A.
    rows = (stock("G", 50), need("B", 50, priority=2), carrier("G", "A"), carrier("G", "B"))
    plan = plan_of(world(*rows, city("A", "affected")))
    worse = world(*rows, need("A", 50, from_h=0))
    kept = again(worse, plan, accepted=frozenset({ALL}))
    assert kept.changes == ()
    assert served(planned_anew(kept), "B") == 50
    changed = again(worse, plan)
    (dropped, new) = sorted(changed.changes, key=lambda item: item.change)
    assert (dropped.change, dropped.was, dropped.reason, dropped.detail) == ("dropped", 50, "costs", "priority-1")
    # Kept, A lacks 50 for all 24 hours, of the tier's 1/50 each: 24; now it lacks them for 6 hours only: 18 worse.
    assert dropped.amount == pytest.approx(18)
    assert (new.change, new.now, new.reason, new.detail) == ("new", 50, "serves", "A")


@pytest.mark.parametrize(
    ("change_cost", "expected"), [(0.0, ["dropped", "new"]), (5.0, ["dropped", "new"]), (50.0, [])]
)
def test_a_change_must_pay_its_price(change_cost: float, expected: list[str]) -> None:
    # Cheap has goods now that it had not: 10 instead of 20. A price of 5 for the dropped line is less than the 10 saved.
    lanes = (carrier("Cheap", "A", t_cost=1), carrier("Dear", "A", t_cost=2), need("A", 10), stock("Dear", 10))
    plan = plan_of(world(*lanes, city("Cheap", "contributor"), change_cost=change_cost))
    found = again(world(*lanes, stock("Cheap", 10), change_cost=change_cost), plan)
    assert sorted(item.change for item in found.changes) == expected
    if expected:
        assert {item.reason for item in found.changes} == {"costs", "instead"}


def test_a_closed_road_makes_a_line_impossible() -> None:
    rows = (stock("G", 10), stock("H", 10), need("A", 10), carrier("G", "A", t_cost=1), carrier("H", "A", t_cost=2))
    plan = plan_of(world(*rows))
    found = again(world(*rows, closure("G", "A", 0, 24)), plan)
    reasons = {item.line: (item.change, item.reason, item.detail) for item in found.changes}
    (gone,) = plan.shipments
    assert reasons[gone.line] == ("dropped", "impossible", f"closure {gone.line}")
    assert [item.reason for item in found.changes if item.change == "new"] == ["instead"]
    assert found.continued is None


def test_what_has_been_served_stays_served_and_nothing_leaves_before_now() -> None:
    # By hour 12 A has had its own 10 and 75 from G. New: G has 40 more, which can only leave from 12 on.
    rows = (need("A", 100), need("B", 50, priority=2), carrier("G", "A"), carrier("G", "B"), stock("A", 10))
    plan = plan_of(world(stock("G", 75), *rows))
    found = again(world(stock("G", 115), *rows), plan, 12)
    new = found.outcome.plan
    assert new is not None
    assert served(new, "A", 0) == 10
    assert served(new, "A", 6) == 75
    assert served(new, "A", 18) == 15  # the last 15 of A first, then 25 for B
    assert served(new, "B", 18) == 25
    assert {row.depart_h for row in new.shipments} == {0, 12}


def test_actuals_tell_what_really_came() -> None:
    # 30 of 40 arrive at 6; 10 were spoilt. What A still lacks leaves anew at 12, from what G has left.
    problem = world(stock("G", 60), need("A", 40), carrier("G", "A"))
    problem = problem.replace(resources=tuple(replace(row, unit_value=1) for row in problem.resources))
    plan = plan_of(problem)
    (row,) = plan.shipments
    told = Actual(line=row.line, shipped=40, arrived=40, accepted=30, damaged=10, departed_h=0, arrived_h=6)
    found = again(problem.replace(actuals=(told,)), plan, 12)
    new = found.outcome.plan
    assert new is not None
    assert served(new, "A", 6) == 30
    assert served(new, "A", 18) == 10
    assert unit_hours(new, "A") == 6 * (40 + 10 + 10)
    (first, second) = sorted(new.shipments, key=lambda item: item.depart_h)
    assert (first.quantity, second.quantity, second.depart_h) == (40, 10, 12)  # the line is what left, not what came


def told_of(line: str, shipped: float, accepted: float, arrived_h: float = 6) -> Actual:
    return Actual(
        line=line, shipped=shipped, arrived=accepted, accepted=accepted, damaged=0, departed_h=0, arrived_h=arrived_h
    )


def test_the_truck_of_goods_that_were_lost_is_away_all_the_same() -> None:
    # The only truck took 5 t at 0, all of it was lost at 6, the truck is back at 12; the other 5 t leave then and arrive at 18.
    problem = world(stock("G", 10), need("A", 5), lane("G", "A"), fleet("G", 1, 5), supply(unit_value=1))
    plan = plan_of(problem)
    (row,) = plan.shipments
    problem = problem.replace(actuals=(told_of(row.line, 5, 0),))
    (kept,) = advance(problem, plan, Step(6)).commitments
    assert (kept.status, kept.quantity, kept.received) == ("on-site", 5, 0)
    new = planned_anew(again(problem, plan, 6))
    assert [item.quantity for item in new.shipments if item.line == row.line] == [5]
    assert served(new, "A", 18) == 5
    assert unit_hours(new, "A") == 5 * 18


def test_a_second_step_still_knows_what_was_lost() -> None:
    # 30 of 40 came at 6. The second step, at 12, knows it although nobody tells the actuals again: the commitment says so.
    problem = world(stock("G", 60), need("A", 40), carrier("G", "A"), supply(unit_value=1))
    plan = plan_of(problem)
    (row,) = plan.shipments
    first = again(problem.replace(actuals=(told_of(row.line, 40, 30),)), plan, 6)
    advanced = advance(problem.replace(actuals=(told_of(row.line, 40, 30),)), plan, Step(6)).replace(actuals=())
    second = again(advanced, planned_anew(first), 12)
    assert served(planned_anew(second), "A", 6) == 30
    assert served(planned_anew(second), "A", 12) == 10
    assert sum(item.quantity for item in planned_anew(second).shipments) == 50


def test_a_hub_passes_on_what_was_accepted_there() -> None:
    # G sends 40 to the hub H (6 h), H onward to A (6 h). 30 of the 40 were accepted at H: 30 reach A at 12, and 10 more at 24.
    problem = world(city("H", "hub"), stock("G", 60), need("A", 40), carrier("G", "H"), carrier("H", "A"), supply(unit_value=1),
                    periods=6)  # fmt: skip
    plan = plan_of(problem)
    assert served(plan, "A", 12) == 40
    first = next(row for row in plan.shipments if row.origin == "G")
    new = planned_anew(again(problem.replace(actuals=(told_of(first.line, 40, 30),)), plan, 6))
    assert (served(new, "A", 12), served(new, "A", 18)) == (30, 10)
    assert sum(row.quantity for row in new.shipments if row.origin == "G") == 50


def test_a_team_that_was_refused_serves_nobody_and_is_away() -> None:
    # 3 teams left at 0, 2 were accepted at 6. G has no fourth: B's need of 6 h to 24 h, told at 6, gets none before they are home.
    rows = (team(), stock("G", 3, "team"), need("A", 3, "team", from_h=6, until_h=18), lane("G", "A"), lane("G", "B"))
    problem = world(*rows, city("B", "affected"), periods=5)
    plan = plan_of(problem)
    (row,) = plan.deployments
    later = world(*rows, need("B", 1, "team", from_h=6, until_h=24), periods=5)
    new = planned_anew(again(later.replace(actuals=(told_of(row.line, 3, 2),)), plan, 6))
    assert served(new, "A", 6) == 2
    assert [item.line for item in new.deployments] == [row.line]
    assert [item.served for item in new.service if item.city == "B"] == []


def test_a_place_of_transfer_keeps_to_what_it_may_pass_on() -> None:
    # H holds 10 of its own, 4 of them offered, and passes on 20 of G's: one kept line of 24 takes 4 of its own and the 20.
    problem = world(city("H", hub=True), stock("H", 10, offered=4), stock("G", 20, offered=20), need("A", 24),
                    carrier("G", "H"), carrier("H", "A"), mode="voluntary", periods=6)  # fmt: skip
    plan = plan_of(problem)
    found = again(problem, plan, 6, accepted=frozenset({ALL}))
    assert found.changes == ()
    assert lines(found.outcome.plan) == pytest.approx(lines(plan))


def test_what_never_left_is_withdrawn() -> None:
    problem = world(stock("G", 60), need("A", 40), carrier("G", "A"))
    plan = plan_of(problem)
    (row,) = plan.shipments
    told = Actual(line=row.line, shipped=0, arrived=0, accepted=0, damaged=0, departed_h=0, arrived_h=0)
    found = again(problem.replace(actuals=(told,)), plan, 6)
    assert served(planned_anew(found), "A", 12) == 40
    assert (
        rows_of(advance(problem.replace(actuals=(told,)), plan, Step(6)).commitments, line=row.line)[0].status
        == "withdrawn"
    )


def test_faults_of_a_step_are_told_at_once() -> None:
    problem = world(stock("G", 60), need("A", 40), carrier("G", "A"))
    plan = plan_of(problem)
    (row,) = plan.shipments
    late = Actual(line=row.line, shipped=40, arrived=40, accepted=40, damaged=0, departed_h=0, arrived_h=9)
    with pytest.raises(ScenarioError) as caught:
        advance(problem.replace(actuals=(late,)), plan, Step(6, frozenset({"no-such-line"})))
    assert {fault.columns[0] for fault in caught.value.faults} == {"line", "arrived_h"}


def test_a_vehicle_under_way_is_not_there_for_a_new_line() -> None:
    # The only truck left at 0 for B and is back at 12; A's need becomes known at 6: its 5 t leave at 12.
    rows = (stock("G", 20), need("B", 5, priority=2), lane("G", "A"), lane("G", "B"), fleet("G", 1, 5))
    plan = plan_of(world(*rows, city("A", "affected")))
    found = again(world(*rows, need("A", 5)), plan, 6)
    assert served(planned_anew(found), "A", 18) == 5


def test_a_hub_that_used_its_own_goods_is_planned_anew() -> None:
    # H holds 10 and needs them at once; G's 20 pass through it to A, at 6. Its own are gone, so what it passes on is what it received.
    problem = world(city("H", "affected", hub=True), stock("H", 10), need("H", 10, by_h=6), stock("G", 20), need("A", 20),
                    carrier("G", "H"), carrier("H", "A"), periods=6)  # fmt: skip
    plan = plan_of(problem)
    for now_h in (6, 12):
        for accepted in (frozenset(), frozenset({ALL})):
            found = again(problem, plan, now_h, accepted=accepted)
            assert found.changes == ()
            assert lines(found.outcome.plan) == pytest.approx(lines(plan))


def test_a_hub_without_an_offer_passes_on_what_others_offered() -> None:
    # Incidents differ: H offers nothing of its 5 to the voluntary one in A, and passes on G's 4.
    problem = world(
        city("H", "contributor", hub=True), incident("flood", "led"), incident("fever", "voluntary"), stock("H", 5),
        stock("G", 4, offered=4), need("A", 4, incident="fever"), need("B", 1, incident="flood", from_h=18),
        carrier("G", "H"), carrier("H", "A"), periods=5,
    )  # fmt: skip
    plan = plan_of(problem)
    assert served(plan, "A", 12) == 4
    for now_h in (6, 12):
        assert again(problem, plan, now_h).changes == ()


def test_alone_a_hub_does_not_keep_what_it_passed_on() -> None:
    # 6 of G came to H at 6 and left for A at once: H alone, which needs 8 and holds nothing, has nothing (`no_worse_off` holds it to that).
    problem = world(
        city("H", "affected", hub=True), need("H", 8, name="H", priority=2), stock("G", 6), need("A", 6), carrier("G", "H"),
        carrier("H", "A"), periods=4,
    )  # fmt: skip
    plan = plan_of(problem)
    assert served(plan, "A", 12) == 6
    found = again(problem, plan, 12)
    assert found.changes == ()
    assert planned_anew(found).baseline
    assert {row.need: row.short for row in planned_anew(found).baseline}["H"] == 8


def test_a_line_that_came_early_is_not_drawn_from_the_stock_of_before() -> None:
    # 13 h of travel count as 18. It came at 11.5: it left at 0 all the same, so G's 10 are gone.
    problem = world(stock("G", 10), need("A", 20), carrier("G", "A", 13), supply(unit_value=1), periods=6)
    plan = plan_of(problem)
    (row,) = plan.shipments
    (kept,) = advance(problem.replace(actuals=(told_of(row.line, 10, 10, 11.5),)), plan, Step(12)).commitments
    assert (kept.depart_h, kept.arrived_h) == (0, 11.5)
    new = planned_anew(again(problem.replace(actuals=(told_of(row.line, 10, 10, 11.5),)), plan, 12))
    assert [item.line for item in new.shipments] == [row.line]
    assert served(new, "A", 12) == 10


def test_two_lines_of_one_truck_of_which_one_came_late() -> None:
    # One truck took both at 0; one was unloaded an hour late. It is one truck, and back at 12.
    problem = world(supply("food", unit_value=1, weight_t=1.0), supply(unit_value=1), stock("G", 4), stock("G", 4, "food"), need("A", 4),
                    need("A", 4, "food", name="F"), lane("G", "A"), fleet("G", 1, 10), periods=5)  # fmt: skip
    plan = plan_of(problem)
    late = next(row for row in plan.shipments if row.resource == "food")
    found = again(problem.replace(actuals=(told_of(late.line, 4, 4, 7),)), plan, 12)
    assert [(trip.depart_h, trip.trips) for trip in planned_anew(found).trips] == [(0, 1)]
    assert served(planned_anew(found), "F", 12) == 4


def test_a_team_that_came_when_it_was_to_leave_served_nobody() -> None:
    problem = world(
        team(), stock("G", 1, "team"), need("A", 1, "team", from_h=6, until_h=18), lane("G", "A"), periods=5
    )
    plan = plan_of(problem)
    (row,) = plan.deployments
    new = planned_anew(again(problem.replace(actuals=(told_of(row.line, 1, 1, 18),)), plan, 18))
    assert (new.deployments[0].on_site_h, new.deployments[0].leave_h) == (18, 18)
    assert new.service == ()


def test_a_hub_cannot_have_sent_more_than_came_to_it() -> None:
    # 40 were to pass H to A, on the way from 6 to 24; 30 came to H, and nobody told what left it: it cannot have been more.
    problem = world(city("H", "hub"), stock("G", 60), need("A", 40, by_h=48), carrier("G", "H"), carrier("H", "A", 18), supply(unit_value=1),
                    periods=8)  # fmt: skip
    plan = plan_of(problem)
    first = next(row for row in plan.shipments if row.origin == "G")
    onward = next(row for row in plan.shipments if row.origin == "H")
    new = planned_anew(again(problem.replace(actuals=(told_of(first.line, 40, 30),)), plan, 12))
    assert lines(new)[onward.line] == 30
    assert served(new, "A", 24) == 30
    assert sum(item.served for item in new.service) == 40


def test_more_than_was_offered_has_left_and_no_more_leaves() -> None:
    # G offers 10 of its 20 and sent 11. A needs 15: the other 4 are not on offer.
    problem = world(
        stock("G", 20, offered=10), need("A", 15), carrier("G", "A"), supply(unit_value=1), mode="voluntary"
    )
    plan = plan_of(problem)
    (row,) = plan.shipments
    new = planned_anew(again(problem.replace(actuals=(told_of(row.line, 11, 11),)), plan, 6))
    assert lines(new) == {row.line: 11}


HUBS = st.integers(0, 10**6)


@given(seed=HUBS, now=st.integers(1, 4))
@SOME
def test_hubs_are_planned_anew_as_they_were(seed: int, now: int) -> None:
    """Hubs with and without own goods, needs and offers: where nothing happened, nothing changes (but dust)."""
    draw = random.Random(seed)
    rows: list[Any] = [supply(unit_value=1), city("H", "affected", hub=True)]
    for name in ("G1", "G2")[: draw.randint(1, 2)]:
        rows += [stock(name, draw.randint(5, 20), offered=draw.randint(5, 20)), carrier(name, "H", draw.choice([3, 6]))]
    if draw.random() < 0.7:
        rows.append(stock("H", draw.randint(1, 12), offered=draw.choice([0, 5, 12]), floor=draw.choice([0, 2])))
    if draw.random() < 0.7:
        rows.append(
            need("H", draw.randint(1, 10), from_h=draw.choice([0, 6, 12]), by_h=24, priority=draw.choice([1, 2]))
        )
    for name in ("A", "B")[: draw.randint(1, 2)]:
        rows += [need(name, draw.randint(3, 20), from_h=draw.choice([0, 6])), carrier("H", name, draw.choice([3, 6]))]
    problem = world(*rows, mode=draw.choice(["voluntary", "led"]), self_first=draw.random() < 0.6,
                    no_worse_off=draw.random() < 0.6, periods=6)  # fmt: skip
    plan = plan_of(problem)
    found = again(problem, plan, 6 * now, accepted=draw.choice([frozenset(), frozenset({ALL})]))
    assert all(abs(change.was - change.now) < 1e-4 for change in found.changes)


def test_what_a_hub_had_to_send_elsewhere_adds_nothing_to_its_offer() -> None:
    # H offers 1. Of G's 4 for the led need in B none came, and H sent B 4 of its own 12 all the same. The voluntary need in A, told
    # at 12, gets 1 of H's other 8.
    rows = [
        city("H", "contributor", hub=True), city("A", "affected"), incident("flood", "led"), incident("fever", "voluntary"),
        stock("H", 12, offered=1), stock("G", 4), need("B", 4, incident="flood"), carrier("G", "H"), carrier("H", "B"), carrier("H", "A"),
        supply(unit_value=1),
    ]  # fmt: skip
    kept = [
        promised("G", "H", 4, 0, line="L1", status="on-site", received=0),
        promised("H", "B", 4, 6, line="L2", status="on-site"),
    ]
    problem = world(*rows, *kept, need("A", 3, incident="fever"), now_h=12, periods=5)
    plan = plan_of(problem)
    assert [item.quantity for item in plan.shipments if item.destination == "A"] == [1]
    assert [item.value for item in plan.tiers] == pytest.approx([item.bound for item in plan.tiers], abs=1e-6)
    assert not verify(problem, plan)
