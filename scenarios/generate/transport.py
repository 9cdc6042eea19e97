"""Lanes by road, rail and air, and the closures round the struck cities."""

from __future__ import annotations

from decimal import Decimal

from tongzhou.model.domain.tables import Closure, Link
from tongzhou.scenarios.generate.draw import Draw
from tongzhou.scenarios.generate.geography import Region

NEIGHBOURS, HUBS, STATIONS = 10, 3, 4
LONGEST_ROAD_KM = 1200.0
SHORTEST_RAIL_KM, LONGEST_RAIL_KM = 100.0, 2500.0
SHORTEST_AIR_KM = 350.0
DETOUR = {"road": 1.25, "rail": 1.15, "air": 1.0}
Pair = tuple[str, str]


def lay_links(region: Region, seed: int) -> tuple[Link, ...]:
    """All lanes, each given once for both ways."""
    draw = Draw(seed, "transport")
    roads = [_road(region, pair, draw) for pair in _road_pairs(region)]
    rails = [_rail(region, pair, draw) for pair in _rail_pairs(region)]
    flights = [_flight(region, pair) for pair in _air_pairs(region)]
    return (*roads, *rails, *flights)


def _road_pairs(region: Region) -> list[Pair]:
    """Each city with its nearest neighbours and nearest hubs, and the hubs with each other."""
    ids = tuple(row.city for row in region.cities)
    found: set[Pair] = set()
    for city in ids:
        hubs = region.nearest(city, region.hubs)
        wanted = [*region.nearest(city, ids)[:NEIGHBOURS], *hubs[:HUBS], *(hubs if city in region.hubs else ())]
        near = [other for other in wanted if region.apart_km(city, other) * DETOUR["road"] <= LONGEST_ROAD_KM]
        found |= {_ordered(city, other) for other in [*near, *hubs[:1]]}
    return sorted(found)


def _rail_pairs(region: Region) -> list[Pair]:
    """Each station with the nearest ones a train is worth while to, and the main stations with each other."""
    main = {row.city for row in region.cities if row.hub or row.role == "national"}
    found: set[Pair] = set()
    for city in region.stations:
        others = [
            other
            for other in region.nearest(city, region.stations)
            if SHORTEST_RAIL_KM <= region.apart_km(city, other) <= LONGEST_RAIL_KM
        ]
        wanted = others[:STATIONS] + [other for other in others if city in main and other in main]
        found |= {_ordered(city, other) for other in wanted}
    return sorted(found)


def _air_pairs(region: Region) -> list[Pair]:
    return [
        (one, other)
        for one in region.airports
        for other in region.airports
        if one < other and region.apart_km(one, other) >= SHORTEST_AIR_KM
    ]


def _ordered(one: str, other: str) -> Pair:
    return (one, other) if one < other else (other, one)


def _km(region: Region, pair: Pair, mode: str) -> float:
    return round(max(1.0, region.apart_km(*pair) * DETOUR[mode]))


def _road(region: Region, pair: Pair, draw: Draw) -> Link:
    km, damaged = _km(region, pair, "road"), any(city in region.struck for city in pair)
    main = all(city in region.hubs for city in pair)
    return Link(
        origin=pair[0],
        destination=pair[1],
        mode="road",
        travel_h=round(max(0.5, km / (50 if damaged else 65)), 1),
        distance_km=km,
        capacity_t_per_h=float(draw.whole(15, 35) * (2 if main else 1)),
        both_ways=True,
    )


def _rail(region: Region, pair: Pair, draw: Draw) -> Link:
    km = _km(region, pair, "rail")
    return Link(
        origin=pair[0],
        destination=pair[1],
        mode="rail",
        travel_h=round(3 + km / 80, 1),
        distance_km=km,
        capacity_t_per_h=float(draw.whole(5, 15)),
        t_cost=Decimal(f"{15 + 0.12 * km:.2f}"),
        both_ways=True,
    )


def _flight(region: Region, pair: Pair) -> Link:
    km = _km(region, pair, "air")
    return Link(
        origin=pair[0],
        destination=pair[1],
        mode="air",
        travel_h=round(1.5 + km / 600, 1),
        distance_km=km,
        capacity_t_per_h=10.0,
        both_ways=True,
    )


def lay_closures(
    region: Region, links: tuple[Link, ...], periods: int, period_h: float, seed: int
) -> tuple[Closure, ...]:
    """Some roads into struck cities, closed or halved in the first periods; the shortest into each city stays open."""
    draw = Draw(seed, "closures")
    found = []
    for city in sorted(region.struck):
        roads = [link for link in links if link.mode == "road" and city in (link.origin, link.destination)]
        roads.sort(key=lambda link: (link.distance_km, link.origin, link.destination))
        for link in roads[1:]:
            if not draw.chance(0.25):
                continue
            found.append(
                Closure(
                    origin=link.destination if link.origin == city else link.origin,
                    destination=city,
                    mode="road",
                    from_h=0.0,
                    until_h=round(draw.whole(1, max(1, periods // 4)) * period_h, 6),
                    capacity_share=0.5 if draw.chance(0.5) else 0.0,
                )
            )
    return tuple(found)
