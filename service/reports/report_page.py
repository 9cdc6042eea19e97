"""The one-page report: self-contained HTML, no network, both languages."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from tongzhou.model.domain import Problem
from tongzhou.model.errors import Text
from tongzhou.model.plan import Outcome, Plan
from tongzhou.service.reports.clock import hour_and_clock
from tongzhou.service.reports.figures import figure_html, flow_map, timeline
from tongzhou.service.reports.summary import Summary, both_names, summarise

MOST_ROWS = 40
TIER_NAMES = {
    "priority": Text("weighted unit-hours short, priority {}", "加权短缺 (单位·小时), 优先级 {}"),
    "fairness": Text("above the fairest levels, priority {}", "高于最公平水平之和, 优先级 {}"),
    "national": Text("drawn from national stocks (value)", "动用国家库存 (价值)"),
    "sources": Text("order of sources", "援助来源次序"),
    "cost": Text("cost", "费用"),
    "social-cost": Text("social cost", "社会总成本"),
    "changes": Text("proposed lines changed", "变更的建议线"),
}


def pages() -> Environment:
    """Templates with escaping on."""
    folder = str(files("tongzhou.service.reports") / "templates")
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined)
    environment.filters["thousands"] = lambda number: f"{number:,.0f}"
    environment.filters["percent"] = lambda share: f"{share:.1%}"
    environment.filters["short"] = lambda number: f"{number:,.6g}"
    return environment


def tier_title(name: str) -> Text:
    """A tier's name in words."""
    kind, _, number = name.partition("-")
    if kind in ("priority", "fairness"):
        return Text(TIER_NAMES[kind].en.format(number), TIER_NAMES[kind].zh.format(number))
    return TIER_NAMES[name]


def report_html(problem: Problem, outcome: Outcome, roads: Path | None = None) -> str:
    """The report of one plan."""
    assert outcome.plan is not None
    from tongzhou.service.reports.why import why_rows  # it needs `tier_title` of this module

    plan, summary = outcome.plan, summarise(problem, outcome.plan)
    return (
        pages()
        .get_template("report.html")
        .render(
            problem=problem,
            settings=problem.settings,
            outcome=outcome,
            plan=plan,
            summary=summary,
            tiers=[(" ".join(tier_title(tier.name)), tier) for tier in plan.tiers],
            cities=_city_rows(problem, plan, summary),
            shortages=_shortage_rows(problem, summary),
            why=why_rows(problem, plan),
            lanes=_lane_rows(problem, plan),
            estimates=sum(row.estimate for row in problem.links),
            most_rows=MOST_ROWS,
            map_html=figure_html(flow_map(problem, plan, summary, roads), with_library=True),
            timeline_html=figure_html(timeline(problem, plan), with_library=False),
        )
    )


def _city_rows(problem: Problem, plan: Plan, summary: Summary) -> list[Mapping[str, Any]]:
    return [
        {
            "name": both_names(problem.city_of[row.city]),
            "role": row.role,
            "rates": [summary.by_city.get(row.city, {}).get(priority) for priority in summary.by_priority],
            "account": row,
        }
        for row in plan.cities
    ]


def _shortage_rows(problem: Problem, summary: Summary) -> list[Mapping[str, Any]]:
    items = [item for item in summary.needs if item.account.short > 0 or item.account.unit_hours > 0]
    items.sort(key=lambda item: (item.need.priority, -item.size * (1 - item.fill), item.need.need))
    return [
        {
            "need": item.need,
            "city": both_names(problem.city_of[item.need.city]),
            "resource": both_names(problem.resource_of[item.need.resource]),
            "unit": problem.resource_of[item.need.resource].unit,
            "item": item,
        }
        for item in items
    ]


def _lane_rows(problem: Problem, plan: Plan) -> list[Mapping[str, Any]]:
    """The plan's movements in the order of departure."""
    start = problem.settings.start
    rows: list[tuple[tuple[float, str], Mapping[str, Any]]] = []
    for shipment in plan.shipments:
        resource = problem.resource_of[shipment.resource]
        rows.append(((shipment.depart_h, shipment.line), {
            "from": both_names(problem.city_of[shipment.origin]), "to": both_names(problem.city_of[shipment.destination]),
            "what": both_names(resource), "quantity": shipment.quantity, "unit": resource.unit,
            "by": shipment.vehicle or f"carrier 承运人 ({shipment.mode})",
            "depart": hour_and_clock(start, shipment.depart_h), "arrive": hour_and_clock(start, shipment.arrive_h),
            "back": "",
        }))  # fmt: skip
    for row in plan.deployments:
        resource = problem.resource_of[row.resource]
        at_home = row.origin == row.destination
        rows.append(((row.depart_h, row.line), {
            "from": both_names(problem.city_of[row.origin]),
            "to": "duty at home 本地执勤" if at_home else both_names(problem.city_of[row.destination]),
            "what": both_names(resource), "quantity": row.quantity, "unit": resource.unit,
            "by": row.vehicle or ("" if at_home else "own vehicles 自行机动"),
            "depart": hour_and_clock(start, row.depart_h), "arrive": hour_and_clock(start, row.on_site_h),
            "back": hour_and_clock(start, row.home_h),
        }))  # fmt: skip
    return [content for _, content in sorted(rows, key=lambda item: item[0])]
