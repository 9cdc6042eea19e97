"""The search for one tier: LP bound, then whole items inside the LP's support, then without that restriction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from tongzhou.solvers.compiled import Bools, CompiledModel, Floats, Patch
from tongzhou.solvers.highs import Session, Solved
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.status import Stop

SMALL = 400
"""Up to so many whole columns the search is not restricted first."""
POSITIVE = 1e-7
LARGE = 8000
"""From so many columns LPs are solved afresh by the interior point method."""
RELAXED_SHARE, RESTRICTED_SHARE = 0.5, 0.4
"""Shares of a tier's time for its LP and for the search inside the LP's support."""
ROOM_FOR_LP = 2.0
"""An LP may take so many times the longest so far, whatever its share."""
FULL_WORTH = 8.0
"""The search outside the support is begun only if there is time for so many of the longest LP so far."""
GOOD_ENOUGH = 0.01
"""Gap at which a large model's tier is left to the next after the search inside the support."""
START_RELAXED_SHARE = 0.7
"""Share of the start's time for its LP."""
START_GAP = 1e-3
"""Gap at which the search for the common start stops."""


@dataclass(frozen=True, slots=True)
class TierResult:
    """The best solution found for a tier, its value, a value no solution can beat, and why the search stopped."""

    solution: Floats
    value: float
    bound: float
    stop: Stop


class Search:
    """LP and MIP session over one compiled model, kept in step by the same patches.

    Large LPs are solved afresh by the interior point method: after a change of objective or caps the simplex method took ten
    times as long from the last basis (45,000 columns: 4 s against more than 45 s).
    """

    def __init__(self, model: CompiledModel, options: SolveOptions, clock: Clock) -> None:
        self.model = model
        self.options = options
        self.clock = clock
        self.relaxed = Session(model, relaxed=True, seed=options.seed)
        self._support: Bools | None = None
        self.relaxed_s = 0.0
        """Seconds of the longest LP so far."""
        self._large = model.matrix.shape[1] > LARGE
        if self._large:
            self.relaxed.use_interior_point()
        self._whole = Session(model, relaxed=False, seed=options.seed) if model.whole.any() else None

    def apply(self, patch: Patch) -> None:
        """Patch both sessions."""
        self.relaxed.apply(patch)
        if self._whole is not None:
            self._whole.apply(patch)

    def solve_relaxed(self, step: str, most_s: float = float("inf")) -> Solved:
        """Solve the LP of the present objective, by the method that suits its size."""
        if self._large:
            self.relaxed.forget()
        began = self.clock.seconds
        solved = self.relaxed.solve_relaxation(self.clock, step, most_s=most_s)
        if solved.solution is not None:
            self.relaxed_s = max(self.relaxed_s, self.clock.seconds - began)
        return solved

    def complete(self, start: Floats, column: int) -> Floats | None:
        """The best solution with the whole columns of `start`, or None where they fit no solution."""
        whole = np.flatnonzero(self.model.whole)
        self.relaxed.apply(Patch.of_columns(whole, start[whole], start[whole]))
        self.relaxed.minimise(column)
        solved = self.solve_relaxed("start")
        self.relaxed.apply(self._original_bounds(whole))
        return solved.solution

    def start_for_all(
        self, weights: dict[int, float], price: dict[int, float], start: Floats | None, most_s: float
    ) -> Floats | None:
        """A start that is good in every tier: their weighted sum, and the cost at a low price, with whole columns inside the
        support of the LP (which leaves the cost out)."""
        if self._whole is None or int(self.model.whole.sum()) <= SMALL:
            return start
        self.relaxed.minimise_sum(weights)
        began = self.clock.seconds
        relaxed = self.solve_relaxed("start", most_s * START_RELAXED_SHARE)
        if relaxed.solution is None:
            return start
        self._whole.minimise_sum({**weights, **price})
        self._support = relaxed.solution > POSITIVE
        found = self._inside_support({**weights, **price}, start, most_s - (self.clock.seconds - began))
        return start if found is None else found

    def finish(self, weights: dict[int, float], start: Floats, most_s: float) -> Floats:
        """Improve the tiers that were not reached, under the caps of those that were, inside the support of the start."""
        if self._whole is None or self._support is None or most_s <= 0:
            return start
        found = self._inside_support(weights, start, most_s)
        return start if found is None else found

    def _inside_support(self, weights: dict[int, float], start: Floats | None, most_s: float) -> Floats | None:
        assert self._whole is not None
        assert self._support is not None
        self._whole.minimise_sum(weights)
        closed = self._outside_support(self._support.astype(float), start)
        self._whole.apply(Patch.of_columns(closed, np.zeros(len(closed)), np.zeros(len(closed))))
        found = self._whole.solve_whole(
            self.clock, "start", start=start, gap=START_GAP, absolute_gap=0.0, most_s=most_s
        )
        self._whole.apply(self._original_bounds(closed))
        return found.solution

    def minimise(
        self, column: int, step: str, *, start: Floats | None, without_aid: float, most_s: float
    ) -> TierResult | None:
        """Search one tier; None where nothing was found (time, cancel). `most_s` is its share of the time."""
        self.relaxed.minimise(column)
        relaxed = self.solve_relaxed(step, max(most_s * RELAXED_SHARE, ROOM_FOR_LP * self.relaxed_s))
        if relaxed.solution is None and relaxed.stop is not Stop.INFEASIBLE:
            return None  # no time for this tier
        bound = max(relaxed.bound, 0.0)  # no tier can fall below zero
        if self._whole is None and relaxed.solution is not None:
            return TierResult(relaxed.solution, relaxed.value, bound, Stop.OPTIMAL)
        value = float("inf") if start is None else float(start[column])
        self.clock.report(step, None if start is None else value, bound)
        if start is not None and value - bound <= self._margin(bound, without_aid):
            return TierResult(start, value, min(value, bound), Stop.OPTIMAL)
        if self._whole is None or self.clock.over:
            return None if start is None else TierResult(start, value, min(value, bound), self._why())
        return self._search_whole(column, step, relaxed, start, without_aid, most_s)

    def _margin(self, bound: float, without_aid: float) -> float:
        """Distance of value and bound that counts as closed."""
        return self.options.gap * max(bound, 1e-3 * without_aid) + 1e-9 * max(1.0, abs(bound))

    def _search_whole(
        self, column: int, step: str, relaxed: Solved, start: Floats | None, without_aid: float, most_s: float
    ) -> TierResult | None:
        """Whole columns inside the support of LP and start first, then all of them."""
        assert self._whole is not None
        self._whole.minimise(column)
        best, lower = start, max(relaxed.bound, 0.0)
        gap, absolute = self.options.gap, self.options.gap * 1e-3 * without_aid
        began = self.clock.seconds
        if relaxed.solution is not None and int(self.model.whole.sum()) > SMALL:
            closed = self._outside_support(relaxed.solution, best)
            self._whole.apply(Patch.of_columns(closed, np.zeros(len(closed)), np.zeros(len(closed))))
            inside = self._whole.solve_whole(
                self.clock, step, start=best, gap=gap, absolute_gap=absolute, most_s=most_s * RESTRICTED_SHARE
            )
            self._whole.apply(self._original_bounds(closed))
            best = _better(best, inside, column)
            if best is not None and best[column] - lower <= self._margin(lower, without_aid):
                return TierResult(best, float(best[column]), min(lower, float(best[column])), Stop.OPTIMAL)
            near = best is not None and best[column] - lower <= GOOD_ENOUGH * lower
            hurried = most_s - (self.clock.seconds - began) < FULL_WORTH * self.relaxed_s
            if best is not None and (self.clock.over or (self._large and (near or hurried))):
                return TierResult(best, float(best[column]), min(lower, float(best[column])), self._why())
        left = max(1.0, most_s - (self.clock.seconds - began))
        solved = self._whole.solve_whole(self.clock, step, start=best, gap=gap, absolute_gap=absolute, most_s=left)
        best = _better(best, solved, column)
        if best is None:
            return None
        value = float(best[column])
        return TierResult(best, value, min(max(lower, solved.bound), value), solved.stop)

    def _why(self) -> Stop:
        return Stop.CANCELLED if self.clock.cancelled else Stop.TIME

    def _outside_support(self, relaxed: Floats, start: Floats | None) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Whole columns that neither the LP nor the start uses and that may be zero."""
        used = relaxed > POSITIVE
        if start is not None:
            used |= start > POSITIVE
        return np.flatnonzero(self.model.whole & ~used & (self.model.lower <= 0))

    def _original_bounds(self, columns: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Patch:
        scale = self.model.column_scale[columns]
        return Patch.of_columns(columns, self.model.lower[columns] * scale, self.model.upper[columns] * scale)


def _better(best: Floats | None, solved: Solved, column: int) -> Floats | None:
    if solved.solution is None:
        return best
    if best is None or solved.solution[column] <= best[column]:
        return solved.solution
    return best
