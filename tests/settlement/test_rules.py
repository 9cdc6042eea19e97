"""Every rule on one game by hand, and proofs against full enumeration."""

from __future__ import annotations

from itertools import combinations

import pytest
from deals import deal, fund, giver, needy, responsible, row, settled
from tongzhou.model.domain import Problem
from tongzhou.model.game import group_of
from tongzhou.model.settlement.settlement import RULES
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.settlement.setting import SettleOptions, open_setting
from worlds import carrier, need, plan_of, stock, supply

# A needs 10 (1375 alone). G1 holds 6 at 20 + 5 a unit: each saves 137.50 - 25 (lost in the first period) - 25 = 87.50.
# G2 holds 10 at 20 + 15: each saves 77.50. Savings v(A G1) = 525, v(A G2) = 775, v(A G1 G2) = 525 + 4 x 77.50 = 835, others 0.
# The plan takes 6 from G1 (k = 150) and 4 from G2 (k = 140); c(N) = 1375 - 835 = 540 = 250 + 150 + 140.
SAVED = {
    # A owes what its helpers spent and gains the rest
    "responsibility": (835, 0, 0),
    # core: s(G1) <= 835 - 775 = 60, s(G2) <= 835 - 525 = 310. Largest least surplus: G1 between 0 and 60, then G2 between 0 and 310
    "nucleolus": (650, 30, 155),
    # orders: A (525 + 775 + 2 x 835) / 6, G1 (525 + 60 + 60) / 6, G2 (775 + 310 + 310) / 6
    "shapley": (495, 107.5, 232.5),
    # the last unit is one of G2's: a unit of G1 is worth its 10 less, G2's stock (6 left) is worth nothing
    "dual-prices": (775, 60, 0),
    # by 1375 - 250 : 0 : 0, by 0 : 150 : 140, by thirds
    "benefit-proportional": (835, 0, 0),
    "cost-proportional": (0, 431.90, 403.10),
    "equal-surplus": (278.33, 278.33, 278.33),
}


@pytest.fixture(scope="module")
def problem() -> Problem:
    return deal(supply(unit_value=20), *needy("A"), *giver("G1", 6), *giver("G2", 10, t_cost=15))


@pytest.mark.parametrize("rule", SAVED)
def test_a_rule_by_hand(rule: str, problem: Problem):
    found = settled(problem, rule=rule)
    assert [float(row(found, name).gain) for name in ("A", "G1", "G2")] == pytest.approx(SAVED[rule], abs=0.011)
    assert found.outside_money == 0
    assert found.total_cost == 540


def test_the_least_core_by_hand(problem: Problem):
    # the least excess is that of G1 between 0 and 60: -30, so G1 gains 30 and G2 between 30 and 280
    found = settled(problem, rule="least-core")
    assert row(found, "G1").gain == 30
    assert 30 <= row(found, "G2").gain <= 280
    assert found.rules[0].note == "least excess -30.00"
    assert float(found.certificate.worst_excess) == -30


def test_side_by_side(problem: Problem):
    found = settled(problem, compare=RULES)
    assert [item.rule for item in found.rules] == list(RULES)
    for item in found.rule_burdens:
        if item.rule in SAVED:
            expected = SAVED[item.rule][["A", "G1", "G2"].index(item.city)]
            assert float(item.gain) == pytest.approx(expected, abs=0.011)
    worst = {item.rule: (item.worst_group, float(item.worst_excess)) for item in found.rules}
    # cost-proportional: {A, G2} saves 775 alone and is given 403.10; equal-surplus: 775 - 556.67; shapley: 775 - 727.50
    assert worst["cost-proportional"] == ("A G2", pytest.approx(371.90, abs=0.011))
    assert worst["equal-surplus"] == ("A G2", pytest.approx(218.33, abs=0.011))
    assert worst["shapley"] == ("A G2", 47.5)
    assert not any(item.worse_off for item in found.rules)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_balances_with_little_money(rule: str, problem: Problem):
    """The verifier looks at every rule with an ability cap, a poor fund, an origin."""
    more = problem.replace(
        responsibility=(responsible("A", cap="99.99"),), funds=(fund("33.33", "travel", share=0.75),)
    )
    found = settled(more, rule=rule)
    assert row(found, "A").paid <= responsible("A", cap="99.99").ability_cap


def four(**terms: float) -> Problem:
    """Two in need, two that give, lanes of different prices; A2's own stock is not enough."""
    rows = [
        *needy("A1", 7),
        *needy("A2", 9),
        stock("A2", 4, offered=2),
        *giver("G1", 5, "A1", 3),
        *giver("G2", 6, "A2", 7),
    ]
    lanes = [carrier("G1", "A2", t_cost=9), carrier("G2", "A1", t_cost=11), carrier("A2", "A1", t_cost=1)]
    return deal(supply(unit_value=20), *rows, *lanes, **terms)


@pytest.mark.parametrize("rule", RULES)
def test_the_certificate_is_that_of_full_enumeration(rule: str):
    problem = four()
    plan = plan_of(problem)
    found = settled(problem, plan, rule=rule)
    net = {item.city: float(item.burden - item.adjustment) for item in found.settlement}
    with open_setting(problem, plan, SettleOptions(), Clock(None)) as setting:
        names = setting.game.players
        places = range(len(names))
        excess = {
            group: sum(net[names[place]] for place in group) - setting.game.cost(group_of(group))
            for size in range(1, len(names))
            for group in combinations(places, size)
        }
    assert float(found.certificate.worst_excess) == pytest.approx(max(excess.values()), abs=0.011)
    assert float(found.certificate.bound) >= max(excess.values()) - 1e-6
    if rule in ("responsibility", "nucleolus", "least-core", "dual-prices"):
        assert max(excess.values()) <= 0.01


def renamed(problem: Problem, names: dict[str, str]) -> Problem:
    """The same scenario under other ids."""
    changed = {}
    for table, rows in problem.items():
        fields = {
            "cities": ("city",),
            "stocks": ("city",),
            "needs": ("city", "need"),
            "links": ("origin", "destination"),
        }.get(table)
        if fields:
            changed[table] = tuple(
                type(item)(**{
                    name: names.get(getattr(item, name), getattr(item, name)) if name in fields else getattr(item, name)
                    for name in type(item).__dataclass_fields__
                })
                for item in rows
            )  # fmt: skip
    return problem.replace(**changed)


@pytest.mark.parametrize("rule", ["responsibility", "nucleolus", "shapley", "equal-surplus"])
def test_ids_mean_nothing(rule: str):
    names = {"A1": "Z", "A2": "B", "G1": "Y", "G2": "C"}
    problem = four()
    first, second = settled(problem, rule=rule), settled(renamed(problem, names), rule=rule)
    for city, other in names.items():
        assert float(row(second, other).burden) == pytest.approx(float(row(first, city).burden), abs=0.011)


def test_ten_times_the_money_is_ten_times_the_settlement():
    rows = [*giver("G1", 5, "A1", 3), *giver("G2", 6, "A2", 7), stock("A2", 4, offered=2)]

    def scaled(factor: int) -> Problem:
        needs = [need("A1", 7, loss_per_unit_day=100 * factor), need("A2", 9, loss_per_unit_day=100 * factor)]
        links = [carrier("G1", "A1", t_cost=3 * factor), carrier("G2", "A2", t_cost=7 * factor)]
        held = [item for item in rows if type(item).__name__ == "Stock"]
        money = [fund(60 * factor), responsible("A1", cap=100 * factor)]
        return deal(supply(unit_value=20 * factor), *needs, *held, *links, *money)

    one, ten = settled(scaled(1)), settled(scaled(10))
    for item in one.settlement:
        assert float(row(ten, item.city).burden) == pytest.approx(10 * float(item.burden), abs=0.11)
    assert ten.outside_money == 10 * one.outside_money
