"""Lanes, closures and fleets of the case henan-2021: real road distances, everything else by stated rules (synthetic)."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations

from tongzhou.model.domain.tables import Closure, Fleet, Link
from tongzhou.scenarios.cases import henan_rules as rules
from tongzhou.scenarios.cases.henan_sources import DEPOT, capitals, henan, road_km, sent

ROAD_KM_PER_H = 70.0
RAIL_KM_PER_H, RAIL_HANDLING_H = 60.0, 6.0
"""Goods trains; the road distance stands for that of the railway."""
RAIL_CNY_PER_T_KM, RAIL_T_PER_H = 0.25, 30.0
LANE_T_PER_H = 40.0
"""Tonnes an hour that a road takes which a closure narrows at times (others are not limited)."""
RAIL = (("wuhan", "luohe"), (DEPOT, "luohe"), ("nanjing", "shangqiu"), ("hefei", "shangqiu"), ("jinan", "shangqiu"))
"""Goods trains of a common carrier to the two hubs."""
LONGEST_KM = 230.0
"""Cities of Henan drive to each other up to this distance; farther ones are reached over the hubs, which drive anywhere."""
NEAREST = 2
"""Provinces and the depot drive to Zhengzhou, to so many of the nearest other cities under deep water, and to the hubs."""
TRUCK, PAYLOAD_T, VOLUME_M3, KM_COST, LOAD_H = "truck-10t", 10.0, 40.0, Decimal("6"), 2.0
DEPOT_INHABITANTS = 10_000_000

CLOSED = (
    ("zhengzhou", ("jiyuan", "luoyang"), 0.0, 12.0, 0.0),
    ("zhengzhou", ("jiaozuo", "kaifeng", "luohe", "pingdingshan", "shangqiu", "xinxiang", "xuchang"), 0.0, 18.0, 0.5),
    ("xinxiang", ("zhengzhou", "kaifeng"), 24.0, 48.0, 0.5),
    ("hebi", ("xinxiang", "jiaozuo"), 30.0, 48.0, 0.0),
    ("hebi", ("anyang", "puyang"), 30.0, 48.0, 0.5),
)
"""Destination, origins, hours from and until, share of the lane left open. Synthetic, after the course of the flood."""


def links() -> tuple[Link, ...]:
    """Roads between the 18 cities, from the provinces and the depot to struck cities and hubs, and a few railways."""
    km = road_km()
    cities = sorted(place.city for place in henan())
    found = [
        _road(first, second, km[first, second], both_ways=True)
        for first, second in combinations(cities, 2)
        if km[first, second] <= LONGEST_KM or {first, second} & set(rules.HUBS)
    ]
    for origin in (*(place.city for place in capitals()), DEPOT):
        found += [_road(origin, city, km[origin, city], both_ways=False) for city in _reached(origin)]
    found += [_rail(origin, destination, km[origin, destination]) for origin, destination in RAIL]
    return tuple(found)


def _reached(origin: str) -> list[str]:
    km = road_km()
    deep = [city for city, struck in rules.STRUCK.items() if struck.deep and city != rules.ORIGIN]
    nearest = sorted(deep, key=lambda city: (km[origin, city], city))[:NEAREST]
    return sorted({rules.ORIGIN, *nearest, *rules.HUBS})


def _road(origin: str, destination: str, km: float, *, both_ways: bool) -> Link:
    narrowed = {(start, city) for city, origins, _, _, share in CLOSED if share for start in origins}
    return Link(
        origin=origin,
        destination=destination,
        mode="road",
        travel_h=round(km / ROAD_KM_PER_H, 2),
        distance_km=km,
        capacity_t_per_h=LANE_T_PER_H if narrowed & {(origin, destination), (destination, origin)} else None,
        both_ways=both_ways,
    )


def _rail(origin: str, destination: str, km: float) -> Link:
    return Link(
        origin=origin,
        destination=destination,
        mode="rail",
        travel_h=round(km / RAIL_KM_PER_H + RAIL_HANDLING_H, 2),
        distance_km=km,
        capacity_t_per_h=RAIL_T_PER_H,
        t_cost=Decimal(str(round(km * RAIL_CNY_PER_T_KM, 2))),
    )


def closures() -> tuple[Closure, ...]:
    """Roads shut or narrowed by the flood."""
    return tuple(
        Closure(origin=origin, destination=city, mode="road", from_h=from_h, until_h=until_h, capacity_share=share)
        for city, origins, from_h, until_h, share in CLOSED
        for origin in origins
    )


def fleets() -> tuple[Fleet, ...]:
    """Lorries by head in Henan, by the vehicles of the column in the provinces; the depot hires as a city of 10 million.

    Where the vehicles of a column are not known, the mean number of people a vehicle of the others tells them.
    """
    counts = {place.city: max(1, round(place.population / rules.INHABITANTS_PER_TRUCK)) for place in henan()}
    known = [row for row in sent() if row.vehicles is not None]
    people_per_vehicle = sum(row.people for row in known) / sum(row.vehicles or 0 for row in known)
    for row in sent():
        vehicles = row.vehicles if row.vehicles is not None else row.people / people_per_vehicle
        counts[row.city] = max(1, round(vehicles / rules.VEHICLES_PER_TRUCK))
    counts[DEPOT] = round(DEPOT_INHABITANTS / rules.INHABITANTS_PER_TRUCK)
    return tuple(
        Fleet(city=city, mode="road", vehicle=TRUCK, vehicles=count, payload_t=PAYLOAD_T, volume_m3=VOLUME_M3,
              km_cost=KM_COST, load_h=LOAD_H)
        for city, count in counts.items()
    )  # fmt: skip
