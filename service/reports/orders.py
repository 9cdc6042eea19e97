"""Dispatch orders: what each city loads, sends and expects, on a page it can print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tongzhou.model.domain import Problem
from tongzhou.model.plan import Deployment, Outcome, Plan, Shipment
from tongzhou.service.reports.clock import hour_and_clock
from tongzhou.service.reports.report_page import pages
from tongzhou.service.reports.summary import both_names


def order_files(problem: Problem, outcome: Outcome) -> dict[str, str]:
    """File name and page of every city that sends or receives anything."""
    assert outcome.plan is not None
    template = pages().get_template("order.html")
    files = {}
    for city in problem.cities:
        content = _order(problem, outcome.plan, city.city)
        if any(content[part] for part in ("trips", "deployments", "expected", "home")):
            files[f"{quote(city.city, safe=' ()+,')}.html"] = template.render(
                city=city, name=both_names(city), settings=problem.settings, outcome=outcome, **content
            )
    return files


def _order(problem: Problem, plan: Plan, city: str) -> dict[str, Any]:
    away = [row for row in plan.deployments if row.origin == city and row.destination != city]
    return {
        "trips": _loads(problem, plan, city),
        "deployments": [_deployment(problem, row) for row in _in_time(away)],
        "expected": _expected(problem, plan, city),
        "home": [
            _deployment(problem, row)
            for row in _in_time([row for row in plan.deployments if row.origin == row.destination == city])
        ],
    }


def _in_time(rows: list[Deployment]) -> list[Deployment]:
    return sorted(rows, key=lambda row: (row.depart_h, row.line))


def _loads(problem: Problem, plan: Plan, city: str) -> list[Mapping[str, Any]]:
    """Every departure with goods or vehicles: trips with their loads, empty trips that fetch equipment, carriers."""
    start = problem.settings.start
    found: list[tuple[tuple[float, str], Mapping[str, Any]]] = []
    for trip in plan.trips:
        if trip.origin != city:
            continue
        lines = [row for row in plan.shipments if row.trip == trip.trip]
        units = [row for row in plan.deployments if row.trip == trip.trip]
        load = [_goods(problem, row) for row in lines]
        load += [f"{row.quantity} × {both_names(problem.resource_of[row.resource])}" for row in units]
        found.append(((trip.depart_h, trip.trip), {
            "vehicles": f"{trip.trips} × {trip.vehicle} ({trip.mode})", "to": both_names(problem.city_of[trip.destination]),
            "depart": hour_and_clock(start, trip.depart_h), "arrive": hour_and_clock(start, trip.arrive_h),
            "back": hour_and_clock(start, trip.back_h), "load": load or ["empty: fetch equipment 空车: 接回装备"],
            "tonnes": trip.load_t,
        }))  # fmt: skip
    for row in plan.shipments:
        if row.origin == city and row.trip is None:
            tonnes = problem.resource_of[row.resource].weight_t * row.quantity
            found.append(((row.depart_h, row.line), {
                "vehicles": f"carrier 承运人 ({row.mode})", "to": both_names(problem.city_of[row.destination]),
                "depart": hour_and_clock(start, row.depart_h), "arrive": hour_and_clock(start, row.arrive_h),
                "back": "", "load": [_goods(problem, row)], "tonnes": tonnes,
            }))  # fmt: skip
    return [content for _, content in sorted(found, key=lambda item: item[0])]


def _goods(problem: Problem, row: Shipment) -> str:
    resource = problem.resource_of[row.resource]
    return f"{row.quantity:,.6g} {resource.unit} {both_names(resource)}"


def _deployment(problem: Problem, row: Deployment) -> Mapping[str, Any]:
    start = problem.settings.start
    return {
        "what": f"{row.quantity} × {both_names(problem.resource_of[row.resource])}",
        "from": both_names(problem.city_of[row.origin]),
        "to": both_names(problem.city_of[row.destination]),
        "by": row.vehicle or "own vehicles 自行机动",
        "depart": hour_and_clock(start, row.depart_h),
        "on_site": hour_and_clock(start, row.on_site_h),
        "leave": hour_and_clock(start, row.leave_h),
        "home": hour_and_clock(start, row.home_h),
        "need": row.need,
    }


def _expected(problem: Problem, plan: Plan, city: str) -> list[Mapping[str, Any]]:
    start = problem.settings.start
    goods = [
        ((row.arrive_h, row.line), {
            "what": _goods(problem, row), "from": both_names(problem.city_of[row.origin]),
            "by": row.vehicle or f"carrier 承运人 ({row.mode})", "arrive": hour_and_clock(start, row.arrive_h), "leave": "",
        })
        for row in plan.shipments if row.destination == city
    ]  # fmt: skip
    units = [
        ((row.on_site_h, row.line), {
            "what": f"{row.quantity} × {both_names(problem.resource_of[row.resource])}",
            "from": both_names(problem.city_of[row.origin]), "by": row.vehicle or "own vehicles 自行机动",
            "arrive": hour_and_clock(start, row.on_site_h), "leave": hour_and_clock(start, row.leave_h),
        })
        for row in plan.deployments if row.destination == city and row.origin != city
    ]  # fmt: skip
    return [content for _, content in sorted([*goods, *units], key=lambda item: item[0])]
