"""`tongzhou explain`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from tongzhou.model.domain import Problem
from tongzhou.model.errors import PlanFileError, Text
from tongzhou.model.plan import Outcome, Plan
from tongzhou.service.cli.console import Reporter, cancel_on_signal, progress_console, results, say
from tongzhou.service.cli.scenario_argument import Scenario
from tongzhou.service.explaining import explain_plan
from tongzhou.service.reports.plan_files import read_outcome
from tongzhou.service.reports.why import why_rows
from tongzhou.service.results import write_results
from tongzhou.service.runs import open_scenario, refuse_scenario_folder
from tongzhou.solvers.options import ExplainOptions

MOST_PRICES = 15


def plan_of(path: Path) -> Outcome:
    """A plan written earlier that holds a plan. Raises `PlanFileError`."""
    outcome = read_outcome(path)
    if outcome.plan is None:
        raise PlanFileError(Text(f"{path} holds no plan", f"{path} 中没有方案"))
    return outcome


def explain_command(
    scenario: Scenario,
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="Plan folder or JSON document. 方案")],
    reliefs: Annotated[
        int, typer.Option(min=0, help="Shortages to prove a relief for, the weightiest first. 证明缓解措施的短缺数")
    ] = ExplainOptions().reliefs,
    time_limit: Annotated[float, typer.Option(min=0.1, help="Seconds. 时间上限 (秒)")] = ExplainOptions().seconds,
    out: Annotated[Path | None, typer.Option(help="Write the explained plan to a folder. 写出")] = None,
) -> None:
    """Why what is short is short: reasons, binding limits, reliefs proven by a second solve, prices of the limits. 短缺解释"""
    if out is not None:
        refuse_scenario_folder(out)
    problem, outcome = open_scenario(scenario), plan_of(plan)
    with cancel_on_signal() as cancelled, Reporter() as reporter:
        explained = explain_plan(
            problem, outcome, ExplainOptions(reliefs, time_limit), report=reporter, cancelled=cancelled
        )
    assert explained.plan is not None
    print_why(results(), problem, explained.plan, most=None)
    print_prices(results(), explained.plan)
    if out is not None:
        write_results(problem, explained, out)
        progress_console().print(say(f"written to {out}", f"已写入 {out}"), soft_wrap=True)


def print_why(console: Console, problem: Problem, plan: Plan, *, most: int | None) -> None:
    """Reasons, limits and reliefs of the most urgent shortages."""
    rows = why_rows(problem, plan)
    if not rows:
        return
    table = Table(title=say("why, and what would help", "原因与缓解措施"), title_justify="left", show_lines=True)
    for name in (
        say("need", "需求"),
        say("why", "原因"),
        say("limit", "限制"),
        say("what would help (proven)", "缓解措施 (已证)"),
    ):
        table.add_column(name, overflow="fold")
    for row in rows[:most]:
        relief = "–" if row.relief is None else say(*row.relief)
        table.add_row(row.row.need, say(*row.reasons), row.limits, relief)
    console.print(table)


def print_prices(console: Console, plan: Plan) -> None:
    """What one more unit of the dearest limits is worth."""
    if not plan.prices:
        return
    title = say("one more unit would be worth (relaxation, at the margin)", "每多一单位的价值 (松弛, 边际)")
    table = Table(title=title, title_justify="left")
    for name in (say("tier", "层级"), say("limit", "限制"), say("where", "位置"), say("fall a unit", "每单位下降")):
        table.add_column(name)
    rows = sorted(plan.prices, key=lambda row: (row.tier, -row.value, row.limit, row.place))
    for tier in dict.fromkeys(row.tier for row in rows):
        for row in [item for item in rows if item.tier == tier][:MOST_PRICES]:
            table.add_row(tier, row.limit, row.place, f"{row.value:,.6g} / {row.unit}")
    console.print(table)
