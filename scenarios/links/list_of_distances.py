"""Legs from a list: CSV with the columns origin, destination, distance_km and, where known, travel_h."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from tongzhou.model.domain.checks.draft import did_you_mean
from tongzhou.model.domain.column import column
from tongzhou.model.errors import Fault, ScenarioError, Text
from tongzhou.scenarios.csv_folder import read_csv
from tongzhou.scenarios.links.lanes import Leg
from tongzhou.scenarios.raw import read_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """A row of the list."""

    origin: str = column("id", "from", "起点", refers="cities")
    destination: str = column("id", "to", "终点", refers="cities")
    distance_km: float = column("number", "kilometres one way", "单程距离 (公里)", low=0)
    travel_h: float | None = column("number", "hours one way", "单程时间 (小时)", optional=True, above=0)


def read_distances(path: Path, cities: Collection[str], *, every_city: bool = True) -> list[Leg]:
    """Legs of the cities given; rows of other places are passed over where a file covers more than the scenario.

    Raises `ScenarioError` with every fault: unreadable cells, negative numbers, a pair twice, with `every_city` also a city that
    the list does not name at all.
    """
    faults: list[Fault] = []
    raw = read_csv(path, path.name, faults)
    if raw is None:
        raise ScenarioError(faults, path.name)
    table = read_table(raw, Distance)
    faults += table.faults
    first: dict[tuple[str, str], int] = {}
    legs = []
    for number, row in zip(table.numbers, table.rows, strict=True):
        pair = (row.origin, row.destination)
        if pair in first:
            expected = Text(f"each pair once (see row {first[pair]})", f"每对城市仅一次 (见第 {first[pair]} 行)")
            faults.append(Fault(path.name, number, ("origin", "destination"), f"{pair[0]} to {pair[1]}", expected))
        first.setdefault(pair, number)
        if row.distance_km < 0:
            expected = Text("a number of at least 0", "不小于 0 的数")
            faults.append(Fault(path.name, number, ("distance_km",), f"{row.distance_km:g}", expected))
        if row.travel_h is not None and row.travel_h <= 0:
            expected = Text("a number above 0", "大于 0 的数")
            faults.append(Fault(path.name, number, ("travel_h",), f"{row.travel_h:g}", expected))
        if row.origin != row.destination and {row.origin, row.destination} <= set(cities):
            legs.append(Leg(row.origin, row.destination, row.distance_km, row.travel_h))
    named = {name for pair in first for name in pair}
    for city in sorted(set(cities) - named) if every_city and not table.faults else ():
        expected = Text("a distance to some other city", "至少有一条到其他城市的距离")
        faults.append(Fault(path.name, None, ("origin",), f"no row of {city}", expected, did_you_mean(city, named)))
    if faults:
        raise ScenarioError(faults, path.name)
    return legs
