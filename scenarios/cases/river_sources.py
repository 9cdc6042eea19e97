"""The source files of the case river-pollution: cities along the Songhua and their helpers, road distances."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from tongzhou.scenarios.cases.sources import real_road_km, source_rows
from tongzhou.scenarios.links.great_circle import great_circle_km

FOLDER = Path(__file__).parent / "river-pollution"
"""The committed scenario, with its sources beside it."""
START = datetime.fromisoformat("2005-11-20T00:00:00+08:00")
"""Hour 0: the day on which the pollution reached the border of Heilongjiang."""
DETOUR = 1.25
"""Songyuan is not in the road graph: straight line times this (synthetic)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A city; population of the urban place (GeoNames)."""

    city: str
    name: str
    name_zh: str
    latitude: float
    longitude: float
    population: float


@cache
def places() -> dict[str, Place]:
    """Every city of the case by id."""
    return {
        row["city"]: Place(
            city=row["city"],
            name=row["name_en"],
            name_zh=row["name_zh"],
            latitude=float(row["lat"]),
            longitude=float(row["lon"]),
            population=float(row["population_geonames"]),
        )
        for row in source_rows(FOLDER, "cities.csv")
    }


@cache
def _raw_km() -> dict[str, dict[str, float]]:
    return {
        row["city"]: {city: float(km) for city, km in row.items() if city != "city"}
        for row in source_rows(FOLDER, "road_km.csv")
    }


def is_road_known(origin: str, destination: str) -> bool:
    """Whether the distance comes from the road graph."""
    return destination in _raw_km().get(origin, {})


def road_km(origin: str, destination: str) -> float:
    """Road distance, one decimal: from the road graph, else by rule from the straight line."""
    if is_road_known(origin, destination):
        return round(real_road_km(_raw_km()[origin][destination]), 1)
    a, b = places()[origin], places()[destination]
    return round(DETOUR * great_circle_km(a.latitude, a.longitude, b.latitude, b.longitude), 1)
