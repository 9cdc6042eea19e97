"""The source files of the case china-340: cities of China, road distances to the struck region."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tongzhou.scenarios.cases.sources import real_road_km, source_rows
from tongzhou.scenarios.links.great_circle import great_circle_km

FOLDER = Path(__file__).parent / "china-340"
"""The committed scenario, with its sources beside it."""
EPICENTRE = (34.5, 109.7)
"""North and east of the exercise's earthquake: Huaxian, where that of 1556 was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A city; `population` is a weight (GeoNames: of the urban place for some, of the municipality for others)."""

    city: str
    name: str
    latitude: float
    longitude: float
    population: float

    @property
    def km_from_epicentre(self) -> float:
        """Great circle distance."""
        return great_circle_km(*EPICENTRE, self.latitude, self.longitude)


@cache
def places() -> dict[str, Place]:
    """Every city of the case by id."""
    return {
        row["city"]: Place(
            city=row["city"],
            name=row["name"],
            latitude=float(row["latitude"]),
            longitude=float(row["longitude"]),
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


def struck() -> list[str]:
    """Cities of the struck region."""
    return sorted(next(iter(_raw_km().values())))


def road_km(origin: str, struck_city: str) -> float:
    """Road distance to a city of the struck region, one decimal."""
    return round(real_road_km(_raw_km()[origin][struck_city]), 1)
