"""`tongzhou replan` and `replay`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from tongzhou.model.line_changes import LineChange
from tongzhou.model.plan import Outcome
from tongzhou.model.replanning import Step
from tongzhou.service.cli.console import CANCELLED, Reporter, cancel_on_signal, progress_console, results, say
from tongzhou.service.cli.explain import plan_of
from tongzhou.service.cli.output import Output, OutputOption, print_table
from tongzhou.service.cli.scenario_argument import Scenario
from tongzhou.service.cli.tables import print_outcome
from tongzhou.service.replanning import append_log, read_actuals, replan_scenario, replay_log, with_actuals
from tongzhou.service.reports.change_words import change_reason
from tongzhou.service.reports.plan_files import plan_document
from tongzhou.service.reports.report_page import tier_title
from tongzhou.service.results import write_replanned
from tongzhou.service.runs import open_scenario, refuse_scenario_folder
from tongzhou.solvers.options import DEFAULT_GAP, DEFAULT_TIME_LIMIT_S, SolveOptions

MOST_CHANGES = 40


def replan_command(
    scenario: Scenario,
    previous: Annotated[Path, typer.Option(help="Plan that is in force. 现行方案")],
    now: Annotated[float, typer.Option(min=0.0, help="Hours since the scenario's start. 当前时刻 (小时)")],
    actuals: Annotated[Path | None, typer.Option(help="CSV: what really happened to lines. 实绩")] = None,
    accept: Annotated[list[str] | None, typer.Option(help="Line that was accepted; `all`. 已接受的线")] = None,
    withdraw: Annotated[list[str] | None, typer.Option(help="Line that is withdrawn. 撤回的线")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder: new plan, scenario at the new hour, changes. 输出")] = None,
    log: Annotated[Path | None, typer.Option(help="File to add this step to, for `replay`. 日志")] = None,
    time_limit: Annotated[float, typer.Option(min=0.1, help="Seconds. 时间上限 (秒)")] = DEFAULT_TIME_LIMIT_S,
    gap: Annotated[float, typer.Option(min=0.0, max=1.0, help="A tier must improve by more. 间隙")] = DEFAULT_GAP,
    seed: Annotated[int, typer.Option(min=0, help="Random seed of the solver. 随机种子")] = 0,
    format_: OutputOption = Output.TABLE,
    report: Annotated[bool, typer.Option("--report", help="Also write report.html and orders. 另写报告")] = False,
) -> None:
    """Plan anew some hours on: what is accepted or moving stays, the rest changes only when it pays. 重排方案"""
    if out is not None:
        refuse_scenario_folder(out)
    problem, plan = open_scenario(scenario), plan_of(previous).plan
    assert plan is not None
    if actuals is not None:
        problem = with_actuals(problem, read_actuals(actuals))
    step = Step(now, frozenset(accept or ()), frozenset(withdraw or ()))
    options = SolveOptions(time_limit_s=time_limit, gap=gap, seed=seed, workers=1)
    with cancel_on_signal() as cancelled, Reporter() as reporter:
        advanced = replan_scenario(problem, plan, step, options, report=reporter, cancelled=cancelled)
    outcome, changes = advanced.found.outcome, advanced.found.changes
    if out is not None:
        write_replanned(advanced.problem, outcome, changes, out, report=report)
        progress_console().print(say(f"written to {out}", f"已写入 {out}"), soft_wrap=True)
    if log is not None:
        append_log(log, problem, step, options, outcome)
    if format_ is Output.JSON:
        typer.echo(json.dumps(plan_document(outcome), ensure_ascii=False, indent=1))
    else:
        print_outcome(results(), advanced.problem, outcome)
        _print_continued(results(), outcome, advanced.found.continued)
        print_changes(results(), changes)
    if outcome.status == "cancelled":
        raise typer.Exit(CANCELLED)


def _print_continued(console: Console, outcome: Outcome, continued: dict[str, float] | None) -> None:
    """What the tiers would have been without any change."""
    assert outcome.plan is not None
    if continued is None:
        console.print(say("The previous plan can no longer be kept as it is.", "原方案已无法原样保持。"))
        return
    for tier in outcome.plan.tiers:
        kept = continued.get(tier.name)
        if kept is not None and abs(kept - tier.value) > 1e-6 * max(1.0, abs(kept)):
            en = f"{tier_title(tier.name).en}: {kept:,.6g} unchanged, {tier.value:,.6g} now"
            zh = f"{tier_title(tier.name).zh}: 不变则为 {kept:,.6g}, 现为 {tier.value:,.6g}"
            console.print(say(en, zh))


def print_changes(console: Console, changes: Sequence[LineChange]) -> None:
    """What the new plan changes, and why."""
    if not changes:
        console.print(say("No line changes.", "没有任何线变更。"))
        return
    heads = (say("line", "线"), say("change", "变更"), say("was", "原"), say("now", "现"), say("why", "原因"))
    rows = (
        [item.line, item.change, f"{item.was:,.6g}", f"{item.now:,.6g}", say(*change_reason(item))]
        for item in changes[:MOST_CHANGES]
    )
    print_table(console, say(f"changes ({len(changes)})", f"变更 ({len(changes)})"), heads, rows)
    if len(changes) > MOST_CHANGES:
        console.print(say(f"… and {len(changes) - MOST_CHANGES} more", f"… 另有 {len(changes) - MOST_CHANGES} 项"))


def replay_command(
    log: Annotated[Path, typer.Argument(metavar="LOG", help="Log written by `replan --log`. 日志")],
    previous: Annotated[Path, typer.Option(help="Plan from which the first step started. 起始方案")],
) -> None:
    """Replay a log of re-planning and compare every plan with the one recorded. 重放日志"""
    plan = plan_of(previous).plan
    assert plan is not None
    different = 0
    with cancel_on_signal() as cancelled, Reporter() as reporter:
        for event in replay_log(log, plan, report=reporter, cancelled=cancelled):
            different += not event.same
            verdict = say("the same plan", "方案相同") if event.same else say("ANOTHER PLAN", "方案不同")
            results().print(f"{event.number}  {event.now_h:g} h  {event.changes} {say('changes', '项变更')}  {verdict}")
    if different:
        raise typer.Exit(1)
