"""Bad tables of money: one error that lists every fault, in both languages."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from deals import actual, advance, deal, dispute, fund, pair_rows, responsible
from tongzhou.model.errors import ScenarioError
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.settlement.setting import SettleOptions
from tongzhou.solvers.settlement.settle import settle
from worlds import plan_of, stock, supply


def report(caught: pytest.ExceptionInfo[ScenarioError]) -> list[tuple[str, str]]:
    """Table and column of every fault; both languages list all of them."""
    for language in ("en", "zh"):
        lines = caught.value.report(language).splitlines()
        assert len(lines) == 1 + len(caught.value.faults)
    return sorted((fault.table, fault.columns[0]) for fault in caught.value.faults)


def test_all_faults_of_the_scenario_at_once():
    rows = [
        responsible("A", 0.7), responsible("G", 0.6),  # 130 %
        fund(100, "travel", name="F1", share=0.6), fund(100, "all", name="F2", share=0.6),  # travel 120 %
        advance("Nobody", "G", 5), advance("G", "G", 5, "X2"),
        replace(actual(), arrived=11.0), replace(actual("L2"), arrived_h=-1.0),
    ]  # fmt: skip
    with pytest.raises(ScenarioError) as caught:
        deal(*pair_rows(), *rows)
    assert report(caught) == [
        ("actuals", "arrived"), ("actuals", "arrived_h"), ("advances", "payee"), ("advances", "payer"),
        ("funds", "share"), ("funds", "share"), ("responsibility", "share"), ("responsibility", "share"),
    ]  # fmt: skip


def test_a_share_over_one_and_negative_costs():
    rows = [fund(100, share=1.5), actual(cost=-5), fund(-3, name="F2"), advance("A", "G", -1)]
    with pytest.raises(ScenarioError) as caught:
        deal(*pair_rows(), *rows)
    assert report(caught) == [("actuals", "cost"), ("advances", "amount"), ("funds", "amount"), ("funds", "share")]


def test_all_faults_of_the_lines_at_once():
    # another line, another dispute, and damage of something without a value
    problem = deal(supply(), stock("G", 10, offered=10), *pair_rows()[2:], )  # fmt: skip
    plan = plan_of(problem)
    line = plan.shipments[0].line
    bad = problem.replace(
        actuals=(actual(line, damaged=1.0), actual(line.replace("G>A", "G>B"))), disputes=(dispute("T:nothing"),)
    )
    with pytest.raises(ScenarioError) as caught:
        settle(bad, plan, SettleOptions(), Clock(None))
    assert report(caught) == [("actuals", "damaged"), ("actuals", "line"), ("disputes", "line")]
    assert f"did you mean `{line}`?" in caught.value.report("en")
    assert f"是否为 `{line}`?" in caught.value.report("zh")


def test_money_has_a_currency_of_cents():
    assert fund("0.01").amount == Decimal("0.01")
