"""Legs from coordinates alone: the great circle, calibrated to roads, and said to be an estimate.

The calibration is a least squares fit of relative errors over the 43,000 pairs of 340 Chinese cities (GeoNames) up to 1,500 km
apart in the OpenStreetMap road graph: mean error 4 %, nine in ten within 8 %; below 100 km 12 % on average. Mountains, rivers and
coasts make single roads up to twice as long. Aircraft fly the great circle; rails and waterways have no calibration of their own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from tongzhou.model.domain.tables import City
from tongzhou.model.errors import Text, UsageError
from tongzhou.scenarios.links.great_circle import great_circle_km
from tongzhou.scenarios.links.lanes import Leg

CALIBRATION = {"road": (7.2, 1.203), "air": (0.0, 1.0)}
"""Kilometres by mode: the first, and the second times the great circle."""
ENOUGH = 30
"""Known legs from which the calibration is made of these instead."""


def estimated_legs(cities: Sequence[City], known: Collection[Leg] = (), mode: str = "road") -> list[Leg]:
    """Legs of all pairs that are not known, one direction each.

    Raises `UsageError` for a mode without a calibration and with fewer than `ENOUGH` known legs.
    """
    there = {frozenset((leg.origin, leg.destination)) for leg in known}
    base, per_km = _calibrated(cities, known, mode)
    return [
        Leg(a.city, b.city, max(0.0, base + per_km * _km(a, b)), estimate=True)
        for place, a in enumerate(cities)
        for b in cities[place + 1 :]
        if frozenset((a.city, b.city)) not in there
    ]


def _km(a: City, b: City) -> float:
    return great_circle_km(a.latitude, a.longitude, b.latitude, b.longitude)


def _calibrated(cities: Sequence[City], known: Collection[Leg], mode: str) -> tuple[float, float]:
    """Base and factor: least squares of relative errors over the known legs, where there are enough."""
    by_name = {city.city: city for city in cities}
    pairs = [(_km(by_name[leg.origin], by_name[leg.destination]), leg.km) for leg in known if leg.km > 0]
    if len(pairs) < ENOUGH:
        if mode not in CALIBRATION:
            raise UsageError(
                Text(
                    f"distances by {mode} cannot be estimated from coordinates; give at least {ENOUGH} of them (--distances)",
                    f"{mode} 的里程不能由经纬度估算; 请用 --distances 给出至少 {ENOUGH} 条",
                )
            )
        return CALIBRATION[mode]
    straight, way = np.array(pairs).T
    terms = np.column_stack([np.ones(len(straight)), straight]) / way[:, None]
    base, per_km = np.linalg.lstsq(terms, np.ones(len(way)), rcond=None)[0]
    return float(base), float(per_km)
