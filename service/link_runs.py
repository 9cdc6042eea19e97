"""Use case: lanes for a scenario from an OSRM table, a list of distances, or coordinates alone."""

from __future__ import annotations

from pathlib import Path

from tongzhou.model.domain.tables import City, Link
from tongzhou.model.errors import Fault, ScenarioError, Text, UsageError
from tongzhou.scenarios.csv_folder import csv_text, read_csv
from tongzhou.scenarios.links import LaneRules, Leg, estimated_legs, lanes_of, read_distances, read_osrm_table
from tongzhou.scenarios.raw import read_table
from tongzhou.service.runs import open_scenario


def open_cities(source: str) -> tuple[City, ...]:
    """Cities of a CSV file, of a folder that may lack other tables yet, or of a whole scenario. Raises `ScenarioError`."""
    path = Path(source)
    table = path / "cities.csv" if path.is_dir() else path
    if table.suffix.lower() != ".csv" or not table.is_file():
        return open_scenario(source).cities
    faults: list[Fault] = []
    raw = read_csv(table, "cities", faults)
    if raw is not None:
        read = read_table(raw, City)
        faults += read.faults
        if not faults:
            return tuple(read.rows)
    raise ScenarioError(faults, str(table))


def make_links(
    cities: tuple[City, ...], rules: LaneRules, *, osrm: Path | None, distances: Path | None, estimate: bool
) -> tuple[Link, ...]:
    """Rows of `links`; with `estimate` pairs that the file lacks are reckoned from coordinates.

    Raises `ScenarioError`, and `UsageError` for modes whose distances cannot be estimated.
    """
    given = [path for path in (osrm, distances) if path is not None]
    if len(given) > 1:
        raise UsageError(Text("give either --osrm or --distances", "--osrm 与 --distances 只能选一"))
    for path in given:
        if not path.is_file():
            raise UsageError(Text(f"there is no file {path}", f"没有文件 {path}"))
    legs: list[Leg] = []
    if osrm is not None:
        legs = read_osrm_table(osrm, cities)
    elif distances is not None:
        legs = read_distances(distances, [city.city for city in cities], every_city=not estimate)
    if estimate or not given:
        legs += estimated_legs(cities, legs, rules.mode)
    return lanes_of(legs, rules)


def write_links(links: tuple[Link, ...], out: Path) -> None:
    """The table as CSV. Raises `UsageError` where the file exists: lanes made by hand are not overwritten."""
    if out.exists():
        raise UsageError(Text(f"{out} exists; choose another file", f"{out} 已存在; 请另选"))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(csv_text(Link, links), encoding="utf-8")
