"""`tongzhou escalate`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from tongzhou.model.domain import Problem
from tongzhou.service.cli.console import Reporter, cancel_on_signal, results, say
from tongzhou.service.cli.output import Output, OutputOption, print_table
from tongzhou.service.cli.scenario_argument import Scenario
from tongzhou.service.escalating import escalate_scenario
from tongzhou.service.reports.clock import hour_and_clock
from tongzhou.service.reports.report_page import tier_title
from tongzhou.service.reports.summary import both_names
from tongzhou.service.runs import open_scenario
from tongzhou.solvers.answers.escalation import Escalation, PackageLine, TierProof
from tongzhou.solvers.answers.latest_call import LatestCall
from tongzhou.solvers.answers.tier_run import SAME
from tongzhou.solvers.options import DEFAULT_TIME_LIMIT_S


def escalate_command(
    scenario: Scenario,
    time_limit: Annotated[float, typer.Option(min=1.0, help="Seconds. 时间上限 (秒)")] = DEFAULT_TIME_LIMIT_S,
    format_: OutputOption = Output.TABLE,
) -> None:
    """When to call upward: the least national package, why the pool cannot do without, the latest hour of the call. 升级请求"""
    problem = open_scenario(scenario)
    with cancel_on_signal() as cancelled, Reporter() as reporter:
        found = escalate_scenario(problem, time_limit, report=reporter, cancelled=cancelled)
    if format_ is Output.JSON:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False, indent=1))
    else:
        _print(results(), problem, found)


def _print(console: Console, problem: Problem, found: Escalation) -> None:
    if not found.package:
        console.print(
            say(
                "National stock would change no priority: there is nothing to call for.",
                "国家库存不会改善任何优先级: 无需请求。",
            )
        )
    else:
        at_least = f"{found.value_bound:,.0f}"
        title = say(
            f"least package ({len(found.package)} lines, value {found.value:,.0f}; none as good is below {at_least})",
            f"最小支援包 ({len(found.package)} 项, 价值 {found.value:,.0f}; 同等效果者不低于 {at_least})",
        )
        heads = (
            say("what", "内容"),
            say("how much", "数量"),
            say("from", "自"),
            say("where", "至"),
            say("by when", "最迟到达"),
        )
        print_table(console, title, heads, (_package_cells(problem, row) for row in found.package))
    proof_heads = (say("tier", "层级"), say("verdict", "结论"), say("pool reaches", "互助体可达"),
             say("no plan of the pool below", "互助体下界"), say("with the package", "加支援包"),
             say("no plan with it below", "加支援包下界"))  # fmt: skip
    title = say("the pool alone, and with the package", "仅互助体, 与加支援包")
    print_table(console, title, proof_heads, (_proof_cells(proof) for proof in found.proofs), numbers_from=2)
    _print_call(console, problem, found.call)


def _package_cells(problem: Problem, row: PackageLine) -> Sequence[str]:
    spec, where = problem.resource_of[row.resource], problem.city_of[row.destination]
    quantity = f"{row.quantity:,.6g} {spec.unit}"
    return (
        both_names(spec),
        quantity,
        row.depot,
        both_names(where),
        hour_and_clock(problem.settings.start, row.arrive_h),
    )


def _proof_cells(proof: TierProof) -> Sequence[str]:
    verdict = say("proven: the pool cannot", "已证: 互助体无法达到") if proof.is_proven else ""
    numbers = (proof.pool_value, proof.pool_bound, proof.with_package, proof.package_bound)
    return say(*tier_title(proof.tier)), verdict, *(f"{number:,.6g}" for number in numbers)


def _print_call(console: Console, problem: Problem, call: LatestCall | None) -> None:
    if call is None:
        console.print(say("The call has been made already.", "请求已经发出。"))
        return
    if call.hour is None:
        console.print(
            say("With the national stock that is there, a call changes nothing.", "以现有国家库存, 请求不改变结果。")
        )
        return
    at = hour_and_clock(problem.settings.start, call.hour)
    console.print(say(f"Latest call that costs nothing: {at}", f"最迟且无损的请求时刻: {at}"))
    later = hour_and_clock(problem.settings.start, call.hour + problem.settings.period_h)
    for name, value in call.too_late.items():
        before = call.reached[name]
        if abs(value - before) > SAME * max(1.0, abs(value)):
            moved = f"{before:,.6g} -> {value:,.6g}"
            console.print(say(f"  called at {later}: {say(*tier_title(name))} {moved}",
                              f"  若在 {later} 请求: {say(*tier_title(name))} {moved}"))  # fmt: skip
    if call.is_proven:
        console.print(say("  proven: no plan with a call that late is as good", "  已证: 更迟请求的方案均不及此"))
    else:
        console.print(
            say(
                "  not proven: with more --time-limit a later call may turn out to be as good",
                "  未获证明: 增加 --time-limit 后, 更迟的请求可能同样好",
            )
        )
