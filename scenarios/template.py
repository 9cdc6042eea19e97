"""A commented template to start from: a small valid scenario, as a folder with a guide and as a workbook with notes."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import tomlkit
from tomlkit.items import Table
from tongzhou.model.domain import Problem, Settings
from tongzhou.model.domain.column import Column, columns_of
from tongzhou.model.domain.problem import TABLES
from tongzhou.model.domain.settings import SECTIONS
from tongzhou.model.domain.tables import City, Fleet, Link, Need, Resource, Stock
from tongzhou.scenarios.csv_folder import SETTINGS_FILE, csv_text
from tongzhou.scenarios.files import refuse_existing, write_folder
from tongzhou.scenarios.settings_values import settings_values
from tongzhou.scenarios.workbook import write_workbook

GUIDE_FILE, WORKBOOK_FILE = "GUIDE.md", "scenario.xlsx"
START = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)


def example() -> Problem:
    """A flood in one city, helped by another: three needs, one lane, six trucks."""
    return Problem(
        settings=Settings(name="My scenario", name_zh="我的情景", start=START, period_h=6.0, periods=8),
        cities=(
            City(city="river-city", name="River City", name_zh="河城", latitude=34.7, longitude=113.6, population=800_000,
                 role="origin", unload_t_per_h=20.0),
            City(city="hill-city", name="Hill City", name_zh="山城", latitude=34.0, longitude=112.4, population=600_000,
                 role="contributor"),
        ),
        resources=(
            Resource(resource="water", name="Drinking water", name_zh="饮用水", kind="supply", unit="t", weight_t=1.0, volume_m3=1.0,
                     unit_value=Decimal(800)),
            Resource(resource="tents", name="Family tents", name_zh="家庭帐篷", kind="supply", unit="piece", weight_t=0.05,
                     volume_m3=0.3, lot=10.0, unit_value=Decimal(600)),
            Resource(resource="rescue", name="Rescue squads", name_zh="救援分队", kind="team", unit="squad", weight_t=0.0,
                     volume_m3=0.0, duty_h=24.0, rest_h=12.0, day_cost=Decimal(3000)),
        ),
        stocks=(
            Stock(city="hill-city", resource="water", quantity=400.0, floor=100.0, offered=200.0),
            Stock(city="hill-city", resource="tents", quantity=900.0, offered=600.0),
            Stock(city="hill-city", resource="rescue", quantity=10.0, floor=4.0, offered=6.0),
            Stock(city="river-city", resource="water", quantity=60.0),
            Stock(city="river-city", resource="rescue", quantity=4.0),
        ),
        needs=(
            Need(need="N1", city="river-city", resource="water", quantity=200.0, from_h=0.0, by_h=24.0, priority=1),
            Need(need="N2", city="river-city", resource="tents", quantity=500.0, from_h=6.0, by_h=48.0, priority=2),
            Need(need="N3", city="river-city", resource="rescue", quantity=8.0, from_h=0.0, until_h=36.0, priority=1),
        ),
        links=(
            Link(origin="hill-city", destination="river-city", mode="road", travel_h=3.0, distance_km=180.0, both_ways=True),
        ),
        fleets=(
            Fleet(city="hill-city", mode="road", vehicle="truck", vehicles=6, payload_t=15.0, volume_m3=60.0, load_h=1.0,
                  km_cost=Decimal(6)),
        ),
    )  # fmt: skip


def write_template(folder: Path) -> list[Path]:
    """Write the template; nothing that exists is overwritten. Every table is there, optional ones with their header only."""
    refuse_existing(folder)
    problem = example()
    files = {SETTINGS_FILE: _commented_settings(problem), GUIDE_FILE: guide()}
    files |= {f"{name}.csv": csv_text(TABLES[name].row_class, rows) for name, rows in problem.items()}
    write_folder(folder, files)
    book = folder / WORKBOOK_FILE
    tables = [(name, TABLES[name].row_class, rows) for name, rows in problem.items()]
    write_workbook(book, tables, settings=settings_values(problem.settings), notes=True)
    return [*(folder / name for name in sorted(files)), book]


def _commented_settings(problem: Problem) -> str:
    document = tomlkit.document()
    document.add(tomlkit.comment("Every time in the tables is in hours since `start`. 各表时间均为自 start 起的小时数"))
    notes = columns_of(Settings)
    for key, value in settings_values(problem.settings).items():
        if isinstance(value, dict):
            section = tomlkit.table()
            for inner, item in value.items():
                _add(section, inner, item, columns_of(SECTIONS[key])[inner])
            document.add(key, section)
        else:
            _add(document, key, value, notes.get(key))
    return tomlkit.dumps(document)


def _add(target: tomlkit.TOMLDocument | Table, key: str, value: object, column: Column | None) -> None:
    item = tomlkit.item(value)
    target.add(key, item)
    if column is not None:
        words = f" ({' | '.join(column.choices)})" if column.choices else ""
        item.comment(f"{column.note.en}{words} {column.note.zh}")
    elif key == "start":
        item.comment("hour 0, with its zone 起点, 含时区")


def guide() -> str:
    """What every column of every table means, both languages."""
    lines = ["# Guide to the tables 表格说明", ""]
    lines += [
        "Empty optional tables may be deleted. 空的可选表可以删除。 Times: hours since `start`. 时间: 自 start 起的小时数。",
        "",
    ]
    for name, spec in TABLES.items():
        lines += [f"## {name}{' (optional 可选)' if spec.optional else ''}", ""]
        lines += ["| column 列 | | meaning 含义 |", "| --- | --- | --- |"]
        for column_name, column in columns_of(spec.row_class).items():
            words = f" ({', '.join(column.choices)})" if column.choices else ""
            refers = f" → {column.refers}" if column.refers else ""
            required = "optional 可选" if column.optional else "required 必填"
            lines.append(f"| `{column_name}` | {required} | {column.note.en}{words}{refers}; {column.note.zh} |")
        lines.append("")
    return "\n".join(lines)
