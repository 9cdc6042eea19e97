"""Plans and scenarios as tables on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from tongzhou.model.domain import Problem
from tongzhou.model.plan import Outcome, Tier
from tongzhou.service.cli.console import say
from tongzhou.service.reports.report_page import tier_title
from tongzhou.service.reports.summary import Summary, both_names, summarise

MOST_SHORTAGES = 12


def print_outcome(console: Console, problem: Problem | None, outcome: Outcome) -> None:
    """Summary of one plan; with its scenario at hand also fill rates by city and the worst shortages."""
    if outcome.plan is None:
        return
    console.print(
        f"{outcome.status}  {outcome.objective}, {outcome.mode}  {outcome.wall_s:.1f} s  ({say('verified', '已校验')})",
    )
    console.print(_tier_table(outcome))
    if problem is None:
        console.print(_count_table(outcome))
        return
    summary = summarise(problem, outcome.plan)
    if problem.incidents:
        console.print(_incident_table(problem, summary))
    console.print(_city_table(problem, outcome, summary))
    _print_shortages(console, problem, summary)
    _print_estimates(console, problem)


def gap_text(gap: float) -> str:
    """A gap in per cent; an infinite one says that nothing is proven of the value."""
    if gap == float("inf"):
        return say("nothing proven", "未得证明")
    return "> 1,000 %" if gap > 10 else f"{gap:.2%}"


def value_text(tier: Tier) -> str:
    """A tier's value; a dash where there was no time to measure it."""
    return f"{tier.value:,.6g}" if tier.is_measured else "–"


def _tier_table(outcome: Outcome) -> Table:
    assert outcome.plan is not None
    table = Table(title=say("tiers", "目标层级"), title_justify="left")
    for name in (say("tier", "层级"), say("value", "值"), say("bound", "界"), say("gap", "间隙")):
        table.add_column(name, justify="left" if not table.columns else "right")
    for tier in outcome.plan.tiers:
        table.add_row(say(*tier_title(tier.name)), value_text(tier), f"{tier.bound:,.6g}", gap_text(tier.gap))
    return table


def _count_table(outcome: Outcome) -> Table:
    assert outcome.plan is not None
    table = Table(title=say("tables", "数据表"), title_justify="left")
    table.add_column(say("table", "表"))
    table.add_column(say("rows", "行数"), justify="right")
    for name, rows in outcome.plan.tables():
        table.add_row(name, str(len(rows)))
    return table


def _incident_table(problem: Problem, summary: Summary) -> Table:
    table = Table(title=say("incidents", "事件"), title_justify="left")
    table.add_column(say("incident", "事件"))
    table.add_column(say("governance", "治理方式"))
    for priority in summary.by_priority:
        table.add_column(say(f"fill rate P{priority}", f"满足率 P{priority}"), justify="right")
    for row in problem.incidents:
        rates = [summary.by_incident.get(row.incident, {}).get(priority) for priority in summary.by_priority]
        cells = ["–" if rate is None else f"{rate:.1%}" for rate in rates]
        table.add_row(both_names(row), say(*MODE_NAMES[row.mode]), *cells)
    return table


def _city_table(problem: Problem, outcome: Outcome, summary: Summary) -> Table:
    assert outcome.plan is not None
    table = Table(title=say("cities", "城市"), title_justify="left")
    table.add_column(say("city", "城市"))
    table.add_column(say("role", "角色"))
    for priority in summary.by_priority:
        table.add_column(say(f"fill rate P{priority}", f"满足率 P{priority}"), justify="right")
    for name in (say("sent", "援出价值"), say("received", "受援价值"), say("spent", "支出")):
        table.add_column(name, justify="right")
    for row in outcome.plan.cities:
        rates = [summary.by_city.get(row.city, {}).get(priority) for priority in summary.by_priority]
        table.add_row(
            both_names(problem.city_of[row.city]),
            row.role,
            *("–" if rate is None else f"{rate:.1%}" for rate in rates),
            *(f"{amount:,.0f}" for amount in (row.sent_value, row.received_value, row.spent)),
        )
    return table


def _print_shortages(console: Console, problem: Problem, summary: Summary) -> None:
    short = [item for item in summary.needs if item.account.unit_hours > 0 or item.account.short > 0]
    if not short:
        console.print(say("Every need is served at its first hour.", "全部需求均在起始时刻满足。"))
        return
    short.sort(key=lambda item: (item.need.priority, -item.size * (1 - item.fill), item.need.need))
    table = Table(title=say(f"waits or stays short ({len(short)})", f"等待或短缺 ({len(short)})"), title_justify="left")
    for name, justify in (
        (say("need", "需求"), "left"), (say("city", "城市"), "left"), (say("resource", "资源"), "left"),
        ("P", "right"), (say("needed", "需要"), "right"), (say("short", "短缺"), "right"),
        (say("unit-hours", "单位·小时"), "right"), (say("fill rate", "满足率"), "right"),
    ):  # fmt: skip
        table.add_column(name, justify="left" if justify == "left" else "right")
    for item in short[:MOST_SHORTAGES]:
        resource = problem.resource_of[item.need.resource]
        table.add_row(
            item.need.need,
            both_names(problem.city_of[item.need.city]),
            both_names(resource),
            str(item.need.priority),
            f"{item.need.quantity:,.6g} {resource.unit}",
            f"{item.account.short:,.6g}",
            f"{item.account.unit_hours:,.0f}",
            f"{item.fill:.1%}",
        )
    console.print(table)
    if len(short) > MOST_SHORTAGES:
        console.print(say(f"… and {len(short) - MOST_SHORTAGES} more", f"… 另有 {len(short) - MOST_SHORTAGES} 项"))


def print_side_by_side(console: Console, problem: Problem, outcomes: Sequence[Outcome]) -> None:
    """The summaries of several plans of one scenario in one table."""
    table = Table(title=problem.settings.name, title_justify="left")
    table.add_column("")
    for outcome in outcomes:
        table.add_column(say(*MODE_NAMES[outcome.mode]), justify="right")
    summaries = [summarise(problem, outcome.plan) for outcome in outcomes if outcome.plan is not None]
    table.add_row(say("solver stopped", "求解状态"), *(outcome.status for outcome in outcomes))
    table.add_row(say("seconds", "耗时 (秒)"), *(f"{outcome.wall_s:.1f}" for outcome in outcomes))
    for priority in summaries[0].by_priority:
        alone = summaries[0].by_priority_alone[priority]
        name = say(
            f"fill rate, priority {priority} (alone {alone:.1%})", f"满足率, 优先级 {priority} (自救 {alone:.1%})"
        )
        table.add_row(name, *(f"{summary.by_priority[priority]:.1%}" for summary in summaries))
    for number, tier in enumerate(outcomes[0].plan.tiers if outcomes[0].plan else ()):
        values = [outcome.plan.tiers[number] for outcome in outcomes if outcome.plan is not None]
        table.add_row(say(*tier_title(tier.name)), *(f"{value_text(item)} ({gap_text(item.gap)})" for item in values))
    table.add_row(say("goods sent, t", "运送物资 (吨)"), *(f"{summary.tonnes:,.0f}" for summary in summaries))
    table.add_row(say("teams, equipment sent", "派出队伍与装备"), *(str(summary.units_sent) for summary in summaries))
    table.add_row(say("vehicle trips", "车次"), *(f"{summary.vehicles:,}" for summary in summaries))
    currency = problem.settings.currency
    table.add_row(say(f"cost, {currency}", f"费用 ({currency})"), *(f"{summary.spent:,.0f}" for summary in summaries))
    console.print(table)


MODE_NAMES = {"voluntary": ("voluntary", "自愿互助"), "led": ("led", "统一指挥"), "mixed": ("mixed", "多种方式")}


def print_scenario(console: Console, problem: Problem) -> None:
    """What a scenario holds."""
    settings = problem.settings
    console.print(f"{settings.name}  {settings.name_zh or ''}")
    console.print(
        f"{settings.start.isoformat()}  {settings.periods} × {settings.period_h:g} h  {problem.mode}"
        f"  {settings.objective.kind}  {settings.hazard}  {settings.situation}"
    )
    table = Table()
    table.add_column(say("table", "表"))
    table.add_column(say("rows", "行数"), justify="right")
    for name, rows in problem.items():
        if rows:
            table.add_row(name, str(len(rows)))
    console.print(table)
    _print_estimates(console, problem)


def _print_estimates(console: Console, problem: Problem) -> None:
    count = sum(row.estimate for row in problem.links)
    if count:
        total = len(problem.links)
        console.print(
            say(
                f"{count} of {total} lanes are estimates: distance and time were not measured",
                f"{total} 条通道中 {count} 条为估算: 里程与时间未经实测",
            )
        )
