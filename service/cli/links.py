"""`tongzhou links`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from tongzhou.scenarios.links import LaneRules
from tongzhou.service.cli.console import progress_console, say
from tongzhou.service.link_runs import make_links, open_cities, write_links


class TransportMode(StrEnum):
    """Mode of the lanes."""

    ROAD = "road"
    RAIL = "rail"
    AIR = "air"
    WATER = "water"


def links_command(
    cities: Annotated[str, typer.Argument(metavar="CITIES", help="cities.csv, or a scenario. 城市表或情景")],
    out: Annotated[Path, typer.Option(help="CSV file to write, e.g. links.csv. 输出文件")],
    osrm: Annotated[
        Path | None, typer.Option(help="Answer of an OSRM /table request (JSON). OSRM table 的返回")
    ] = None,
    distances: Annotated[
        Path | None, typer.Option(help="CSV: origin,destination,distance_km[,travel_h]. 距离清单")
    ] = None,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Reckon missing pairs from coordinates. 缺失的由经纬度估算")
    ] = False,
    mode: Annotated[TransportMode, typer.Option(help="Mode of transport. 方式")] = TransportMode.ROAD,
    km_per_h: Annotated[float, typer.Option(min=0.1, help="Speed where no hours are given. 车速")] = 60.0,
    stops_h: Annotated[float, typer.Option(min=0.0, help="Hours added to every way. 途中停留 (小时)")] = 0.0,
    most_km: Annotated[float, typer.Option(min=0.0, help="Longer ways are left out. 最长里程")] = float("inf"),
    t_km_cost: Annotated[
        float | None, typer.Option(min=0.0, help="A carrier's price a tonne-km; without it goods need fleets. 吨公里价")
    ] = None,
) -> None:
    """Make lanes between cities: from a file, or estimated from coordinates alone. 生成城市间的通道表"""
    rules = LaneRules(mode.value, km_per_h, stops_h, most_km, t_km_cost)
    links = make_links(open_cities(cities), rules, osrm=osrm, distances=distances, estimate=estimate)
    write_links(links, out)
    reckoned = sum(row.estimate for row in links)
    progress_console().print(
        say(f"{len(links)} lanes written to {out}, {reckoned} of them estimates", f"{len(links)} 条通道已写入 {out}, 其中 {reckoned} 条为估算"),
        soft_wrap=True,
    )  # fmt: skip
