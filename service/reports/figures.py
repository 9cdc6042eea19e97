"""The pictures of the report: a map of flows and a timeline, as plotly figures."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import City
from tongzhou.model.plan import Plan
from tongzhou.service.reports.clock import clock_time
from tongzhou.service.reports.summary import Summary, both_names

INK = "#1f2a36"
GOODS, UNITS, ROADS = "#c2571a", "#1f6fb2", "#d5dae0"
ROLE_SYMBOL = {"origin": "star", "affected": "circle", "contributor": "square", "national": "diamond", "hub": "cross"}
ROLE_NAME = {
    "origin": "origin 源发地", "affected": "affected 受灾", "contributor": "contributor 援助", "national": "national 国家库",
    "hub": "hub 中转",
}  # fmt: skip
FONT = {"family": "'Noto Sans CJK SC', 'Noto Sans', 'Microsoft YaHei', sans-serif", "color": INK, "size": 13}


def flow_map(problem: Problem, plan: Plan, summary: Summary, roads: Path | None) -> go.Figure:
    """Cities at their coordinates, coloured by fill rate; lines for goods (tonnes) and for teams and equipment (units)."""
    figure = go.Figure()
    if roads is not None:
        add_roads(figure, roads)
    goods: dict[tuple[str, str], float] = defaultdict(float)
    for shipment in plan.shipments:
        tonnes = problem.resource_of[shipment.resource].weight_t * shipment.quantity
        goods[shipment.origin, shipment.destination] += tonnes
    units: dict[tuple[str, str], float] = defaultdict(float)
    for deployment in plan.deployments:
        if deployment.origin != deployment.destination:
            units[deployment.origin, deployment.destination] += deployment.quantity
    add_flows(figure, problem, goods, GOODS, "goods 物资", "t 吨", bend=0.08)
    add_flows(figure, problem, units, UNITS, "teams, equipment 队伍与装备", "units 单位", bend=-0.08)
    _add_cities(figure, problem, summary)
    frame_map(figure, problem)
    return figure


def add_roads(figure: go.Figure, roads: Path) -> None:
    """Main roads as a thin background."""
    longitudes: list[float | None] = []
    latitudes: list[float | None] = []
    for line in json.loads(roads.read_text(encoding="utf-8"))["lines"]:
        longitudes += [point[0] for point in line] + [None]
        latitudes += [point[1] for point in line] + [None]
    figure.add_scatter(x=longitudes, y=latitudes, mode="lines", line={"color": ROADS, "width": 1},
                       hoverinfo="skip", name="main roads 主要道路")  # fmt: skip


def add_flows(
    figure: go.Figure,
    problem: Problem,
    flows: dict[tuple[str, str], float],
    color: str,
    name: str,
    unit: str,
    *,
    bend: float,
) -> None:
    """Lines from city to city, as wide as the square root of their quantity."""
    largest = max(flows.values(), default=1.0)
    shown = False
    for (origin, destination), quantity in sorted(flows.items(), key=lambda item: item[1]):
        if quantity <= 0:
            continue
        start, end = problem.city_of[origin], problem.city_of[destination]
        xs, ys = _arc((start.longitude, start.latitude), (end.longitude, end.latitude), bend)
        text = f"{both_names(start)} → {both_names(end)}: {quantity:,.1f} {unit}"
        figure.add_scatter(
            x=xs, y=ys, mode="lines+markers", name=name, legendgroup=name, showlegend=not shown, text=[text] * len(xs),
            hovertemplate="%{text}<extra></extra>", opacity=0.75,
            line={"color": color, "width": 1 + 6 * math.sqrt(quantity / largest)},
            marker={"symbol": "arrow", "angleref": "previous", "color": color,
                    "size": [0] * (len(xs) // 2) + [10] + [0] * (len(xs) - len(xs) // 2 - 1)},
        )  # fmt: skip
        shown = True


def _arc(start: tuple[float, float], end: tuple[float, float], bend: float) -> tuple[list[float], list[float]]:
    """Points of a slightly bent line, so that both directions can be told apart."""
    steps = 12
    dx, dy = end[0] - start[0], end[1] - start[1]
    xs, ys = [], []
    for step in range(steps + 1):
        share = step / steps
        lift = 4 * bend * share * (1 - share)
        xs.append(round(start[0] + dx * share - dy * lift, 4))
        ys.append(round(start[1] + dy * share + dx * lift, 4))
    return xs, ys


def _add_cities(figure: go.Figure, problem: Problem, summary: Summary) -> None:
    for number, role in enumerate(ROLE_SYMBOL):
        cities = [city for city in problem.cities if city.role == role]
        if not cities:
            continue
        rates = [_rate(summary, city.city) for city in cities]
        figure.add_scatter(
            x=[city.longitude for city in cities], y=[city.latitude for city in cities], mode="markers+text",
            text=[map_label(city) for city in cities], textposition="top center",
            textfont={"size": 10}, name=ROLE_NAME[role], hovertemplate="%{customdata}<extra></extra>",
            customdata=[_tip(city, rate) for city, rate in zip(cities, rates, strict=True)],
            marker={
                "symbol": ROLE_SYMBOL[role], "size": 16 if role == "origin" else 12, "line": {"color": INK, "width": 1},
                "color": [0.5 if rate is None else rate for rate in rates] if role in ("origin", "affected") else "#ffffff",
                "colorscale": [[0, "#b2182b"], [0.5, "#fddbc7"], [1, "#1a7f4b"]], "cmin": 0, "cmax": 1,
                "showscale": role == "affected" or (number == 0 and not any(c.role == "affected" for c in problem.cities)),
                "colorbar": {"title": {"text": "fill rate<br>满足率"}, "tickformat": ".0%", "len": 0.5, "thickness": 12},
            },
        )  # fmt: skip


def map_label(city: City) -> str:
    """Both names, one above the other and short enough for a crowded map; the whole names are shown on hovering."""
    return "<br>".join(name[:14] for name in (city.name, city.name_zh) if name)


def _tip(city: City, rate: float | None) -> str:
    served = "no needs 无需求" if rate is None else f"fill rate 满足率 {rate:.0%}"
    return f"{both_names(city)}<br>{served}"


def _rate(summary: Summary, city: str) -> float | None:
    items = [item for item in summary.needs if item.need.city == city]
    whole = sum(item.size for item in items)
    return sum(item.size * item.fill for item in items) / whole if whole else None


def frame_map(figure: go.Figure, problem: Problem) -> None:
    """Same scale both ways, all cities inside."""
    latitudes = [city.latitude for city in problem.cities]
    longitudes = [city.longitude for city in problem.cities]
    middle = math.radians(sum(latitudes) / len(latitudes))
    margin = 0.6
    figure.update_layout(
        height=860, margin={"l": 10, "r": 10, "t": 10, "b": 10}, plot_bgcolor="#f7f9fb", font=FONT,
        legend={"orientation": "h", "y": -0.02},
        xaxis={"visible": False, "range": [min(longitudes) - margin, max(longitudes) + margin]},
        yaxis={"visible": False, "range": [min(latitudes) - margin, max(latitudes) + margin],
               "scaleanchor": "x", "scaleratio": 1 / max(0.2, math.cos(middle))},
    )  # fmt: skip


def timeline(problem: Problem, plan: Plan) -> go.Figure:
    """Tonnes and units under way or at work by period, and the weighted share still unserved."""
    settings = problem.settings
    hours = [period * settings.period_h for period in range(settings.periods)]
    labels = [f"{hour:g} h<br>{clock_time(settings.start, hour)}" for hour in hours]
    figure = go.Figure()
    moving: dict[str, list[float]] = defaultdict(lambda: [0.0] * settings.periods)
    for row in plan.shipments:
        tonnes = problem.resource_of[row.resource].weight_t * row.quantity
        for period, hour in enumerate(hours):
            if row.depart_h <= hour < row.arrive_h:
                moving["goods under way, t 在途物资 (吨)"][period] += tonnes
    for deployment in plan.deployments:
        for period, hour in enumerate(hours):
            if deployment.on_site_h <= hour < deployment.leave_h:
                moving["teams and equipment on site, units 在岗队伍与装备"][period] += deployment.quantity
    colors = {"goods": GOODS, "teams": UNITS}
    for name, values in moving.items():
        figure.add_bar(x=labels, y=values, name=name, marker_color=colors[name.split()[0]],
                       yaxis="y" if name.startswith("goods") else "y2", offsetgroup=name, opacity=0.85)  # fmt: skip
    _add_unserved(figure, problem, plan, labels)
    figure.update_layout(
        height=430, margin={"l": 60, "r": 60, "t": 20, "b": 60}, font=FONT, plot_bgcolor="#f7f9fb", barmode="group",
        legend={"orientation": "h", "y": -0.28}, yaxis={"title": {"text": "t 吨"}, "rangemode": "tozero"},
        yaxis2={"title": {"text": "units 单位"}, "overlaying": "y", "side": "right", "rangemode": "tozero", "showgrid": False},
        yaxis3={"overlaying": "y", "side": "right", "visible": False, "range": [0, 1.02]},
    )  # fmt: skip
    return figure


def _add_unserved(figure: go.Figure, problem: Problem, plan: Plan, labels: list[str]) -> None:
    """Share of all supply needs open by each hour that is still unserved, by priority."""
    settings = problem.settings
    styles = {1: ("#b2182b", "solid"), 2: ("#7b3294", "dash"), 3: ("#5b6770", "dot")}
    for priority, (color, dash) in styles.items():
        needs = {row.need: row for row in problem.needs if row.priority == priority and row.by_h is not None}
        whole = {row.need: row.quantity * (row.repeats or 1) for row in needs.values()}
        total = len(needs)
        if not total:
            continue
        shares: list[float] = []
        for period in range(settings.periods):
            hour = period * settings.period_h
            done: dict[str, float] = defaultdict(float)
            for row in plan.service:
                if row.need in needs and row.at_h <= hour:
                    done[row.need] += row.served
            shares.append(1 - sum(done[name] / whole[name] for name in needs) / total)
        figure.add_scatter(x=labels, y=shares, yaxis="y3", mode="lines", line={"color": color, "dash": dash, "width": 3},
                           name=f"supplies unserved, priority {priority} 未满足比例, 优先级 {priority}",
                           hovertemplate="%{y:.0%}<extra></extra>")  # fmt: skip


def figure_html(figure: Any, *, with_library: bool) -> str:
    """A figure as a fragment of HTML; the first one of a page brings the library along."""
    text = figure.to_html(
        full_html=False, include_plotlyjs=with_library, config={"displaylogo": False, "responsive": True}
    )
    return str(text)
