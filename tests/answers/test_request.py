"""One request beside a plan: the best option is the re-solve with all else frozen; others are ranked behind it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from instances import instance
from random_worlds import worlds
from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import Need
from tongzhou.model.errors import UsageError
from tongzhou.model.plan import Plan, Trip
from tongzhou.model.verify import verify
from tongzhou.scenarios.files import save
from tongzhou.service.asking import Request, ask
from tongzhou.service.cli.main import run
from tongzhou.service.replanning import with_commitments
from tongzhou.solvers.answers.request import Desk
from tongzhou.solvers.options import SolveOptions
from worlds import arrival, carrier, fleet, lane, need, plan_of, stock, supply, team, tier, unit_hours, world


def test_the_nearest_is_first_and_the_dearer_stands_behind() -> None:
    # A needs 10 more by 18. G (6 h) has 4 left beside the plan, H (12 h) has plenty. Together: 4 at 6, 6 at 12.
    problem = world(
        stock("G", 14), stock("H", 50), need("A", 10, name="old"), carrier("G", "A", t_cost=1), carrier("H", "A", 12, t_cost=3),
    )  # fmt: skip
    plan = plan_of(problem)
    assert {row.origin for row in plan.shipments} == {"G"}
    first, second, third = ask(problem, plan, Request("A", "water", 10, 24))
    assert (first.sender, first.served, first.short) == ("several", 10, 0)
    # 10 wait to hour 6, 6 to hour 12: 6 * (10 + 6) unit-hours; 4 t at 1 and 6 t at 3.
    assert first.unit_hours == pytest.approx(96)
    assert first.cost == Decimal("22.00")
    assert {(row.origin, row.quantity, row.depart_h) for row in first.shipments} == {("G", 4, 0), ("H", 6, 0)}
    # Alone, H brings all at 12 (6 * 20), G four at 6 (6 * (10 + 6 + 6 + 6)).
    assert (second.sender, second.unit_hours, second.cost) == ("H", pytest.approx(120), Decimal("30.00"))
    assert (third.sender, third.served, third.short, third.unit_hours) == ("G", 4, 6, pytest.approx(168))
    assert [(item.city, item.free) for item in second.left] == [("H", 40)]


def test_own_goods_that_nobody_needs_come_first() -> None:
    problem = world(stock("A", 30), stock("G", 50), need("A", 10, name="old"), carrier("G", "A"))
    (first,) = ask(problem, plan_of(problem), Request("A", "water", 20, 24))
    assert (first.sender, first.served, first.unit_hours, first.cost) == ("own", 20, 0, 0)


def test_goods_that_the_plan_uses_are_not_used_twice() -> None:
    # A's own 10 serve its old need; 5 more come to A at hour 12.
    problem = world(stock("A", 10), arrival("A", 5, 12), need("A", 10, name="old"))
    (first,) = ask(problem, plan_of(problem), Request("A", "water", 10, 24))
    assert (first.served, first.short, first.first_h) == (5, 5, 12)


def test_room_on_a_truck_that_goes_anyway_is_used() -> None:
    # The only truck takes 6 of its 10 t to A at 0: 4 t of the request ride along for nothing.
    problem = world(stock("G", 50), need("A", 6, name="old"), lane("G", "A", trip_cost=100), fleet("G", 1, 10))
    first = ask(problem, plan_of(problem), Request("A", "water", 4, 12))[0]
    assert (first.served, first.first_h, first.cost) == (4, 6, 0)
    assert first.trips == ()


def test_a_team_on_site_from_an_hour_on() -> None:
    problem = world(
        team(day_cost=24), stock("G", 2, "team"), stock("H", 1, "team"), need("A", 1, "team", name="old"), lane("G", "A"),
        lane("H", "A", 12),
    )  # fmt: skip
    plan = plan_of(problem)
    options = ask(problem, plan, Request("A", "team", 1, 12))
    assert (options[0].sender, options[0].unit_hours) == ("G", 0)
    # G leaves at 6, on site 12-24, home 30: a day at 24. H: 12 to 24 on site, two periods each way: 36 h.
    assert [(item.sender, item.cost) for item in options] == [("G", Decimal("24.00")), ("H", Decimal("36.00"))]


def frozen(problem: Problem, plan: Plan, row: Need) -> Problem:
    """The full re-solve with all else frozen, written independently: every line accepted, the request a need."""
    return with_commitments(problem, plan, "accepted").replace(needs=(*problem.needs, row))


@given(problem=worlds, city=st.sampled_from("ABC"), quantity=st.integers(1, 6), by=st.sampled_from((6, 12, 18)))
@settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_first_option_is_the_full_resolve(problem: Problem, city: str, quantity: int, by: int) -> None:
    resource = problem.resources[0].resource
    if city not in problem.city_of or by > problem.settings.horizon_h or not problem.resource_of[resource].is_supply:
        return
    problem = problem.replace(needs=tuple(replace(row, priority=1) for row in problem.needs))
    plan = plan_of(problem)
    first = ask(problem, plan, Request(city, resource, quantity, by, priority=2))[0]
    row = Need(
        need="new", city=city, resource=resource, quantity=float(quantity), from_h=0.0, by_h=float(by), priority=2
    )
    # All other needs are of priority 1 and as well served as can be: what is left goes to the request.
    again = plan_of(frozen(problem, plan, row))
    if abs(tier(again, "priority-1") - tier(plan, "priority-1")) < 1e-6 and not _serves_anew(again, plan, city):
        assert unit_hours(again, "new") == pytest.approx(first.unit_hours, abs=1e-4)


def _serves_anew(again: Plan, plan: Plan, city: str) -> bool:
    """Whether the old needs are served otherwise than planned, or with goods that come anew: then not all else was frozen."""
    if any(row.destination != city for row in again.shipments if row.line not in {old.line for old in plan.shipments}):
        return True
    was = {(row.need, row.at_h, row.by_resource, round(row.used, 4)) for row in plan.service}
    now = {(row.need, row.at_h, row.by_resource, round(row.used, 4)) for row in again.service if row.need != "new"}
    return was != now


def test_an_option_with_the_plan_is_a_plan() -> None:
    # The option's lines beside the plan's own pass the verifier: nothing was promised twice.
    problem = instance("social-cost")
    plan = plan_of(problem, gap=1e-3, time_limit_s=20.0)
    desk = Desk(problem, plan, SolveOptions(gap=0.0, workers=1))
    taker = next(row for row in plan.shortages if problem.resource_of[row.resource].is_supply)
    first = desk.ask(Request(taker.city, taker.resource, 5, problem.settings.horizon_h))[0]
    joined = replace(plan, shipments=(*plan.shipments, *first.shipments), trips=_joined_trips(plan, first.trips))
    limits = {item.limit for item in verify(problem, joined)}
    assert not limits & {
        "stock",
        "fleet",
        "floor-or-offer",
        "lane-capacity",
        "loading",
        "unloading",
        "payload-out",
        "units",
    }


def _joined_trips(plan: Plan, more: Sequence[Trip]) -> tuple[Trip, ...]:
    trips = {row.trip: row for row in plan.trips}
    for row in more:
        old = trips.get(row.trip)
        trips[row.trip] = row if old is None else replace(old, trips=old.trips + row.trips)
    return tuple(trips.values())


def test_what_is_unknown_is_refused_with_what_is_known() -> None:
    problem = world(stock("G", 1), need("A", 1), carrier("G", "A"))
    with pytest.raises(UsageError, match="no Atlantis"):
        ask(problem, plan_of(problem), Request("Atlantis", "water", 1, 6))


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem = world(supply(), stock("G", 50), need("A", 10, name="old"), carrier("G", "A"))
    save(problem, tmp_path / "s")
    assert run(["plan", str(tmp_path / "s"), "--out", str(tmp_path / "p")]) == 0
    capsys.readouterr()
    began = time.monotonic()
    asked = [
        "ask",
        str(tmp_path / "s"),
        str(tmp_path / "p"),
        "--city",
        "A",
        "--resource",
        "water",
        "--quantity",
        "5",
        "--by",
        "12",
    ]
    assert run(asked) == 0
    assert time.monotonic() - began < 30
    assert "Nothing else of the plan changes." in capsys.readouterr().out
