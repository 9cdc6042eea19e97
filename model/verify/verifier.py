"""All checks, in the order in which their findings explain each other."""

from __future__ import annotations

from tongzhou.model.domain import Problem
from tongzhou.model.plan import Plan
from tongzhou.model.verify.books import check_books
from tongzhou.model.verify.facts import Facts
from tongzhou.model.verify.lines import check_lines
from tongzhou.model.verify.service import check_service
from tongzhou.model.verify.supply import check_supply
from tongzhou.model.verify.transport import check_transport
from tongzhou.model.verify.units import check_units
from tongzhou.model.verify.violation import Findings, Violation


def verify(problem: Problem, plan: Plan) -> tuple[Violation, ...]:
    """Every limit that the plan violates; empty for a valid plan.

    Lines that name no lane, resource or need are reported first; the sums are checked only when there are none.
    """
    facts, findings = Facts(problem, plan), Findings()
    check_lines(facts, findings)
    if any(item.limit in ("lane", "fleet", "scope", "grid") for item in findings.violations):
        return tuple(findings.violations)
    for check in (check_supply, check_transport, check_units, check_service, check_books):
        check(facts, findings)
    return tuple(findings.violations)
