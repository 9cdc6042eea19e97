"""A compiled model with columns closed: fixed where they are, and dropped with every row and column that this decides.

A search that opens only some of the whole columns solves many such models; HiGHS would find most of these reductions again
and again, in every presolve.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse
from tongzhou.solvers.compiled import Bools, CompiledModel, Floats

Places = npt.NDArray[np.int64]
EXACT = 1e-9
"""Scaled distance that is rounding."""
PASSES = 3
"""Closed trips empty their loads, empty loads the stocks behind them."""


@dataclass(frozen=True, eq=False)
class Reduced:
    """`model`: over the open columns only; `open`: their places in the full model; `rest`: natural values of all others."""

    model: CompiledModel
    open: Places
    rest: Floats

    def spread(self, solution: Floats) -> Floats:
        """A solution of the reduced model as one of the full model."""
        full = self.rest.copy()
        full[self.open] = solution
        return full

    def shrink(self, solution: Floats) -> Floats:
        """A solution of the full model as one of the reduced model; the closed columns are not looked at."""
        return np.asarray(solution[self.open], dtype=float)

    def place(self, column: int) -> int:
        """Where a column of the full model is. It must be open."""
        found = int(np.searchsorted(self.open, column))
        assert self.open[found] == column
        return found


def reduce_model(model: CompiledModel, closed: Bools, values: Floats) -> Reduced:
    """`model` with the columns `closed` fixed at `values` (natural, of all columns)."""
    lower, upper = model.lower.copy(), model.upper.copy()
    fixed = values[closed] / model.column_scale[closed]
    lower[closed], upper[closed] = fixed, fixed
    by_row = sparse.csr_matrix(model.matrix)
    for _ in range(PASSES):
        if not _force(model, by_row, lower, upper):
            break
    gone = upper - lower <= 0.0
    held = np.where(gone, lower, 0.0)
    places = np.flatnonzero(~gone)
    inside = by_row[:, places]
    rows = np.flatnonzero(np.diff(inside.indptr) > 0)
    shift = (by_row @ held)[rows]
    smaller = replace(
        model,
        matrix=sparse.csc_matrix(inside[rows]),
        row_lower=model.row_lower[rows] - shift,
        row_upper=model.row_upper[rows] - shift,
        lower=lower[places],
        upper=upper[places],
        whole=model.whole[places],
        column_scale=model.column_scale[places],
        row_scale=model.row_scale[rows],
        variables={},
        constraints={},
    )
    return Reduced(smaller, places, held * model.column_scale)


def _force(model: CompiledModel, by_row: sparse.csr_matrix[np.float64], lower: Floats, upper: Floats) -> bool:
    """Fix the columns of rows that leave them no room: those whose least activity is their upper limit already, or that hold
    a lower limit at their greatest. Returns whether any column was fixed."""
    positive, negative = by_row.maximum(0), by_row.minimum(0)
    found = False
    for sign, limit in ((1.0, model.row_upper), (-1.0, model.row_lower)):
        up, down = (positive, negative) if sign > 0 else (negative, positive)
        rising, falling = abs(up.sign()), abs(down.sign())
        unbounded = rising @ np.isinf(lower).astype(float) + falling @ np.isinf(upper).astype(float)
        least = up @ np.where(np.isinf(lower), 0.0, lower) + down @ np.where(np.isinf(upper), 0.0, upper)
        tight = np.isfinite(limit) & (unbounded == 0) & (sign * (limit - least) <= EXACT)
        at_lower = (tight.astype(float) @ rising > 0) & (upper > lower)
        at_upper = tight.astype(float) @ falling > 0
        at_upper &= (upper > lower) & ~at_lower
        upper[at_lower] = lower[at_lower]
        lower[at_upper] = upper[at_upper]
        found = found or bool(at_lower.any() or at_upper.any())
    return found
