"""What is said of a tier that the time did not suffice for."""

from __future__ import annotations

import re
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console
from tongzhou.model.domain import Problem
from tongzhou.model.plan import Outcome, Tier
from tongzhou.service.cli.tables import print_outcome
from tongzhou.service.reports.report_page import report_html
from worlds import carrier, need, planned, stock, world

NEVER = float("inf")


@pytest.fixture
def problem() -> Problem:
    return world(stock("G", 5, offered=5), need("A", 12), carrier("G", "A"))


@pytest.fixture
def outcome(problem: Problem) -> Outcome:
    """Evenness whose levels nobody found, then a priority that only zero is known to bound."""
    found = planned(problem)
    tiers = (
        Tier(name="priority-1", value=7.0, bound=6.5, gap=0.5 / 6.5),
        Tier(name="fairness-1", value=0.0, bound=0.0, gap=NEVER),
        Tier(name="priority-2", value=3.25, bound=0.0, gap=NEVER),
    )
    assert found.plan is not None
    return replace(found, plan=replace(found.plan, tiers=tiers))


# The 0 of an evenness tier that was not reached would read as perfectly even; a priority's value holds whatever is proven of it.
EXPECTED = [["7", "6.5"], ["–", "0"], ["3.25", "0"]]


def test_evenness_not_reached_is_a_dash_on_the_terminal(outcome: Outcome) -> None:
    screen = StringIO()
    print_outcome(Console(file=screen, width=160), None, outcome)
    rows = [line.split("│")[2:4] for line in screen.getvalue().splitlines() if "%" in line or "nothing proven" in line]
    assert [[cell.strip() for cell in row] for row in rows] == EXPECTED


def test_evenness_not_reached_is_a_dash_in_the_report(problem: Problem, outcome: Outcome) -> None:
    table = report_html(problem, outcome).partition("What was reached")[2].partition("</table>")[0]
    rows = [re.findall(r'<td class="n">(.*?)</td>', row)[:2] for row in table.split("<tr>")[2:]]
    assert rows == EXPECTED
