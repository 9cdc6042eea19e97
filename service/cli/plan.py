"""`tongzhou plan`, `validate`, `show`."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from tongzhou.model.errors import Text, UsageError
from tongzhou.model.plan import Outcome
from tongzhou.service.cli.console import CANCELLED, Reporter, cancel_on_signal, progress_console, results, say
from tongzhou.service.cli.explain import print_why
from tongzhou.service.cli.scenario_argument import Scenario
from tongzhou.service.cli.tables import MOST_SHORTAGES, print_outcome, print_scenario
from tongzhou.service.reports.plan_files import plan_document, read_outcome
from tongzhou.service.results import write_results
from tongzhou.service.runs import open_scenario, plan, refuse_scenario_folder, with_choices
from tongzhou.solvers.options import DEFAULT_GAP, DEFAULT_TIME_LIMIT_S, ExplainOptions, SolveOptions

SHORTAGE = 4


class Format(StrEnum):
    """How results are shown."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


class ObjectiveKind(StrEnum):
    """What is minimised."""

    TIERED = "tiered"
    SOCIAL_COST = "social-cost"


class Mode(StrEnum):
    """Who may call on whom."""

    VOLUNTARY = "voluntary"
    LED = "led"


def plan_command(
    scenario: Scenario,
    out: Annotated[Path | None, typer.Option(help="Folder for the plan. 方案文件夹")] = None,
    objective: Annotated[ObjectiveKind | None, typer.Option(help="Default: as the scenario says. 目标")] = None,
    mode: Annotated[Mode | None, typer.Option(help="Governance; default: as the scenario says. 治理方式")] = None,
    time_limit: Annotated[float, typer.Option(min=0.1, help="Seconds. 时间上限 (秒)")] = DEFAULT_TIME_LIMIT_S,
    gap: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Relative gap at which a tier may stop. 间隙")
    ] = DEFAULT_GAP,
    seed: Annotated[int, typer.Option(min=0, help="Random seed of the solver. 随机种子")] = 0,
    memory_gib: Annotated[
        float | None, typer.Option(min=0.5, help="Memory limit of each process, GiB. 每进程内存上限")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, max=2, help="Processes: the second raises bounds; 1 repeats to the byte. 进程数")
    ] = 2,
    format_: Annotated[
        Format, typer.Option("--format", help="How to show the plan; csv and xlsx need --out.")
    ] = Format.TABLE,
    report: Annotated[
        bool, typer.Option("--report", help="Also write report.html and dispatch orders. 另写报告与调度令")
    ] = False,
    reliefs: Annotated[
        int, typer.Option(min=0, help="Shortages to prove a relief for; reasons are always named. 证明缓解措施的短缺数")
    ] = ExplainOptions().reliefs,
    explain_limit: Annotated[
        float, typer.Option(min=0.0, help="Most seconds for explanations; 0: none. 解释用时上限 (秒)")
    ] = ExplainOptions().seconds,
    fail_on_shortage: Annotated[
        bool, typer.Option("--fail-on-shortage", help="Exit 4 if anything stays short.")
    ] = False,
) -> None:
    """Plan who sends what to whom, verify the plan, show and write it. 制定并校验调度方案"""
    if out is None and (report or format_ in (Format.CSV, Format.XLSX)):
        raise UsageError(Text("this needs --out DIR", "需要 --out 文件夹"))
    if out is not None:
        refuse_scenario_folder(out)
    problem = with_choices(open_scenario(scenario), objective=objective, mode=mode)
    options = SolveOptions(time_limit_s=time_limit, gap=gap, seed=seed, memory_gib=memory_gib, workers=workers)
    explain = ExplainOptions(reliefs, explain_limit) if explain_limit > 0 else None
    with cancel_on_signal() as cancelled, Reporter() as reporter:
        outcome = plan(problem, options, explain=explain, report=reporter, cancelled=cancelled)
    if out is not None:
        write_results(problem, outcome, out, workbook=format_ is Format.XLSX, report=report)
        progress_console().print(say(f"written to {out}", f"已写入 {out}"), soft_wrap=True)
    if format_ is Format.JSON:
        typer.echo(json.dumps(plan_document(outcome), ensure_ascii=False, indent=1))
    else:
        print_outcome(results(), problem, outcome)
        if outcome.plan is not None:
            print_why(results(), problem, outcome.plan, most=MOST_SHORTAGES)
    _exit(outcome, fail_on_shortage=fail_on_shortage)


def _exit(outcome: Outcome, *, fail_on_shortage: bool) -> None:
    if outcome.status == "cancelled":
        raise typer.Exit(CANCELLED)
    if fail_on_shortage and outcome.plan is not None and any(row.short > 0 for row in outcome.plan.shortages):
        raise typer.Exit(SHORTAGE)


def validate_command(scenario: Scenario) -> None:
    """Check a scenario completely; every fault is listed at once. 完整检查情景"""
    problem = open_scenario(scenario)
    print_scenario(results(), problem)
    results().print(say("valid", "有效"))


def show_command(
    plan_path: Annotated[Path, typer.Argument(metavar="PLAN", help="Plan folder or JSON document. 方案")],
    scenario: Annotated[str | None, typer.Option(help="Its scenario, for names and fill rates. 对应情景")] = None,
    format_: Annotated[Format, typer.Option("--format", help="table or json")] = Format.TABLE,
) -> None:
    """Show a plan written earlier. 显示方案"""
    outcome = read_outcome(plan_path)
    if format_ is Format.JSON:
        typer.echo(json.dumps(plan_document(outcome), ensure_ascii=False, indent=1))
        return
    if format_ is not Format.TABLE:
        raise UsageError(Text("show knows table and json", "show 支持 table 与 json"))
    print_outcome(results(), open_scenario(scenario) if scenario is not None else None, outcome)
