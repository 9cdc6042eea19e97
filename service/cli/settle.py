"""`tongzhou settle` and `tongzhou statement`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from tongzhou.model.domain import Problem
from tongzhou.model.errors import CoalitionError, NoPlanError, Text, UsageError
from tongzhou.model.plan import Outcome
from tongzhou.model.settlement.settlement import Settlement
from tongzhou.service.cli.console import (
    CANCELLED,
    CancelRequest,
    Reporter,
    cancel_on_signal,
    progress_console,
    results,
    say,
)
from tongzhou.service.cli.plan import Format, Mode
from tongzhou.service.cli.scenario_argument import Scenario
from tongzhou.service.cli.settlement_tables import print_settlement
from tongzhou.service.reports.settlement_files import settlement_document
from tongzhou.service.reports.statement import statement_html, statement_markdown
from tongzhou.service.results import write_settlement
from tongzhou.service.runs import refuse_scenario_folder, with_choices
from tongzhou.service.settlement_runs import (
    check_rule,
    compared,
    default_workers,
    misfits,
    open_both,
    read_settlement,
    settle_plan,
    with_previous,
)
from tongzhou.solvers.settlement.setting import SettleOptions

SHOWN_MISFITS = 3


def settle_command(
    scenario: Scenario,
    plan: Annotated[Path, typer.Argument(help="Plan folder or JSON document. 方案")],
    rule: Annotated[str, typer.Option(help="Rule of the settlement. 结算规则")] = "responsibility",
    compare: Annotated[
        str, typer.Option(help="Rules shown beside it: all, quick, none, or names with commas. 对照规则")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="Folder for the settlement. 结算文件夹")] = None,
    mode: Annotated[Mode | None, typer.Option(help="Governance; default: as the scenario says. 治理方式")] = None,
    whole_trips: Annotated[
        bool, typer.Option("--whole-trips", help="Value groups with whole vehicles and teams. 群体按整车整队计价")
    ] = False,
    previous: Annotated[
        list[Path] | None,
        typer.Option(help="Interim settlement whose payments were made; may be repeated. 已付款的中期结算 (可重复)"),
    ] = None,
    coalitions: Annotated[
        Path | None, typer.Option(help="File that remembers the cost of groups. 群体成本缓存文件")
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes that value groups; 0: one a core. 进程数")] = 0,
    time_limit: Annotated[float, typer.Option(min=1.0, help="Seconds. 时间上限 (秒)")] = 600.0,
    seed: Annotated[int, typer.Option(min=0, help="Random seed. 随机种子")] = 0,
    format_: Annotated[Format, typer.Option("--format", help="table, json, csv, xlsx")] = Format.TABLE,
    report: Annotated[
        bool, typer.Option("--report", help="Also write settlement.html and statements. 另写报告与对账单")
    ] = False,
) -> None:
    """Settle a plan and what really happened: who pays whom, with proof. 结算: 谁付给谁, 附证明"""
    if out is None and (report or format_ in (Format.CSV, Format.XLSX)):
        raise UsageError(Text("this needs --out DIR", "需要 --out 文件夹"))
    if out is not None:
        refuse_scenario_folder(out)
    check_rule(rule)
    problem, outcome, rows = open_both(scenario, plan)
    problem = with_choices(problem, objective=None, mode=mode)
    for earlier in previous or ():
        problem = with_previous(problem, read_settlement(earlier))
    _warn(misfits(problem, rows))
    options = SettleOptions(
        rule=rule, compare=compared(compare, problem), whole_trips=whole_trips, workers=workers or default_workers(),
        time_limit_s=time_limit, seed=seed, memory=coalitions,
    )  # fmt: skip
    with cancel_on_signal() as cancelled, Reporter() as reporter:
        settlement = settle_or_cancel(problem, outcome, options, reporter, cancelled)
    if out is not None:
        write_settlement(problem, settlement, out, workbook=format_ is Format.XLSX, report=report)
        progress_console().print(say(f"written to {out}", f"已写入 {out}"), soft_wrap=True)
    _show(settlement, format_)


def settle_or_cancel(
    problem: Problem, outcome: Outcome, options: SettleOptions, reporter: Reporter, cancelled: CancelRequest
) -> Settlement:
    """A settlement; a cancelled one is no settlement: exit 130."""
    try:
        settlement = settle_plan(problem, outcome, options, report=reporter, cancelled=cancelled)
    except (CoalitionError, NoPlanError):
        if cancelled():
            raise typer.Exit(CANCELLED) from None
        raise
    if cancelled():
        raise typer.Exit(CANCELLED)
    return settlement


def _show(settlement: Settlement, format_: Format) -> None:
    if format_ is Format.JSON:
        typer.echo(json.dumps(settlement_document(settlement), ensure_ascii=False, indent=1))
    else:
        print_settlement(results(), settlement)


def _warn(violations: list[str]) -> None:
    """A plan that no longer fits the scenario can be settled, but its reader must know."""
    if not violations:
        return
    console = progress_console()
    console.print(say(f"warning: the plan does not fit the scenario as it is now ({len(violations)} limits):",
                      f"警告: 方案与当前情景不符 ({len(violations)} 处):"), style="yellow")  # fmt: skip
    for line in violations[:SHOWN_MISFITS]:
        console.print(f"  {line}", soft_wrap=True)


def statement_command(
    settlement: Annotated[Path, typer.Argument(help="Settlement folder or JSON document. 结算")],
    city: Annotated[str, typer.Argument(help="City. 城市")],
    format_: Annotated[str, typer.Option("--format", help="markdown or html")] = "markdown",
    out: Annotated[Path | None, typer.Option(help="File to write, or standard output. 输出文件")] = None,
) -> None:
    """What a settlement means for one city, on one page. 一市一页对账单"""
    found = read_settlement(settlement)
    known = [row.city for row in found.settlement]
    if city not in known:
        names = ", ".join(known)
        raise UsageError(
            Text(f"no city `{city}` in the settlement; there are {names}", f"结算中没有 `{city}`; 可用: {names}")
        )
    if format_ not in ("markdown", "html"):
        raise UsageError(Text("the format is markdown or html", "格式为 markdown 或 html"))
    text = statement_html(found, city) if format_ == "html" else statement_markdown(found, city)
    if out is None:
        typer.echo(text)
    else:
        out.write_text(text, encoding="utf-8")
