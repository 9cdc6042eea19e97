"""Small scenarios of three to five cities in which every kind of limit binds for some group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tongzhou.model.domain import Problem
from worlds import (
    arrival,
    carrier,
    city,
    closure,
    equipment,
    fleet,
    lane,
    need,
    pair,
    stock,
    substitute,
    supply,
    team,
    world,
)

LAST = {"loss_per_unit_day": 40}


def goods(**choices: Any) -> Problem:
    """Fleets, floors, offers, a narrow lane, slow handling, a closure, a forbidden pair, a substitute."""
    return world(
        supply(unit_value=5), supply("juice", weight_t=2.0, volume_m3=2.0, unit_value=7), substitute("water", "juice", 0.5),
        city("a", unload_t_per_h=2.0), city("b"), city("c", "contributor", load_t_per_h=1.5), city("d", "contributor"),
        need("a", 30, **LAST), need("b", 12, loss_per_unit_day=25), need("b", 6, "juice", "b2", loss_per_unit_day=30),
        stock("a", 4), stock("b", 10, floor=3, offered=6), stock("c", 40, floor=12, offered=20),
        stock("c", 9, "juice", floor=1, offered=8), stock("d", 15, floor=0, offered=15, from_h=6),
        lane("c", "a", trip_cost=30), lane("c", "b", 3, trip_cost=20), lane("d", "a", 12, trip_cost=25, capacity_t_per_h=1.5),
        carrier("b", "a", 6, t_cost=9), carrier("d", "b", 6, t_cost=3), carrier("c", "d", 6, t_cost=1),
        fleet("c", 2, 6), fleet("d", 1, 20),
        closure("d", "a", 0, 6, 0.5), pair("d", "b", "forbidden", "juice"), **choices,
    )  # fmt: skip


def units(**choices: Any) -> Problem:
    """Teams that drive, pumps that ride on trips and need a crew from any city, duty and rest, floors, windows."""
    return world(
        team("crew", day_cost=8, duty_h=12, rest_h=6),
        equipment("pump", weight_t=3.0, volume_m3=2.0, crew="crew", crew_size=2, day_cost=4),
        city("a"), city("b"), city("c", "contributor"),
        need("a", 3, "pump", from_h=6, loss_per_unit_day=90), need("a", 2, "crew", "a2", loss_per_unit_day=70),
        need("b", 1, "pump", "b1", from_h=6, loss_per_unit_day=60),
        stock("a", 2, "crew", floor=0, offered=1), stock("b", 2, "pump", floor=1, offered=1),
        stock("b", 3, "crew", floor=1, offered=2), stock("c", 3, "pump", floor=0, offered=2),
        stock("c", 6, "crew", floor=2, offered=3, until_h=6),
        lane("b", "a", trip_cost=10), lane("c", "a", 3, trip_cost=12), lane("c", "b", trip_cost=5, capacity_t_per_h=0.5),
        fleet("b", 1, 6), fleet("c", 1, 7), periods=6, **choices,
    )  # fmt: skip


def hubs(**choices: Any) -> Problem:
    """A hub that is a party, places of transfer that are none and limit nobody, lots, own arrivals."""
    return world(
        supply(lot=2.0, unit_value=4), city("a"), city("b"), city("c", "contributor"),
        city("h", "contributor", hub=True, unload_t_per_h=1.0), city("x", "hub", load_t_per_h=0.1, unload_t_per_h=0.1),
        city("y", "hub"),
        need("a", 20, **LAST), need("b", 9, loss_per_unit_day=35), stock("c", 30, floor=5, offered=24),
        stock("h", 6, floor=0, offered=5), stock("b", 3, floor=0, offered=3), arrival("b", 5, 6), arrival("h", 8, 12),
        carrier("c", "h", 6, t_cost=1), carrier("h", "a", 6, t_cost=1), lane("h", "b", 6, trip_cost=2), fleet("h", 1, 4),
        carrier("c", "x", 3, t_cost=4, capacity_t_per_h=1.0), carrier("x", "y", 3, t_cost=0, capacity_t_per_h=0.1),
        carrier("y", "b", 3, t_cost=1, capacity_t_per_h=2.0), carrier("x", "a", 12, t_cost=6), carrier("b", "h", 6, t_cost=1),
        periods=6, **choices,
    )  # fmt: skip


def own_first(**choices: Any) -> Problem:
    """Cities that help each other while they are short themselves, in two priorities, two goods in the same."""
    return world(
        supply(unit_value=6), supply("food", unit_value=3), city("a"), city("b"), city("c"), city("d", "contributor"),
        need("a", 20), need("a", 10, "food", "a2"), need("b", 15, priority=2, by_h=12), need("b", 8, "food", "b2"),
        need("c", 5, name="c1", from_h=12, priority=3), need("c", 9, "food", "c2", priority=3),
        stock("a", 8, offered=8, floor=2), stock("a", 12, "food", offered=9, floor=0), stock("b", 9, offered=4, floor=2),
        stock("b", 2, "food", offered=2, floor=0), stock("c", 14, offered=12, floor=2), stock("c", 1, "food", offered=1),
        stock("d", 6, offered=6, floor=1), arrival("a", 4, 12, "food"),
        carrier("a", "b", t_cost=1, both_ways=True), carrier("b", "c", t_cost=2, both_ways=True),
        carrier("c", "a", 3, t_cost=1, both_ways=True), carrier("d", "a", 6, t_cost=1), **choices,
    )  # fmt: skip


def guarded(**choices: Any) -> Problem:
    """A least useful delivery, and a city that neither needs nor brings anything."""
    return world(
        supply(unit_value=2), city("a"), city("b"), city("c", "contributor"), city("d", "contributor"),
        need("a", 10, least_delivery=6, **LAST), need("b", 7, loss_per_unit_day=30, repeat_h=12, repeats=2, by_h=12),
        stock("b", 9, floor=0, offered=9), stock("c", 8, floor=1, offered=7),
        carrier("b", "a", t_cost=1), carrier("c", "a", t_cost=2), carrier("c", "b", t_cost=1), carrier("d", "a", t_cost=1),
        **choices,
    )  # fmt: skip


WORLDS: dict[str, Callable[..., Problem]] = {item.__name__: item for item in (goods, units, hubs, own_first, guarded)}
