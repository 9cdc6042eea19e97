"""Distance along the earth's surface."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

EARTH_KM = 6371.0
"""Mean radius."""


def great_circle_km(latitude: float, longitude: float, to_latitude: float, to_longitude: float) -> float:
    """Kilometres between two places given in degrees (haversine formula; Sinnott, Sky and Telescope 68, 1984)."""
    north, east = radians(to_latitude - latitude), radians(to_longitude - longitude)
    chord = sin(north / 2) ** 2 + cos(radians(latitude)) * cos(radians(to_latitude)) * sin(east / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(chord)))
