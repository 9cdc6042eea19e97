"""Bounds by weak duality: any prices of the rows bound a model's value, whatever tolerance they were found with.

So an interior solution needs no crossover to a vertex to prove something: for prices `y` and reduced costs `d = c - A'y`

    c'x >= sum of y_i * (row_lower_i if y_i > 0 else row_upper_i) + sum of d_j * (lower_j if d_j > 0 else upper_j)

holds for every feasible `x`. Columns without a bound get the one that the rows imply. Source: any text on linear programming;
for safe bounds from approximate prices Neumaier, Shcherbina, Mathematical Programming 99 (2004).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse
from tongzhou.model.indices import Indices
from tongzhou.solvers.compiled import CompiledModel, Floats

PASSES = 60
"""A tier needs the bounds of what it sums, this of what limits it, and so on."""


@dataclass(frozen=True, slots=True)
class DualBound:
    """`value`: scaled, -inf where an unbounded column keeps the prices from proving anything; `reduced`: scaled reduced costs."""

    value: float
    reduced: Floats


class Bounder:
    """Bounds of one model's columns, found once, and what prices prove with them."""

    def __init__(self, model: CompiledModel, indices: Indices) -> None:
        self._lower, self._upper = implied_bounds(_with_units(model, indices))

    def bound(self, present: CompiledModel, costs: Floats, row_duals: Floats) -> DualBound:
        """What the prices `row_duals` prove about the minimum of `costs` (both scaled); `present`: the model, patched."""
        lower, upper = np.maximum(present.lower, self._lower), np.minimum(present.upper, self._upper)
        return _bound(present, lower, upper, costs, row_duals)


def dual_bound(model: CompiledModel, costs: Floats, row_duals: Floats) -> DualBound:
    """The same for a model by itself."""
    return _bound(model, *implied_bounds(model), costs, row_duals)


def _with_units(model: CompiledModel, indices: Indices) -> CompiledModel:
    """Units of an assignment are at most those its home ever holds: more could only go in circles at home, for nothing."""
    upper = model.upper.copy()
    for name in ("depart", "leave", "on_site"):
        for key, column in model.variables[name].place.items():
            item = indices.assignments.by_key[key[0]]
            held = max(indices.held[item.home, item.resource].held) / float(model.column_scale[column])
            upper[column] = min(upper[column], held)
    return replace(model, upper=upper)


def _bound(model: CompiledModel, lower: Floats, upper: Floats, costs: Floats, row_duals: Floats) -> DualBound:
    prices = np.where(row_duals > 0, np.where(np.isfinite(model.row_lower), row_duals, 0.0), row_duals)
    prices = np.where((prices < 0) & ~np.isfinite(model.row_upper), 0.0, prices)
    reduced = np.asarray(costs - model.matrix.T @ prices, dtype=float)
    return DualBound(_sum(prices, model.row_lower, model.row_upper) + _sum(reduced, lower, upper), reduced)


def _sum(weights: Floats, lower: Floats, upper: Floats) -> float:
    used = weights != 0
    return float((weights[used] * np.where(weights[used] > 0, lower[used], upper[used])).sum())


def implied_bounds(model: CompiledModel) -> tuple[Floats, Floats]:
    """Bounds of all columns; where a column has none, the one that a row and the bounds of its other columns imply."""
    by_row = sparse.csr_matrix(model.matrix)
    rows = np.repeat(np.arange(by_row.shape[0]), np.diff(by_row.indptr))
    columns, values = by_row.indices, by_row.data
    lower, upper = model.lower.copy(), model.upper.copy()
    for _ in range(PASSES):
        open_before = int(np.isinf(lower).sum() + np.isinf(upper).sum())
        rising = values > 0
        for limit, sign in ((model.row_upper, 1.0), (-model.row_lower, -1.0)):
            # sign * row <= limit; what each column adds to it at least
            up = rising if sign > 0 else ~rising
            least = sign * values * np.where(up, lower[columns], upper[columns])
            others = _sum_of_others(least, rows, by_row.shape[0])
            with np.errstate(invalid="ignore"):
                found = (limit[rows] - others) / (sign * values)
            found = np.where(np.isfinite(limit[rows]) & np.isfinite(others), found, np.where(up, np.inf, -np.inf))
            implied_upper, implied_lower = np.full(len(upper), np.inf), np.full(len(lower), -np.inf)
            np.minimum.at(implied_upper, columns[up], found[up])
            np.maximum.at(implied_lower, columns[~up], found[~up])
            upper = np.where(np.isinf(upper), implied_upper, upper)
            lower = np.where(np.isinf(lower), implied_lower, lower)
        if int(np.isinf(lower).sum() + np.isinf(upper).sum()) == open_before:
            break
    return lower, upper


def _sum_of_others(least: Floats, rows: npt.NDArray[np.int64], count: int) -> Floats:
    """For every entry the sum over the others of its row; -inf where one of these has no least."""
    free = np.isinf(least)
    known = np.bincount(rows, np.where(free, 0.0, least), count)
    unknown = np.bincount(rows, free, count)
    rest = unknown[rows] - free
    return np.where(rest > 0, -np.inf, known[rows] - np.where(free, 0.0, least))
