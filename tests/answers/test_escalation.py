"""When to call upward: the least package is enough and nothing less is; the pool provably cannot; the call may wait so long."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_worlds import goods_worlds
from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import Link
from tongzhou.model.errors import UsageError
from tongzhou.scenarios.files import save
from tongzhou.service.cli.main import run
from tongzhou.service.runs import open_scenario
from tongzhou.solvers.answers.escalation import Escalation, escalate, package_stock, with_stock
from tongzhou.solvers.answers.latest_call import _beyond
from tongzhou.solvers.answers.tier_run import Reached
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock
from worlds import carrier, city, need, plan_of, stock, supply, team, world

DEPOT = (city("N", "national"), carrier("N", "A"), carrier("N", "B"), carrier("G", "A"), carrier("G", "B"))


def asked(problem: Problem) -> Escalation:
    return escalate(problem, SolveOptions(gap=0.0, workers=1), Clock(60))


def shortage(problem: Problem) -> dict[str, float]:
    plan = plan_of(problem)
    return {item.name: item.value for item in plan.tiers if item.name.startswith("priority-")}


TWO = (supply(unit_value=3), stock("G", 20), stock("N", 15), need("A", 30), need("B", 10), *DEPOT)


def test_the_least_package_and_its_proof() -> None:
    # 40 needed, 20 in the pool; the delay of 6 h makes national goods leave at 6 and serve from 12 on. Each missing unit that a
    # national one serves waits 12 h instead of 24: least 20 units, 60 of value. The pool alone: 20 served at 6, 20 never:
    # 6 * 40 + 18 * 20 = 600 unit-hours of 1/40 each; with the package 6 * 40 + 6 * 20.
    found = asked(world(*TWO, national_delay_h=6.0))
    assert sum(row.quantity for row in found.package) == pytest.approx(20)
    assert {row.arrive_h for row in found.package} == {12}
    assert found.value == pytest.approx(60)
    (proof,) = found.proofs
    assert (proof.pool_bound, proof.pool_value, proof.with_package) == (
        pytest.approx(15),
        pytest.approx(15),
        pytest.approx(9),
    )
    assert proof.is_proven


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.9, 0.99, 1.0, 1.5])
def test_the_shortage_of_unlimited_stock_is_reached_at_one_and_not_before(share: float) -> None:
    problem = world(*TWO, national_delay_h=6.0)
    found = asked(problem)
    value = shortage(with_stock(problem, package_stock(found.package, share)))["priority-1"]
    goal = found.proofs[0].with_package
    if share >= 1:
        assert value == pytest.approx(goal)
    else:
        # (1 - share) * 20 units wait for 12 h more, of 1/40 each
        assert value == pytest.approx(goal + (1 - share) * 20 * 12 / 40)


@pytest.mark.parametrize(("from_h", "latest"), [(0.0, 0.0), (12.0, 0.0), (18.0, 6.0)])
def test_the_latest_hour_of_the_call(from_h: float, latest: float) -> None:
    # Needed from `from_h` on; a call at h lets goods leave at h + 6, there at h + 12.
    problem = world(
        supply(unit_value=3), stock("N", 10), need("A", 10, from_h=from_h), *DEPOT[:2], national_delay_h=6.0
    )
    found = asked(problem)
    assert found.call is not None
    assert found.call.hour == latest
    assert found.call.too_late["priority-1"] > found.call.reached["priority-1"]
    assert found.call.is_proven


def test_a_pool_that_suffices_needs_no_package() -> None:
    found = asked(world(stock("G", 50), stock("N", 9), need("A", 30), *DEPOT))
    assert found.package == ()
    assert found.call is not None
    assert found.call.hour is None
    assert not any(proof.is_proven for proof in found.proofs)


def test_teams_too() -> None:
    problem = world(
        team(day_cost=24), stock("N", 3, "team"), need("A", 2, "team", from_h=12), *DEPOT[:2], national_delay_h=0.0
    )
    found = asked(problem)
    assert [(row.resource, row.quantity, row.arrive_h) for row in found.package] == [("team", 2, 12)]
    assert found.call is not None
    assert found.call.hour == 6


def test_a_call_that_was_made_cannot_wait() -> None:
    problem = world(*TWO, national_delay_h=6.0)
    settings_ = replace(problem.settings, replanning=replace(problem.settings.replanning, now_h=6.0, called_h=0.0))
    found = asked(problem.replace(settings=settings_))
    assert found.call is None
    assert sum(row.quantity for row in found.package) == pytest.approx(20)


def test_bounds_after_a_search_cut_short_hold_all_the_same() -> None:
    # never above a value, never a proof that is none
    problem = open_scenario("henan-2021")
    found = escalate(problem, SolveOptions(gap=0.0, workers=1), Clock(25))
    assert 0 <= found.value_bound <= found.value + 1e-6
    for proof in found.proofs:
        assert proof.pool_bound <= proof.pool_value
        assert proof.package_bound <= proof.with_package
        assert proof.is_proven == (proof.pool_bound > proof.with_package * (1 + 1e-5))
    assert found.call is not None
    if found.call.is_proven:  # a fast machine proves it
        assert any(value > found.call.reached[name] for name, value in found.call.too_late.items())


@pytest.mark.parametrize(
    ("first", "second", "is_proven"),
    [
        ((12.0, 11.0), (9.0, 0.0), True),  # no later call reaches the 10 of the first tier
        ((12.0, 9.0), (9.0, 9.0), False),  # none was found that does, but none is ruled out; the second had another cap
        ((10.0, 9.0), (9.0, 6.0), True),  # the first does as well, the second cannot reach its 5
        ((10.0, 9.0), (9.0, 4.0), False),
        ((10.0, 9.0), (5.0, 4.0), False),  # as good as before
    ],
)
def test_a_later_call_is_ruled_out_by_bounds_alone(
    first: tuple[float, float], second: tuple[float, float], is_proven: bool
) -> None:
    values, bounds = ({"priority-1": first[part], "priority-2": second[part]} for part in (0, 1))
    late = cast(Reached, SimpleNamespace(values=values, bounds=bounds))
    assert _beyond(late, {"priority-1": 10.0, "priority-2": 5.0}) == is_proven


def test_without_a_depot_there_is_nobody_to_call() -> None:
    with pytest.raises(UsageError, match="no national depot"):
        asked(world(stock("G", 5), need("A", 10), carrier("G", "A")))


@given(problem=goods_worlds(lots=False), delay=st.sampled_from((0.0, 6.0)))
@settings(max_examples=20, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
def test_in_any_world_of_divisible_goods(problem: Problem, delay: float) -> None:
    takers = sorted({row.city for row in problem.needs})
    links = tuple(
        Link(origin="N", destination=name, mode="rail", travel_h=6.0, distance_km=1.0, t_cost=0) for name in takers
    )
    problem = problem.replace(
        cities=(*problem.cities, city("N", "national")), links=(*problem.links, *links),
        needs=tuple(replace(row, priority=1) for row in problem.needs),
        settings=replace(problem.settings, escalation=replace(problem.settings.escalation, national_delay_h=delay)),
    )  # fmt: skip
    found = asked(problem)
    goal = found.proofs[0].with_package
    whole = shortage(with_stock(problem, package_stock(found.package)))["priority-1"]
    assert whole == pytest.approx(goal, abs=1e-5)
    if found.package:
        less = shortage(with_stock(problem, package_stock(found.package, 0.9)))["priority-1"]
        assert less > goal + 1e-7
        assert found.proofs[0].is_proven


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(world(*TWO, national_delay_h=6.0), tmp_path / "two")
    assert run(["escalate", str(tmp_path / "two")]) == 0
    told = capsys.readouterr().out
    assert "least package (1 lines, value 60; none as good is below 60)" in told
    assert "Latest call that costs nothing: +0 h" in told
    assert "proven: no plan with a call that late is as good" in told
    assert run(["escalate", str(tmp_path / "two"), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(row["depot"], row["quantity"], row["arrive_h"]) for row in found["package"]] == [("N", 20, 12)]
    assert run(["escalate", "river-pollution"]) == 2
    assert "no national depot" in capsys.readouterr().err
