"""`tongzhou check`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from tongzhou.model.plan import Tier
from tongzhou.model.verify.violation import Violation
from tongzhou.service.checking import Checked, check_plan
from tongzhou.service.cli.console import Reporter, cancel_on_signal, results, say
from tongzhou.service.cli.output import Output, OutputOption, print_table
from tongzhou.service.cli.scenario_argument import Scenario
from tongzhou.service.cli.tables import value_text
from tongzhou.service.reports.report_page import tier_title
from tongzhou.service.runs import open_scenario
from tongzhou.solvers.options import SolveOptions

BROKEN = 4
"""Exit code of a plan that breaks a limit, like that of a shortage: the answer is known, and it is no."""


def check_command(
    scenario: Scenario,
    plan: Annotated[
        Path, typer.Argument(metavar="PLAN", help="Folder with shipments.csv, deployments.csv; or JSON. 方案")
    ],
    best: Annotated[
        bool, typer.Option("--best/--no-best", help="Hold it against the best plan. 与最优方案比较")
    ] = True,
    time_limit: Annotated[float, typer.Option(min=0.1, help="Seconds for the best plan. 时间上限 (秒)")] = 30.0,
    format_: OutputOption = Output.TABLE,
) -> None:
    """Check a plan written by hand: every limit it breaks, its tiers, and how far it is from the best. 检查手写方案"""
    problem = open_scenario(scenario)
    options = SolveOptions(time_limit_s=time_limit) if best else None
    with cancel_on_signal() as cancelled, Reporter() as reporter:
        found = check_plan(problem, plan, options, report=reporter, cancelled=cancelled)
    if format_ is Output.JSON:
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
        heads: Sequence[str] = (
            say("limit", "限制"),
            say("where", "位置"),
            say("hour", "时刻"),
            say("by", "超出"),
            say("found", "情况"),
        )
        print_table(console, title, heads, (_violation_cells(item) for item in found.violations))
    heads = (
        say("tier", "层级"),
        say("this plan", "本方案"),
        say("best plan", "最优方案"),
        say("no plan below", "下界"),
    )
    print_table(console, say("tiers", "目标层级"), heads, _tier_rows(found), numbers_from=1)


def _violation_cells(item: Violation) -> Sequence[str]:
    hour = "–" if item.at_h is None else f"{item.at_h:g}"
    return item.limit, item.place, hour, f"{item.amount:,.6g}", say(*item.detail)


def _tier_rows(found: Checked) -> Iterator[Sequence[str]]:
    best = _best_tiers(found)
    for name, value in found.tiers.items():
        tier = best.get(name)
        cells = ("–", "–") if tier is None else (value_text(tier), f"{tier.bound:,.6g}")
        yield say(*tier_title(name)), f"{value:,.6g}", *cells
