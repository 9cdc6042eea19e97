"""Use cases of settling: a plan and its actuals to a settlement, and back to what one city has to know."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import Advance
from tongzhou.model.errors import PlanFileError, SettlementRejectedError, Text, UsageError
from tongzhou.model.plan import Deployment, Outcome, Plan, Shipment, Trip
from tongzhou.model.settlement.check import verify_settlement
from tongzhou.model.settlement.record import line_faults
from tongzhou.model.settlement.settlement import RULES, Settlement
from tongzhou.model.verify import verify
from tongzhou.scenarios.files import scenario_hash
from tongzhou.service.reports.plan_files import plan_files, read_outcome
from tongzhou.service.reports.settlement_files import read_settlement
from tongzhou.service.runs import open_scenario
from tongzhou.solvers.progress import Clock, Progress
from tongzhou.solvers.settlement.setting import SettleOptions

QUICK = ("dual-prices", "benefit-proportional", "cost-proportional", "equal-surplus")
"""Rules that need no search of their own."""
MOST_COMPARED = 10
"""Players up to which all rules are compared by default."""


def open_both(scenario: str, path: Path) -> tuple[Problem, Outcome, Plan]:
    """A scenario, and a plan of it written earlier. Raises `PlanFileError`, and one `ScenarioError` with every fault of the
    scenario and of the lines that its tables name."""
    outcome = read_outcome(path)
    plan = outcome.plan
    if plan is None:
        raise PlanFileError(Text(f"{path} holds no plan", f"{path} 中没有方案"))
    problem = open_scenario(scenario, lambda tables: line_faults(tables, plan))
    _refuse_foreign(problem, plan, path)
    return problem, outcome, plan


def _refuse_foreign(problem: Problem, plan: Plan, path: Path) -> None:
    unknown = sorted(_named(plan) - {row.city for row in problem.cities})
    unknown += sorted({row.resource for row in plan.lines} - set(problem.resource_of))
    unknown += sorted({row.need for row in plan.service} - set(problem.need_of))
    if unknown:
        names = ", ".join(unknown[:10])
        raise PlanFileError(Text(f"{path} is a plan of another scenario: this one does not know {names}",
                                 f"{path} 是其他情景的方案: 本情景中没有 {names}"))  # fmt: skip


def _named(plan: Plan) -> set[str]:
    lines: list[Shipment | Deployment | Trip] = [*plan.shipments, *plan.deployments, *plan.trips]
    return {row.origin for row in lines} | {row.destination for row in lines} | {row.city for row in plan.service}


def misfits(problem: Problem, plan: Plan) -> list[str]:
    """Limits of the scenario as it is now that the plan violates: its needs or stocks were changed after planning."""
    return [str(violation) for violation in verify(problem, plan)]


def with_previous(problem: Problem, earlier: Settlement) -> Problem:
    """The scenario with the payments of an interim settlement as advances."""
    taken = {row.reference for row in problem.advances}
    paid = [
        Advance(reference=row.reference, payer=row.payer, payee=row.payee, amount=row.amount, note="interim settlement")
        for row in earlier.transfers
        if row.reference not in taken
    ]
    return problem.replace(advances=(*problem.advances, *paid))


def compared(choice: str, problem: Problem) -> tuple[str, ...]:
    """Rules to show side by side: `all`, `quick`, `none`, or names divided by commas; blank: all in small pools."""
    if not choice:
        choice = "all" if len(problem.cities) <= MOST_COMPARED else "quick"
    if choice in ("all", "quick", "none"):
        return {"all": RULES, "quick": QUICK, "none": ()}[choice]
    rules = tuple(word.strip() for word in choice.split(","))
    for rule in rules:
        check_rule(rule)
    return rules


def check_rule(rule: str) -> None:
    """Raises `UsageError` for an unknown rule."""
    if rule not in RULES:
        known = ", ".join(RULES)
        raise UsageError(Text(f"no rule `{rule}`; there are {known}", f"没有规则 `{rule}`; 可用: {known}"))


def settle_plan(
    problem: Problem,
    outcome: Outcome,
    options: SettleOptions,
    *,
    report: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Settlement:
    """A settlement that the independent verifier accepts.

    Raises `ScenarioError`, `CoalitionError`, and `SettlementRejectedError` (a defect of ours).
    """
    from tongzhou.solvers.settlement.settle import settle  # Pyomo and HiGHS only where something is solved

    assert outcome.plan is not None
    check_rule(options.rule)
    clock = Clock(options.time_limit_s, report=report, cancelled=cancelled)
    settlement = settle(
        problem, outcome.plan, options, clock, scenario_hash=scenario_hash(problem), plan_hash=plan_hash(outcome)
    )
    violations = verify_settlement(problem, outcome.plan, settlement)
    if violations:
        raise SettlementRejectedError(violation.line("en") for violation in violations)
    return settlement


def plan_hash(outcome: Outcome) -> str:
    """SHA-256 over the tables of a plan."""
    digest = hashlib.sha256()
    for name, text in sorted(plan_files(replace(outcome, cpu_s=0.0, wall_s=0.0)).items()):
        if name.endswith(".csv"):
            digest.update(f"{name}\n{text}".encode())
    return digest.hexdigest()


def default_workers() -> int:
    """One worker a core this process may use, at most eight."""
    return min(8, len(os.sched_getaffinity(0)))


__all__ = ["compared", "default_workers", "misfits", "open_both", "read_settlement", "settle_plan", "with_previous"]
