"""`tongzhou demo`: a bundled real case in voluntary and in led mode, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from tongzhou.service.cli.console import CANCELLED, Reporter, cancel_on_signal, progress_console, results, say
from tongzhou.service.cli.tables import MODE_NAMES, print_side_by_side
from tongzhou.service.results import write_results
from tongzhou.service.runs import open_scenario, plan, with_choices
from tongzhou.solvers.options import SolveOptions

MODES = ("voluntary", "led")


def demo_command(
    out: Annotated[Path, typer.Option(help="Folder for the results. 结果文件夹")] = Path("demo-output"),
    case: Annotated[str, typer.Option(help="Bundled case. 内置情景")] = "henan-2021",
    time_limit: Annotated[float, typer.Option(min=1.0, help="Seconds for each mode. 每种方式的时间上限")] = 30.0,
) -> None:
    """Plan a bundled case in both modes; leave tables, workbook, orders and report. 演示"""
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
    for mode in MODES:
        results().print(f"{say('report', '报告')}: {out / mode / 'report.html'}")
