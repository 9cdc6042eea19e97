"""The source files of the case wenchuan-2008: provinces, counties, pairs, road distances."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from tongzhou.scenarios.cases.sources import real_road_km, source_rows
from tongzhou.scenarios.links.great_circle import great_circle_km

FOLDER = Path(__file__).parent / "wenchuan-2008"
"""The committed scenario, with its sources beside it."""
DETOUR = 1.4
"""The last leg, from a gateway city to the county seat: straight line times this (synthetic)."""
DEPOT, DEPOT_AT = "chengdu-depot", "chengdu"
"""The national depot: synthetic, placed at Chengdu."""
SHENZHEN, SHENZHEN_SHARE = "shenzhen", Decimal("0.25")
"""Shenzhen carried Guangdong's second pair: a quarter of Guangdong's people and revenue is reckoned as its own (synthetic)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Province:
    """A supporting province, at its capital; population and revenue of 2007."""

    province: str
    name: str
    name_zh: str
    capital: str
    latitude: float
    longitude: float
    population: float
    revenue: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class County:
    """A supported county, at its seat; population approximate; `extreme` by the assessment of July 2008."""

    county: str
    name: str
    name_zh: str
    region: str
    latitude: float
    longitude: float
    population: float
    extreme: bool

    @property
    def mountain(self) -> bool:
        """The high valleys of Aba, with one road in."""
        return self.region.startswith("Aba")


@cache
def _document() -> Any:
    return json.loads((FOLDER / "sources" / "pairs.json").read_text(encoding="utf-8"))


@cache
def provinces() -> tuple[Province, ...]:
    """The 19 supporting provinces and Shenzhen."""
    rows = list(source_rows(FOLDER, "provinces.csv"))
    guangdong = next(row for row in rows if row["province"] == "guangdong")
    found = []
    for row in rows:
        of = guangdong if row["province"] == SHENZHEN else row
        share = {SHENZHEN: SHENZHEN_SHARE, "guangdong": 1 - SHENZHEN_SHARE}.get(row["province"], Decimal(1))
        found.append(
            Province(
                province=row["province"],
                name=row["name_en"],
                name_zh=row["name_zh"],
                capital=row["capital"],
                latitude=float(row["lat"]),
                longitude=float(row["lon"]),
                population=round(float(of["population_10k_2007"]) * 10_000 * float(share)),
                revenue=Decimal(of["revenue_million_yuan_2007"]) * 1_000_000 * share,
            )
        )
    return tuple(found)


@cache
def counties() -> tuple[County, ...]:
    """The 18 counties of Sichuan and the two areas of Gansu and Shaanxi."""
    extreme = set(_document()["severity"]["extreme"])
    return tuple(
        County(
            county=row["county"],
            name=row["name_en"],
            name_zh=row["name_zh"],
            region=row["region"],
            latitude=float(row["lat"]),
            longitude=float(row["lon"]),
            population=float(row["population_approximate"]),
            extreme=row["name_zh"] in extreme,
        )
        for row in source_rows(FOLDER, "counties.csv")
    )


@cache
def pairs(list_of: str) -> tuple[tuple[str, str], ...]:
    """Province and county of each pair of `pairs_june2008` or `pairs_may2008_relief` whose two sides are in the case."""
    by_name = {place.name_zh: place.province for place in provinces()}
    by_name |= {place.name_zh: place.county for place in counties()}
    return tuple((by_name[a], by_name[b]) for a, b in _document()[list_of] if a in by_name and b in by_name)


@cache
def _gateways() -> dict[str, tuple[float, float]]:
    return {row["city"]: (float(row["lat"]), float(row["lon"])) for row in source_rows(FOLDER, "gateways.csv")}


@cache
def _raw_km() -> dict[str, dict[str, float]]:
    return {
        row["capital"]: {city: float(km) for city, km in row.items() if city != "capital"}
        for row in source_rows(FOLDER, "road_km.csv")
    }


def _straight_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    return great_circle_km(*a, *b)


def road_km(capital: str, county: County) -> float:
    """Road distance by the best gateway city: real to the gateway, by rule from there; one decimal.

    The depot at Chengdu starts at that gateway.
    """
    seat = (county.latitude, county.longitude)
    if capital == DEPOT_AT:
        return round(DETOUR * _straight_km(_gateways()[DEPOT_AT], seat), 1)
    raw = _raw_km()[capital]
    return round(
        min(real_road_km(raw[city]) + DETOUR * _straight_km(place, seat) for city, place in _gateways().items()),
        1,
    )
