"""Where the cities lie, how large they are and which are struck."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from tongzhou.model.domain.tables import City
from tongzhou.scenarios.generate.draw import Draw

CITIES_A_CLUSTER = 12
STRUCK_SHARE = 0.18
DEPOT_FROM_CITIES = 10
CENTRE = (33.0, 110.0)
EARTH_KM = 6371.0
KM_A_DEGREE = 111.2
EAST_KM_A_DEGREE = 93.3
REVENUE_A_HEAD = 8000
Point = tuple[float, float]
"""Kilometres east and north of the centre."""


@dataclass(frozen=True)
class Region:
    """Cities in the order of their ids; `struck` nearest to the epicentre first, the origin being the first."""

    cities: tuple[City, ...]
    struck: tuple[str, ...]
    stations: tuple[str, ...]
    airports: tuple[str, ...]

    @cached_property
    def city_of(self) -> dict[str, City]:
        """City id to row."""
        return {row.city: row for row in self.cities}

    @cached_property
    def hubs(self) -> tuple[str, ...]:
        """Cities that pass goods on."""
        return tuple(row.city for row in self.cities if row.hub)

    @cached_property
    def helpers(self) -> tuple[City, ...]:
        """Cities and depots that are not struck."""
        return tuple(row for row in self.cities if row.city not in self.struck)

    def apart_km(self, one: str, other: str) -> float:
        """Great-circle kilometres between two cities."""
        a, b = self.city_of[one], self.city_of[other]
        north, east = math.radians(b.latitude - a.latitude), math.radians(b.longitude - a.longitude)
        width = math.cos(math.radians(a.latitude)) * math.cos(math.radians(b.latitude))
        half = math.sin(north / 2) ** 2 + width * math.sin(east / 2) ** 2
        return round(2 * EARTH_KM * math.asin(math.sqrt(half)), 1)

    def nearest(self, city: str, among: tuple[str, ...]) -> list[str]:
        """The others among some cities, nearest first."""
        return sorted(
            (other for other in among if other != city), key=lambda other: (self.apart_km(city, other), other)
        )


def lay_region(cities: int, seed: int) -> Region:
    """Clusters of cities round hubs, one cluster struck, and from ten cities on a national depot between the clusters."""
    draw = Draw(seed, "geography")
    clusters = max(1 if cities < 8 else 2, (cities + CITIES_A_CLUSTER // 2) // CITIES_A_CLUSTER)
    has_depot = cities >= DEPOT_FROM_CITIES
    centres = _centres(draw, clusters, cities)
    places = _places(draw, centres, cities - has_depot)
    epicentre = _near(draw, centres[draw.whole(0, clusters - 1)], 30.0)
    distance = [round(math.dist(point, epicentre), 3) for _, point in places]
    order = sorted(range(len(places)), key=lambda item: (distance[item], item))
    struck = order[: max(2, int(STRUCK_SHARE * cities + 0.5))]
    width = max(2, len(str(cities)))
    rows = [
        _city(draw, f"{number + 1:0{width}}", place, first=number == 0 or places[number - 1][0] != place[0])
        for number, place in enumerate(places)
    ]
    marked = [_with_role(row, number, struck) for number, row in enumerate(rows)]
    if has_depot:
        marked.append(_depot(_near(draw, (0.0, 0.0), 60.0), width))
    large = [row.city for row in marked if row.hub or row.role == "national"]
    stations = tuple(row.city for row in marked if row.city in large or draw.chance(0.35))
    airports = tuple(row.city for row in marked if row.city in large or draw.chance(0.05))
    return Region(tuple(marked), tuple(rows[item].city for item in struck), stations, airports)


def _centres(draw: Draw, clusters: int, cities: int) -> list[Point]:
    """Centres at least 400 km apart where a few attempts find such a place."""
    scale = max(0.35, math.sqrt(cities / 120))
    found: list[Point] = []
    for _ in range(clusters):
        for _ in range(40):
            point = (draw.uniform(-1000, 1000) * scale, draw.uniform(-750, 750) * scale)
            if all(math.dist(point, other) >= 400 for other in found):
                break
        found.append(point)
    return found


def _places(draw: Draw, centres: list[Point], cities: int) -> list[tuple[int, Point]]:
    """Cluster and point of each city, cluster by cluster, at least 20 km apart where that is possible."""
    found: list[tuple[int, Point]] = []
    for cluster, centre in enumerate(centres):
        for member in range((cities - cluster + len(centres) - 1) // len(centres)):
            for _ in range(20):
                point = _near(draw, centre, 15.0 if member == 0 else 95.0)
                if all(math.dist(point, other) >= 20 for _, other in found):
                    break
            found.append((cluster, point))
    return found


def _near(draw: Draw, point: Point, deviation_km: float) -> Point:
    return point[0] + deviation_km * draw.bell(), point[1] + deviation_km * draw.bell()


def _city(draw: Draw, number: str, place: tuple[int, Point], *, first: bool) -> City:
    cluster, point = place
    people = math.exp(0.6 + 0.65 * draw.bell()) * (2.5 if first else 1.0)
    population = round(min(25.0, max(0.2, people)), 2) * 1_000_000
    return City(
        city=f"C{number}",
        name=f"City {number}",
        name_zh=f"城市{number}",
        latitude=_latitude(point),
        longitude=_longitude(point),
        population=round(population),
        role="contributor",
        hub=first,
        revenue=Decimal(round(population) * REVENUE_A_HEAD),
        region=f"Region {cluster + 1}",
    )


def _with_role(row: City, number: int, struck: list[int]) -> City:
    if number not in struck:
        return row
    return replace(row, role="origin" if number == struck[0] else "affected")


def _depot(point: Point, width: int) -> City:
    return City(
        city=f"N{1:0{width}}",
        name="National depot",
        name_zh="国家储备库",
        latitude=_latitude(point),
        longitude=_longitude(point),
        population=0.0,
        role="national",
    )


def _latitude(point: Point) -> float:
    return round(CENTRE[0] + point[1] / KM_A_DEGREE, 4)


def _longitude(point: Point) -> float:
    return round(CENTRE[1] + point[0] / EAST_KM_A_DEGREE, 4)
