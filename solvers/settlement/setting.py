"""Everything a settlement starts from: the real course of events, the game, the terms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tongzhou.model.domain import Problem
from tongzhou.model.game import everyone
from tongzhou.model.indices import Indices, lay_indices
from tongzhou.model.indices.reference import ROUNDING_OF_GROUPS
from tongzhou.model.plan import Plan
from tongzhou.model.settlement.course import Course, course_of, outside_presence, pool_problem
from tongzhou.model.settlement.liability import liabilities
from tongzhou.model.settlement.parties import players
from tongzhou.model.settlement.prepare import terms_of
from tongzhou.model.settlement.record import line_records
from tongzhou.model.settlement.terms import SettlementTerms
from tongzhou.solvers.coalitions.dispatch_game import DispatchGame
from tongzhou.solvers.coalitions.memory import ValuationMemory, instance_hash
from tongzhou.solvers.coalitions.switches import SwitchedModel, switch_model
from tongzhou.solvers.coalitions.workers import Workers
from tongzhou.solvers.compile import compile_indices
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.reference import run_alone


@dataclass(frozen=True, slots=True)
class SettleOptions:
    """How a settlement is computed.

    `whole_trips`: groups are valued with whole vehicles and teams; `workers`: processes that value groups; `memory`: file that
    remembers the values of groups; `compare`: rules shown side by side.
    """

    rule: str = "responsibility"
    compare: tuple[str, ...] = ()
    whole_trips: bool = False
    workers: int = 1
    time_limit_s: float | None = None
    seed: int = 0
    memory: Path | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """A settlement before any rule: `owed` is the liability, `alone` the cost of every city by itself (without it)."""

    problem: Problem
    plan: Plan
    course: Course
    game: DispatchGame
    terms: SettlementTerms
    owed: dict[str, float]
    alone: dict[str, float]
    indices: Indices
    switched: SwitchedModel
    workers: Workers
    instance: str


@contextmanager
def open_setting(problem: Problem, plan: Plan, options: SettleOptions, clock: Clock) -> Iterator[Setting]:
    """Build the game and value every city alone, and all together. Raises `ScenarioError`, `CoalitionError`."""
    course = course_of(problem, plan)
    clock.report("build")
    indices = lay_pool(problem, plan, options, clock)
    parties = players(problem)
    switched = switch_model(indices, compile_indices(indices), parties)
    instance = instance_hash(switched, whole=options.whole_trips)
    memory = ValuationMemory(instance, options.memory)
    with Workers(switched, seed=options.seed, count=options.workers) as workers:
        bare = DispatchGame(parties, workers, memory, clock, whole=options.whole_trips)
        alone = {city: bare.cost(1 << place) for place, city in enumerate(parties)}
        owed = liabilities(problem, course, alone)
        game = bare.shifted([owed.get(city, 0.0) for city in parties])
        terms = terms_of(problem, course, alone, owed, bare.cost(everyone(len(parties))))
        yield Setting(problem, plan, course, game, terms, owed, alone, indices, switched, workers, instance)


def lay_pool(problem: Problem, plan: Plan, options: SettleOptions, clock: Clock) -> Indices:
    """Index sets of the pool's own game: the real needs, no national tier, what national depots delivered as given."""
    records = line_records(problem, plan)
    pool = pool_problem(problem, records)
    reference = run_alone(pool, SolveOptions(seed=options.seed), clock).reference
    reference = replace(reference, rounding=ROUNDING_OF_GROUPS)
    return lay_indices(pool, reference=reference, present=outside_presence(problem, records))
