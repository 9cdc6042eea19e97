"""The verifier of settlements: written from compensation.md alone, in integer cents; it knows no solver and no formulation."""

from __future__ import annotations

from tongzhou.model.domain import Problem
from tongzhou.model.plan import Plan
from tongzhou.model.settlement.check_bill import check_bill
from tongzhou.model.settlement.check_cities import check_certificate, check_cities, check_conduct, check_told
from tongzhou.model.settlement.check_findings import Case, Findings, SettlementViolation
from tongzhou.model.settlement.check_funds import check_funds, check_in_kind
from tongzhou.model.settlement.check_payments import check_ledger, check_payments
from tongzhou.model.settlement.settlement import Settlement

CHECKS = (check_bill, check_funds, check_in_kind, check_cities, check_conduct, check_certificate, check_told, check_payments,
          check_ledger)  # fmt: skip
"""All checks, in the order in which their findings explain each other."""


def verify_settlement(problem: Problem, plan: Plan, settlement: Settlement) -> list[SettlementViolation]:
    """Every rule that the settlement of a plan breaks; empty for a sound one."""
    case, findings = Case(problem, plan, settlement), Findings()
    for check in CHECKS:
        check(case, findings)
    return findings.violations
