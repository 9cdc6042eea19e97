"""The source files of the case jialing-2015: cities along the upper Jialing and their helpers, road distances."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path

from tongzhou.scenarios.cases.sources import real_road_km, source_rows
from tongzhou.scenarios.links import Leg

FOLDER = Path(__file__).parent / "jialing-2015"
"""The committed scenario, with its sources beside it."""
START = datetime.fromisoformat("2015-11-24T00:00:00+08:00")
"""Hour 0: the night after the leak."""


@cache
def city_rows() -> tuple[dict[str, str], ...]:
    """Cities of the case as the file has them."""
    return tuple(source_rows(FOLDER, "cities.csv"))


@cache
def known_legs() -> tuple[Leg, ...]:
    """Road distances to Hanzhong and Guangyuan, one decimal."""
    return tuple(
        Leg(row["city"], to, round(real_road_km(float(km)), 1))
        for row in source_rows(FOLDER, "road_km.csv")
        for to, km in row.items()
        if to not in ("city", row["city"])
    )
