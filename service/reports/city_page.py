"""A city's sheet as a page: with and without aid, gives, gets, keeps, risk, claims, and a picture of what stays at home."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots
from tongzhou.model.city_sheet import CitySheet, Keeping, LineOfCity
from tongzhou.model.domain import Problem
from tongzhou.model.plan import Outcome, Plan
from tongzhou.service.reports.clock import hour_and_clock
from tongzhou.service.reports.figures import FONT, GOODS, figure_html
from tongzhou.service.reports.report_page import pages
from tongzhou.service.reports.summary import both_names

FLOOR = "#b2182b"
MOST_PICTURES = 6


def city_html(problem: Problem, outcome: Outcome, sheet: CitySheet) -> str:
    """The page of one city."""
    assert outcome.plan is not None
    city, start = problem.city_of[sheet.city], problem.settings.start
    shown = _shown(problem, sheet)
    figure = _levels(problem, outcome.plan, sheet.city, shown) if shown else None
    return (
        pages()
        .get_template("city.html")
        .render(
            name=both_names(city), settings=problem.settings, outcome=outcome, sheet=sheet,
            needs=[{"row": row, "what": both_names(problem.resource_of[row.resource]),
                    "unit": problem.resource_of[row.resource].unit} for row in sheet.needs],
            gives=list(_lines(problem, sheet.gives)), gets=list(_lines(problem, sheet.gets)),
            keeps=[{"row": row, "what": both_names(problem.resource_of[row.resource]),
                    "unit": problem.resource_of[row.resource].unit, "when": hour_and_clock(start, row.lowest_h)} for row in sheet.keeps],
            risks=[{"row": row, "what": _what(problem, row.what), "from": hour_and_clock(start, row.from_h),
                    "until": hour_and_clock(start, row.until_h)} for row in sheet.risks],
            claims=[{"row": row, "receiver": both_names(problem.city_of[row.receiver])} for row in sheet.claims],
            figure=figure_html(figure, with_library=True) if figure is not None else "",
        )
    )  # fmt: skip


def _what(problem: Problem, name: str) -> str:
    spec = problem.resource_of.get(name)
    return name if spec is None else both_names(spec)


def _lines(problem: Problem, rows: Iterable[LineOfCity]) -> Iterable[Mapping[str, Any]]:
    start = problem.settings.start
    for row in rows:
        spec = problem.resource_of[row.resource]
        yield {
            "line": row.line, "state": row.state, "other": both_names(problem.city_of[row.other]),
            "what": f"{row.quantity:,.6g} {spec.unit} {both_names(spec)}", "depart": hour_and_clock(start, row.depart_h),
            "arrive": hour_and_clock(start, row.arrive_h), "need": row.need or "",
        }  # fmt: skip


def _shown(problem: Problem, sheet: CitySheet) -> list[Keeping]:
    """Supplies of which the city comes nearest to the floor, as a share of what it held."""
    supplies = [row for row in sheet.keeps if problem.resource_of[row.resource].is_supply and row.held > 0]
    return sorted(supplies, key=lambda row: (row.above_floor / row.held, row.resource))[:MOST_PICTURES]


def _levels(problem: Problem, plan: Plan, city: str, shown: list[Keeping]) -> go.Figure:
    """On hand by hour against the floor, one picture a supply."""
    columns = min(3, len(shown))
    rows = -(-len(shown) // columns)
    titles = [
        f"{both_names(problem.resource_of[row.resource])}, {problem.resource_of[row.resource].unit}" for row in shown
    ]
    figure = make_subplots(rows=rows, cols=columns, subplot_titles=titles, vertical_spacing=0.3 / rows)
    hours = [period * problem.settings.period_h for period in range(problem.settings.periods)]
    levels = {(row.resource, row.at_h): row.on_hand for row in plan.stocks if row.city == city}
    for number, row in enumerate(shown):
        place = {"row": number // columns + 1, "col": number % columns + 1}
        there = [levels.get((row.resource, hour), 0.0) for hour in hours]
        figure.add_scatter(x=hours, y=there, mode="lines", line={"shape": "hv", "color": GOODS, "width": 3},
                           name="on hand 现存", legendgroup="hand", showlegend=number == 0, **place)  # fmt: skip
        figure.add_scatter(x=[hours[0], hours[-1]], y=[row.floor, row.floor], mode="lines", line={"color": FLOOR, "dash": "dash"},
                           name="floor 底线", legendgroup="floor", showlegend=number == 0, **place)  # fmt: skip
    figure.update_yaxes(rangemode="tozero")
    figure.update_xaxes(ticksuffix=" h")
    figure.update_layout(height=90 + 230 * rows, margin={"l": 50, "r": 20, "t": 50, "b": 40}, font=FONT, plot_bgcolor="#f7f9fb",
                         legend={"orientation": "h", "y": 1.0 + 0.3 / rows, "x": 0})  # fmt: skip
    return figure
