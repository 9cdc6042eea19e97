"""Hours to periods, and the tolerances that go with them (formats.md, "What the numbers mean")."""

from __future__ import annotations

import math

HOUR_TOLERANCE = 1e-9
"""Reaching a period boundary exactly counts; differences below this share of a period are rounding."""

HOURS_PER_DAY = 24.0

DUST = 1e-6
"""Share of a limit by which kept lines may exceed it: rounding only."""


def room_left(limit: float, taken: float) -> float:
    """What kept lines leave of a limit; where they exceed it by rounding, nothing."""
    left = limit - taken
    return 0.0 if -DUST * max(1.0, abs(limit)) <= left < 0 else left


FULL = 1e-6
"""Share of a vehicle by which a load may exceed it: rounding only."""


def vehicles_for(weight_t: float, volume_m3: float, payload_t: float, capacity_m3: float) -> int:
    """Vehicles that a load needs; what exceeds full ones by rounding needs no other."""
    return math.ceil(max(weight_t / payload_t, volume_m3 / capacity_m3) * (1 - FULL))


def periods_up(hours: float, period_h: float) -> int:
    """Smallest whole number of periods that is at least `hours` long (boundary counts)."""
    return math.ceil(hours / period_h - HOUR_TOLERANCE)


def periods_down(hours: float, period_h: float) -> int:
    """Largest whole number of periods that fits into `hours` (boundary counts)."""
    return math.floor(hours / period_h + HOUR_TOLERANCE)


def travel_periods(travel_h: float, period_h: float) -> int:
    """Periods between departure and use at another city: at least one."""
    return max(1, periods_up(travel_h, period_h))


def away_periods(load_h: float, travel_h: float, period_h: float) -> int:
    """Periods for which a vehicle is not available: loading, the way out and the way back."""
    return max(1, periods_up(load_h + 2 * travel_h, period_h))


def tidy_hours(hours: float) -> float:
    """An hour value without the dust of floating point (at most six decimals)."""
    return round(hours, 6) + 0.0
