"""`tongzhou ask`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from tongzhou.model.domain import Problem
from tongzhou.service.asking import Request, ask
from tongzhou.service.cli.console import results, say
from tongzhou.service.cli.explain import plan_of
from tongzhou.service.cli.output import Output, OutputOption
from tongzhou.service.cli.scenario_argument import Scenario
from tongzhou.service.reports.clock import hour_and_clock
from tongzhou.service.runs import open_scenario
from tongzhou.solvers.answers.request import Option

MOST_OPTIONS = 10


def ask_command(
    scenario: Scenario,
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="Plan that stands. 现行方案")],
    city: Annotated[str, typer.Option(help="City that asks. 请求城市")],
    resource: Annotated[str, typer.Option(help="What it asks for. 资源")],
    quantity: Annotated[float, typer.Option(min=0.0, help="How much. 数量")],
    by: Annotated[float, typer.Option(min=0.0, help="Hour by which; units: from which on site. 时限 (小时)")],
    until: Annotated[float | None, typer.Option(min=0.0, help="Units: needed until. 截止 (小时)")] = None,
    priority: Annotated[int, typer.Option(min=1, max=3, help="1 life-critical to 3. 优先级")] = 1,
    format_: OutputOption = Output.TABLE,
) -> None:
    """One request: ranked options beside the plan, everything else as it is. 单项请求的可选方案"""
    problem, outcome = open_scenario(scenario), plan_of(plan)
    assert outcome.plan is not None
    options = ask(problem, outcome.plan, Request(city, resource, quantity, by, priority, until))
    if format_ is Output.JSON:
        typer.echo(json.dumps([asdict(item) for item in options], ensure_ascii=False, indent=1, default=str))
    else:
        _print(results(), problem, resource, options)


def _print(console: Console, problem: Problem, resource: str, options: list[Option]) -> None:
    unit = problem.resource_of[resource].unit
    table = Table(
        title=say(f"options ({len(options)})", f"可选方案 ({len(options)})"), title_justify="left", show_lines=True
    )
    for name in (say("who", "谁"), say("serves", "满足"), say("from", "首达"), say("to", "末达"), say("cost", "费用"),
                 say("how", "方式"), say("leaves them", "对其影响")):  # fmt: skip
        table.add_column(name, overflow="fold")
    for option in options[:MOST_OPTIONS]:
        start = problem.settings.start
        hours = ["–" if at is None else hour_and_clock(start, at) for at in (option.first_h, option.last_h)]
        short = f", {say('short', '缺')} {option.short:,.6g}" if option.short > 0 else ""
        table.add_row(
            _who(option),
            f"{option.served:,.6g} {unit}{short}",
            *hours,
            f"{option.cost:,.0f}",
            _how(option),
            _effects(option, unit),
        )
    console.print(table)
    console.print(say("Nothing else of the plan changes.", "方案其余部分不变。"))


def _who(option: Option) -> str:
    return {"own": say("own means", "自有"), "several": say("several together", "多方联合")}.get(
        option.sender, option.sender
    )


def _how(option: Option) -> str:
    goods = [
        f"{row.origin}: {row.quantity:,.6g}, {row.vehicle or row.mode}, {row.depart_h:g} h" for row in option.shipments
    ]
    units = [f"{row.origin}: {row.quantity}, {row.depart_h:g}-{row.leave_h:g} h" for row in option.deployments]
    return "; ".join([*goods, *units]) or say("what the city has", "城市自有")


def _effects(option: Option, unit: str) -> str:
    parts = []
    for item in option.left:
        vehicles = (
            "" if item.vehicles is None else f", {item.vehicles} {say('vehicles at home before', '辆车在家 (此前)')}"
        )
        free = "" if item.free is None else f"{item.free:,.6g} {unit} {say('still free', '仍可动用')}"
        parts.append(f"{item.city}: {free}{vehicles}")
    return "; ".join(parts) or "–"
