"""Legs from coordinates alone: the great circle, calibrated to roads, and said to be an estimate.

The calibration is a least squares fit of relative errors over the 43,000 pairs of 340 Chinese cities (GeoNames) up to 1,500 km
apart in the OpenStreetMap road graph: mean error 4 %, nine in ten within 8 %; below 100 km 12 % on average. Mountains, rivers and
coasts make single roads up to twice as long.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from tongzhou.model.domain.tables import City
from tongzhou.scenarios.links.great_circle import great_circle_km
from tongzhou.scenarios.links.lanes import Leg

ROAD_BASE_KM, ROAD_PER_KM = 7.2, 1.203
"""Kilometres of road: the first, and the second times the great circle."""
ENOUGH = 30
"""Known legs from which the calibration is made of these instead."""


def estimated_legs(cities: Sequence[City], known: Collection[Leg] = ()) -> list[Leg]:
    """Legs of all pairs that are not known, one direction each."""
    there = {frozenset((leg.origin, leg.destination)) for leg in known}
    base, per_km = _calibrated(cities, known)
    return [
        Leg(a.city, b.city, max(0.0, base + per_km * _km(a, b)), estimate=True)
        for place, a in enumerate(cities)
        for b in cities[place + 1 :]
        if frozenset((a.city, b.city)) not in there
    ]


def _km(a: City, b: City) -> float:
    return great_circle_km(a.latitude, a.longitude, b.latitude, b.longitude)


def _calibrated(cities: Sequence[City], known: Collection[Leg]) -> tuple[float, float]:
    """Base and factor: least squares of relative errors over the known legs, where there are enough."""
    by_name = {city.city: city for city in cities}
    pairs = [(_km(by_name[leg.origin], by_name[leg.destination]), leg.km) for leg in known if leg.km > 0]
    if len(pairs) < ENOUGH:
        return ROAD_BASE_KM, ROAD_PER_KM
    straight, road = np.array(pairs).T
    terms = np.column_stack([np.ones(len(straight)), straight]) / road[:, None]
    base, per_km = np.linalg.lstsq(terms, np.ones(len(road)), rcond=None)[0]
    return float(base), float(per_km)
