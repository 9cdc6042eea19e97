"""`tongzhou compare`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from tongzhou.model.errors import PlanFileError, Text
from tongzhou.model.units import HOURS_PER_DAY
from tongzhou.service.cli.console import results, say
from tongzhou.service.cli.output import Output, OutputOption
from tongzhou.service.cli.scenario_argument import Scenario
from tongzhou.service.reports.comparison import PlanFigures, compare
from tongzhou.service.reports.plan_files import read_outcome
from tongzhou.service.runs import open_scenario


def compare_command(
    scenario: Scenario,
    plans: Annotated[list[Path], typer.Argument(metavar="PLAN...", help="Plan folders or documents. 方案")],
    format_: OutputOption = Output.TABLE,
) -> None:
    """Plans side by side, measured by one scenario; changes are told against the first. 方案对比"""
    problem = open_scenario(scenario)
    found = []
    for path in plans:
        plan = read_outcome(path).plan
        if plan is None:
            raise PlanFileError(Text(f"{path} holds no plan", f"{path} 中没有方案"))
        found.append((str(path), plan))
    figures = compare(problem, found)
    if format_ is Output.JSON:
        typer.echo(json.dumps([asdict(item) for item in figures], ensure_ascii=False, indent=1))
    else:
        results().print(_table(figures))


def _table(figures: Sequence[PlanFigures]) -> Table:
    table = Table()
    table.add_column("")
    for item in figures:
        table.add_column(item.name, justify="right", overflow="fold")
    for priority in sorted(figures[0].fill_rates):
        name = say(f"fill rate P{priority}", f"满足率 P{priority}")
        table.add_row(name, *(f"{item.fill_rates[priority]:.1%}" for item in figures))
    for priority in sorted(figures[0].unit_days_short):
        name = say(f"unit-days short P{priority}", f"缺口 单位·天 P{priority}")
        table.add_row(name, *(f"{item.unit_days_short[priority]:,.1f}" for item in figures))
    for name, tell in _rows():
        table.add_row(name, *(f"{tell(item):,.0f}" for item in figures))
    return table


def _rows() -> Iterator[tuple[str, Callable[[PlanFigures], float]]]:
    yield say("units sent", "派出单位"), lambda item: item.units_sent
    yield say("unit-km, out and home", "单位·公里 (往返)"), lambda item: item.unit_km
    yield say("unit-days under way", "途中 单位·天"), lambda item: item.unit_hours_under_way / HOURS_PER_DAY
    yield say("tonne-km", "吨·公里"), lambda item: item.tonne_km
    yield say("cost", "费用"), lambda item: item.cost
    yield say("lines kept", "不变的线"), lambda item: item.lines_kept
    yield say("lines with another quantity", "数量变更的线"), lambda item: item.lines_changed
    yield say("lines new", "新增的线"), lambda item: item.lines_new
    yield say("lines dropped", "取消的线"), lambda item: item.lines_dropped
    yield say("units on the same way", "同向单位"), lambda item: item.units_on_same_way
