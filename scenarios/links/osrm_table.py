"""Legs from the answer of an OSRM server to `/table/v1/driving/LON,LAT;...?annotations=duration,distance`.

Format: https://project-osrm.org/docs/v5.24.0/api/#table-service. Places are matched to cities by their coordinates, for a request
may list them in any order; a pair without a way (null) gives no lane.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tongzhou.model.domain.tables import City
from tongzhou.model.errors import Fault, ScenarioError, Text
from tongzhou.scenarios.links.great_circle import great_circle_km
from tongzhou.scenarios.links.lanes import Leg

NEAR_KM = 25.0
"""How far a place on the road network may lie from the city it stands for."""
SECONDS_PER_HOUR, METRES_PER_KM = 3600.0, 1000.0


def read_osrm_table(path: Path, cities: Sequence[City]) -> list[Leg]:
    """Legs between cities. Raises `ScenarioError` with every fault of the file."""
    reader = _Reader(path.name, cities)
    try:
        document = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        expected = Text("the JSON answer of an OSRM table request", "OSRM table 请求返回的 JSON")
        raise ScenarioError([Fault(path.name, None, (), str(error), expected)], path.name) from error
    legs = reader.legs(document)
    if reader.faults:
        raise ScenarioError(reader.faults, path.name)
    return legs


class _Reader:
    """Faults are collected; places are positions in the file, from 1."""

    def __init__(self, name: str, cities: Sequence[City]) -> None:
        self._name, self._cities = name, cities
        self.faults: list[Fault] = []

    def legs(self, document: Any) -> list[Leg]:
        if not isinstance(document, dict) or document.get("code") != "Ok":
            code = document.get("code") if isinstance(document, dict) else type(document).__name__
            self._fault("code", None, code, Text('"Ok": the answer of a table request', '"Ok": table 请求的返回'))
            return []
        origins, destinations = self._places(document, "sources"), self._places(document, "destinations")
        shape = (len(origins), len(destinations))
        metres, seconds = self._numbers(document, "distances", shape), self._numbers(document, "durations", shape)
        if self.faults:
            return []
        return [
            Leg(origin, destination, km / METRES_PER_KM, time / SECONDS_PER_HOUR)
            for origin, row_km, row_s in zip(origins, metres, seconds, strict=True)
            for destination, km, time in zip(destinations, row_km, row_s, strict=True)
            if origin is not None and destination is not None and origin != destination
            and km is not None and time is not None
        ]  # fmt: skip

    def _places(self, document: dict[str, Any], table: str) -> list[str | None]:
        """The city of each place; None for a place that no city is near."""
        found: list[str | None] = []
        for number, place in enumerate(document.get(table) or [], start=1):
            location = place.get("location") if isinstance(place, dict) else None
            if not (isinstance(location, list) and len(location) == 2 and all(_is_number(item) for item in location)):
                self._fault(table, number, location, Text("location: [longitude, latitude]", "location: [经度, 纬度]"))
                found.append(None)
                continue
            name, km = self._nearest(*location)
            if km <= NEAR_KM and name in found:
                self._fault(table, number, name, Text("one place a city", "每个城市一个地点"))
            found.append(name if km <= NEAR_KM else None)
        for city in self._cities:
            if city.city not in found:
                near = Text(f"a place within {NEAR_KM:g} km of the city", f"距该城市 {NEAR_KM:g} 公里以内的地点")
                self._fault(table, None, f"no place for {city.city}", near)
        return found

    def _nearest(self, longitude: float, latitude: float) -> tuple[str, float]:
        km, name = min(
            (great_circle_km(city.latitude, city.longitude, latitude, longitude), city.city) for city in self._cities
        )
        return name, km

    def _numbers(self, document: dict[str, Any], table: str, shape: tuple[int, int]) -> list[list[float | None]]:
        rows: Any = document.get(table)
        fits = isinstance(rows, list) and len(rows) == shape[0]
        if not fits or any(not isinstance(row, list) or len(row) != shape[1] for row in rows):
            found = "no such table" if rows is None else "another shape"
            wanted = Text(
                f"{shape[0]} rows of {shape[1]} numbers; ask with annotations=duration,distance",
                f"{shape[0]} 行, 每行 {shape[1]} 个数; 请求需带 annotations=duration,distance",
            )
            self._fault(table, None, found, wanted)
            return []
        for number, row in enumerate(rows, start=1):
            for value in row:
                if value is not None and not (_is_number(value) and 0 <= value < float("inf")):
                    self._fault(table, number, value, Text("a number of at least 0, or null", "不小于 0 的数, 或 null"))
        return list(rows)

    def _fault(self, column: str, row: int | None, found: object, expected: Text) -> None:
        self.faults.append(Fault(self._name, row, (column,), str(found), expected))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
