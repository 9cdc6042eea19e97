"""Published numbers are rounded, but never so that a departure calls for one vehicle more."""

from __future__ import annotations

import pytest
from worlds import fleet, lane, need, plan_of, served, stock, supply, world

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
