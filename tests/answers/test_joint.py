"""Concurrent incidents: one pool, no double promise, each incident under its own governance."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_worlds import mixed_worlds, worlds
from tongzhou.model.domain import Problem
from tongzhou.model.errors import ScenarioError
from tongzhou.model.joining import join
from tongzhou.model.replanning import ALL, Step, advance
from tongzhou.model.verify import verify
from tongzhou.scenarios.files import load, save
from tongzhou.service.asking import ask
from tongzhou.service.cli.main import run
from tongzhou.service.settlement_runs import settle_plan
from tongzhou.solvers.answers.explaining import explain
from tongzhou.solvers.answers.replanning import replan
from tongzhou.solvers.answers.request import Request
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.settlement.setting import SettleOptions
from worlds import (
    arrival,
    carrier,
    city,
    incident,
    lane,
    need,
    plan_of,
    planned,
    promised,
    sent,
    served,
    short,
    stock,
    supply,
    team,
    tier,
    world,
)

SOME = settings(
    max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
FLOOD, FEVER = incident("flood", "led"), incident("fever", "voluntary")
EXACT = SolveOptions(gap=0.0, workers=1)


def test_offers_bind_one_incident_and_floors_the_other() -> None:
    """G holds 100, floor 10, offer 20. The flood may call on 90, the fever on 20: 60 and 20 go, 20 of 100 stay."""
    problem = world(
        FLOOD, FEVER, stock("G", 100, floor=10, offered=20), need("A", 60, incident="flood"), need("B", 60, incident="fever"),
        carrier("G", "A"), carrier("G", "B"),
    )  # fmt: skip
    assert problem.mode == "mixed"
    plan = plan_of(problem)
    assert (sent(plan, "G", "A"), sent(plan, "G", "B")) == pytest.approx((60, 20))


def test_goods_through_a_hub_are_no_way_round_the_offer() -> None:
    """The only way to B is over the hub H, which is a place of the flood: still 20 and no more for B's fever."""
    problem = world(
        FLOOD, FEVER, city("H", hub=True), stock("G", 100, floor=10, offered=20), need("H", 30, incident="flood"),
        need("B", 60, incident="fever"), carrier("G", "H"), carrier("H", "B"),
    )  # fmt: skip
    plan = plan_of(problem)
    # H's own flood need waits for the same goods at the same hub: nobody can tell them apart, so the offer binds there too.
    assert sent(plan, "G", "H") == pytest.approx(20)
    assert sent(plan, "H", "B") <= 20


def test_one_city_two_incidents_two_goods() -> None:
    """A's flood needs water, A's fever needs masks: water may be called on above the offer, masks not."""
    problem = world(
        FLOOD, FEVER, supply("water"), supply("mask"), stock("G", 50, offered=5), stock("G", 50, "mask", offered=5),
        need("A", 40, name="W", incident="flood"), need("A", 40, "mask", name="M", incident="fever"), carrier("G", "A"),
    )  # fmt: skip
    plan = plan_of(problem)
    assert (served(plan, "W"), served(plan, "M")) == pytest.approx((40, 5))


def test_units_by_need() -> None:
    """G lends 2 of 4 teams to the flood beside 1 to the fever, for which it offered no more; floor 1."""
    problem = world(
        FLOOD, FEVER, team(day_cost=1), stock("G", 4, "team", floor=1, offered=1), need("A", 2, "team", name="F", incident="flood"),
        need("A", 2, "team", name="V", incident="fever"), lane("G", "A"),
    )  # fmt: skip
    plan = plan_of(problem)
    by_need: dict[str, int] = defaultdict(int)
    for row in plan.deployments:
        by_need[row.need] += row.quantity
    assert dict(by_need) == {"F": 2, "V": 1}


def test_a_request_of_one_incident_beside_what_the_other_called_on() -> None:
    """G offered 1 of 4 teams; the flood called on 2. The fever still gets the one offered, and no second."""
    problem = world(
        FLOOD, FEVER, team(day_cost=1), stock("G", 4, "team", offered=1), need("A", 2, "team", name="F", incident="flood"),
        need("B", 1, "team", name="V", incident="fever", from_h=18), lane("G", "A"), lane("G", "B"),
    )  # fmt: skip
    plan = plan_of(problem.replace(needs=tuple(row for row in problem.needs if row.need == "F")))
    first = ask(problem, plan, Request("B", "team", 2, 6))[0]
    assert [(row.origin, row.quantity) for row in first.deployments] == [("G", 1)]
    assert [item.free for item in first.left] == [0]


@pytest.mark.parametrize(("no_worse_off", "given_away"), [(True, 0.0), (False, 10.0)])
def test_no_worse_off_is_each_incident_s_own(*, no_worse_off: bool, given_away: float) -> None:
    """A has 10 and needs 10 for its flood, less urgently than B its fever: given away only if the flood's rule allows it."""
    problem = world(
        incident("flood", "led", no_worse_off=no_worse_off, self_first=False),
        incident("fever", "led", self_first=False), stock("A", 10), need("A", 10, name="F", priority=2, incident="flood"),
        need("B", 10, name="V", incident="fever"), carrier("A", "B"), no_worse_off=False,
    )  # fmt: skip
    assert sent(plan_of(problem), "A", "B") == pytest.approx(given_away)


def flood(**more: Any) -> Problem:
    return world(stock("G", 50, offered=50), need("A", 50), carrier("G", "A"), **more)


def fever(**more: Any) -> Problem:
    return world(stock("G", 50, offered=50), need("B", 50), carrier("G", "B"), **{"mode": "voluntary", **more})


def test_one_pool_and_no_double_promise() -> None:
    """Each plan by itself sends all 50 of G; the joint plan sends 50 in all."""
    assert sent(plan_of(flood()), "G") == sent(plan_of(fever()), "G") == pytest.approx(50)
    problem = join({"flood": flood(), "fever": fever()})
    assert sorted(row.need for row in problem.needs) == ["fever.B", "flood.A"]
    assert [(row.incident, row.mode) for row in problem.incidents] == [("fever", "voluntary"), ("flood", "led")]
    plan = plan_of(problem)
    assert sent(plan, "G") == pytest.approx(50)
    assert short(plan, "flood.A") + short(plan, "fever.B") == pytest.approx(50)


def test_two_promises_of_the_same_goods_are_refused_with_their_names() -> None:
    """G has promised 30 to the flood and 30 to the fever: each possible, together 10 too many."""
    one = flood().replace(commitments=(promised("G", "A", 30, 0, line="L1"),))
    two = fever().replace(commitments=(promised("G", "B", 30, 0, line="L2"),))
    with pytest.raises(ScenarioError, match="with this line 60") as caught:
        join({"flood": one, "fever": two})
    assert len(caught.value.faults) == 1


def test_a_line_in_two_scenarios_is_asked_about_unless_it_is_only_proposed() -> None:
    line = promised("G", "A", 30, 0, line="L1")
    one, two = flood(), flood()
    with pytest.raises(ScenarioError, match="the same promise: leave it out"):
        join({"x": one.replace(commitments=(line,)), "y": two.replace(commitments=(line,))})
    wish = replace(line, status="proposed")
    joined = join({"x": one.replace(commitments=(wish,)), "y": two.replace(commitments=(wish,))})
    assert sorted(row.line for row in joined.commitments) == ["x.L1", "y.L1"]


def test_what_is_told_twice_must_be_the_same_and_all_contradictions_are_told() -> None:
    one = world(stock("G", 50), arrival("G", 5, 6), need("A", 50), carrier("G", "A"), period_h=6.0)
    two = world(stock("G", 40), arrival("G", 5, 6), need("A", 50), carrier("G", "A", 7.0))
    with pytest.raises(ScenarioError) as caught:
        join({"x": one, "y": two})
    assert sorted((fault.table, fault.columns) for fault in caught.value.faults) == [
        ("links", ("travel_h",)), ("stocks", ("quantity",)),
    ]  # fmt: skip
    three = world(stock("G", 50), need("A", 50), carrier("G", "A"), period_h=3.0, default_share=0.5)
    with pytest.raises(ScenarioError) as caught:
        join({"x": one, "z": three})
    assert sorted(fault.columns for fault in caught.value.faults) == [("period_h",), ("reserve",)]


def test_production_told_twice_comes_once_and_roles_are_the_strongest() -> None:
    one = world(city("G", "contributor"), city("X", "hub"), arrival("G", 5, 6), need("A", 50), carrier("G", "A"))
    two = world(city("G", "origin"), city("X", "contributor"), arrival("G", 5, 6), need("A", 50), carrier("G", "A"))
    joined = join({"x": one, "y": two})
    assert len(joined.arrivals) == 1
    assert joined.city_of["G"].role == "origin"
    assert (joined.city_of["X"].role, joined.city_of["X"].hub) == ("contributor", True)


def test_a_later_incident_is_moved_to_the_joint_clock() -> None:
    """The fever starts 12 h after the flood: its need of its hours 0 to 24 is that of the hours 12 to 36, and now is 12."""
    late = fever()
    late = late.replace(settings=replace(late.settings, start=late.settings.start + timedelta(hours=12)))
    joined = join({"flood": flood(), "fever": late})
    row = joined.need_of["fever.B"]
    assert (row.from_h, row.by_h, joined.settings.periods, joined.settings.now_h) == (12, 36, 6, 12)
    plan = plan_of(joined)
    assert min(item.depart_h for item in plan.shipments) == 12
    half = fever()
    half = half.replace(settings=replace(half.settings, start=half.settings.start + timedelta(hours=1)))
    with pytest.raises(ScenarioError, match="whole periods"):
        join({"flood": flood(), "fever": half})


def test_a_late_incident_may_not_bring_lines_from_before_its_start() -> None:
    late = fever().replace(commitments=(promised("G", "B", 5, -3, line="L2"),))
    late = late.replace(settings=replace(late.settings, start=late.settings.start + timedelta(hours=12)))
    with pytest.raises(ScenarioError, match="starts later than the joint one"):
        join({"flood": flood(), "fever": late})


@SOME
@given(mixed_worlds(), st.data())
def test_in_any_mixed_world(problem: Problem, data: st.DataObject) -> None:
    """The verifier passes, offers bound what goes to voluntary needs (counted here anew), and every answer works."""
    plan = plan_of(problem)
    offers = {(row.city, row.resource): row.offered or 0.0 for row in problem.stocks}
    for home in {row.origin for row in plan.deployments}:
        for resource in {row.resource for row in plan.deployments}:
            for hour in range(0, 30, 6):
                lent = sum(
                    row.quantity for row in plan.deployments
                    if row.origin == home != row.destination and row.resource == resource and row.depart_h <= hour < row.home_h
                    and problem.governance_of[row.need].mode == "voluntary"
                )  # fmt: skip
                assert lent <= offers.get((home, resource), 0.0)
    voluntary = {row.city for row in problem.needs if problem.governance_of[row.need].mode == "voluntary"}
    only = {name for name in voluntary
            if all(problem.governance_of[row.need].mode == "voluntary" for row in problem.needs if row.city == name)}  # fmt: skip
    given_away: dict[tuple[str, str], float] = defaultdict(float)
    for row in plan.shipments:
        if row.destination in only:
            given_away[row.origin, row.resource] += row.quantity
    for key, quantity in given_away.items():
        assert quantity <= offers.get(key, 0.0) + 1e-6
    assert len(explain(problem, plan, EXACT, Clock(60))) == len(plan.shortages)
    accepted = advance(problem, plan, Step(0, accepted=frozenset({ALL}) if data.draw(st.booleans()) else frozenset()))
    again = replan(accepted, plan, EXACT, Clock(60))
    assert again.changes == ()
    assert again.outcome.plan is not None
    assert not verify(accepted, again.outcome.plan)
    wanted = data.draw(st.sampled_from(problem.needs))
    if problem.resource_of[wanted.resource].is_supply:
        ask(problem, plan, Request(wanted.city, wanted.resource, 1, problem.settings.horizon_h))


@SOME
@given(worlds)
def test_a_scenario_joined_with_one_that_adds_nothing_is_planned_the_same(problem: Problem) -> None:
    """The other incident shares all cities and stocks, needs nothing, and is governed alike: the tiers do not change."""
    idle = problem.replace(needs=())
    joined = join({"a": problem, "b": idle})
    one, two = plan_of(problem), plan_of(joined)
    for item in one.tiers:
        if not item.name.startswith("fairness-"):
            assert tier(two, item.name) == pytest.approx(item.value, rel=1e-5, abs=1e-5)


def test_a_mixed_scenario_can_be_settled() -> None:
    problem = world(
        FLOOD, FEVER, supply(unit_value=5), stock("G", 100, floor=10, offered=20), city("A", "origin"),
        need("A", 60, incident="flood", loss_per_unit_day=100), need("B", 60, incident="fever", loss_per_unit_day=100),
        carrier("G", "A", t_cost=1), carrier("G", "B", t_cost=1), kind="social-cost",
    )  # fmt: skip
    found = settle_plan(problem, planned(problem), SettleOptions(time_limit_s=60))
    assert found.settlement


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(flood(), tmp_path / "flood")
    save(fever(), tmp_path / "second")
    out = tmp_path / "joint"
    assert run(["joint", str(tmp_path / "flood"), f"fever={tmp_path / 'second'}", "--out", str(out)]) == 0
    assert "shared cities: G" in capsys.readouterr().out
    assert load(out) == join({"flood": flood(), "fever": fever()})
    assert run(["plan", str(out), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["plan"]["mode"] == "mixed"
    assert run(["joint", str(tmp_path / "flood"), "--out", str(tmp_path / "x")]) == 2
    assert run(["joint", str(tmp_path / "flood"), str(tmp_path / "flood"), "--out", str(tmp_path / "x")]) == 2
    assert not (tmp_path / "x").exists()
