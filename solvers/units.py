"""Whole goods and teams to given trips: once trips are whole, the relaxation says nearly how many of each go with them.

Of the 1 to 2 % between the relaxation of social cost and the best plan (50 cities) trips make all but 0.02 to 0.07 %. With the trips
fixed the relaxation takes 0.3 s, and branch and cut over what it leaves open a second, for 0.2 to 0.4 % that no other neighbourhood
found: they open a few goods and teams, and a better use of the same vehicles has to exchange many.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
import numpy.typing as npt
from tongzhou.solvers.compiled import Bools, CompiledModel, Floats, Patch
from tongzhou.solvers.highs import Session
from tongzhou.solvers.progress import Clock

LEAST_GAIN = 3e-4
"""Share of the value that the relaxation must promise."""
EXACT = 1e-6
"""Distance from a whole number that is rounding."""


class Units:
    """`whole`: places of the whole columns of `model`; `is_unit`: which of these are goods and teams, not trips."""

    def __init__(
        self, model: CompiledModel, whole: npt.NDArray[np.int64], is_unit: Bools, weights: Mapping[int, float], *, seed: int
    ) -> None:  # fmt: skip
        """`weights`: the objective, scaled columns of the model."""
        self._model, self._whole, self._is_unit = model, whole, is_unit
        self._weights, self._seed = dict(weights), seed
        scale = model.column_scale[whole]
        self._lower, self._upper = model.lower[whole] * scale, model.upper[whole] * scale
        self._unit = float(model.column_scale[next(iter(weights))])
        self._has_failed = False

    @cached_property
    def _session(self) -> Session:
        session = Session(self._model, relaxed=True, seed=self._seed)
        session.minimise_sum(self._weights)
        return session

    def bounds(
        self, best: Floats, value: float, clock: Clock, step: str, most_s: float
    ) -> tuple[Floats, Floats] | None:
        """Bounds of the whole columns (natural units): trips as in `best`, goods and teams between what they are there and what the
        relaxation with these trips rounds to. None where it promises no better value (weighted sum), or has once taken too long:
        with 140,000 columns the simplex method did not get through in a minute."""
        if self._has_failed:
            return None
        lower, upper = np.where(self._is_unit, [self._lower, self._upper], best)
        self._session.apply(Patch.of_columns(self._whole, lower, upper))
        solved = self._session.solve_relaxation(clock.of_part(), step, most_s=most_s)
        self._has_failed = solved.solution is None
        if solved.solution is None or solved.value / self._unit > value * (1.0 - LEAST_GAIN):
            return None
        found = solved.solution[self._whole]
        least = np.maximum(lower, np.minimum(np.floor(found + EXACT), best))
        most = np.minimum(upper, np.maximum(np.ceil(found - EXACT), best))
        return np.where(self._is_unit, least, best), np.where(self._is_unit, most, best)
