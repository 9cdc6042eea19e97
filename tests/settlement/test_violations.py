"""Break one rule of a sound settlement at a time: the verifier names it. And every name it knows is broken here."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import tongzhou.model.settlement.check as check
from deals import LINE, breach, deal, dispute, fund, pair_rows, programme, responsible, settled
from tongzhou.model.domain import Problem
from tongzhou.model.plan import Plan
from tongzhou.model.settlement.check import verify_settlement
from tongzhou.model.settlement.check_findings import SettlementViolation
from tongzhou.model.settlement.settlement import InKindRow, Settlement
from worlds import city, plan_of, stock

Case = tuple[Problem, Plan, Settlement]
CENT = Decimal("0.01")


def _case(problem: Problem, plan: Plan | None = None) -> Case:
    plan = plan if plan is not None else plan_of(problem)
    return problem, plan, settled(problem, plan, compare=("equal-surplus",))


@cache
def rich() -> Case:
    """A may pay 100, two funds, a programme, a bystander Z: G gets 100 + 37.50 + 12.50 of travel and goods, and units."""
    money = [fund(100, "travel", share=0.75), fund(10, "commodities", "H", cap=10), programme("A", 10, 40, 9, "G")]
    return _case(deal(*pair_rows(), responsible("A", cap=100), *money, stock("Z", 1, offered=0)))


@cache
def liable() -> Case:
    return _case(deal(*pair_rows(), city("O", "origin"), responsible("O", 0.6, 120)))


@cache
def breached() -> Case:
    return _case(deal(*pair_rows(), breach("G"), margin=0.2))


@cache
def disputed() -> Case:
    problem = deal(*pair_rows())
    return _case(problem.replace(disputes=(dispute(LINE),)), plan_of(problem))


def names(case: Case, settlement: Settlement, problem: Problem | None = None) -> set[str]:
    found = verify_settlement(problem or case[0], case[1], settlement)
    assert all(item.line("en") and item.line("zh") for item in found)
    return {item.name for item in found}


def part(case: Case, table: str, change: Callable[[Any], bool] | int = 0, **values: Any) -> Settlement:
    """One row of a table changed: the first that `change` accepts, or by number."""
    rows = list(getattr(case[2], table))
    place = change if isinstance(change, int) else next(number for number, item in enumerate(rows) if change(item))
    rows[place] = replace(rows[place], **values)
    return replace(case[2], **{table: tuple(rows)})


def party(name: str) -> Callable[[Any], bool]:
    return lambda item: item.city == name


def more(case: Case, name: str, column: str, amount: Decimal = CENT) -> Settlement:
    """A column of a city's row raised."""
    old = next(item for item in case[2].settlement if item.city == name)
    return part(case, "settlement", party(name), **{column: getattr(old, column) + amount})


def proof(case: Case, **values: Any) -> Settlement:
    return replace(case[2], certificate=replace(case[2].certificate, **values))


def money(case: Case, **values: Any) -> Settlement:
    return replace(case[2], money=replace(case[2].money, **values))


def units(case: Case, **values: Any) -> Settlement:
    return part(case, "in_kind", 0, **values)


EDITS: dict[str, Callable[[], tuple[Case, Settlement]]] = {
    "bill-line": lambda: (rich(), part(rich(), "bill", line="S:other")),
    "bill-category": lambda: (rich(), part(rich(), "bill", category="sundry")),
    "bill-negative": lambda: (rich(), part(rich(), "bill", estimate=Decimal(-1))),
    "bill-city": lambda: (rich(), part(rich(), "bill", city="Nobody")),
    "bill-own-use": lambda: (rich(), part(rich(), "bill", lambda item: item.item == "goods", receiver="G")),
    "bill-total": lambda: (rich(), replace(rich()[2], bill_total=rich()[2].bill_total + CENT)),
    "bill-disputed": lambda: (disputed(), part(disputed(), "bill", status="verified")),
    "carried-over": lambda: (disputed(), replace(disputed()[2], carried_over=())),
    "interim": lambda: (disputed(), replace(disputed()[2], interim=False)),
    "cost-given": lambda: (rich(), more(rich(), "G", "cost_given")),
    "fund-unknown": lambda: (rich(), part(rich(), "grants", fund="X")),
    "fund-category": lambda: (rich(), part(rich(), "grants", lambda item: item.fund == "F", category="commodities")),
    "fund-amount": lambda: (rich(), part(rich(), "grants", lambda item: item.fund == "H", amount=Decimal("10.01"))),
    "fund-cap": lambda: (rich(), part(rich(), "grants", lambda item: item.fund == "H", amount=Decimal("10.01"))),
    "fund-share": lambda: (rich(), part(rich(), "grants", lambda item: item.fund == "F", amount=Decimal("37.51"))),
    "paid-twice": lambda: (rich(), part(rich(), "grants", lambda item: item.fund == "F", amount=Decimal("50.01"))),
    "incentive": lambda: (rich(), part(rich(), "grants", lambda item: item.fund == "H", category="incentive", city="Z")),
    "from-funds": lambda: (rich(), more(rich(), "G", "from_funds")),
    "outside-money": lambda: (rich(), replace(rich()[2], outside_money=Decimal(0))),
    "programme-unknown": lambda: (rich(), units(rich(), programme="Q")),
    "programme-open": lambda: (rich(), units(rich(), city="Z")),
    "programme-provider": lambda: (rich(), units(rich(), provider="Z")),
    "programme-value": lambda: (rich(), units(rich(), value=Decimal(1))),
    "programme-cost": lambda: (rich(), units(rich(), cost=Decimal(1))),
    "programme-units": lambda: (rich(), units(rich(), units=10, value=Decimal(400), cost=Decimal(100))),
    "in-kind-value": lambda: (rich(), more(rich(), "G", "in_kind_value")),
    "in-kind-cost": lambda: (rich(), more(rich(), "A", "in_kind_cost")),
    "parties": lambda: (rich(), replace(rich()[2], settlement=rich()[2].settlement[:-1])),
    "mode": lambda: (rich(), replace(rich()[2], mode="led")),
    "balance": lambda: (rich(), more(rich(), "A", "paid")),
    "negative": lambda: (rich(), more(rich(), "Z", "received", -CENT)),
    "burden": lambda: (rich(), more(rich(), "A", "burden")),
    "gain": lambda: (rich(), more(rich(), "A", "gain")),
    "ability": lambda: (rich(), more(rich(), "A", "paid")),
    "contributor-pays": lambda: (rich(), more(rich(), "Z", "paid")),
    "loss": lambda: (rich(), more(rich(), "A", "loss_with_aid", 2 * CENT)),
    "reimbursement": lambda: (rich(), money(rich(), short_reimbursement=Decimal(0))),
    "participation": lambda: (rich(), money(rich(), short_participation=Decimal(1))),
    "told": lambda: (rich(), part(rich(), "rules", worse_off="A")),
    "liability-sum": lambda: (liable(), more(liable(), "G", "liability", -Decimal(1))),
    "liability": lambda: (liable(), more(liable(), "O", "liability", Decimal(1))),
    "alone": lambda: (liable(), more(liable(), "A", "alone", Decimal(1))),
    "gap": lambda: (rich(), replace(rich()[2], gap=Decimal(1))),
    "rest": lambda: (rich(), more(rich(), "A", "adjustment", Decimal(1))),
    "adjustment": lambda: (breached(), more(breached(), "G", "adjustment", Decimal(1))),
    "conduct": lambda: (breached(), part(breached(), "settlement", party("A"), conduct=Decimal(1))),
    "conduct-below-cost": lambda: (breached(), more(breached(), "G", "received", -Decimal(41))),
    "conduct-notes": lambda: (breached(), replace(breached()[2], conduct=())),
    "bound": lambda: (rich(), proof(rich(), bound=rich()[2].certificate.worst_excess - 1)),
    "excess": lambda: (rich(), proof(rich(), bound=rich()[2].certificate.excess + 1)),
    "worst-group": lambda: (rich(), proof(rich(), worst_group=("Nobody",))),
    "explain": lambda: (rich(), replace(rich()[2], explain=rich()[2].explain[1:])),
    "rule-burden": lambda: (rich(), part(rich(), "rule_burdens", burden=Decimal(7))),
    "transfer-amount": lambda: (rich(), part(rich(), "transfers", amount=Decimal(0))),
    "transfer-kind": lambda: (rich(), part(rich(), "transfers", kind="gift")),
    "transfers": lambda: (rich(), part(rich(), "transfers", amount=Decimal(1))),
    "transfer-reference": lambda: (rich(), part(rich(), "transfers", 1, reference=rich()[2].transfers[0].reference)),
    "netting": lambda: (rich(), in_two_payments(rich())),
    "ledger-line": lambda: (rich(), part(rich(), "ledger", credit=Decimal(1))),
    "ledger-balance": lambda: (rich(), replace(rich()[2], ledger=rich()[2].ledger[1:])),
    "ledger-open": lambda: (rich(), ledger_without(rich(), "payment")),
    "ledger-cost": lambda: (rich(), ledger_without(rich(), "verified cost")),
    "ledger-bank": lambda: (rich(), ledger_without(rich(), "payment")),
}  # fmt: skip


def in_two_payments(case: Case) -> Settlement:
    """The one payment between cities made in two."""
    [mutual] = [item for item in case[2].transfers if item.kind == "mutual"]
    halves = [replace(mutual, reference=f"half {number}", amount=mutual.amount / 2) for number in (1, 2)]
    return replace(case[2], transfers=(*halves, *(item for item in case[2].transfers if item.kind != "mutual")))


def ledger_without(case: Case, memo: str) -> Settlement:
    return replace(case[2], ledger=tuple(item for item in case[2].ledger if not item.memo.startswith(memo)))


@pytest.mark.parametrize("name", EDITS)
def test_a_broken_rule_is_named(name: str):
    case, settlement = EDITS[name]()
    assert name not in names(case, case[2])
    assert name in names(case, settlement)


def test_every_name_is_tested():
    calls = [
        node
        for path in Path(check.__file__).parent.glob("check_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args
    ]
    finding = [node.args[0] for node in calls if node.func.attr in ("wrong", "at_most", "same")]
    assert {name.value for name in finding if isinstance(name, ast.Constant)} == set(EDITS)


def test_the_scenario_counts_not_what_the_settlement_says_of_it():
    """The untouched settlement against a scenario in which one limit is tighter."""
    case = rich()
    problem = case[0]
    tighter = {
        "ability": {"responsibility": (responsible("A", cap=99),)},
        "fund-share": {"funds": (replace(problem.funds[0], share=0.5), problem.funds[1])},
        "fund-cap": {"funds": (replace(problem.funds[0], cap_per_city=Decimal(30)), problem.funds[1])},
        "fund-category": {"funds": (replace(problem.funds[0], pays_for="personnel"), problem.funds[1])},
        "programme-units": {"programmes": (programme("A", 10, 40, 2, "G"),)},
        "programme-open": {"programmes": (programme("A", 10, 40, 9, "Z"),)},
        "bill-disputed": {"disputes": (dispute(LINE),)},
    }  # fmt: skip
    for name, change in tighter.items():
        assert name in names(case, case[2], problem.replace(**change)), name


def test_amounts_are_told_in_both_languages():
    found = verify_settlement(rich()[0], rich()[1], more(rich(), "A", "gain", Decimal("1.25")))
    [item] = [item for item in found if item.name == "gain"]
    assert isinstance(item, SettlementViolation)
    assert item.amount == Decimal("1.25")
    assert item.line("en").startswith("gain: A: by 1.25 (")
    assert "应为" in item.line("zh")
    assert isinstance(rich()[2].in_kind[0], InKindRow)


def test_plain_cost_is_no_incentive():
    # G gets 200 + 50 for 250 of cost: nothing of it is a margin above
    case = _case(deal(*pair_rows(), responsible("A", cap=200), fund(50, "travel incentive")))
    assert names(case, part(case, "grants", category="incentive")) == {"incentive"}
