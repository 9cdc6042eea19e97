"""What holds for every scenario: small random ones, three to five cities, drawn by hypothesis."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_worlds import GIVERS, goods_worlds, worlds
from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import Commitment
from tongzhou.model.plan import STATUSES, Plan
from worlds import (
    carrier,
    city,
    fleet,
    lane,
    need,
    plan_of,
    planned,
    stock,
    tier,
    unit_hours,
    world,
)

FEW = settings(
    max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)


def first(plan: Plan) -> float:
    """Value of priority 1; nothing where no need has it."""
    return next((item.value for item in plan.tiers if item.name == "priority-1"), 0.0)


@FEW
@given(problem=worlds)
def test_every_plan_passes_the_verifier_and_no_bound_lies_above_its_value(problem: Problem) -> None:
    outcome = planned(problem)  # verifies
    assert outcome.status in STATUSES
    assert outcome.plan is not None
    for item in outcome.plan.tiers:
        assert item.bound <= item.value + 1e-9
        assert item.gap >= 0


@FEW
@given(problem=worlds)
def test_a_search_without_limits_closes_priority_1(problem: Problem) -> None:
    """Tiny scenarios, gap 0: the first tier is proven to rounding."""
    plan = plan_of(problem)
    value = first(plan)
    bound = next((item.bound for item in plan.tiers if item.name == "priority-1"), 0.0)
    assert value == pytest.approx(bound, rel=1e-6, abs=1e-6)


@FEW
@given(data=st.data(), share=st.sampled_from((0.02, 0.1, 0.3)))
def test_later_tiers_take_no_more_of_priority_1_than_the_tolerance(data: st.DataObject, share: float) -> None:
    """Whatever number of tiers follow, and where whole trips give way first and a divisible way could give way once more."""
    few, many = st.integers(1, 9), st.integers(20, 90)
    rows = [
        stock("G", data.draw(many)), need("A", data.draw(many), by_h=12), need("B", data.draw(many), by_h=18, priority=2),
        fleet("G", data.draw(many), data.draw(st.sampled_from((0.5, 1, 3))), km_cost=data.draw(few)),
        *(lane("G", where, distance_km=data.draw(few)) for where in "AB"),
        *(carrier("G", where, t_cost=data.draw(few), mode="rail", capacity_t_per_h=data.draw(few)) for where in "AB"),
    ]  # fmt: skip
    assert (
        first(plan_of(world(*rows, tolerance=share))) <= (1 + share) * first(plan_of(world(*rows))) * (1 + 1e-6) + 1e-6
    )


@FEW
@given(problem=worlds, more=st.integers(1, 8))
def test_more_stock_and_more_offers_never_raise_priority_1(problem: Problem, more: int) -> None:
    """Of cities without needs: what a needy city holds changes its reference, so that self_first may hold back earlier aid."""
    richer = problem.replace(stocks=tuple(
        replace(row, quantity=row.quantity + more, offered=None if row.offered is None else row.offered + more)
        if row.city in GIVERS
        else row
        for row in problem.stocks
    ))  # fmt: skip
    assert first(plan_of(richer)) <= first(plan_of(problem)) * (1 + 1e-6) + 1e-6


@FEW
@given(problem=worlds, data=st.data())
def test_the_order_of_rows_does_not_matter(problem: Problem, data: st.DataObject) -> None:
    shuffled = {name: tuple(data.draw(st.permutations(table))) for name, table in problem.items() if len(table) > 1}
    assert plan_of(problem.replace(**shuffled)) == plan_of(problem)


@FEW
@given(problem=goods_worlds(lots=False), factor=st.sampled_from((0.5, 3, 1000)))
def test_scaled_quantities_keep_fill_rates(problem: Problem, factor: float) -> None:
    """Needs, stocks, floors, offers, arrivals, vehicles and lanes times the same factor; weights are 1 / total need."""

    def times(value: float | None) -> float | None:
        return None if value is None else value * factor

    scaled = problem.replace(
        stocks=tuple(
            replace(row, quantity=row.quantity * factor, floor=times(row.floor), offered=times(row.offered))
            for row in problem.stocks
        ),
        arrivals=tuple(replace(row, quantity=row.quantity * factor) for row in problem.arrivals),
        needs=tuple(replace(row, quantity=row.quantity * factor) for row in problem.needs),
        links=tuple(replace(row, capacity_t_per_h=times(row.capacity_t_per_h)) for row in problem.links),
        fleets=tuple(
            replace(row, payload_t=row.payload_t * factor, volume_m3=row.volume_m3 * factor) for row in problem.fleets
        ),
    )
    before, after = plan_of(problem), plan_of(scaled)
    assert first(after) == pytest.approx(first(before), rel=1e-5, abs=1e-5)
    if problem.fleets:
        return  # whole trips may be dealt out in several equally good ways
    groups: dict[tuple[int, str, str], list[str]] = {}
    for row in problem.needs:
        groups.setdefault((row.priority, row.city, row.resource), []).append(row.need)
    for names in groups.values():
        total = sum(problem.need_of[name].quantity for name in names) * problem.settings.horizon_h
        lacks = [sum(unit_hours(plan, name) for name in names) for plan in (before, after)]
        assert lacks[1] / factor / total == pytest.approx(lacks[0] / total, abs=1e-4), names


def as_commitments(problem: Problem, plan: Plan, status: str, picks: list[bool]) -> Problem:
    """Some lines of a plan become commitments of its scenario."""
    rows = []
    for pick, row in zip(picks, (*plan.shipments, *plan.deployments), strict=False):
        kind = "deployment" if hasattr(row, "leave_h") else "shipment"
        rows += [Commitment(
            line=row.line, kind=kind, origin=row.origin, destination=row.destination, resource=row.resource,
            quantity=row.quantity, depart_h=row.depart_h, leave_h=getattr(row, "leave_h", None), need=row.need,
            mode=row.mode, vehicle=row.vehicle, status=status,
        )] * pick  # fmt: skip
    return problem.replace(commitments=tuple(rows))


@FEW
@given(problem=worlds, picks=st.lists(st.booleans(), min_size=1, max_size=12))
def test_accepting_lines_of_a_plan_costs_nothing(problem: Problem, picks: list[bool]) -> None:
    """The plan itself keeps them. (It may even gain: what a city has promised no longer counts as what it can do alone.)"""
    plan = plan_of(problem)
    kept = plan_of(as_commitments(problem, plan, "accepted", picks))
    assert first(kept) <= first(plan) * (1 + 1e-5) + 1e-5


@FEW
@given(problem=goods_worlds(), picks=st.lists(st.booleans(), min_size=1, max_size=12))
def test_a_high_price_of_changes_keeps_every_proposed_line(problem: Problem, picks: list[bool]) -> None:
    """The proposed lines come from an optimal plan, so keeping all of them gives nothing away in an earlier tier."""
    plan = plan_of(problem)
    dear = replace(problem.settings, objective=replace(problem.settings.objective, change_cost=1e6))
    proposed = as_commitments(problem, plan, "proposed", picks).replace(settings=dear)
    again = plan_of(proposed)
    there = {
        (row.origin, row.destination, row.mode, row.resource, row.depart_h): row.quantity for row in again.shipments
    }
    for row in proposed.commitments:
        key = (row.origin, row.destination, row.mode, row.resource, row.depart_h)
        assert there.get(key, 0.0) == pytest.approx(row.quantity, abs=1e-4), row.line


@FEW
@given(problem=worlds)
def test_nobody_with_the_rule_is_worse_off_than_alone(problem: Problem) -> None:
    governed = problem.replace(
        settings=replace(problem.settings, governance=replace(problem.settings.governance, no_worse_off=True))
    )
    plan = plan_of(governed)
    alone = {row.need: row.unit_hours for row in plan.baseline}
    for name in {row.city for row in governed.needs}:
        for priority in (1, 2, 3):
            here = [row for row in governed.needs if (row.city, row.priority) == (name, priority)]
            totals = {
                row.resource: sum(
                    other.quantity
                    for other in governed.needs
                    if (other.priority, other.resource) == (priority, row.resource)
                )
                for row in here
            }
            now = sum(unit_hours(plan, row.need) / totals[row.resource] for row in here)
            then = sum(alone[row.need] / totals[row.resource] for row in here)
            assert now <= then + 1e-4 * governed.settings.horizon_h


def test_dearer_transport_never_changes_who_is_served() -> None:
    """Costs come last: whatever they are, the tiers before them stay the same."""
    values = []
    for price in (0, 1, 1_000_000):
        plan = plan_of(world(
            city("A"), stock("G", 10), stock("K", 10), need("A", 12), need("B", 9, priority=2), carrier("G", "A", t_cost=price),
            carrier("K", "B", t_cost=price), carrier("K", "A", 12, t_cost=price),
        ))  # fmt: skip
        values.append(
            [(item.name, pytest.approx(item.value, rel=1e-6, abs=1e-6)) for item in plan.tiers if item.name != "cost"]
        )
        assert tier(plan, "priority-1") == pytest.approx((12 * 6 + 2 * 6) / 12)  # 10 at 6, the other 2 at 12
    assert values[0] == values[1] == values[2]
