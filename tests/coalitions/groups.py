"""Groups valued without switches: a group's own scenario, built and solved by itself, and everything enumerated from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
from tongzhou.model.domain import Problem
from tongzhou.model.game import members
from tongzhou.model.game.cost_game import Floats
from tongzhou.model.game.table_game import TableGame
from tongzhou.model.indices import Indices, lay_indices
from tongzhou.model.plan import Plan
from tongzhou.model.settlement.course import pool_problem
from tongzhou.model.settlement.parties import players
from tongzhou.scenarios.generate import generate
from tongzhou.solvers.coalitions.dispatch_game import DispatchGame
from tongzhou.solvers.compile import compile_indices
from tongzhou.solvers.highs import Session
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.reference import run_alone
from tongzhou.solvers.settlement.setting import Setting, SettleOptions, open_setting
from tongzhou.solvers.status import Stop


@contextmanager
def opened(problem: Problem, **options: Any) -> Iterator[Setting]:
    """A settlement's setting without any plan."""
    with open_setting(problem, Plan(), SettleOptions(**options), Clock(None)) as setting:
        yield setting


def part_of(pool: Problem, kept: set[str]) -> Problem:
    """The scenario of a group: its cities' rows alone, and places of transfer that limit nobody."""
    carried = {row.city for row in pool.cities} - set(players(pool))
    there = kept | carried

    def of_city(table: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(row for row in table if row.city in there)

    def between(table: tuple[Any, ...]) -> list[Any]:
        return [row for row in table if {row.origin, row.destination} <= there]

    return pool.replace(
        cities=tuple(
            replace(row, load_t_per_h=None, unload_t_per_h=None) if row.city in carried else row
            for row in of_city(pool.cities)
        ),
        links=tuple(
            replace(row, capacity_t_per_h=None) if {row.origin, row.destination} <= carried else row
            for row in between(pool.links)
        ),
        stocks=of_city(pool.stocks), arrivals=of_city(pool.arrivals), needs=of_city(pool.needs),
        fleets=of_city(pool.fleets), closures=tuple(between(pool.closures)), pairs=tuple(between(pool.pairs)),
    )  # fmt: skip


def own_scenario(problem: Problem, kept: set[str], whole_pool: Indices) -> Indices:
    """Index sets of a group's scenario; what it would have alone, and how needs weigh, is that of the whole pool."""
    found = lay_indices(part_of(problem, kept), reference=whole_pool.reference)
    for demands, known in ((found.supplies, whole_pool.supplies), (found.presences, whole_pool.presences)):
        for key, demand in demands.items():
            demands[key] = replace(demand, weight=known[key].weight)
    return found


def own_cost(indices: Indices, *, whole: bool, gap: float = 1e-7) -> float:
    """Least social cost of a scenario, by the ordinary model."""
    model = compile_indices(indices)
    session = Session(model, relaxed=not whole, seed=0)
    session.minimise(model.column("tier", "social-cost"))
    if whole:
        solved = session.solve_whole(Clock(60.0), "test", start=None, gap=gap, absolute_gap=0.0, most_s=60.0)
    else:
        solved = session.solve_relaxation(Clock(60.0), "test")
    assert solved.stop is Stop.OPTIMAL
    return solved.value


def costs_without_switches(problem: Problem, *, whole: bool = False) -> Floats:
    """2^n costs by bit mask, every group's scenario built and solved anew."""
    pool = pool_problem(problem, [])
    reference = run_alone(pool, SolveOptions(), Clock(60.0)).reference
    indices, names = lay_indices(pool, reference=reference), players(pool)
    found = np.zeros(1 << len(names))
    for group in range(1, len(found)):
        kept = {names[place] for place in members(group)}
        found[group] = own_cost(own_scenario(pool, kept, indices), whole=whole)
    return found


def all_costs(game: DispatchGame) -> Floats:
    """2^n costs by bit mask, as the game values them."""
    everybody = 1 << len(game.players)
    game.value(range(1, everybody))
    return np.array([game.cost(group) for group in range(everybody)])


def table_of(game: DispatchGame) -> TableGame:
    """The game with every value written out."""
    return TableGame(game.players, all_costs(game))


def sums_of(table: TableGame, burden: Floats) -> Floats:
    """Excess of every group, 2^n by bit mask."""
    bears = np.array([burden[members(group)].sum() for group in range(len(table.costs))])
    return bears - table.costs


def proper(table: TableGame) -> slice:
    """The proper non-empty groups."""
    return slice(1, len(table.costs) - 1)


def generated(seed: int, cities: int = 5, resources: int = 3, periods: int = 5, **governance: Any) -> Problem:
    """A generated scenario; settings by their name in scenario.toml."""
    problem = generate(cities, resources, periods, seed)
    settings = problem.settings
    own_use = governance.pop("own_use", settings.reserve.own_use)
    return problem.replace(
        settings=replace(
            settings,
            reserve=replace(settings.reserve, own_use=own_use),
            governance=replace(settings.governance, **governance),
        )
    )
