"""Better and better whole solutions: a core of columns that the relaxation favours, then large neighbourhood search.

The relaxation is solved by the interior point method without crossover. Its solution lies in the middle of the optimal
face, so that a reduced cost above zero really speaks against a column; at a vertex three quarters of them are zero.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from tongzhou.solvers.compiled import Bools, CompiledModel, Floats, Patch
from tongzhou.solvers.highs import Session, Solved
from tongzhou.solvers.neighbourhoods import Neighbourhoods
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.reduced import reduce_model
from tongzhou.solvers.status import Stop
from tongzhou.solvers.topics import Topics
from tongzhou.solvers.units import Units

NEAR, NEAR_SHARE = 6000, 0.25
"""Whole columns of least reduced cost that may be opened at all: at least so many, and this share of a large model (120 cities:
among 6,000 of 40,000 the best plan had twice the shortage of what the relaxation allows)."""
NEAR_ALL = 12_000
"""Up to so many whole columns none is left out."""
USED, CORE = 1e-3, 0.1
"""Value above which the interior solution uses a column (it keeps all others a little above zero too), and above which a column
belongs to the core: wider cores took longer and ended no better."""
APART = 1e-6
"""Distance from a closed column's value that is more than rounding."""
STEP_S, STEP_GAP, STEP_NODES = 3.0, 1e-3, 200
"""Limits of one neighbourhood's search; the nodes bind where it is easy, the seconds where it is large."""
ADDING = 0.5
"""Share of the neighbourhood searches that may also add whatever the relaxation uses elsewhere: which kind gains more differs by
instance, by a factor of two either way."""
UNITS_GAP, UNITS_AFTER = 3e-4, 5e-4
"""Gap of the search for goods and teams to given trips, and the share of the value by which other searches must have improved
before it comes again."""
REMOVALS_GAP = 5e-3
"""The last tenths of a percent took most of its time, and neighbourhoods find them sooner."""
CORE_GAP, CORE_EFFORT = 1e-3, 0.4
"""The first search starts from a poor plan: with the usual share of work for heuristics (0.05) it took twice as long to get as far."""
BETTER = 1e-9


class Improver:
    """Improves one solution of a model under a weighted sum of scaled columns."""

    def __init__(
        self, model: CompiledModel, topics: Topics, weights: dict[int, float], relaxed: Solved, start: Floats, *, seed: int,
        aside: Bools | None = None, enough: Callable[[float], bool] | None = None,
    ) -> None:  # fmt: skip
        """`aside`: columns left closed where the start does not use them; `enough`: whether a value (natural units of the first
        column) is good enough to end any search."""
        assert relaxed.solution is not None
        assert relaxed.column_duals is not None
        self.solution = start
        self._weights = {column: weight / float(model.column_scale[column]) for column, weight in weights.items()}
        against = np.abs(relaxed.column_duals) * model.column_scale / relaxed.unit
        eligible = model.whole if aside is None else model.whole & ~aside
        near, self._core = _favoured(eligible, relaxed.solution, against)
        closed = model.whole & ~near & (start < 0.5) & (model.lower <= 0)
        if aside is not None:
            closed |= aside & ~model.whole & (start <= 0.0)
        self._reduced = reduce_model(model, closed, np.zeros(len(start)))
        inner = self._reduced.model
        self._whole = np.flatnonzero(inner.whole)
        self._columns = self._reduced.open[self._whole]
        scale = inner.column_scale[self._whole]
        self._lower, self._upper = inner.lower[self._whole] * scale, inner.upper[self._whole] * scale
        self._seed, self._enough = seed, enough
        self._places = {self._reduced.place(column): weight for column, weight in weights.items()}
        self._session = Session(inner, relaxed=False, seed=seed)
        self._session.minimise_sum(self._places)
        self._used = relaxed.solution[self._columns] > USED
        self._random = np.random.default_rng(seed)
        self._choices = Neighbourhoods(topics, self._columns, relaxed.solution, seed)
        self._units = Units(inner, self._whole, topics.is_unit[self._columns], self._places, seed=seed)
        self._fitted = float("inf")
        """Value when goods and teams were fitted to the trips last."""

    @property
    def is_wide(self) -> bool:
        """Whether so many whole columns may be opened that branch and cut gets nowhere with all of them at once."""
        return len(self._columns) > NEAR_ALL

    @property
    def value(self) -> float:
        """The weighted sum of the best solution."""
        return self.value_of(self.solution)

    def value_of(self, solution: Floats) -> float:
        """The weighted sum of a solution."""
        return float(sum(weight * solution[column] for column, weight in self._weights.items()))

    def adopt(self, solution: Floats) -> bool:
        """Take over a solution if it is better and uses no column that is closed here."""
        outside = np.ones(len(solution), dtype=np.bool_)
        outside[self._reduced.open] = False
        apart = np.abs(solution[outside] - self._reduced.rest[outside])
        if self.value_of(solution) >= self.value - BETTER or bool((apart > APART).any()):
            return False
        self.solution = solution
        return True

    def search_core(self, clock: Clock, step: str, most_s: float) -> None:
        """The first search, among the columns that the relaxation favours."""
        best = self._best()
        lower, upper = np.where(self._is_core(best), [self._lower, self._upper], best)
        self._solve_apart(lower, upper, clock, step, most_s, gap=CORE_GAP, effort=CORE_EFFORT)

    def search_additions(self, clock: Clock, step: str, most_s: float, *, from_core: bool = False) -> None:
        """Add to the best solution without taking anything from it: it serves the earlier tiers, which are then no obstacle.

        Branch and cut needs a second or two for what took the other searches half a minute. `from_core`: only columns that the
        relaxation favours, for where even that is too large.
        """
        best = self._best()
        least = np.where(best > 0, best, self._lower)
        if from_core:
            upper = np.where(self._is_core(best), self._upper, best)
            self._solve_apart(np.minimum(least, upper), upper, clock, step, most_s, gap=STEP_GAP)
        else:
            self._solve_within(least, self._upper, clock, step, most_s, gap=STEP_GAP)

    def search_removals(self, clock: Clock, step: str, most_s: float) -> None:
        """Take from the best solution without adding anything to it: trips that serve nothing cost money alone."""
        upper = np.maximum(self._best(), self._lower)
        self._solve_within(self._lower, upper, clock, step, most_s, gap=REMOVALS_GAP)

    def search_all(self, clock: Clock, step: str, most_s: float) -> None:
        """Branch and cut over every column that may be opened, from the best solution."""
        self._solve_within(self._lower, self._upper, clock, step, most_s, gap=STEP_GAP / 10)

    def search_units(self, clock: Clock, step: str) -> None:
        """The goods and teams to the trips of the best solution."""
        best, most_s = self._best(), min(STEP_S, clock.left)
        bounds = self._units.bounds(best, self.value, clock, step, most_s)
        if bounds is not None:
            self._solve_within(*bounds, clock, step, most_s, gap=UNITS_GAP)
        self._fitted = self.value

    def search_next(self, clock: Clock, step: str) -> None:
        """One round of large neighbourhood search."""
        if self.value < self._fitted * (1.0 - UNITS_AFTER):
            self.search_units(clock, step)
            return
        best = self._best()
        kind, opened = self._choices.choose(best)
        before, began = self.value, time.monotonic()
        most_s = min(STEP_S, clock.left)
        lower, upper = np.where(opened, self._lower, best), np.where(opened, self._upper, best)
        if self._random.random() < ADDING:
            upper = np.where(self._used, self._upper, upper)
        stop = self._solve_within(lower, upper, clock, step, most_s, gap=STEP_GAP, nodes=STEP_NODES)
        gain = (before - self.value) / max(abs(before), BETTER)
        self._choices.learn(kind, gain, time.monotonic() - began, most_s=most_s, ended=stop is Stop.OPTIMAL)

    def _best(self) -> Floats:
        return np.round(self.solution[self._columns])

    def _is_core(self, best: Floats) -> Bools:
        return np.asarray(self._core[self._columns] | (best > 0), dtype=np.bool_)

    def _solve_apart(
        self, lower: Floats, upper: Floats, clock: Clock, step: str, most_s: float, *, gap: float, effort: float | None = None
    ) -> None:  # fmt: skip
        """Branch and cut from the best solution in a model without what these bounds of the whole columns decide."""
        inner, start = self._reduced.model, self._reduced.shrink(self.solution)
        start[self._whole] = self._best()
        closed = inner.whole.copy()
        closed[self._whole[upper > lower]] = False
        core = reduce_model(inner, closed, start)
        session = Session(core.model, relaxed=False, seed=self._seed)
        session.minimise_sum({core.place(place): weight for place, weight in self._places.items()})
        whole = np.flatnonzero(core.model.whole)
        inside = np.searchsorted(self._whole, core.open[whole])
        session.apply(Patch.of_columns(whole, lower[inside], upper[inside]))
        found = self._solve(session, core.shrink(start), clock, step, most_s, gap=gap, effort=effort)
        if found.solution is not None:
            self.adopt(self._reduced.spread(core.spread(found.solution)))

    def _solve_within(
        self, lower: Floats, upper: Floats, clock: Clock, step: str, most_s: float, *, gap: float, nodes: int | None = None
    ) -> Stop:  # fmt: skip
        """Branch and cut from the best solution, with the whole columns within these bounds."""
        self._session.apply(Patch.of_columns(self._whole, lower, upper))
        start = self._reduced.shrink(self.solution)
        found = self._solve(self._session, start, clock, step, most_s, gap=gap, nodes=nodes)
        if found.solution is not None:
            self.adopt(self._reduced.spread(found.solution))
        return found.stop

    def _solve(
        self, session: Session, start: Floats, clock: Clock, step: str, most_s: float, *, gap: float,
        nodes: int | None = None, effort: float | None = None,
    ) -> Solved:  # fmt: skip
        return session.solve_whole(
            clock.of_part(), step, start=start, gap=gap, absolute_gap=0.0, most_s=most_s, nodes=nodes, effort=effort,
            enough=self._enough,
        )  # fmt: skip


def _favoured(eligible: Bools, relaxed: Floats, against: Floats) -> tuple[Bools, Bools]:
    """Whole columns near enough to be opened at all, and the core of them that is opened first."""
    whole = np.flatnonzero(eligible)
    order = np.sort(against[whole])
    core = eligible & (relaxed > CORE)
    if len(whole) <= NEAR_ALL:
        return eligible.copy(), core
    count = max(NEAR, int(NEAR_SHARE * len(whole)))
    return eligible & ((against <= order[count]) | (relaxed > USED)), core
