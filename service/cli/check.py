"""`tongzhou check`."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from tongzhou.model.plan import Tier
from tongzhou.service.checking import Checked, check_plan
from tongzhou.service.cli.console import Reporter, cancel_on_signal, results, say
from tongzhou.service.cli.scenario_argument import Scenario
from tongzhou.service.reports.report_page import tier_title
from tongzhou.service.runs import open_scenario
from tongzhou.solvers.options import SolveOptions

BROKEN = 4
"""Exit code of a plan that breaks a limit, like that of a shortage: the answer is known, and it is no."""


class CheckFormat(StrEnum):
    """How the findings are shown."""

    TABLE = "table"
    JSON = "json"


def check_command(
    scenario: Scenario,
    plan: Annotated[
        Path, typer.Argument(metavar="PLAN", help="Folder with shipments.csv, deployments.csv; or JSON. 方案")
    ],
    best: Annotated[
        bool, typer.Option("--best/--no-best", help="Hold it against the best plan. 与最优方案比较")
    ] = True,
    time_limit: Annotated[float, typer.Option(min=0.1, help="Seconds for the best plan. 时间上限 (秒)")] = 30.0,
    format_: Annotated[CheckFormat, typer.Option("--format", help="table or json")] = CheckFormat.TABLE,
) -> None:
    """Check a plan written by hand: every limit it breaks, its tiers, and how far it is from the best. 检查手写方案"""
    problem = open_scenario(scenario)
    options = SolveOptions(time_limit_s=time_limit) if best else None
    with cancel_on_signal() as cancelled, Reporter() as reporter:
        found = check_plan(problem, plan, options, report=reporter, cancelled=cancelled)
    if format_ is CheckFormat.JSON:
        typer.echo(json.dumps(_document(found), ensure_ascii=False, indent=1))
    else:
        _print(results(), found)
    if found.violations:
        raise typer.Exit(BROKEN)


def _best_tiers(found: Checked) -> dict[str, Tier]:
    plan = found.best.plan if found.best is not None else None
    return {tier.name: tier for tier in plan.tiers} if plan is not None else {}


def _document(found: Checked) -> dict[str, Any]:
    best = _best_tiers(found)
    return {
        "violations": [
            {"limit": item.limit, "place": item.place, "at_h": item.at_h, "amount": item.amount, "detail": item.detail.en}
            for item in found.violations
        ],
        "tiers": [
            {"name": name, "value": value, "best": best[name].value if name in best else None,
             "bound": best[name].bound if name in best else None}
            for name, value in found.tiers.items()
        ],
    }  # fmt: skip


def _print(console: Console, found: Checked) -> None:
    if not found.violations:
        console.print(say("The plan breaks no limit.", "方案未违反任何限制。"))
    else:
        title = say(f"limits broken ({len(found.violations)})", f"违反的限制 ({len(found.violations)})")
        table = Table(title=title, title_justify="left")
        for name in (
            say("limit", "限制"),
            say("where", "位置"),
            say("hour", "时刻"),
            say("by", "超出"),
            say("found", "情况"),
        ):
            table.add_column(name, overflow="fold")
        for item in found.violations:
            hour = "–" if item.at_h is None else f"{item.at_h:g}"
            table.add_row(item.limit, item.place, hour, f"{item.amount:,.6g}", say(*item.detail))
        console.print(table)
    best = _best_tiers(found)
    table = Table(title=say("tiers", "目标层级"), title_justify="left")
    for name in (
        say("tier", "层级"),
        say("this plan", "本方案"),
        say("best plan", "最优方案"),
        say("no plan below", "下界"),
    ):
        table.add_column(name, justify="left" if not table.columns else "right")
    for name, value in found.tiers.items():
        tier = best.get(name)
        cells = ("–", "–") if tier is None else (f"{tier.value:,.6g}", f"{tier.bound:,.6g}")
        table.add_row(say(*tier_title(name)), f"{value:,.6g}", *cells)
    console.print(table)
