"""What a solving process does for each kind of job: documents in, documents out. Nothing here touches the database."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tongzhou.model.domain import Problem
from tongzhou.model.errors import (
    CoalitionError,
    MessageError,
    NoPlanError,
    PlanRejectedError,
    ScenarioError,
    SettlementRejectedError,
)
from tongzhou.model.plan import Outcome
from tongzhou.model.replanning import Step
from tongzhou.scenarios.files import document_text, problem_of, scenario_hash
from tongzhou.scenarios.json_document import raw_document
from tongzhou.service.explaining import explain_plan
from tongzhou.service.replanning import replan_scenario
from tongzhou.service.reports.plan_files import outcome_of_document, plan_document
from tongzhou.service.reports.settlement_files import settlement_document
from tongzhou.service.settlement_runs import settle_plan
from tongzhou.solvers.options import ExplainOptions, SolveOptions
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.settlement.setting import SettleOptions
from tongzhou.solvers.spool import Spool


@dataclass(frozen=True)
class Order:
    """A job as a solving process needs it: documents as text, parameters as checked by the API."""

    kind: str
    scenario: str
    parameters: Mapping[str, Any]
    base: str | None = None
    """The document of the plan that a re-plan, an explanation or a settlement begins from."""


@dataclass(frozen=True)
class Answer:
    """`document`: the result; `scenario`: the scenario it belongs to, where that is another than the order's."""

    document: str | None
    stopped: str | None = None
    scenario: str | None = None
    error: Mapping[str, Any] | None = field(default=None)


def carry_out(order: Order, folder: str) -> Answer:
    """Run a job; what goes wrong in a way that a user can understand is an answer, everything else is raised."""
    spool = Spool(Path(folder))
    try:
        return _TASKS[order.kind](order, spool)
    except ScenarioError as error:
        return Answer(None, error={"code": "bad-scenario", "faults": faults_told(error)})
    except MessageError as error:
        code = (
            "no-plan"
            if isinstance(error, NoPlanError)
            else "no-settlement"
            if isinstance(error, CoalitionError)
            else "refused"
        )
        return Answer(None, error={"code": code, "en": error.message.en, "zh": error.message.zh})
    except (PlanRejectedError, SettlementRejectedError) as error:
        return Answer(None, error={"code": "rejected", "en": str(error), "zh": "结果未通过独立校验, 不予发布"})


def faults_told(error: ScenarioError) -> list[dict[str, Any]]:
    """Faults as JSON-ready objects."""
    return [
        {
            "table": fault.table, "row": fault.row, "column": fault.columns[0] if fault.columns else None, "found": fault.found[:200],
            "expected": fault.expected.en, "expected_zh": fault.expected.zh,
            "suggestion": fault.suggestion.en if fault.suggestion else None,
            "suggestion_zh": fault.suggestion.zh if fault.suggestion else None,
        }
        for fault in error.faults
    ]  # fmt: skip


def _problem(order: Order) -> Problem:
    return problem_of(raw_document(json.loads(order.scenario)), "scenario")


def _base(order: Order) -> Outcome:
    assert order.base is not None
    return outcome_of_document(json.loads(order.base))


def _options(order: Order) -> SolveOptions:
    told = order.parameters
    return SolveOptions(time_limit_s=told["time_limit_s"], gap=told["gap"], seed=told["seed"], workers=1)


def _told(outcome: Outcome, **more: Any) -> str:
    return json.dumps({**plan_document(outcome), **more}, ensure_ascii=False)


def _plan(order: Order, spool: Spool) -> Answer:
    from tongzhou.solvers.dispatch import plan_dispatch  # Pyomo and HiGHS only where something is solved

    problem, options = _problem(order), _options(order)
    clock = Clock(options.time_limit_s, report=spool.report, cancelled=spool.cancelled)
    outcome = plan_dispatch(
        problem,
        options,
        clock,
        scenario_hash=scenario_hash(problem),
        on_outcome=lambda found: spool.keep(_told(found).encode()),
    )
    if order.parameters["explain_s"] and not clock.cancelled:
        asked = ExplainOptions(order.parameters["reliefs"], order.parameters["explain_s"])
        spool.keep(_told(outcome).encode())
        outcome = explain_plan(problem, outcome, asked, report=spool.report, cancelled=spool.cancelled)
    return Answer(_told(outcome), outcome.status)


def _replan(order: Order, spool: Spool) -> Answer:
    problem, plan = _problem(order), _base(order).plan
    assert plan is not None
    told = order.parameters
    step = Step(told["now_h"], frozenset(told["accepted"]), frozenset(told["withdrawn"]))
    advanced = replan_scenario(problem, plan, step, _options(order), report=spool.report, cancelled=spool.cancelled)
    outcome = advanced.found.outcome
    changes = [asdict(change) for change in advanced.found.changes]
    return Answer(_told(outcome, changes=changes), outcome.status, document_text(advanced.problem))


def _explain(order: Order, spool: Spool) -> Answer:
    problem, outcome = _problem(order), _base(order)
    asked = ExplainOptions(order.parameters["reliefs"], order.parameters["explain_s"])
    found = explain_plan(problem, outcome, asked, report=spool.report, cancelled=spool.cancelled)
    return Answer(_told(found), "cancelled" if spool.cancelled() else found.status)


def _settle(order: Order, spool: Spool) -> Answer:
    told = order.parameters
    options = SettleOptions(
        rule=told["rule"],
        compare=tuple(told["compare"]),
        time_limit_s=told["time_limit_s"],
        seed=told["seed"],
        workers=1,
    )
    found = settle_plan(_problem(order), _base(order), options, report=spool.report, cancelled=spool.cancelled)
    return Answer(json.dumps(settlement_document(found), ensure_ascii=False), "settled")


_TASKS: Mapping[str, Callable[[Order, Spool], Answer]] = {
    "plan": _plan, "replan": _replan, "explain": _explain, "settle": _settle,
}  # fmt: skip
