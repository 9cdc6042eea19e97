"""The source files of the case henan-2021: places, road distances, and who really sent what."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from tongzhou.model.units import tidy_hours
from tongzhou.scenarios.cases.sources import real_road_km, source_rows

FOLDER = Path(__file__).parent / "henan-2021"
"""The committed scenario, with its sources beside it."""
START = datetime.fromisoformat("2021-07-20T18:00:00+08:00")
"""Hour 0 of the scenario."""
DEPOT = "wuhan-depot"
"""The national depot: synthetic, placed at Wuhan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A city of Henan (population of the prefecture) or a provincial capital (population of the urban place)."""

    city: str
    name: str
    name_zh: str
    latitude: float
    longitude: float
    population: float
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a province really sent: facts, None where no page gives the number."""

    city: str
    people: int
    vehicles: int | None
    boats: int | None
    remote_pumps: int | None
    suction_trucks: int | None
    from_h: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """What six cities of Henan sent to Zhengzhou on 20 July 2021."""

    cities: tuple[str, ...]
    people: int
    boats: int


@cache
def deployments() -> Any:
    """The document of news facts."""
    return json.loads((FOLDER / "sources" / "deployments.json").read_text(encoding="utf-8"))


@cache
def henan() -> tuple[Place, ...]:
    """The 18 prefecture-level cities, population in inhabitants (2023, secondary page)."""
    return tuple(
        Place(
            city=row["name_en"].lower(),
            name=row["name_en"],
            name_zh=row["name_zh"],
            latitude=float(row["lat"]),
            longitude=float(row["lon"]),
            population=round(float(row["population_10k_2023"]) * 10_000),
            region="Henan",
        )
        for row in source_rows(FOLDER, "henan_cities.csv")
    )


@cache
def capitals() -> tuple[Place, ...]:
    """The capitals of the seven provinces that sent teams; population of the urban place (GeoNames)."""
    return tuple(
        Place(
            city=row["city"],
            name=row["name_en"],
            name_zh=row["name_zh"],
            latitude=float(row["lat"]),
            longitude=float(row["lon"]),
            population=float(row["population_geonames"]),
            region=row["province"].capitalize(),
        )
        for row in source_rows(FOLDER, "capitals.csv")
    )


@cache
def road_km() -> dict[tuple[str, str], float]:
    """Road distance between two cities, km, one decimal: both directions of the 18 cities, and capital to city."""
    by_code = {row["adcode"]: row["name_en"].lower() for row in source_rows(FOLDER, "henan_cities.csv")}
    raw = {
        (by_code[row["adcode"]], by_code[code]): float(cell)
        for row in source_rows(FOLDER, "henan_matrix.csv")
        for code, cell in row.items()
        if code not in ("adcode", row["adcode"])
    }
    capital_of = {row["province"]: row["city"] for row in source_rows(FOLDER, "capitals.csv")}
    for row in source_rows(FOLDER, "neighbours_road_km.csv"):
        if row["from_province"] in capital_of:
            capital = capital_of[row["from_province"]]
            raw |= {(capital, city): float(row[city]) for city in by_code.values()}
    raw |= {(DEPOT, city): raw["wuhan", city] for city in by_code.values()}
    return {key: round(real_road_km(km), 1) for key, km in raw.items()}


@cache
def sent() -> tuple[Sent, ...]:
    """What each province sent; Jiangxi's drainage sets and Anhui's remote systems count as remote pump sets."""
    by_province = deployments()["by_province"]
    found = []
    for row in source_rows(FOLDER, "capitals.csv"):
        facts = by_province[row["province_zh"]]
        left = facts.get("departed") or facts.get("assembled")
        pumps = [facts[key] for key in ("remote_pump_sets", "remote_systems", "drainage_sets") if key in facts]
        found.append(
            Sent(
                city=row["city"],
                people=facts["people"],
                vehicles=facts.get("vehicles"),
                boats=facts.get("boats"),
                remote_pumps=sum(pumps) if pumps else None,
                suction_trucks=facts.get("dragon_suction"),
                from_h=None if left is None else _hours_since_start(left),
            )
        )
    return tuple(found)


def _hours_since_start(local: str) -> float:
    return tidy_hours((datetime.fromisoformat(f"{local}:00+08:00") - START).total_seconds() / 3600)


@cache
def within() -> Within:
    """What six cities of Henan sent to Zhengzhou."""
    facts = deployments()["within_province"]
    by_name = {place.name_zh: place.city for place in henan()}
    return Within(
        cities=tuple(sorted(by_name[name] for name in facts["from_units"])),
        people=facts["people"],
        boats=facts["boats"],
    )
