"""What a group costs: the switched model against the group's own scenario, built and solved without any switch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from groups import (
    all_costs,
    costs_without_switches,
    generated,
    opened,
    own_scenario,
    part_of,
    proper,
    sums_of,
    table_of,
)
from hand_worlds import WORLDS
from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import Actual
from tongzhou.model.game import everyone, members
from tongzhou.model.game.cost_game import Floats
from tongzhou.model.plan import Plan
from tongzhou.model.settlement.course import pool_problem
from tongzhou.solvers.coalitions.valuation import WHOLE_GAP
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.settlement.setting import SettleOptions, open_setting
from worlds import arrival, carrier, city, need, plan_of, planned, stock, tier, world

SAME = 1e-7
"""Relative: primal solves reach their feasibility tolerance, not more."""
WAYS: tuple[dict[str, Any], ...] = (
    {"mode": "led"},
    {"mode": "voluntary"},
    {"mode": "led", "own_use": False},
    {"mode": "led", "self_first": False, "no_worse_off": False},
)
SEEDS = (
    (1, 5, {"mode": "led"}), (2, 6, {"mode": "voluntary"}), (4, 6, {"mode": "led", "own_use": False}), (5, 4, {"mode": "voluntary"}),
    (6, 7, {"mode": "led", "self_first": False}), (8, 7, {"mode": "led"}), (7, 5, {"mode": "voluntary", "no_worse_off": False}),
)  # fmt: skip


def close(found: Floats, wanted: Floats, share: float) -> None:
    assert np.abs(found - wanted).max() <= share * max(1.0, np.abs(wanted).max())


def check_linear(problem: Problem) -> None:
    """Values, cuts, and the core by dual prices, over all groups."""
    wanted = costs_without_switches(problem)
    with opened(problem) as setting:
        table = table_of(setting.game)
        close(table.costs, wanted, SAME)
        size = max(1.0, np.abs(wanted).max())
        for group in range(1, len(wanted)):
            prices = np.array(setting.game.value([group])[0].prices)
            assert sums_of(table, prices).max() <= 1e-8 * size  # a cut is below the cost of every group
            assert prices[members(group)].sum() == pytest.approx(table.costs[group], abs=1e-8 * size)
        prices = np.array(setting.game.value([everyone(len(table.players))])[0].prices)
        assert prices.sum() == pytest.approx(wanted[-1], abs=SAME * size)
        assert sums_of(table, prices)[proper(table)].max() <= 1e-8 * size
        close(np.array(setting.game.center), prices, 1e-12)


def check_whole(problem: Problem) -> None:
    """Relaxed before they are sharpened, then within the gap; the bound never above what is possible."""
    wanted = costs_without_switches(problem, whole=True)
    size = max(1.0, np.abs(wanted).max())
    with opened(problem, whole_trips=True) as setting:
        groups = range(1, len(wanted))
        blunt = np.array([item.bound for item in setting.game.value(groups)])
        setting.game.sharpen(groups)
        sharp = setting.game.value(groups)
    assert (blunt - wanted[1:]).max() <= SAME * size
    assert all(item.sharp for item in sharp)
    bounds, costs = np.array([item.bound for item in sharp]), np.array([item.cost for item in sharp])
    assert (bounds - wanted[1:]).max() <= SAME * size
    assert (costs - wanted[1:]).min() >= -SAME * size
    assert (costs - bounds <= WHOLE_GAP * np.abs(costs) + SAME * size).all()
    for item in sharp:
        bears = np.array([sum(item.prices[place] for place in members(group)) for group in groups])
        assert (bears - wanted[1:]).max() <= SAME * size


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("name", WORLDS)
def test_divisible_trips(name: str, way: dict[str, Any]) -> None:
    check_linear(WORLDS[name](**way))


@pytest.mark.parametrize("way", WAYS[1:3], ids=str)
@pytest.mark.parametrize("name", WORLDS)
def test_whole_trips(name: str, way: dict[str, Any]) -> None:
    check_whole(WORLDS[name](**way))


@pytest.mark.parametrize(("seed", "cities", "way"), SEEDS, ids=str)
def test_generated(seed: int, cities: int, way: dict[str, Any]) -> None:
    check_linear(generated(seed, cities, **way))


@pytest.mark.parametrize(("seed", "way"), [(1, {"mode": "led"}), (5, {"mode": "voluntary"})], ids=str)
def test_generated_whole(seed: int, way: dict[str, Any]) -> None:
    check_whole(generated(seed, 4, 3, 4, **way))


@pytest.mark.parametrize("name", ["goods", "units", "hubs", "guarded"])
def test_the_planner_finds_the_same(name: str) -> None:
    """A group's scenario planned as any other, its own reference run included (the weights of these needs are given)."""
    problem = WORLDS[name](mode="led")
    pool = pool_problem(problem, [])
    with opened(problem, whole_trips=True) as setting:
        names, count = setting.game.players, everyone(len(setting.game.players))
        groups = [group for group in range(1, count + 1) if len(members(group)) != 2]
        setting.game.sharpen(groups)
        for item in setting.game.value(groups):
            kept = {names[place] for place in members(item.group)}
            part = part_of(pool, kept)
            wanted = tier(planned(part).plan, "social-cost") if part.needs else 0.0
            assert item.cost == pytest.approx(wanted, rel=2 * WHOLE_GAP, abs=1e-4)


def test_a_groups_scenario_is_really_smaller() -> None:
    """The comparison would prove nothing if both sides kept everybody."""
    with opened(WORLDS["goods"](mode="led")) as setting:
        own = own_scenario(setting.problem, {"a"}, setting.indices)
        assert {row.city for row in own.problem.cities} == {"a"}
        assert setting.game.cost(1) > setting.game.cost(everyone(4)) / 2


def test_by_hand() -> None:
    """`a` needs 10 from hour 0, 24 a unit and day; `c` is 6 h away at 2 a tonne. Loss a missing unit: 6 h at the factors 1,
    1.25, 1.5, 1.75, and lost units go on. Alone 10 * (6 + 7.5 + 9 + 10.5) = 330; with 8 from `c` 10 * 6 + 2 * 27 + 16 = 130."""
    problem = world(
        need("a", 10, loss_per_unit_day=24), stock("c", 8, floor=0), carrier("c", "a", 6, t_cost=2), mode="led"
    )
    with opened(problem) as setting:
        assert all_costs(setting.game) == pytest.approx([0, 330, 0, 130])


def test_liability_moves_every_group_by_its_members() -> None:
    with opened(WORLDS["goods"](mode="led")) as setting:
        costs = all_costs(setting.game)
        moved = setting.game.shifted([100.0, -30.0, -70.0, 0.0])
        again = moved.shifted([1.0, 0.0, 0.0, -1.0])
        amounts = np.array([101.0, -30.0, -70.0, -1.0])
        wanted = np.array([costs[group] + amounts[members(group)].sum() for group in range(16)])
        close(np.array([again.cost(group) for group in range(16)]), wanted, 1e-12)
        close(np.array([setting.game.cost(group) for group in range(16)]), costs, 0.0)
        assert again.cost(0) == 0.0
        assert again.center == pytest.approx(setting.game.center + amounts)
        assert again.solved == setting.game.solved  # nothing is solved twice
        burden = np.array([700.0, 100.0, 20.0, -50.0])
        found = again.separate(burden, above=-np.inf, most=20).found
        wanted = (
            np.array([burden[members(item.group)].sum() for item in found]) - wanted[[item.group for item in found]]
        )
        assert [item.excess for item in found] == pytest.approx(wanted)


def test_a_dummy_changes_no_group() -> None:
    """`z` in a world of others: neither need nor means."""
    problem = WORLDS["hubs"](mode="led")
    more = problem.replace(
        cities=(*problem.cities, city("z", "contributor")), links=(*problem.links, carrier("z", "a"))
    )
    with opened(problem) as setting, opened(more) as wider:
        assert wider.game.players == (*setting.game.players, "z")
        costs = all_costs(setting.game)
        close(all_costs(wider.game), np.concatenate((costs, costs)), 1e-9)


def national(**shipped: float) -> tuple[Problem, Plan]:
    """A depot sends 8 by way of `x`, a place of transfer; `lost`: units that stay there."""
    problem = world(
        city("a"), city("x", "hub"), city("n", "national"), city("c", "contributor"), need("a", 10, loss_per_unit_day=50),
        stock("n", 10, floor=0), stock("c", 2, floor=0), carrier("n", "x", t_cost=1), carrier("x", "a", t_cost=1),
        carrier("c", "a", t_cost=1), mode="led", national_delay_h=0.0, periods=6,
    )  # fmt: skip
    plan = plan_of(problem)
    kept = {row.line: row.quantity - (shipped.get("lost", 0.0) if row.origin == "x" else 0.0) for row in plan.shipments}
    actuals = tuple(
        Actual(line=row.line, shipped=kept[row.line], arrived=kept[row.line], accepted=kept[row.line], damaged=0.0,
               departed_h=row.depart_h, arrived_h=row.arrive_h)
        for row in plan.shipments
    )  # fmt: skip
    return problem.replace(actuals=actuals), plan


@pytest.mark.parametrize("lost", [0.0, 3.0])
def test_what_a_depot_delivered_is_everybodys_own(lost: float) -> None:
    """8 units from the depot reach `a` at hour 12; what stays at the place of transfer is nobody's arrival."""
    problem, plan = national(lost=lost)
    given = world(
        city("a"), city("c", "contributor"), need("a", 10, loss_per_unit_day=50), arrival("a", 8 - lost, 12),
        stock("c", 2, floor=0), carrier("c", "a", t_cost=1), mode="led", periods=6,
    )  # fmt: skip
    with open_setting(problem, plan, SettleOptions(), Clock(None)) as setting:
        assert setting.game.players == ("a", "c")
        close(all_costs(setting.game), costs_without_switches(given), SAME)
