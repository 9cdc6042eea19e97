"""One city's sheet, and what happens if it says no."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_worlds import worlds
from tongzhou.model.city_sheet import city_sheet
from tongzhou.model.declining import decline
from tongzhou.model.domain import Problem
from tongzhou.model.errors import UsageError
from tongzhou.model.plan import Plan
from tongzhou.model.replanning import ALL, Step, advance
from tongzhou.model.verify import verify
from tongzhou.scenarios.files import save
from tongzhou.service.city_view import SaysNo, says_no
from tongzhou.service.cli.main import run
from tongzhou.solvers.options import SolveOptions
from worlds import (
    arrival,
    carrier,
    city,
    equipment,
    fleet,
    lane,
    need,
    plan_of,
    sent,
    short,
    stock,
    supply,
    team,
    unit_hours,
    world,
)

SOME = settings(
    max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
EXACT = SolveOptions(time_limit_s=60, gap=0.0, workers=1)


def refused(problem: Problem, plan: Plan, who: str) -> SaysNo:
    """What a refusal brings; the plan without the city passes the verifier, and nothing leaves it any more."""
    found = says_no(problem, plan, who, EXACT)
    after = found.found.outcome.plan
    assert after is not None
    assert not verify(found.declined.problem, after)
    now_h = problem.settings.now_h
    assert not [
        row for row in (*after.shipments, *after.deployments)
        if row.origin == who and row.destination != who and row.depart_h >= now_h
    ]  # fmt: skip
    return found


def test_the_sheet_by_hand() -> None:
    """G holds 100 (floor 30), A needs 60 and has 20 of its own. 40 leave at hour 0 on two trucks of 20 t and are there at 6.

    Alone A lacks 40 for 24 h = 960 unit-hours; with aid 40 for the first 6 h = 240. G keeps 60 of 100, 30 above its floor.
    Two of its three trucks are away from hour 0 to 12. It claims 2 trips of 500 and 40 units at 7.
    """
    problem = world(
        supply(unit_value=7), stock("G", 100, floor=30), stock("A", 20), need("A", 60, name="N"),
        lane("G", "A", trip_cost=500), fleet("G", 3, 20),
    )  # fmt: skip
    plan = plan_of(problem)
    giver, taker = city_sheet(problem, plan, "G"), city_sheet(problem, plan, "A")
    (row,) = taker.needs
    assert (row.unit_hours_alone, row.unit_hours, row.short_alone, row.short) == pytest.approx((960, 240, 40, 0))
    assert [(item.other, item.quantity, item.depart_h, item.arrive_h) for item in giver.gives] == [("A", 40, 0, 6)]
    assert [(item.other, item.quantity) for item in taker.gets] == [("G", 40)]
    assert not giver.gets and not taker.gives
    (kept,) = giver.keeps
    assert (kept.held, kept.floor, kept.lowest, kept.lowest_h, kept.above_floor, kept.alone, kept.hours_below) == pytest.approx(
        (100, 30, 60, 0, 30, 100, 0)
    )  # fmt: skip
    (risk,) = giver.risks
    assert (risk.held, risk.elsewhere, risk.from_h, risk.until_h) == (3, 2, 0, 12)
    assert giver.owed == Decimal("1280.00")  # 2 x 500 + 40 x 7
    assert taker.owed == 0


def test_own_needs_go_below_the_floor_and_units_away_are_a_risk() -> None:
    """A's own need takes 15 of 20 (floor 10): 5 below the floor for the whole 24 h. G lends 2 of 3 teams, on site at 6, until
    24, home at 30: away the whole horizon, one left."""
    problem = world(
        team(day_cost=1), stock("A", 20, floor=10), need("A", 15), stock("G", 3, "team"), need("A", 2, "team", name="T"), lane("G", "A"),
    )  # fmt: skip
    plan = plan_of(problem)
    (water,) = city_sheet(problem, plan, "A").keeps
    assert (water.lowest, water.above_floor, water.hours_below) == pytest.approx((5, -5, 24))
    sheet = city_sheet(problem, plan, "G")
    (kept,), (risk,) = sheet.keeps, sheet.risks
    assert (kept.lowest, risk.elsewhere, risk.held - risk.elsewhere) == (1, 2, 1)
    assert (risk.from_h, risk.until_h) == (0, 24)


def test_the_next_city_steps_in() -> None:
    """G (6 h away) gave 50; without it H (12 h away) gives them: 6 more hours of 50 = 300 unit-hours."""
    problem = world(
        stock("G", 50), stock("H", 50), need("A", 50, name="N"), carrier("G", "A"), carrier("H", "A", 12.0, t_cost=1)
    )
    plan = plan_of(problem)
    found = refused(problem, plan, "G")
    assert [row.line for row in found.declined.withdrawn] == [row.line for row in plan.shipments]
    assert not found.declined.impossible
    (row,) = found.needs
    assert (row.unit_hours, row.unit_hours_without, row.short_without) == pytest.approx((300, 600, 0))
    assert sent(found.found.outcome.plan, "H", "A") == pytest.approx(50)
    assert {(item.change, item.reason) for item in found.found.changes} == {
        ("dropped", "withdrawn"),
        ("new", "instead"),
    }


def test_what_is_moving_comes_and_what_others_accepted_stays() -> None:
    """At hour 6 G's first 30 are under way and come, its other 30 (production of hour 12) do not; H's 20 for B stay."""
    problem = world(
        stock("G", 30), arrival("G", 30, 12), stock("H", 20), need("A", 60, name="N"), need("B", 20, name="M"),
        carrier("G", "A"), carrier("H", "B"),
    )  # fmt: skip
    later = advance(problem, plan_of(problem), Step(6, accepted=frozenset({ALL})))
    found = refused(later, plan_of(problem), "G")
    after = found.found.outcome.plan
    assert after is not None
    assert [row.quantity for row in found.declined.withdrawn] == [30]
    assert (sent(after, "G", "A"), sent(after, "H", "B"), short(after, "N")) == pytest.approx((30, 20, 30))


def test_a_line_that_passes_on_what_never_comes_is_impossible() -> None:
    """X is a hub without stock: G's 40 go by X to A. Both lines are accepted; without G, X has nothing to pass on: 40 too much."""
    problem = world(
        city("X", "hub"), stock("G", 40), need("A", 40, name="N"), carrier("G", "X"), carrier("X", "A")
    )  # fmt: skip
    plan = plan_of(problem)
    later = advance(problem, plan, Step(0, accepted=frozenset({ALL})))
    found = refused(later, plan, "G")
    (impossible,) = found.declined.impossible
    assert (impossible.row.origin, impossible.row.destination, impossible.limit) == ("X", "A", "stock")
    assert impossible.amount == pytest.approx(40)
    assert found.found.outcome.plan is not None
    assert short(found.found.outcome.plan, "N") == pytest.approx(40)


def test_equipment_without_its_crew_is_idle() -> None:
    """H's pump is worked by G's team. Both accepted; without the team the pump goes, and does nothing."""
    problem = world(
        equipment("pump", crew="team", crew_size=1), team(), stock("H", 1, "pump"), stock("G", 1, "team"),
        need("A", 1, "pump", name="P"), lane("H", "A"), lane("G", "A"),
    )  # fmt: skip
    plan = plan_of(problem)
    later = advance(problem, plan, Step(0, accepted=frozenset({ALL})))
    found = refused(later, plan, "G")
    assert [(row.origin, row.resource) for row in found.idle] == [("H", "pump")]
    assert not found.declined.impossible


def test_a_led_city_keeps_its_own_stock_where_own_use_is_barred() -> None:
    """Floors bind own needs too (own_use = false): saying no takes nothing from the city's own needs."""
    problem = world(
        stock("G", 50, floor=10), need("G", 40, name="M"), stock("H", 0), need("A", 10, name="N"), carrier("G", "A"), own_use=False
    )  # fmt: skip
    found = refused(problem, plan_of(problem), "G")
    assert found.found.outcome.plan is not None
    assert unit_hours(found.found.outcome.plan, "M") == pytest.approx(0)


@SOME
@given(worlds, st.data())
def test_nobody_is_helped_by_a_refusal_and_promises_are_kept(problem: Problem, data: st.DataObject) -> None:
    """In any world with everything accepted: the verifier passes, others' possible lines stay, and no tier of urgency
    is better than without the refusal would have been with the same lines kept."""
    plan = plan_of(problem)
    later = advance(problem, plan, Step(problem.settings.now_h, accepted=frozenset({ALL})))
    who = data.draw(st.sampled_from(sorted(row.city for row in problem.cities)))
    found = refused(later, plan, who)
    after = found.found.outcome.plan
    assert after is not None
    gone = {row.line for row in found.declined.withdrawn} | {item.row.line for item in found.declined.impossible}
    lines = {row.line for row in (*after.shipments, *after.deployments)}
    assert {row.line for row in later.kept} - gone <= lines
    for name in ("priority-1", "priority-2", "priority-3"):
        was = next((row.value for row in plan.tiers if row.name == name), None)
        now = next((row.value for row in after.tiers if row.name == name), None)
        if was is None or now is None:
            continue
        assert now >= was - 1e-5 * max(1.0, was)
        if now > was + 1e-5 * max(1.0, was):
            break  # a later tier may be better once an earlier one is worse


def test_declining_twice_changes_nothing_more() -> None:
    problem = world(stock("G", 50), stock("H", 50), need("A", 50), carrier("G", "A"), carrier("H", "A", 12.0))
    plan = plan_of(problem)
    first = refused(problem, plan, "G")
    assert first.found.outcome.plan is not None
    again = decline(first.declined.problem, first.found.outcome.plan, "G")
    assert not again.withdrawn and not again.impossible


def test_an_unknown_city_is_refused_with_a_guess() -> None:
    problem = world(stock("Gold", 1), need("A", 1), carrier("Gold", "A"))
    with pytest.raises(UsageError, match="Gold"):
        says_no(problem, plan_of(problem), "Godl", EXACT)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem = world(stock("G", 50), need("A", 50, name="N"), carrier("G", "A"))
    save(problem, tmp_path / "s")
    assert run(["plan", str(tmp_path / "s"), "--out", str(tmp_path / "p")]) == 0
    capsys.readouterr()
    page = tmp_path / "g.html"
    assert run(["city", str(tmp_path / "s"), str(tmp_path / "p"), "--city", "G", "--page", str(page)]) == 0
    assert "is owed" in capsys.readouterr().out
    assert "Keeps 留存" in page.read_text(encoding="utf-8")
    assert run(["city", str(tmp_path / "s"), str(tmp_path / "p"), "--city", "G", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["gives"][0]["other"] == "A"
    out = tmp_path / "no"
    assert run(["city", str(tmp_path / "s"), str(tmp_path / "p"), "--city", "G", "--says-no", "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert "fall away" in told
    assert "needs that fare otherwise" in told
    assert run(["validate", str(out / "scenario")]) == 0
    assert run(["city", str(tmp_path / "s"), str(tmp_path / "p"), "--city", "Q"]) == 2
    assert run(["city", str(tmp_path / "s"), str(tmp_path / "p"), "--city", "G", "--out", str(out)]) == 2
