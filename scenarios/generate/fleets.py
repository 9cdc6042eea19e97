"""The vehicles of each city."""

from __future__ import annotations

from decimal import Decimal

from tongzhou.model.domain.tables import City, Fleet, Link
from tongzhou.scenarios.generate.geography import Region
from tongzhou.scenarios.generate.holdings import millions

LARGE_CITY = 3.0
"""Millions of inhabitants (or what a depot stands for) from which a city has heavy trucks as well."""


def lay_fleets(region: Region, links: tuple[Link, ...]) -> tuple[Fleet, ...]:
    """Trucks by population (half of them lost where the disaster struck), aircraft where there are flights."""
    flying = {city for link in links if link.mode == "air" for city in (link.origin, link.destination)}
    found: list[Fleet] = []
    for row in region.cities:
        left = 0.5 if row.city in region.struck else 1.0
        found.append(_trucks(row, "medium-truck", 2 + int(2.5 * millions(row) * left), (8.0, 40.0), "6"))
        if millions(row) >= LARGE_CITY:
            found.append(_trucks(row, "heavy-truck", 1 + int(0.8 * millions(row) * left), (25.0, 90.0), "9"))
        if row.city in flying:
            found.append(_aircraft(row, 1 + int(millions(row) / 6)))
    return tuple(found)


def _trucks(row: City, vehicle: str, vehicles: int, size: tuple[float, float], km_cost: str) -> Fleet:
    return Fleet(
        city=row.city,
        mode="road",
        vehicle=vehicle,
        vehicles=vehicles,
        payload_t=size[0],
        volume_m3=size[1],
        km_cost=Decimal(km_cost),
        load_h=1.0,
    )


def _aircraft(row: City, vehicles: int) -> Fleet:
    return Fleet(
        city=row.city,
        mode="air",
        vehicle="transport-plane",
        vehicles=vehicles,
        payload_t=15.0,
        volume_m3=80.0,
        km_cost=Decimal(45),
        load_h=1.0,
    )
