"""Properties that define the rules, on random games with ties, zeros and dummies; and two independent computations of each."""

from __future__ import annotations

import coopgame
import numpy as np
import pytest
from game_tables import cost_game, from_function, majority, permuted, savings_game, shapley_by_orders, tables
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from tongzhou.model.game.cost_game import Floats
from tongzhou.model.game.table_game import sums
from tongzhou.solvers.games.cost_of_stability import cost_of_stability
from tongzhou.solvers.games.equal_surplus import equal_surplus
from tongzhou.solvers.games.least_core import least_core
from tongzhou.solvers.games.nucleolus import nucleolus
from tongzhou.solvers.games.rules import RULES, solve_table
from tongzhou.solvers.games.shapley import exact_shapley

MANY = settings(
    max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
rules = st.sampled_from(RULES)


def burden(table: Floats, rule: str) -> Floats:
    return solve_table(cost_game(table), rule).burden


def size(table: Floats) -> float:
    return float(np.abs(table).max()) or 1.0


def close(left: Floats | float, right: Floats | float, table: Floats, accuracy: float = 2e-9) -> bool:
    return bool(np.allclose(left, right, rtol=0, atol=accuracy * size(table)))


def players(table: Floats) -> int:
    return len(table).bit_length() - 1


def alone(table: Floats) -> Floats:
    return table[[1 << place for place in range(players(table))]]


@MANY
@given(tables(), rules)
def test_all_is_shared_and_the_worst_group_is_the_worst(table: Floats, rule: str) -> None:
    answer = solve_table(cost_game(table), rule)
    assert close(float(answer.burden.sum()), float(table[-1]), table, 1e-12)
    assert answer.worst is not None
    assert close(answer.worst.excess, float((sums(answer.burden) - table)[1:-1].max()), table, 1e-12)
    assert answer.worst.excess >= answer.least_core.epsilon - 2e-9 * size(table)


@MANY
@given(tables())
def test_nobody_bears_more_than_alone_in_the_nucleolus(table: Floats) -> None:
    answer = solve_table(cost_game(table), "nucleolus")
    assert answer.prenucleolus_returned == (alone(table).sum() < table[-1] - 1e-9 * size(table))
    if not answer.prenucleolus_returned:
        assert (answer.burden <= alone(table) + 2e-9 * size(table)).all()
    if not answer.least_core.core_empty:
        assert answer.worst is not None
        assert answer.worst.excess <= 2e-9 * size(table), "the nucleolus is in the core when there is one"


@MANY
@given(tables(), rules, st.randoms(use_true_random=False))
def test_the_order_of_players_does_not_matter(table: Floats, rule: str, random: object) -> None:
    order = list(range(players(table)))
    random.shuffle(order)
    assert close(burden(permuted(table, order), rule), burden(table, rule)[order], table)


@MANY
@given(tables(most=4), rules)
def test_equal_players_bear_the_same(table: Floats, rule: str) -> None:
    # Players 0 and 1 are made equal: where only one of them is in the group, the mean of both costs.
    groups = np.arange(len(table))
    swapped = (groups & ~3) | (groups & 1) << 1 | (groups & 2) >> 1
    found = burden((table + table[swapped]) / 2, rule)
    assert close(float(found[0]), float(found[1]), table)


@MANY
@given(tables(most=4), st.sampled_from(("shapley", "nucleolus")), st.floats(-5, 5))
def test_a_dummy_bears_what_it_costs_alone(table: Floats, rule: str, cost: float) -> None:
    cost *= size(table)
    found = burden(np.concatenate((table, table + cost)), rule)
    assert close(float(found[-1]), cost, table, 1e-8)


@MANY
@given(tables(), rules, st.sampled_from((1e-6, 0.3, 40.0, 1e7)))
def test_another_currency_changes_nothing(table: Floats, rule: str, rate: float) -> None:
    assert close(burden(table * rate, rule) / rate, burden(table, rule), table)
    first, second = least_core(cost_game(table)), least_core(cost_game(table * rate))
    assert close(second.epsilon / rate, first.epsilon, table)


@MANY
@given(tables(), rules, st.integers(0, 2**32 - 1))
def test_costs_of_single_players_shift_their_own_burden(table: Floats, rule: str, seed: int) -> None:
    own = np.random.default_rng(seed).normal(size=players(table)) * 10 * size(table)
    shifted = table + sums(own)
    assert close(burden(shifted, rule), burden(table, rule) + own, shifted)


@MANY
@given(tables(most=7))
def test_the_same_as_coopgame(table: Floats) -> None:
    peer, game = coopgame.Game((-table)[1:].tolist()), cost_game(table)
    found = nucleolus(game)
    theirs = coopgame.prenucleolus(peer) if found.imputation_set_empty else coopgame.nucleolus(peer)
    assert close(found.burden, -np.array(theirs["allocation"]), table)
    assert close(nucleolus(game, rational=False).burden, -np.array(coopgame.prenucleolus(peer)["allocation"]), table)
    assert close(least_core(game).epsilon, coopgame.least_core(peer, "preimputation")["epsilon"], table)
    assert close(exact_shapley(table), -np.array(coopgame.shapley(peer)), table)


def full_program(table: Floats, *, relief_for_groups: bool) -> float:
    """Least core's epsilon, or the cost of stability, from one linear program with every row."""
    n = players(table)
    rows = np.array([[group >> place & 1 for place in range(n)] for group in range(1, len(table) - 1)], dtype=float)
    relief = -np.ones((len(rows), 1)) if relief_for_groups else np.zeros((len(rows), 1))
    total = np.append(np.ones(n), 0.0 if relief_for_groups else 1.0)
    bounds = [(None, None)] * n + [(None if relief_for_groups else 0, None)]
    scale = size(table)
    found = linprog(
        np.append(np.zeros(n), 1.0), np.hstack((rows, relief)), table[1:-1] / scale, total[None, :], [table[-1] / scale],
        bounds,
    )  # fmt: skip
    assert found.status == 0
    return float(found.fun) * scale


@MANY
@given(tables(most=6))
def test_rows_as_needed_give_the_same_as_all_rows(table: Floats) -> None:
    assert close(least_core(cost_game(table)).epsilon, full_program(table, relief_for_groups=True), table, 1e-8)
    found = cost_of_stability(cost_game(table))
    assert close(found.amount, full_program(table, relief_for_groups=False), table, 1e-8)
    assert close(float(found.burden.sum()), float(table[-1]) - found.amount, table)


@MANY
@given(tables())
def test_shapley_is_the_mean_over_all_orders(table: Floats) -> None:
    assert close(exact_shapley(table), shapley_by_orders(table), table, 1e-12)


@MANY
@given(tables(most=4), st.integers(0, 2**32 - 1))
def test_no_burden_of_the_least_core_is_nearer_to_equal_surplus(table: Floats, seed: int) -> None:
    answer = solve_table(cost_game(table), "least-core")
    assert answer.worst is not None
    assert answer.worst.excess <= answer.least_core.epsilon + 2e-9 * size(table)
    # Nearest in a convex set: the way to any other point of it leads away from the target (an obtuse angle). Other points:
    # least-core burdens that a random direction likes best.
    n, target = players(table), equal_surplus(cost_game(table))
    rows = np.array([[group >> place & 1 for place in range(n)] for group in range(1, len(table) - 1)], dtype=float)
    scale, like = size(table), np.random.default_rng(seed).normal(size=n)
    limits = (table[1:-1] + answer.least_core.epsilon) / scale + 1e-9
    other = linprog(like, rows, limits, np.ones((1, n)), [table[-1] / scale], [(None, None)] * n)
    assert other.status == 0
    assert (other.x - answer.burden / scale) @ (target - answer.burden) / scale <= 1e-7


def test_talmud_estate_of_300_in_the_least_core() -> None:
    # Least core: x1 = 50, x2 and x3 at least 100 - here 50 from their claims - and x2 + x3 = 250. Equal surplus is 100 each;
    # the nearest is 50, 125, 125.
    table = from_function(
        3, lambda places: max(0.0, 300.0 - sum((100, 200, 300)[other] for other in {0, 1, 2} - {*places}))
    )
    assert -solve_table(savings_game(table), "least-core").burden == pytest.approx([50, 125, 125], abs=1e-9)


def test_many_ties_at_twelve_players() -> None:
    # 7 of 12: every group of seven has the same excess; by symmetry all get 1/12.
    assert -nucleolus(savings_game(majority(7, [1] * 12))).burden == pytest.approx([1 / 12] * 12, abs=1e-9)


def test_values_of_very_different_size() -> None:
    # Found by search: where the peer's floating point errs in the eighth digit, its exact rational program is the judge.
    from fractions import Fraction

    random = np.random.default_rng(12)
    for _ in range(5):
        table = random.normal(size=32) * 10.0 ** random.uniform(-4, 5, size=32)
        table[0] = 0.0
        exact = coopgame.nucleolus_exact([Fraction(float(cost)) for cost in -table[1:]], "preimputation", "binary")
        expected = -np.array([float(amount) for amount in exact["allocation"]])
        assert close(nucleolus(cost_game(table), rational=False).burden, expected, table, 1e-12)
