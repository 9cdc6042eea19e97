"""Bounds by weak duality: true for any prices, sharp for the right ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import prepared
from scipy import sparse
from scipy.optimize import linprog
from tongzhou.solvers.compiled import CompiledModel, Floats
from tongzhou.solvers.duality import Bounder, dual_bound, implied_bounds
from tongzhou.solvers.highs import Session
from tongzhou.solvers.progress import Clock


def model_of(matrix: Floats, row_lower: Floats, row_upper: Floats, lower: Floats, upper: Floats) -> CompiledModel:
    rows, columns = matrix.shape
    return CompiledModel(
        matrix=sparse.csc_matrix(matrix), row_lower=row_lower, row_upper=row_upper, lower=lower, upper=upper,
        whole=np.zeros(columns, dtype=np.bool_), column_scale=np.ones(columns), row_scale=np.ones(rows), variables={},
        constraints={},
    )  # fmt: skip


class TestByHand:
    # min -x - y, x + 2 y <= 4, x <= 2, y >= 0, x >= 0; the best is x 2, y 1: -3. Price of the row -1/2: d = (-1/2, 0):
    # bound 4 * -1/2 + 2 * -1/2 = -3. With the price -1: d = (0, 1): 4 * -1 = -4, true but not sharp.
    MODEL = model_of(
        np.array([[1.0, 2.0]]), np.array([-np.inf]), np.array([4.0]), np.zeros(2), np.array([2.0, np.inf])
    )  # fmt: skip
    COSTS = np.array([-1.0, -1.0])

    @pytest.mark.parametrize(("price", "bound"), [(-0.5, -3.0), (-1.0, -4.0)])
    def test_bounds(self, price: float, bound: float) -> None:
        assert dual_bound(self.MODEL, self.COSTS, np.array([price])).value == pytest.approx(bound)

    def test_a_price_that_the_row_cannot_have_counts_as_none(self) -> None:
        # No lower limit: price 0; then y has cost -1 and no bound but the implied 4 / 2 = 2: -2 - 2 = -4.
        assert dual_bound(self.MODEL, self.COSTS, np.array([7.0])).value == pytest.approx(-4.0)

    def test_bounds_are_implied_through_rows(self) -> None:
        # z = x + y (an equality): 0 <= z <= 2 + 2 = 4, y <= 4 / 2.
        model = model_of(
            np.array([[1.0, 2.0, 0.0], [-1.0, -1.0, 1.0]]), np.array([-np.inf, 0.0]), np.array([4.0, 0.0]),
            np.array([0.0, 0.0, -np.inf]), np.array([2.0, np.inf, np.inf]),
        )  # fmt: skip
        lower, upper = implied_bounds(model)
        assert lower.tolist() == [0.0, 0.0, 0.0]
        assert upper.tolist() == [2.0, 2.0, 4.0]

    def test_an_unbounded_column_proves_nothing(self) -> None:
        model = model_of(np.zeros((1, 1)), np.zeros(1), np.zeros(1), np.zeros(1), np.array([np.inf]))
        assert dual_bound(model, np.array([-1.0]), np.zeros(1)).value == -np.inf


@settings(max_examples=150)
@given(st.integers(0, 2**32 - 1))
def test_no_prices_prove_too_much_and_the_right_ones_prove_all(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows, columns = random.integers(1, 5), random.integers(1, 6)
    matrix = random.integers(-3, 4, (rows, columns)).astype(float)
    inside = random.integers(0, 4, columns).astype(float)
    upper = np.where(random.random(columns) < 0.5, np.inf, inside + random.integers(0, 3, columns))
    reach = matrix @ inside
    row_upper = np.where(random.random(rows) < 0.7, reach + random.integers(0, 3, rows), np.inf)
    row_lower = np.where(random.random(rows) < 0.4, reach - random.integers(0, 3, rows), -np.inf)
    costs = random.integers(-3, 6, columns).astype(float)
    model = model_of(matrix, row_lower, row_upper, np.zeros(columns), upper)
    low, high = implied_bounds(model)
    assert (low <= inside + 1e-9).all()
    assert (inside <= high + 1e-9).all()
    finite_up, finite_low = np.isfinite(row_upper), np.isfinite(row_lower)
    solved = linprog(
        costs, np.vstack([matrix[finite_up], -matrix[finite_low]]),
        np.concatenate([row_upper[finite_up], -row_lower[finite_low]]), bounds=list(zip(np.zeros(columns), upper, strict=True)),
        method="highs",
    )  # fmt: skip
    if solved.status != 0:
        return
    assert dual_bound(model, costs, random.normal(size=rows)).value <= solved.fun + 1e-9
    prices = np.zeros(rows)
    prices[finite_up] += solved.ineqlin.marginals[: finite_up.sum()]
    prices[finite_low] -= solved.ineqlin.marginals[finite_up.sum() :]
    if np.isfinite(high).all():  # else a reduced cost of -1e-17 proves nothing
        assert dual_bound(model, costs, prices).value == pytest.approx(solved.fun, abs=1e-7)


@pytest.mark.parametrize("tier", ["priority-1", "social-cost"])
def test_an_interior_solution_proves_what_the_vertex_is_worth(tier: str) -> None:
    found = prepared()
    column = found.model.column("tier", tier)
    session = Session(found.model, relaxed=True, seed=0)
    session.minimise(column)
    interior, vertex = session.solve_interior(Clock(None), tier), session.solve_from_scratch(Clock(None), tier)
    costs = np.zeros(len(found.model.whole))
    costs[column] = 1.0
    assert interior.row_duals is not None
    bound = Bounder(found.model, found.indices).bound(found.model, costs, interior.row_duals).value * interior.unit
    assert bound <= vertex.value + 1e-9 * abs(vertex.value)
    assert bound >= vertex.value * (1 - 1e-6)
