"""Hours to periods, and the tolerances that go with them (formats.md, "What the numbers mean")."""

from __future__ import annotations

import math

HOUR_TOLERANCE = 1e-9
"""Reaching a period boundary exactly counts; differences below this share of a period are rounding."""

HOURS_PER_DAY = 24.0


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
