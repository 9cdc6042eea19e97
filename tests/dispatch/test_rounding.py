"""Published numbers are rounded, but never so that a departure calls for one vehicle more."""

from __future__ import annotations

import numpy as np
import pytest
from tongzhou.model.verify import verify
from tongzhou.solvers.decode import decode
from tongzhou.solvers.decode.goods import Rounding, clean
from tongzhou.solvers.dispatch import prepare
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock
from worlds import carrier, city, fleet, lane, need, plan_of, sent, served, stock, supply, world

MEALS = 0.20008


def test_two_full_vehicles_stay_two() -> None:
    # Meals are worth most and weigh half a tonne: 0.10004 t of 30 t on two trucks; 29.89996 t are left for water.
    # The need of 5,000 t makes 29.9 the plain number: 40 g more than there is room for, a third truck by arithmetic.
    # A third truck (5000: 200 km at 25) would bring the last 0.1 t of water, worth at most 100 in a day.
    plan = plan_of(world(
        supply("water"), supply("meals", weight_t=0.5), stock("G", 30, "water"), stock("G", MEALS, "meals"),
        need("A", 5_000, "water", name="water", loss_per_unit_day=1000),
        need("A", 10, "meals", name="meals", loss_per_unit_day=10_000_000),
        lane("G", "A", travel_h=12.0), fleet("G", 3, payload_t=15.0, km_cost=25), kind="social-cost",
    ))  # fmt: skip
    (trip,) = plan.trips
    assert trip.trips == 2
    assert served(plan, "water", 12) == pytest.approx(29.89996, abs=1e-6)
    assert served(plan, "meals", 12) == pytest.approx(MEALS, abs=1e-6)


def test_a_load_beyond_the_vehicles_by_the_solvers_tolerance_is_shed() -> None:
    # One truck of 15 t; a solution that loads 15.0003 t on it keeps a scaled tolerance of 1e-7, and would call for two.
    problem = world(
        supply("water"), stock("G", 30, "water"), need("A", 5_000, "water", name="water"),
        lane("G", "A", travel_h=12.0), fleet("G", 1, payload_t=15.0, km_cost=25),
    )  # fmt: skip
    prepared = prepare(problem, SolveOptions(), Clock(None))
    model = prepared.model
    solution = np.zeros(model.matrix.shape[1])
    solution[model.column("trips", ("G>A:road:truck", 0))] = 1.0
    solution[model.column("ship", ("G>A:road:truck", "water", 0, "own"))] = 15.0003
    solution[model.column("serve", ("water", "water", 2, "aid"))] = 15.0003
    plan = decode(prepared.indices, model, solution)
    assert [row.trips for row in plan.trips] == [1]
    assert sent(plan, "G") == pytest.approx(15, abs=2e-5)
    assert not [row for row in verify(problem, plan) if row.limit in ("fleet", "payload-out", "stock")]


def test_a_tight_rate_of_unloading_is_not_stretched() -> None:
    # 7.99999 t/h in 6 h are 47.99994 t. Below a need of 500,000 t the plain number would be 48 t: more than can be unloaded.
    # The solver's own accuracy is 1e-8 of the need, 0.005 t.
    plan = plan_of(world(
        supply(), stock("G", 60), need("A", 500_000), city("A", unload_t_per_h=7.99999), carrier("G", "A", travel_h=18.0),
    ))  # fmt: skip
    assert 47.99994 - 0.005 <= sent(plan, "G") <= 47.99994


@pytest.mark.parametrize(
    ("quantity", "plain", "full", "down"),
    [
        # total need 500,000: six digits are whole units, nine three decimals, twelve six; dust is 2e-8 of it: 0.01
        (47.99567, 48.0, 47.996, 47.99567),
        (47.9956749, 48.0, 47.996, 47.995674),
        (29.9, 29.9, 29.9, 29.9),
        (47.98, 47.98, 47.98, 47.98),
    ],
)
def test_ways_of_rounding(quantity: float, plain: float, full: float, down: float) -> None:
    ix = prepare(world(supply(), stock("G", 60), need("A", 500_000)), SolveOptions(), Clock(None)).indices
    found = [clean(ix, "water", quantity, rounding) for rounding in (Rounding.PLAIN, Rounding.FULL, Rounding.DOWN)]
    assert found == [plain, full, down]
