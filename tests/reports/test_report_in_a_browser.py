"""The report as a browser shows it: pictures drawn, nothing asked of the network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tongzhou.scenarios.template import example
from tongzhou.service.results import write_results
from tongzhou.service.runs import plan
from tongzhou.solvers.options import SolveOptions

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--virtual-time-budget=20000", "--dump-dom",
)  # fmt: skip


@pytest.fixture
def browser() -> str:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no browser: make test installs chromium")
        pytest.skip("no browser: apt-get install chromium")
    return found


def test_map_and_timeline_are_drawn_without_a_network(browser: str, tmp_path: Path) -> None:
    problem = example()
    write_results(problem, plan(problem, SolveOptions(time_limit_s=30)), tmp_path / "plan", workbook=True, report=True)
    page = tmp_path / "plan" / "report.html"
    command = [browser, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    drawn = re.findall(r'<svg class="main-svg"', done.stdout)
    assert len(drawn) >= 2, "two plotly figures have drawn themselves"
    assert "Hill City" in done.stdout
    assert "山城" in done.stdout
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
