"""The pictures of a settlement: who pays whom on the map, and every city's burden alone and in the end."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import plotly.graph_objects as go
from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import City
from tongzhou.model.settlement.settlement import CityRow, Settlement
from tongzhou.service.reports.document import money
from tongzhou.service.reports.figures import (
    FONT,
    GOODS,
    INK,
    ROLE_NAME,
    ROLE_SYMBOL,
    add_flows,
    add_roads,
    frame_map,
    map_label,
)
from tongzhou.service.reports.summary import both_names

BETTER, SAME, WORSE = "#1a7f4b", "#d5dae0", "#b2182b"
ALONE = "#9fb1c1"
LARGE = Decimal("0.05")
"""Part of the largest burden below which a city is drawn on a scale of its own."""


def payment_map(problem: Problem, settlement: Settlement, roads: Path | None) -> go.Figure:
    """Payments between cities; cities coloured by whether taking part left them better or worse off."""
    figure = go.Figure()
    if roads is not None:
        add_roads(figure, roads)
    paid: dict[tuple[str, str], float] = defaultdict(float)
    for row in settlement.transfers:
        if row.payer in problem.city_of and row.payee in problem.city_of:
            paid[row.payer, row.payee] += float(row.amount)
    add_flows(figure, problem, paid, GOODS, "payments 付款", settlement.currency, bend=0.08)
    _add_cities(figure, problem, settlement)
    frame_map(figure, problem)
    return figure


def _add_cities(figure: go.Figure, problem: Problem, settlement: Settlement) -> None:
    rows = {row.city: row for row in settlement.settlement}
    for role, symbol in ROLE_SYMBOL.items():
        cities = [city for city in problem.cities if city.role == role and city.city in rows]
        if not cities:
            continue
        figure.add_scatter(
            x=[city.longitude for city in cities], y=[city.latitude for city in cities], mode="markers+text",
            text=[map_label(city) for city in cities], textposition="top center", textfont={"size": 10},
            name=ROLE_NAME[role], hovertemplate="%{customdata}<extra></extra>",
            customdata=[_tip(city, rows[city.city], settlement.currency) for city in cities],
            marker={"symbol": symbol, "size": 16 if role == "origin" else 12, "line": {"color": INK, "width": 1},
                    "color": [_color(rows[city.city]) for city in cities]},
        )  # fmt: skip


def _color(row: CityRow) -> str:
    return BETTER if row.gain > 0 else WORSE if row.is_worse_off else SAME


def _tip(city: City, row: CityRow, unit: str) -> str:
    return (
        f"{both_names(city)}<br>alone 不参与 {money(row.alone)}<br>final burden 最终负担 {money(row.burden)}"
        f"<br>gain 收益 {money(row.gain)} {unit}"
    )


def burden_charts(settlement: Settlement, names: dict[str, str]) -> list[go.Figure]:
    """Burden had each city stayed out, and the final one; cities far below the largest have a picture of their own scale."""
    rows = sorted(settlement.settlement, key=lambda row: (_size(row), row.city))
    largest = max((_size(row) for row in rows), default=Decimal(0))
    large = [row for row in rows if _size(row) >= LARGE * largest]
    small = [row for row in rows if _size(row) < LARGE * largest]
    return [_burden_chart(part, names, settlement.currency) for part in (large, small) if part]


def _size(row: CityRow) -> Decimal:
    return max(abs(row.alone), abs(row.burden))


def _burden_chart(rows: list[CityRow], names: dict[str, str], unit: str) -> go.Figure:
    labels = [names[row.city] for row in rows]
    figure = go.Figure()
    figure.add_bar(y=labels, x=[float(row.burden) for row in rows], orientation="h", name="final burden 最终负担",
                   marker_color=[BETTER if row.gain >= 0 else WORSE for row in rows],
                   hovertemplate="%{y}: %{x:,.2f}<extra></extra>")  # fmt: skip
    figure.add_bar(y=labels, x=[float(row.alone) for row in rows], orientation="h", name="staying out 不参与",
                   marker_color=ALONE, hovertemplate="%{y}: %{x:,.2f}<extra></extra>")  # fmt: skip
    figure.update_layout(
        height=160 + 30 * len(rows), margin={"l": 10, "r": 20, "t": 80, "b": 40}, font=FONT, plot_bgcolor="#f7f9fb",
        barmode="group", legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "traceorder": "reversed"},
        xaxis={"title": {"text": unit}, "zeroline": True, "zerolinecolor": INK},
        yaxis={"automargin": True, "type": "category"},
    )  # fmt: skip
    return figure
