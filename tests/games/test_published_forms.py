"""Families of games whose answers have a closed form, or are published to the digit."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from game_tables import airport, bankruptcy, cost_game, from_function, gloves, majority, savings_game
from tongzhou.model.game.cost_game import Floats
from tongzhou.solvers.games.cost_of_stability import cost_of_stability
from tongzhou.solvers.games.least_core import least_core
from tongzhou.solvers.games.nucleolus import nucleolus
from tongzhou.solvers.games.rules import solve_table
from tongzhou.solvers.games.shapley import exact_shapley


def talmud(estate: float, claims: list[float]) -> Floats:
    """Aumann, Maschler 1985: equal awards of half the claims, above half the sum equal losses of half the claims."""
    halves = np.array(claims) / 2
    if estate > halves.sum():
        return np.array(claims) - talmud(sum(claims) - estate, claims)
    low, high = 0.0, float(halves.max())
    for _ in range(200):  # the award that exhausts the estate, by bisection
        level = (low + high) / 2
        low, high = (level, high) if np.minimum(halves, level).sum() < estate else (low, level)
    return np.minimum(halves, high)


@pytest.mark.parametrize("estate", [50, 100, 150, 200, 300, 377.5, 500, 600])
def test_the_nucleolus_of_a_bankruptcy_is_the_talmud_rule(estate: float) -> None:
    found = -nucleolus(savings_game(bankruptcy(estate, [100, 200, 300]))).burden
    assert found == pytest.approx(talmud(estate, [100, 200, 300]), abs=1e-9)
    # Aumann, Maschler 1985, table I: 200 gives 50, 75, 75 (and packages that fix tight groups give 50, 50, 100).
    if estate == 200:
        assert found == pytest.approx([50, 75, 75], abs=1e-9)


def test_the_nucleolus_of_larger_bankruptcies_is_the_talmud_rule() -> None:
    random = np.random.default_rng(5)
    for _ in range(20):
        claims = [float(claim) for claim in random.integers(1, 40, 7)]
        estate = float(random.uniform(1, sum(claims)))
        found = -nucleolus(savings_game(bankruptcy(estate, claims))).burden
        assert found == pytest.approx(talmud(estate, claims), abs=1e-8)


def test_the_shapley_value_of_a_bankruptcy_is_random_arrival() -> None:
    # O'Neill 1982: in every order each takes what is left of the estate, up to the claim. Estate 120, claims 30 40 60 120
    # (Ibn Ezra's inheritance read as a bankruptcy).
    estate, claims = 120.0, [30.0, 40.0, 60.0, 120.0]
    expected = np.zeros(4)
    for order in itertools.permutations(range(4)):
        left = estate
        for heir in order:
            expected[heir] += min(left, claims[heir]) / 24
            left -= min(left, claims[heir])
    assert exact_shapley(bankruptcy(estate, claims)) == pytest.approx(expected, abs=1e-9)


def test_the_shapley_value_of_an_airport_shares_each_stretch_among_its_users() -> None:
    # Littlechild, Owen 1973: stretch k costs c_k - c_(k-1) and is shared equally by those who need it.
    lengths = [3.0, 8.0, 8.0, 15.0, 40.0, 41.5]
    steps = np.diff([0.0, *lengths]) / np.arange(6, 0, -1)
    assert exact_shapley(airport(lengths)) == pytest.approx(np.cumsum(steps), abs=1e-9)


def littlechild(lengths: list[float]) -> Floats:
    """Littlechild 1974: nucleolus of an airport with ascending lengths, the next plateau by the least quotient.

    Players up to k share a plateau: the quotient is (c_k - paid) / (k' + 1) with k' those in it, for the last one
    (c_n - paid) / k'.
    """
    found, done, paid = np.zeros(len(lengths)), 0, 0.0
    while done < len(lengths):
        quotients = [
            (lengths[last - 1] - paid) / (last - done + 1)
            if last < len(lengths)
            else (lengths[-1] - paid) / (last - done)
            for last in range(done + 1, len(lengths) + 1)
        ]
        best = min(quotients)
        last = max(done + 1 + at for at, quotient in enumerate(quotients) if quotient <= best + 1e-12)
        found[done:last] = best
        paid, done = paid + best * (last - done), last
    return found


@pytest.mark.parametrize(
    "lengths", [[30, 40, 60, 120], [1, 1, 1, 10], [2, 5, 9, 9.5, 30, 31], [7, 7, 7], [1, 2, 3, 4, 5]]
)
def test_the_nucleolus_of_an_airport(lengths: list[float]) -> None:
    # [30, 40, 60, 120]: quotients 15, 40/3, 15, 30; the first two pay 40/3, then (60 - 80/3) / 2 = 50/3, the last the rest.
    assert nucleolus(cost_game(airport(lengths))).burden == pytest.approx(littlechild(lengths), abs=1e-9)


def test_gloves_the_short_side_takes_all_in_the_core() -> None:
    # Shapley 1959: one left and two right gloves: core and nucleolus (1, 0, 0), Shapley value (2/3, 1/6, 1/6).
    table = gloves(1, 2)
    answer = solve_table(savings_game(table), "least-core")
    assert -answer.burden == pytest.approx([1, 0, 0], abs=1e-9)
    assert not answer.least_core.core_empty
    assert -nucleolus(savings_game(table)).burden == pytest.approx([1, 0, 0], abs=1e-9)
    assert exact_shapley(table) == pytest.approx([2 / 3, 1 / 6, 1 / 6], abs=1e-12)
    # Equal sides: core is a segment; the nucleolus is its middle.
    assert -nucleolus(savings_game(gloves(3, 3))).burden == pytest.approx([0.5] * 6, abs=1e-9)


def test_power_in_the_council_of_1958() -> None:
    # [12; 4 4 4 2 2 1]: Shapley-Shubik 14/60, 9/60, and nothing for Luxembourg (Brams 1975, p. 186).
    found = exact_shapley(majority(12, [4, 4, 4, 2, 2, 1]))
    assert found == pytest.approx([14 / 60] * 3 + [9 / 60] * 2 + [0], abs=1e-12)


def test_power_in_the_security_council() -> None:
    # [39; 7 x 5, 1 x 10]: 421/2145 and 4/2145. A veto is a place in the core: equal shares of the five.
    table = majority(39, [7] * 5 + [1] * 10)
    assert exact_shapley(table) == pytest.approx([421 / 2145] * 5 + [4 / 2145] * 10, abs=1e-12)
    assert -nucleolus(savings_game(table)).burden == pytest.approx([0.2] * 5 + [0] * 10, abs=1e-9)


def test_the_nucleolus_of_a_constant_sum_homogeneous_majority_is_its_weights() -> None:
    # Peleg 1968: the apex game [3; 2 1 1 1] and [4; 2 2 1 1 1].
    for quota, weights in ((3, [2, 1, 1, 1]), (4, [2, 2, 1, 1, 1])):
        found = -nucleolus(savings_game(majority(quota, weights))).burden
        assert found == pytest.approx(np.array(weights) / sum(weights), abs=1e-9)


@pytest.mark.parametrize(("players", "quota"), [(3, 2), (5, 3), (7, 5), (9, 8)])
def test_k_of_n_majorities(players: int, quota: int) -> None:
    # By symmetry all get 1/n; k of them win 1, so epsilon = 1 - k/n. To please all each needs 1/k: n/k - 1 from outside
    # (Bachrach et al. 2009).
    game = savings_game(majority(quota, [1] * players))
    assert least_core(game).epsilon == pytest.approx(1 - quota / players, abs=1e-9)
    assert cost_of_stability(game).amount == pytest.approx(players / quota - 1, abs=1e-9)
    assert -solve_table(game, "least-core").burden == pytest.approx([1 / players] * players, abs=1e-9)


def test_the_horse_market() -> None:
    # Shapley, Shubik 1971: in the core five horses change hands at one price between 21 and 21.5. The nucleolus is the
    # middle, 21.25 (Nunez, Rafels 2005). 8 sellers, 10 buyers: 2^18 groups.
    sellers, buyers = [10, 11, 15, 17, 20, 21.5, 25, 26], [30, 28, 26, 24, 22, 21, 20, 18, 17, 15]
    asks, bids = np.full((256, 8), np.inf), np.full((1024, 8), -np.inf)
    for group in range(256):
        chosen = [price for place, price in enumerate(sellers) if group >> place & 1]
        asks[group, : len(chosen)] = chosen
    for group in range(1024):
        chosen = [price for place, price in enumerate(buyers) if group >> place & 1][:8]
        bids[group, : len(chosen)] = chosen
    table = np.maximum(bids[:, None, :] - asks[None, :, :], 0.0).sum(axis=2).ravel()
    expected = [max(21.25 - ask, 0) for ask in sellers[:5]] + [0] * 3 + [bid - 21.25 for bid in buyers[:5]] + [0] * 5
    assert -nucleolus(savings_game(table)).burden == pytest.approx(expected, abs=1e-8)


def test_an_additive_game_leaves_nothing_to_share() -> None:
    answers = [solve_table(cost_game(from_function(4, lambda places: sum(2.0 + place for place in places))), rule)
               for rule in ("nucleolus", "least-core", "shapley", "equal-surplus")]  # fmt: skip
    for answer in answers:
        assert answer.burden == pytest.approx([2, 3, 4, 5], abs=1e-12)
        assert answer.least_core.epsilon == pytest.approx(0, abs=1e-12)
        assert not answer.least_core.core_empty
        assert answer.stability.amount == 0


def test_a_single_player_bears_all() -> None:
    for rule in ("nucleolus", "least-core", "shapley", "equal-surplus"):
        answer = solve_table(cost_game([0, 7]), rule)
        assert answer.burden == pytest.approx([7])
        assert answer.worst is None
        assert not answer.least_core.core_empty
