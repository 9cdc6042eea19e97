"""The settlement on the screen: numbers are whole wherever it is printed."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from decimal import Decimal

import pytest
from report_case import Settled
from rich.console import Console
from tongzhou.service.cli.settlement_tables import money, print_settlement


def printed(case: Settled, *, terminal: bool, width: int = 80) -> str:
    """What a console of some width shows of a settlement with large numbers and long groups."""
    large = {"burden": Decimal("-5382177534.54"), "gain": Decimal("1234567890.12"), "alone": Decimal("9876543210.99")}
    names = " ".join(f"city-{number}" for number in range(30))
    rules = tuple(
        replace(row, worse_off=names, worst_group=names, worst_excess=large["alone"]) for row in case.settlement.rules
    )
    settlement = replace(case.changed("A", **large), rules=rules)
    out = io.StringIO()
    console = Console(
        file=out, force_terminal=terminal, width=width, soft_wrap=not terminal, highlight=False, no_color=True
    )
    print_settlement(console, settlement)
    return re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())


@pytest.mark.parametrize("terminal", [True, False])
def test_no_number_is_cut(case: Settled, monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    monkeypatch.setenv("TONGZHOU_LANG", "both")
    text = printed(case, terminal=terminal)
    for number in ("-5,382,177,535", "1,234,567,890", "9,876,543,211"):
        assert f" {number} │" in text
    assert "…│" not in text
    assert not re.search(r"\d,?…", text)


def test_a_narrow_terminal_gets_several_tables(case: Settled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGZHOU_LANG", "en")
    narrow, piped = (printed(case, terminal=terminal) for terminal in (True, False))
    tables = [line for line in narrow.splitlines() if line.startswith(("│", "┏", "└", "┃"))]
    assert max(map(len, tables)) <= 80
    assert narrow.count("┏") > piped.count("┏") == 3


def test_groups_are_counted_and_the_first_named(case: Settled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGZHOU_LANG", "en")
    assert "30: city-0, city-1, city-2\u00a0…" in re.sub(r"\s*\n", "\n", printed(case, terminal=False, width=240))


def test_whole_units_but_never_a_false_zero() -> None:
    assert [money(Decimal(text)) for text in ("1163586.60", "0.00", "0.21", "-0.40")] == [
        "1,163,587",
        "0",
        "0.21",
        "-0.40",
    ]
    assert money(None) == "–"
