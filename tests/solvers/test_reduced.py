"""Closing columns: the reduced model has the optimum of the full model with these columns fixed."""

from __future__ import annotations

import numpy as np
import pytest
from instances import prepared
from tongzhou.solvers.compiled import Floats, Patch
from tongzhou.solvers.highs import Session
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.reduced import reduce_model


def optimum(session: Session, column: int) -> tuple[float, Floats]:
    session.minimise(column)
    solved = session.solve_whole(Clock(None), "test", start=None, gap=0.0, absolute_gap=0.0, most_s=60)
    assert solved.solution is not None
    return solved.value, solved.solution


@pytest.fixture(scope="module")
def best() -> Floats:
    model = prepared("tiered").model
    return optimum(Session(model, relaxed=False, seed=0), model.column("tier", "priority-1"))[1]


@pytest.mark.parametrize("seed", range(6))
def test_the_optimum_is_that_of_the_fixed_model(best: Floats, seed: int) -> None:
    model = prepared("tiered").model
    column = model.column("tier", "priority-1")
    random = np.random.default_rng(seed)
    closed = model.whole & (random.random(len(model.whole)) < random.uniform(0.2, 0.9))
    # any feasible values will do to fix columns at: the optimum's, or, where the optimum uses none of them, nothing
    if seed % 2 == 0:
        closed &= best < 0.5
    values = best if seed % 2 else np.zeros(len(best))

    fixed = Session(model, relaxed=False, seed=0)
    places = np.flatnonzero(closed)
    fixed.apply(Patch.of_columns(places, values[places], values[places]))
    expected, _ = optimum(fixed, column)

    reduced = reduce_model(model, closed, values)
    assert reduced.model.matrix.shape[1] < model.matrix.shape[1] - closed.sum() + 1
    value, solution = optimum(Session(reduced.model, relaxed=False, seed=0), reduced.place(column))
    assert value == pytest.approx(expected, abs=1e-6)
    full = reduced.spread(solution)
    assert np.allclose(full[closed], values[closed], atol=1e-9)
    assert np.allclose(reduced.shrink(full), solution)
    activity = model.matrix @ (full / model.column_scale)
    assert (activity <= model.row_upper + 1e-6).all()
    assert (activity >= model.row_lower - 1e-6).all()


def test_loads_of_trips_that_are_closed_are_closed_too() -> None:
    model = prepared("tiered").model
    trips = np.zeros(len(model.whole), dtype=np.bool_)
    trips[model.variables["trips"].span] = True
    reduced = reduce_model(model, trips, np.zeros(len(trips)))
    left = set(reduced.open.tolist())
    lanes = prepared("tiered").indices.lanes.by_vehicle
    carried = [column for key, column in model.variables["ship"].place.items() if key[0] in lanes]
    assert carried
    assert not left & set(carried)
