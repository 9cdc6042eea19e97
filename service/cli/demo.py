"""`tongzhou demo`: a bundled real case in voluntary and in led mode, side by side, and the settlement of the voluntary plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from tongzhou.model.domain import Problem
from tongzhou.model.plan import Outcome
from tongzhou.service.cli.console import CANCELLED, Reporter, cancel_on_signal, progress_console, results, say
from tongzhou.service.cli.settle import settle_or_cancel
from tongzhou.service.cli.settlement_tables import print_settlement
from tongzhou.service.cli.tables import MODE_NAMES, print_side_by_side
from tongzhou.service.results import write_results, write_settlement
from tongzhou.service.runs import open_scenario, plan, with_choices
from tongzhou.service.settlement_runs import QUICK, default_workers
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.settlement.setting import SettleOptions

MODES = ("voluntary", "led")
SETTLEMENT = "settlement"


def demo_command(
    out: Annotated[Path, typer.Option(help="Folder for the results. 结果文件夹")] = Path("demo-output"),
    case: Annotated[str, typer.Option(help="Bundled case. 内置情景")] = "henan-2021",
    time_limit: Annotated[float, typer.Option(min=1.0, help="Seconds for each mode. 每种方式的时间上限")] = 30.0,
    settle_limit: Annotated[float, typer.Option(min=1.0, help="Seconds for the settlement. 结算的时间上限")] = 180.0,
) -> None:
    """Plan a bundled case in both modes and settle it; leave tables, workbooks, orders, reports, statements. 演示"""
    scenario = open_scenario(case)
    outcomes = []
    for mode in MODES:
        problem = with_choices(scenario, objective=None, mode=mode)
        progress_console().print(f"{case}: {say(*MODE_NAMES[mode])}")
        with cancel_on_signal() as cancelled, Reporter() as reporter:
            outcome = plan(problem, SolveOptions(time_limit_s=time_limit), report=reporter, cancelled=cancelled)
        write_results(problem, outcome, out / mode, workbook=True, report=True)
        outcomes.append(outcome)
        if outcome.status == "cancelled":
            raise typer.Exit(CANCELLED)
    print_side_by_side(results(), scenario, outcomes)
    _settle(scenario, outcomes[0], out / SETTLEMENT, settle_limit)
    for mode in MODES:
        results().print(f"{say('report', '报告')}: {out / mode / 'report.html'}")
    results().print(f"{say('settlement', '结算')}: {out / SETTLEMENT / 'settlement.html'}")


def _settle(problem: Problem, outcome: Outcome, out: Path, time_limit: float) -> None:
    """The settlement of the voluntary plan: its table and certificate on screen, statements and workbook in the folder."""
    progress_console().print(f"{problem.settings.name}: {say('settlement', '结算')}")
    options = SettleOptions(compare=QUICK, workers=default_workers(), time_limit_s=time_limit)
    with cancel_on_signal() as cancelled, Reporter() as reporter:
        settlement = settle_or_cancel(problem, outcome, options, reporter, cancelled)
    write_settlement(problem, settlement, out, workbook=True, report=True)
    print_settlement(results(), settlement)
