"""The source files of the case hubei-2020: places, road distances, daily cases, the two lists of pairs."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from tongzhou.scenarios.cases.sources import real_road_km, source_rows

FOLDER = Path(__file__).parent / "hubei-2020"
"""The committed scenario, with its sources beside it."""
FIRST, SECOND = "plan_2020_02_07", "plan_2020_02_10"
"""The pairs announced on 7 February (16 provinces) and on 10 February 2020 (19)."""
WUHAN = "wuhan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A province, at its capital, or a prefecture of Hubei."""

    place: str
    name: str
    name_zh: str
    latitude: float
    longitude: float
    population: float
    is_province: bool


@cache
def places() -> dict[str, Place]:
    """Every place of the case by id."""
    return {
        row["place"]: Place(
            place=row["place"],
            name=row["name_en"],
            name_zh=row["name_zh"],
            latitude=float(row["lat"]),
            longitude=float(row["lon"]),
            population=float(row["population"]),
            is_province=row["kind"] == "province",
        )
        for row in source_rows(FOLDER, "places.csv")
    }


def prefectures() -> list[str]:
    """The prefectures that the pairs are for: all but Wuhan."""
    return [name for name, place in places().items() if not place.is_province and name != WUHAN]


@cache
def _document() -> Any:
    return json.loads((FOLDER / "sources" / "pairs.json").read_text(encoding="utf-8"))


def pairs(plan: str) -> tuple[tuple[str, str], ...]:
    """Province and prefecture of each pair of `FIRST` or `SECOND`, sorted."""
    found = _document()[plan]["pairs"].items()
    return tuple(sorted((province, city) for city, provinces in found for province in provinces))


@cache
def _raw_km() -> dict[str, dict[str, float]]:
    return {
        row["from_province"]: {city: float(km) for city, km in row.items() if city != "from_province"}
        for row in source_rows(FOLDER, "road_km.csv")
    }


def road_km(province: str, prefecture: str) -> float:
    """Road distance from a province's capital, one decimal."""
    return round(real_road_km(_raw_km()[province][prefecture]), 1)


@cache
def patients() -> dict[str, dict[date, int]]:
    """People ill on each day by prefecture: confirmed less cured less dead."""
    found: dict[str, dict[date, int]] = defaultdict(dict)
    for row in source_rows(FOLDER, "daily_cases.csv"):
        ill = int(row["confirmed"]) - int(row["cured"]) - int(row["dead"])
        found[row["place"]][date.fromisoformat(row["date"])] = ill
    return found
