"""What holds for any game, table or not: separations, bounds, gaps, sampling, stopping."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from game_tables import airport, cost_game, names
from tongzhou.model.errors import NoPlanError, UsageError
from tongzhou.model.game import Separation, members
from tongzhou.model.game.coalition import Group
from tongzhou.model.game.cost_game import Floats
from tongzhou.model.game.table_game import TableGame, refuse_too_many, sums
from tongzhou.solvers.games.least_core import least_core
from tongzhou.solvers.games.nearest import least_distance
from tongzhou.solvers.games.nucleolus import nucleolus
from tongzhou.solvers.games.rules import solve_table
from tongzhou.solvers.games.search import Search
from tongzhou.solvers.games.shapley import exact_shapley, sampled_shapley
from tongzhou.solvers.games.span import Span
from tongzhou.solvers.progress import Clock


def random_table(players: int, seed: int = 3) -> Floats:
    """Costs that fall a little with size."""
    random = np.random.default_rng(seed)
    costs = sums(random.uniform(5, 20, players)) * (1 - 0.02 * np.bitwise_count(np.arange(1 << players)))
    costs[1:] += random.uniform(0, 1, len(costs) - 1)
    return costs


@pytest.mark.parametrize("players", [2, 5, 17])
@pytest.mark.parametrize("settled", [[], [0b1], [0b1, 0b10]])
def test_separation_finds_exactly_the_worst(players: int, settled: list[Group]) -> None:
    table = random_table(players)
    burden = np.full(players, table[-1] / players)
    span = Span(players)
    for group in [(1 << players) - 1, *settled]:
        span.settle(group, 0.0)
    if span.complete:
        return
    excess = sums(burden) - table
    groups = [group for group in range(1, (1 << players) - 1) if not settled or not span.determined([group])[0]] \
        if players < 10 else [group for group in range(1, (1 << players) - 1) if not _of(group, players, settled)]  # fmt: skip
    ranked = sorted(groups, key=lambda group: (-excess[group], group))
    outside = span.outside() if settled else None
    for above in (-np.inf, float(excess[ranked[len(ranked) // 2]]), float(excess[ranked[0]]) + 1):
        found = cost_game(table).separate(burden, above=above, most=7, outside=outside)
        expected = [group for group in ranked[:7] if excess[group] > above]
        assert [item.group for item in found.found] == expected
        assert [item.cost for item in found.found] == [table[group] for group in expected]
        assert found.bound == pytest.approx(excess[ranked[0]], abs=1e-12)


def _of(group: Group, players: int, settled: list[Group]) -> bool:
    """Whether settled single players (and all) determine the group: all or none of the other players are in it."""
    others = (1 << players) - 1 - sum(settled)
    return group & others in (0, others)


def test_a_table_has_at_most_24_players() -> None:
    refuse_too_many(24)
    with pytest.raises(UsageError, match="at most 24 players, not 25"):
        refuse_too_many(25)


class Loose:
    """A game whose separation leaves a gap, as a mixed-integer program with a gap does: one group, a bound too high."""

    def __init__(self, table: Floats, gap: float) -> None:
        self._table, self._gap = cost_game(table), gap
        self.asked = 0

    @property
    def players(self) -> Sequence[str]:
        return self._table.players

    def cost(self, group: Group) -> float:
        return self._table.cost(group)

    def separate(self, burden: Floats, *, above: float, most: int, outside: Floats | None = None) -> Separation:
        self.asked += 1
        found = self._table.separate(burden, above=above, most=1, outside=outside)
        return Separation(found.found, found.bound + self._gap)


def test_a_search_stops_on_the_bound_within_its_tolerance() -> None:
    table = random_table(8)
    exact, game = least_core(cost_game(table)), Loose(table, gap=1e-4)
    found = least_core(game, Search(tolerance=1e-3))
    # Separations that end with a bound within the tolerance prove epsilon to that tolerance.
    assert found.epsilon <= exact.epsilon + 1e-9 <= found.certificate.bound + 2e-9
    assert found.certificate.bound - found.epsilon <= 1e-3
    assert found.certificate.separations == game.asked
    assert found.certificate.values < 2**8 - 1
    assert np.abs(nucleolus(game, Search(tolerance=1e-3)).burden - nucleolus(cost_game(table)).burden).max() < 0.02


def test_a_gap_wider_than_the_tolerance_is_told() -> None:
    found = least_core(Loose(random_table(6), gap=0.5))
    assert found.certificate.bound == pytest.approx(found.epsilon + 0.5, abs=1e-6)
    assert nucleolus(Loose(random_table(6), gap=0.5)).gap == pytest.approx(0.5, abs=1e-6)


def test_the_certificate_names_the_worst_group() -> None:
    # Airport 30 40 60 120: the smallest first plateau is 40 / 3 (Littlechild 1974; 30/2 and 60/4 are larger), by which
    # those who leave without a player of it fall short.
    game = cost_game(airport([30, 40, 60, 120]))
    found = least_core(game)
    worst = found.certificate.worst
    assert worst is not None
    assert found.epsilon == pytest.approx(-40 / 3, abs=1e-9)
    assert worst.excess == pytest.approx(found.epsilon, abs=1e-9)
    assert found.burden[members(worst.group)].sum() - game.cost(worst.group) == pytest.approx(worst.excess, abs=1e-9)


def test_sampled_shapley_covers_the_exact_value() -> None:
    table = random_table(10)
    found, exact = sampled_shapley(cost_game(table), seed=1, relative_width=0.0, most_values=900), exact_shapley(table)
    assert float(found.burden.sum()) == pytest.approx(table[-1], rel=1e-14)
    assert found.values <= 900
    assert (np.abs(found.burden - exact) <= found.half_width).sum() >= 9, "95 % of ten intervals"
    again = sampled_shapley(cost_game(table), seed=1, relative_width=0.0, most_values=900)
    assert (again.burden == found.burden).all()


def test_intervals_cover_as_often_as_they_say() -> None:
    table = random_table(7)
    exact = exact_shapley(table)
    covered = [
        np.abs(found.burden - exact) <= found.half_width + 1e-12
        for found in (
            sampled_shapley(cost_game(table), seed=seed, relative_width=0.004, most_values=10_000) for seed in range(60)
        )
    ]
    assert 0.9 <= np.mean(covered) <= 1.0


def test_sampling_stops_at_the_width_asked_for() -> None:
    table = random_table(12)
    found = sampled_shapley(cost_game(table), relative_width=0.01)
    assert found.half_width.max() <= 0.01 * table[-1]
    assert found.values < 10_000


def test_a_search_can_be_stopped() -> None:
    search = Search(clock=Clock(None, cancelled=lambda: True))
    with pytest.raises(NoPlanError):
        least_core(cost_game(random_table(5)), search)
    with pytest.raises(NoPlanError):
        sampled_shapley(cost_game(random_table(5)), search=search)
    with pytest.raises(NoPlanError):
        solve_table(cost_game(random_table(5)), "nucleolus", search.clock)


def test_an_error_in_a_cost_is_raised() -> None:
    class Broken(Loose):
        def cost(self, group: Group) -> float:
            raise ValueError("no value")

    with pytest.raises(ValueError, match="no value"):
        least_core(Broken(random_table(4), 0.0))
    with pytest.raises(ValueError, match="no value"):
        sampled_shapley(Broken(random_table(4), 0.0))


def test_least_distance_by_hand() -> None:
    # Nearest to (2, 2) with x <= 1 and x + y <= 2: the corner (1, 1); with x <= 1 alone: (1, 2).
    rows = np.array([[1.0, 0.0], [1.0, 1.0]])
    assert least_distance(rows, np.array([1.0, 2.0]), np.array([2.0, 2.0])) == pytest.approx([1, 1])
    assert least_distance(rows[:1], np.array([1.0]), np.array([2.0, 2.0])) == pytest.approx([1, 2])
    assert least_distance(rows, np.array([1.0, 2.0]), np.array([0.5, 0.5])) == pytest.approx([0.5, 0.5])


def test_twenty_players_in_seconds() -> None:
    players = 20
    table = TableGame(names(players), airport_20 := airport_table(players))
    answer = solve_table(table, "nucleolus")
    assert answer.burden.sum() == pytest.approx(airport_20[-1], rel=1e-12)
    assert not answer.least_core.core_empty


def airport_table(players: int) -> Floats:
    longest = np.zeros(1)
    for length in np.arange(1.0, players + 1):
        longest = np.concatenate((longest, np.maximum(longest, length)))
    return longest
