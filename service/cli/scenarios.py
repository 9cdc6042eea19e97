"""`tongzhou scenarios list|show|new|generate|convert`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from tongzhou.model.errors import PlanFileError, Text
from tongzhou.scenarios.cases import bundled
from tongzhou.scenarios.files import save
from tongzhou.scenarios.generate import generate
from tongzhou.scenarios.template import write_template
from tongzhou.service.cli.console import progress_console, results, say
from tongzhou.service.cli.scenario_argument import Scenario
from tongzhou.service.cli.tables import print_scenario
from tongzhou.service.replanning import with_commitments
from tongzhou.service.reports.plan_files import read_outcome
from tongzhou.service.runs import open_scenario


class LineStatus(StrEnum):
    """States of a line before it has happened."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    MOVING = "moving"
    ON_SITE = "on-site"


app = typer.Typer(no_args_is_help=True, help="Look at, make and convert scenarios. 情景")


@app.command("list")
def list_command() -> None:
    """List the bundled cases. 列出内置情景"""
    table = Table()
    table.add_column(say("name", "名称"))
    table.add_column(say("about", "说明"))
    for case in bundled().values():
        table.add_row(case.name, say(*case.about))
    results().print(table)


@app.command("show")
def show_command(scenario: Scenario) -> None:
    """Show what a scenario holds. 显示情景内容"""
    print_scenario(results(), open_scenario(scenario))


@app.command("new")
def new_command(folder: Annotated[Path, typer.Argument(metavar="DIR", help="New folder. 新文件夹")]) -> None:
    """Write a commented template: a folder of tables, and the same as a workbook. 写出带说明的模板"""
    for path in write_template(folder):
        progress_console().print(str(path), soft_wrap=True)


@app.command("generate")
def generate_command(
    out: Annotated[Path, typer.Option(help="Folder, .xlsx or .json. 输出路径")],
    cities: Annotated[int, typer.Option(min=3, max=400)] = 20,
    resources: Annotated[int, typer.Option(min=2, max=40)] = 8,
    periods: Annotated[int, typer.Option(min=4, max=200)] = 12,
    seed: Annotated[int, typer.Option(min=0)] = 0,
) -> None:
    """Generate a realistic synthetic scenario. 生成合成情景"""
    save(generate(cities, resources, periods, seed), out)
    progress_console().print(say(f"written to {out}", f"已写入 {out}"), soft_wrap=True)


@app.command("commit")
def commit_command(
    scenario: Scenario,
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="Plan folder or JSON document. 方案")],
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="Kind by suffix: .xlsx, .json, none = folder.")],
    status: Annotated[LineStatus, typer.Option(help="State of the lines. 线的状态")] = LineStatus.PROPOSED,
) -> None:
    """Add the lines of a plan to a scenario as commitments: the start of re-planning. 把方案的线写入情景"""
    found = read_outcome(plan).plan
    if found is None:
        raise PlanFileError(Text(f"{plan} holds no plan", f"{plan} 中没有方案"))
    save(with_commitments(open_scenario(scenario), found, status.value), target)
    progress_console().print(say(f"written to {target}", f"已写入 {target}"), soft_wrap=True)


@app.command("convert")
def convert_command(
    source: Annotated[str, typer.Argument(metavar="SOURCE")],
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="Kind by suffix: .xlsx, .json, none = folder.")],
) -> None:
    """Convert a scenario between folder, workbook and JSON. 转换情景格式"""
    save(open_scenario(source), target)
    progress_console().print(say(f"written to {target}", f"已写入 {target}"), soft_wrap=True)
