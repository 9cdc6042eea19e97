"""The certificate of a settlement: its worst group, excess and bound against every group enumerated."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import cache

import numpy as np
import pytest
from groups import costs_without_switches, generated
from hand_worlds import WORLDS
from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import Fund, Responsibility
from tongzhou.model.game import group_of, members
from tongzhou.model.game.cost_game import Floats
from tongzhou.model.plan import Plan
from tongzhou.model.settlement.parties import players
from tongzhou.model.settlement.settlement import Settlement
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.settlement.setting import SettleOptions
from tongzhou.solvers.settlement.settle import settle
from worlds import plan_of

RULES = ("responsibility", "least-core", "dual-prices", "cost-proportional")


def polluted() -> Problem:
    """The goods world with an origin that is found liable, funds, and voluntary mode."""
    problem = WORLDS["goods"](mode="voluntary")
    cities = tuple(replace(row, role="origin") if row.city == "d" else row for row in problem.cities)
    return problem.replace(
        cities=cities,
        responsibility=(Responsibility(city="d", share=0.6, ability_cap=Decimal(90)),),
        funds=(Fund(fund="f", payer="province", amount=Decimal(40), pays_for="all", share=0.5),),
    )


@cache
def case(name: str) -> tuple[Problem, Plan, Floats]:
    """A scenario, its plan, the cost of every group without switches."""
    if name == "polluted":
        problem = polluted()
    elif name.isdigit():
        problem = generated(int(name), 6, 2, 4, mode="led")
    else:
        problem = WORLDS[name](mode="voluntary")
    return problem, plan_of(problem, gap=1e-3), costs_without_switches(problem)


def check_certificate(found: Settlement, problem: Problem, costs: Floats) -> None:
    names, proof = players(problem), found.certificate
    rows = {row.city: row for row in found.settlement}
    owed = np.array([float(rows[name].liability) for name in names])
    moved = costs + np.array([owed[members(group)].sum() for group in range(len(costs))])
    burden = np.array([float(rows[name].burden) for name in names])
    net = burden - np.array([float(rows[name].adjustment) for name in names])
    for bears, told, bound, group in (
        (net, proof.worst_excess, proof.bound, proof.worst_group),
        (burden, proof.worst_excess_on_x, proof.bound_on_x, proof.worst_group_on_x),
    ):
        excess = np.array([bears[members(item)].sum() for item in range(len(costs))]) - moved
        cents = 0.01 * len(names) + 2e-8 * np.abs(costs).max()  # adjustments and liabilities are shown in cents
        worst = float(excess[1:-1].max())
        assert float(told) == pytest.approx(worst, abs=cents)
        assert excess[group_of(names.index(name) for name in group)] == pytest.approx(worst, abs=cents)
        assert worst - cents <= float(bound) <= worst + cents + float(proof.accuracy)
    assert proof.complete
    assert float(found.total_cost) == pytest.approx(costs[-1], abs=0.011 + 1e-7 * abs(costs[-1]))
    assert proof.groups_possible == len(costs) - 1


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", [*WORLDS, "polluted", "1", "4"])
def test_certificate(name: str, rule: str) -> None:
    problem, plan, costs = case(name)
    check_certificate(settle(problem, plan, SettleOptions(rule=rule), Clock(60.0)), problem, costs)


@pytest.mark.parametrize("name", [*WORLDS, "polluted"])
def test_responsibility_leaves_the_least_excess(name: str) -> None:
    """Linear games have a core: under the default rule in voluntary mode no group is left aggrieved."""
    problem, plan, costs = case(name)
    found = settle(problem, plan, SettleOptions(), Clock(60.0)).certificate
    assert found.excess <= Decimal("0.01") + Decimal(2e-8 * float(np.abs(costs).max()))


@pytest.mark.parametrize("name", ["goods", "units", "hubs", "guarded"])
def test_certificate_with_whole_trips(name: str) -> None:
    """No group that plans whole trips is more aggrieved than the bound says."""
    problem, plan, _ = case(name)
    costs = costs_without_switches(problem, whole=True)
    found = settle(problem, plan, SettleOptions(whole_trips=True), Clock(60.0))
    names, rows = players(problem), {row.city: row for row in found.settlement}
    net = np.array([float(rows[name].burden - rows[name].adjustment) for name in names])
    excess = np.array([net[members(group)].sum() for group in range(len(costs))]) - costs
    slack = 0.01 * len(names) + 1e-7 * np.abs(costs).max()
    assert excess[1:-1].max() <= float(found.certificate.bound) + slack
    worst = group_of(names.index(name) for name in found.certificate.worst_group)
    assert excess[worst] <= float(found.certificate.worst_excess) + slack
