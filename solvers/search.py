"""The search for one tier: LP bound, then whole items inside the LP's support, then without that restriction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tongzhou.solvers.compiled import CompiledModel, Floats, Patch
from tongzhou.solvers.highs import Session, Solved
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.status import Stop

SMALL = 400
"""Up to so many whole columns the search is not restricted first."""
POSITIVE = 1e-7
RESTRICTED_SHARE = 0.4
"""Share of a tier's time for the search inside the LP's support."""


@dataclass(frozen=True, slots=True)
class TierResult:
    """The best solution found for a tier, its value, a value no solution can beat, and why the search stopped."""

    solution: Floats
    value: float
    bound: float
    stop: Stop


class Search:
    """LP and MIP session over one compiled model, kept in step by the same patches."""

    def __init__(self, model: CompiledModel, options: SolveOptions, clock: Clock) -> None:
        self.model = model
        self.options = options
        self.clock = clock
        self.relaxed = Session(model, relaxed=True, seed=options.seed)
        self._whole = Session(model, relaxed=False, seed=options.seed) if model.whole.any() else None

    def apply(self, patch: Patch) -> None:
        """Patch both sessions."""
        self.relaxed.apply(patch)
        if self._whole is not None:
            self._whole.apply(patch)

    def complete(self, start: Floats, column: int) -> Floats | None:
        """The best solution with the whole columns of `start`, or None where they fit no solution."""
        whole = np.flatnonzero(self.model.whole)
        self.relaxed.apply(Patch.of_columns(whole, start[whole], start[whole]))
        self.relaxed.minimise(column)
        solved = self.relaxed.solve_relaxation(self.clock, "start")
        self.relaxed.apply(self._original_bounds(whole))
        return solved.solution

    def minimise(self, column: int, step: str, *, start: Floats | None, without_aid: float, most_s: float) -> TierResult | None:
        """Search one tier; None where nothing was found (time, cancel). `most_s` is its share of the time."""
        self.relaxed.minimise(column)
        bound = self.relaxed.solve_relaxation(self.clock, step)
        if self._whole is None:
            if bound.solution is None:
                return None if start is None else TierResult(start, float(start[column]), -np.inf, bound.stop)
            return TierResult(bound.solution, bound.value, bound.bound, Stop.OPTIMAL)
        value = float("inf") if start is None else float(start[column])
        self.clock.report(step, None if start is None else value, bound.bound)
        margin = self._margin(value, bound.bound, without_aid)
        if start is not None and value - bound.bound <= margin:
            return TierResult(start, value, min(value, bound.bound), Stop.OPTIMAL)
        return self._search_whole(column, step, bound, start, without_aid, most_s)

    def _margin(self, value: float, bound: float, without_aid: float) -> float:
        """Distance of value and bound that counts as closed."""
        del value
        return max(self.options.gap * max(bound, 1e-3 * without_aid), 0.0) + 1e-9 * max(1.0, abs(bound))

    def _search_whole(  # noqa: PLR0913
        self, column: int, step: str, relaxed: Solved, start: Floats | None, without_aid: float, most_s: float
    ) -> TierResult | None:
        assert self._whole is not None
        self._whole.minimise(column)
        best, lower = start, relaxed.bound
        gap, absolute = self.options.gap, self.options.gap * 1e-3 * without_aid
        began = self.clock.seconds
        if relaxed.solution is not None and int(self.model.whole.sum()) > SMALL:
            closed = self._outside_support(relaxed.solution, best)
            self._whole.apply(Patch.of_columns(closed, np.zeros(len(closed)), np.zeros(len(closed))))
            inside = self._whole.solve_whole(
                self.clock, step, start=best, gap=gap, absolute_gap=absolute, most_s=most_s * RESTRICTED_SHARE
            )
            self._whole.apply(self._original_bounds(closed))
            best = self._better(best, inside, column)
            if best is not None and best[column] - lower <= self._margin(best[column], lower, without_aid):
                return TierResult(best, float(best[column]), min(lower, float(best[column])), Stop.OPTIMAL)
            if self.clock.over and best is not None:
                return TierResult(best, float(best[column]), lower, self._why())
        left = max(1.0, most_s - (self.clock.seconds - began))
        solved = self._whole.solve_whole(self.clock, step, start=best, gap=gap, absolute_gap=absolute, most_s=left)
        best = self._better(best, solved, column)
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

    @staticmethod
    def _better(best: Floats | None, solved: Solved, column: int) -> Floats | None:
        if solved.solution is None:
            return best
        if best is None or solved.solution[column] <= best[column]:
            return solved.solution
        return best
