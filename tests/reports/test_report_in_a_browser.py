"""The report as a browser shows it: pictures drawn, nothing asked of the network."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tongzhou.scenarios.template import example
from tongzhou.service.results import write_results
from tongzhou.service.runs import plan
from tongzhou.solvers.options import SolveOptions


def test_map_and_timeline_are_drawn_without_a_network(opened: Callable[[Path], str], tmp_path: Path) -> None:
    problem = example()
    write_results(problem, plan(problem, SolveOptions(time_limit_s=30)), tmp_path / "plan", workbook=True, report=True)
    page = tmp_path / "plan" / "report.html"
    document = opened(page)
    drawn = re.findall(r'<svg class="main-svg"', document)
    assert len(drawn) >= 2, "two plotly figures have drawn themselves"
    assert "Hill City" in document
    assert "山城" in document
    source = page.read_text(encoding="utf-8")
    assert not re.search(r"""<(?:script|link|img|iframe)[^>]*(?:src|href)=["']?(?:https?:)?//""", source)


def test_orders_say_who_loads_what_when(tmp_path: Path) -> None:
    problem = example()
    write_results(problem, plan(problem, SolveOptions(time_limit_s=30)), tmp_path / "plan", report=True)
    order = (tmp_path / "plan" / "orders" / "hill-city.html").read_text(encoding="utf-8")
    # six trucks of 15 t are all there are: the first departure takes 90 t of the 140 t of water that are missing
    assert "6 × truck (road)" in order
    assert "90 t Drinking water" in order
    assert "+0 h (07-01 08:00)" in order
