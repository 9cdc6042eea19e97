"""The most aggrieved group: exact search over the cuts against looking at every group."""

from __future__ import annotations

import numpy as np
import pytest
from groups import all_costs, generated, opened, proper, sums_of, table_of
from hand_worlds import WORLDS
from tongzhou.model.domain import Problem
from tongzhou.model.game import everyone
from tongzhou.model.game.cost_game import Floats
from tongzhou.model.game.table_game import TableGame
from tongzhou.solvers.coalitions.dispatch_game import TOLERANCE, DispatchGame
from tongzhou.solvers.games.least_core import least_core
from tongzhou.solvers.games.nearest import nearest_in_least_core
from tongzhou.solvers.games.nucleolus import nucleolus
from tongzhou.solvers.games.search import Search
from tongzhou.solvers.games.span import Span
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.settlement.certify import prove
from tongzhou.solvers.settlement.rules import _active
from worlds import city

WORDS = [(seed, 4 + seed % 5) for seed in (1, 2, 4, 7, 8)]
"""Seed and cities of the generated scenarios: 4 to 8 cities."""
CLOSE = 1e-8


def written_out(problem: Problem) -> TableGame:
    with opened(problem) as setting:
        return table_of(setting.game)


def burdens(table: TableGame, count: int, seed: int = 5) -> list[Floats]:
    """Efficient burdens all over the place, some near what everybody costs alone."""
    random, players = np.random.default_rng(seed), len(table.players)
    alone = np.array([table.cost(1 << place) for place in range(players)])
    found = []
    for number in range(count):
        burden = random.normal(size=players) * table.costs.max() / players
        if number % 2:
            burden = alone * random.uniform(0.2, 1.2, players)
        found.append(burden + (table.costs[-1] - burden.sum()) / players)
    return found


def exhausted(game: DispatchGame, burden: Floats, outside: Floats | None) -> tuple[float, float, list[int]]:
    """Worst excess, bound and groups, asking again above the worst found until the bound says that there is no other."""
    above, groups = -np.inf, []
    while True:
        found = game.separate(burden, above=above, most=4, outside=outside)
        groups += [item.group for item in found.found]
        if not found.found or found.found[0].excess <= above:
            return above, found.bound, groups
        above = found.found[0].excess


@pytest.mark.parametrize(("seed", "cities"), WORDS)
def test_worst_group_and_bound(seed: int, cities: int) -> None:
    problem = generated(seed, cities, mode="led")
    table = written_out(problem)
    for burden in burdens(table, 6):
        worst = sums_of(table, burden)[proper(table)].max()
        with opened(problem) as setting:  # a fresh game: nothing known but single cities and all
            size = setting.game.size
            excess, bound, _ = exhausted(setting.game, burden, None)
            assert excess == pytest.approx(worst, abs=CLOSE * size)
            assert worst - CLOSE * size <= bound <= worst + CLOSE * size


@pytest.mark.parametrize(("seed", "cities"), [*WORDS, (14, 8)])
def test_prove_ends_at_the_worst_group(seed: int, cities: int) -> None:
    problem = generated(seed, cities, mode="led")
    table = written_out(problem)
    for burden in burdens(table, 8):
        worst = sums_of(table, burden)[proper(table)].max()
        with opened(problem) as setting:
            size = setting.game.size
            proof = prove(setting.game, burden, Clock(None))
            assert proof.bound == pytest.approx(worst, abs=CLOSE * size)
            assert proof.excess == pytest.approx(worst, abs=CLOSE * size)
            assert proof.worst is not None
            assert proof.worst.cost == pytest.approx(table.cost(proof.worst.group), abs=CLOSE * size)


def test_prove_when_no_time_is_left() -> None:
    """The bound then still holds, whatever was found."""
    problem = generated(8, 7, mode="led")
    table = written_out(problem)
    for burden in burdens(table, 4):
        with opened(problem) as setting:
            proof = prove(setting.game, burden, Clock(0.0))
            assert proof.bound >= sums_of(table, burden)[proper(table)].max() - CLOSE * setting.game.size


@pytest.mark.parametrize(("seed", "cities"), WORDS)
def test_outside_the_span_of_settled_groups(seed: int, cities: int) -> None:
    problem = generated(seed, cities, mode="led")
    table, random = written_out(problem), np.random.default_rng(seed)
    players = len(table.players)
    groups = np.arange(1, everyone(players))
    for burden in burdens(table, 5):
        span = Span(players)
        span.settle(everyone(players), 0.0)
        for group in random.integers(1, everyone(players), size=random.integers(1, players - 1)):
            span.settle(int(group), 0.0)
        free = groups[~np.array(span.determined(groups.tolist()))]
        worst = sums_of(table, burden)[free].max()
        with opened(problem) as setting:
            size = setting.game.size
            excess, bound, told = exhausted(setting.game, burden, span.outside())
            assert set(told) <= set(free.tolist())
            assert excess == pytest.approx(worst, abs=CLOSE * size)
            assert worst - CLOSE * size <= bound <= worst + CLOSE * size


@pytest.mark.parametrize("name", WORLDS)
def test_whole_trips(name: str) -> None:
    """The excess told is never too small, and no group's true excess is above the bound."""
    problem = WORLDS[name](mode="led")
    with opened(problem, whole_trips=True) as setting:
        setting.game.sharpen(range(1, everyone(len(setting.game.players))))
        table = table_of(setting.game)
        sharp = setting.game
        for burden in burdens(table, 6):
            true = sums_of(table, burden)
            with opened(problem, whole_trips=True) as fresh:
                size = fresh.game.size
                proof = prove(fresh.game, burden, Clock(None))
                assert proof.worst is not None
                assert proof.bound >= true[proper(table)].max() - 1e-7 * size
                assert true[proof.worst.group] - 1e-7 * size <= proof.excess <= proof.bound
            exact = prove(sharp, burden, Clock(None))
            assert exact.bound == pytest.approx(true[proper(table)].max(), abs=1e-7 * size)


def check_rules(problem: Problem) -> None:
    with opened(problem) as setting:
        game, search = setting.game, Search(tolerance=4 * TOLERANCE * setting.game.size)
        least = least_core(game, search)
        nearest = nearest_in_least_core(game, np.zeros(len(game.players)), least, search)
        inner = nucleolus(game, search)
        size, table = game.size, table_of(game)
    wanted = least_core(table)
    assert least.epsilon == pytest.approx(wanted.epsilon, abs=CLOSE * size)
    assert least.certificate.bound == pytest.approx(wanted.epsilon, abs=CLOSE * size)
    assert sums_of(table, least.burden)[proper(table)].max() == pytest.approx(wanted.epsilon, abs=CLOSE * size)
    assert nearest == pytest.approx(nearest_in_least_core(table, np.zeros(len(nearest)), wanted), abs=1e-6 * size)
    assert inner.burden == pytest.approx(nucleolus(table).burden, abs=1e-7 * size)
    assert inner.gap <= CLOSE * size


@pytest.mark.parametrize(("seed", "cities"), WORDS)
def test_least_core_and_nucleolus_of_generated_games(seed: int, cities: int) -> None:
    check_rules(generated(seed, cities, mode="led"))


@pytest.mark.parametrize("name", WORLDS)
def test_least_core_and_nucleolus_by_hand(name: str) -> None:
    check_rules(WORLDS[name](mode="voluntary"))


def test_dummies_do_not_hide_the_least_core() -> None:
    """With room in the core a dummy's excess, nothing, is above everybody's: it must not end the search."""
    problem = WORLDS["own_first"](mode="led")
    extra = [city(f"z{number}", "contributor") for number in range(3)]
    more = problem.replace(cities=(*problem.cities, *extra))
    with opened(problem) as setting:
        wanted, inner = least_core(table_of(setting.game)), nucleolus(table_of(setting.game))
        size = setting.game.size
    assert wanted.epsilon < -0.01 * size
    with opened(more) as setting:
        game, search = _active(setting), Search(tolerance=4 * TOLERANCE * size)
        assert len(game.players) == len(inner.burden) == len(setting.game.players) - 3
        least = least_core(game, search)
        assert least.epsilon == pytest.approx(wanted.epsilon, abs=CLOSE * size)
        assert least.certificate.bound == pytest.approx(wanted.epsilon, abs=CLOSE * size)
        found = game.spread(nucleolus(game, search).burden)
        assert found == pytest.approx([*inner.burden, 0.0, 0.0, 0.0], abs=1e-7 * size)
        assert found.sum() == pytest.approx(setting.game.cost(everyone(len(found))), abs=1e-7 * size)


def test_nobody_but_dummies() -> None:
    """A world in which nobody needs anything costs nothing, and there is one game left to play."""
    problem = WORLDS["goods"](mode="led").replace(needs=())
    with opened(problem) as setting:
        assert not all_costs(setting.game).any()
        game = _active(setting)
        assert game.separate(np.zeros(len(game.players)), above=1e-9, most=4).found == ()


@pytest.mark.slow
def test_twelve_cities_against_all_4095_groups() -> None:
    problem = generated(3, 13, 3, 5, mode="led")
    with opened(problem) as setting:
        game, search = setting.game, Search(tolerance=4 * TOLERANCE * setting.game.size)
        least = least_core(game, search)
        solved, size = game.solved, game.size
        proofs = [(burden, prove(game, burden, Clock(None))) for burden in (least.burden, game.center)]
        table = table_of(game)
    assert len(table.players) == 12
    assert solved < len(table.costs) / 8
    assert least.epsilon == pytest.approx(least_core(table).epsilon, abs=CLOSE * size)
    for burden, proof in proofs:
        worst = sums_of(table, burden)[proper(table)].max()
        assert proof.excess == pytest.approx(worst, abs=CLOSE * size)
        assert proof.bound == pytest.approx(worst, abs=CLOSE * size)
