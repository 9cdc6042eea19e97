"""The page of a whole settlement: what it says, what it draws, that it asks nothing of the network."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from report_case import HOSTILE, Settled
from tongzhou.service.reports.settlement_page import settlement_html


@pytest.fixture(scope="module")
def page(case: Settled) -> str:
    return settlement_html(case.problem, case.settlement)


def said(page: str) -> str:
    """The page without scripts and styles."""
    return re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)


def test_cities_payments_rules_and_bill_are_on_it(case: Settled, page: str) -> None:
    text = said(page)
    for row in case.settlement.settlement:
        assert f"{row.burden:,.2f}" in text
    for item in case.settlement.transfers:
        assert item.reference in text
        assert f"{item.amount:,.2f}" in text
    for name in (
        "by responsibility",
        "按责任分担",
        "equal surplus",
        "均分剩余",
        "commodities",
        "物资",
        "late report",
        "INTERIM",
    ):
        assert name in text
    totals = re.findall(r'<tr class="sum"><td>.*?</tr>', text, re.DOTALL)
    assert any(f"{case.settlement.bill_total:,.2f}" in total for total in totals)


def test_every_heading_is_in_both_languages(page: str) -> None:
    headings = re.findall(r"<h2[^>]*>(.*?)</h2>", said(page), re.DOTALL)
    assert len(headings) >= 8
    for heading in headings:
        assert re.search(r"[A-Za-z]{3}.*[\u4e00-\u9fff]", heading, re.DOTALL), heading


def test_hostile_texts_are_only_text_and_nothing_is_fetched(page: str) -> None:
    text = said(page)
    assert HOSTILE not in page
    assert HOSTILE.replace("<", "&lt;").replace(">", "&gt;") in text
    assert "<u>" not in text
    assert not re.search(r"""<(?:script|link|img|iframe)[^>]*(?:src|href)=""", page)


def test_money_missing_is_said(case: Settled) -> None:
    needed = replace(case.settlement.money, stability_free=Decimal(7), stability_funds=None, missing=None,
                     short_participation=Decimal(9))  # fmt: skip
    text = said(settlement_html(case.problem, replace(case.settlement, money=needed)))
    assert "Cost of stability: 7.00 CNY" in text
    assert "no amount is known to be enough" in text
    assert "left worse off than alone, in all: 9.00 CNY" in text
    lacking = replace(case.settlement.money, missing=Decimal(1234))
    assert "Missing: 1,234.00 CNY" in said(settlement_html(case.problem, replace(case.settlement, money=lacking)))


def test_rules_tell_how_many_are_better_off_alone(case: Settled) -> None:
    rules = tuple(replace(row, worse_off="A G", worst_group="A") for row in case.settlement.rules)
    text = said(settlement_html(case.problem, replace(case.settlement, rules=rules)))
    assert re.search(r'<td class="n">2</td><td>Lower \| Town 下城, &lt;script', text)


def test_map_and_charts_are_drawn(case: Settled, page: str, opened: Callable[[Path], str], tmp_path: Path) -> None:
    file = tmp_path / "settlement.html"
    file.write_text(page, encoding="utf-8")
    drawn = opened(file)
    assert len(re.findall(r'<svg class="main-svg"', drawn)) >= 2
    assert "下城" in drawn
    assert 'onload="alert' not in drawn
