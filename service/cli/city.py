"""`tongzhou city`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from tongzhou.model.city_sheet import CitySheet, LineOfCity
from tongzhou.model.domain import Problem
from tongzhou.model.errors import Text, UsageError
from tongzhou.model.plan import Outcome
from tongzhou.service.city_view import SaysNo, says_no, sheet_of
from tongzhou.service.cli.console import CANCELLED, Reporter, cancel_on_signal, progress_console, results, say
from tongzhou.service.cli.explain import plan_of
from tongzhou.service.cli.output import Output, OutputOption, print_table
from tongzhou.service.cli.replan import print_changes
from tongzhou.service.cli.scenario_argument import Scenario
from tongzhou.service.reports.city_page import city_html
from tongzhou.service.reports.plan_files import plan_document
from tongzhou.service.reports.summary import both_names
from tongzhou.service.results import write_replanned
from tongzhou.service.runs import open_scenario, refuse_scenario_folder
from tongzhou.solvers.options import DEFAULT_TIME_LIMIT_S, SolveOptions

Cells = Sequence[str]


def city_command(
    scenario: Scenario,
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="Plan in force. 现行方案")],
    city: Annotated[str, typer.Option(help="The city. 城市")],
    no: Annotated[bool, typer.Option("--says-no", help="What if it gives nothing (more)? 若其拒绝援出")] = False,
    page: Annotated[Path | None, typer.Option(help="Also write the sheet as a page. 另写网页")] = None,
    out: Annotated[Path | None, typer.Option(help="With --says-no: folder for the plan without it. 输出目录")] = None,
    time_limit: Annotated[float, typer.Option(min=0.1, help="Seconds. 时间上限 (秒)")] = DEFAULT_TIME_LIMIT_S,
    format_: OutputOption = Output.TABLE,
) -> None:
    """One city's sheet: with and without aid, gives, gets, keeps, risk, is owed; and what if it says no. 城市清单"""
    if out is not None:
        if not no:
            raise UsageError(Text("--out goes with --says-no", "--out 须与 --says-no 同用"))
        refuse_scenario_folder(out)
    problem, outcome = open_scenario(scenario), plan_of(plan)
    assert outcome.plan is not None
    if no:
        _without(problem, outcome, city, SolveOptions(time_limit_s=time_limit, workers=1), out, format_)
        return
    sheet = sheet_of(problem, outcome.plan, city)
    if page is not None:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(city_html(problem, outcome, sheet), encoding="utf-8")
        progress_console().print(say(f"written to {page}", f"已写入 {page}"), soft_wrap=True)
    if format_ is Output.JSON:
        document = asdict(sheet) | {"owed": sheet.owed}
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1, default=str))
    else:
        print_sheet(results(), problem, sheet)


def print_sheet(console: Console, problem: Problem, sheet: CitySheet) -> None:
    """The sheet as tables."""
    console.print(both_names(problem.city_of[sheet.city]))
    print_table(console, say("needs, alone and with aid", "需求: 自救与受援"),
           (say("need", "需求"), say("what", "内容"), say("needed", "需要"), say("short alone", "自救短缺"),
            say("short with aid", "受援后短缺"), say("unit-hours alone", "自救短缺·时"), say("with aid", "受援后")),
           ([row.need, row.resource, *map(_number, (row.quantity, row.short_alone, row.short, row.unit_hours_alone, row.unit_hours))]
            for row in sheet.needs))  # fmt: skip
    print_table(console, say("gives", "援出"), _line_heads(), _line_rows(problem, sheet.gives))
    print_table(console, say("gets", "受援"), _line_heads(), _line_rows(problem, sheet.gets))
    print_table(console, say("keeps", "留存"),
           (say("what", "内容"), say("held", "持有"), say("floor", "底线"), say("lowest", "最低"), say("at h", "时刻"),
            say("above the floor", "高于底线"), say("neither giving nor getting", "不援不受"), say("hours below", "低于底线小时")),
           ([row.resource, *map(_number, (row.held, row.floor, row.lowest, row.lowest_h, row.above_floor, row.alone, row.hours_below))]
            for row in sheet.keeps))  # fmt: skip
    print_table(console, say("risk taken: away at once", "承担的风险: 同时外出"),
           (say("what", "内容"), say("held", "持有"), say("away", "外出"), say("left", "留守"), say("from h", "自"), say("until h", "至")),
           ([row.what, *map(_number, (row.held, row.elsewhere, row.held - row.elsewhere, row.from_h, row.until_h))]
            for row in sheet.risks))  # fmt: skip
    print_table(console, say("is owed (claims before settlement)", "应得补偿 (结算前申报)"),
           (say("for", "为"), say("category", "类别"), say("item", "项目"), problem.settings.currency),
           ([row.receiver, row.category, row.item, f"{row.amount:,.2f}"] for row in sheet.claims))  # fmt: skip
    console.print(f"{say('is owed', '应得补偿')}: {sheet.owed:,.2f} {problem.settings.currency}")


def _number(value: float) -> str:
    return f"{value:,.6g}"


def _line_heads() -> Sequence[str]:
    return (say("line", "线"), say("with", "对方"), say("what", "内容"), say("how much", "数量"), say("departs h", "出发"),
            say("arrives h", "到达"), say("state", "状态"))  # fmt: skip


def _line_rows(problem: Problem, rows: Iterable[LineOfCity]) -> Iterable[Cells]:
    for row in rows:
        spec = problem.resource_of[row.resource]
        yield [row.line, both_names(problem.city_of[row.other]), both_names(spec), f"{row.quantity:,.6g} {spec.unit}",
               f"{row.depart_h:g}", f"{row.arrive_h:g}", row.state]  # fmt: skip


def _without(
    problem: Problem, before: Outcome, city: str, options: SolveOptions, out: Path | None, format_: Output
) -> None:
    assert before.plan is not None
    with cancel_on_signal() as cancelled, Reporter() as reporter:
        found = says_no(problem, before.plan, city, options, report=reporter, cancelled=cancelled)
    outcome = found.found.outcome
    if out is not None:
        write_replanned(found.declined.problem, outcome, found.found.changes, out)
        progress_console().print(say(f"written to {out}", f"已写入 {out}"), soft_wrap=True)
    if format_ is Output.JSON:
        typer.echo(json.dumps(_document(found), ensure_ascii=False, indent=1, default=str))
    else:
        _print_without(results(), problem, city, found)
    if outcome.status == "cancelled":
        raise typer.Exit(CANCELLED)


def _document(found: SaysNo) -> dict[str, Any]:
    return {
        "withdrawn": [row.line for row in found.declined.withdrawn],
        "impossible": [
            {"line": item.row.line, "limit": item.limit, "amount": item.amount} for item in found.declined.impossible
        ],
        "idle": [row.line for row in found.idle],
        "needs": [asdict(row) for row in found.needs],
        "changes": [asdict(item) for item in found.found.changes],
        "plan": plan_document(found.found.outcome),
    }


def _print_without(console: Console, problem: Problem, city: str, found: SaysNo) -> None:
    name = both_names(problem.city_of[city])
    gone = found.declined.withdrawn
    console.print(
        say(f"If {name} says no, {len(gone)} of its lines fall away.", f"若{name}拒绝, 其 {len(gone)} 条线取消。")
    )
    print_table(console, say("lines of others that become impossible", "因此无法执行的他市线"),
           (say("line", "线"), say("from", "自"), say("to", "至"), say("what", "内容"), say("limit", "限制"), say("by", "超出")),
           ([item.row.line, item.row.origin, item.row.destination, f"{item.row.quantity:,.6g} {item.row.resource}", item.limit,
             _number(item.amount)] for item in found.declined.impossible))  # fmt: skip
    print_table(console, say("kept equipment left without its crew", "失去操作队伍的保留装备"),
           (say("line", "线"), say("from", "自"), say("need", "需求"), say("what", "内容")),
           ([row.line, row.origin, row.need, f"{row.quantity} {row.resource}"] for row in found.idle))  # fmt: skip
    print_table(console, say("needs that fare otherwise", "受影响的需求"),
           (say("need", "需求"), say("city", "城市"), say("unit-hours short", "短缺·时"), say("without it", "若拒绝"),
            say("short", "短缺"), say("without it", "若拒绝")),
           ([row.need, row.city, *map(_number, (row.unit_hours, row.unit_hours_without, row.short, row.short_without))]
            for row in found.needs))  # fmt: skip
    if not found.needs:
        console.print(say("No need fares otherwise: others can step in.", "各项需求不受影响: 他市可替补。"))
    print_changes(console, found.found.changes)
