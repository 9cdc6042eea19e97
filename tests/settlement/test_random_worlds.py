"""Small random worlds with everything at once: the verifier finds nothing wrong with their settlements."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest
from deals import actual, advance, breach, deal, dispute, fund, programme, responsible, settled
from tongzhou.model.domain import Problem
from tongzhou.model.plan import Plan
from tongzhou.model.settlement.settlement import RULES
from tongzhou.solvers.dispatch import plan_dispatch
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock
from worlds import carrier, city, need, stock, supply, team

SEEDS = range(30)


def cities(draw: random.Random, names: list[str], needy: list[str]) -> list[Any]:
    rows: list[Any] = []
    for name in names:
        role = "origin" if draw.random() < 0.2 else "affected" if name in needy else "contributor"
        rows.append(city(name, role, hub=draw.random() < 0.2))
        if name not in needy or draw.random() < 0.4:
            held = draw.randint(1, 12)
            rows.append(stock(name, held, offered=draw.randint(0, held)))
            rows += [stock(name, 2, "team", offered=2)] * (draw.random() < 0.4)
    for name in needy:
        rows.append(need(name, draw.randint(1, 12), loss_per_unit_day=draw.randint(5, 150), name=f"water {name}"))
        if draw.random() < 0.3:
            rows.append(need(name, 2, "team", loss_per_unit_day=draw.randint(20, 150), name=f"team {name}"))
    for origin in names:
        for end in names:
            if origin != end and draw.random() < 0.7:
                rows.append(carrier(origin, end, draw.choice([3, 6, 12]), t_cost=round(draw.uniform(0, 9), 2)))
    return rows


def money(draw: random.Random, names: list[str]) -> list[Any]:
    rows: list[Any] = []
    if draw.random() < 0.6:
        pays = draw.choice(["all", "travel", "commodities personnel", "incentive"])
        cap, share = draw.choice([None, 50]), draw.choice([None, 0.5, 0.33])
        rows.append(fund(round(draw.uniform(0, 200), 2), pays, cap=cap, share=share))
    if draw.random() < 0.4:
        rows.append(fund(round(draw.uniform(0, 100), 2), draw.choice(["travel incentive", "all"]), "H"))
    left = 1.0
    for name in names:
        if draw.random() < 0.3:
            share = draw.choice([None, 0.0, round(left / 2, 2)])
            left -= share or 0.0
            rows.append(responsible(name, share, draw.choice([None, round(draw.uniform(0, 150), 2)])))
    if draw.random() < 0.4:
        value = round(draw.uniform(1, 40), 3)
        rows.append(programme(draw.choice(names), round(draw.uniform(1, 20), 2), value, draw.randint(0, 6)))
    if draw.random() < 0.3:
        rows.append(breach(draw.choice(names), draw.choice(["withdrew", "late"])))
    if draw.random() < 0.3:
        payer, payee = draw.sample(names, 2)
        rows.append(advance(payer, payee, round(draw.uniform(1, 100), 2)))
    return rows


def happened(draw: random.Random, problem: Problem, plan: Plan) -> Problem:
    """Some lines late, short, spoilt, dearer, disputed."""
    found = []
    for line in plan.shipments:
        if draw.random() < 0.5:
            arrived = int(line.quantity * draw.uniform(40, 100)) / 100
            accepted = int(arrived * draw.uniform(50, 100)) / 100
            found.append(actual(
                line.line, line.quantity, arrived=arrived, accepted=accepted, damaged=round(arrived / 9, 2),
                departed_h=line.depart_h, arrived_h=line.arrive_h + draw.choice([0, 6]), cost=draw.choice([None, Decimal("12.34")]),
            ))  # fmt: skip
    questioned = [dispute(line.line) for line in plan.shipments if draw.random() < 0.2]
    return problem.replace(actuals=tuple(found), disputes=tuple(questioned))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_verifier_finds_nothing(seed: int):
    draw = random.Random(seed)
    names = [f"C{number}" for number in range(draw.randint(2, 5))]
    needy = names[: draw.randint(1, len(names) - 1)]
    values = [supply(unit_value=round(draw.uniform(1, 30), draw.choice([0, 2, 4])))]
    values.append(team(day_cost=round(draw.uniform(5, 50), 2), unit_value=100))
    terms = {"mode": draw.choice(["voluntary", "led"]), "margin": draw.choice([0, 0, 0.1]), "rho": draw.choice([1, 0.5, 1.2]),
             "liability": draw.choice(["bill", "damage"])}  # fmt: skip
    problem = deal(*values, *cities(draw, names, needy), *money(draw, names), **terms)
    plan = plan_dispatch(problem, SolveOptions(time_limit_s=20.0), Clock(20.0)).plan
    assert plan is not None
    if draw.random() < 0.6:
        problem = happened(draw, problem, plan)
    settled(problem, plan, rule=draw.choice([*RULES, "responsibility", "responsibility"]))
