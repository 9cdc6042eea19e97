"""Use cases: lines of a plan become commitments; an incident some hours on is planned anew; a log of that is replayed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import Actual, Commitment
from tongzhou.model.errors import Fault, ScenarioError, Text, UsageError
from tongzhou.model.plan import Outcome, Plan
from tongzhou.model.replanning import Step, advance
from tongzhou.scenarios.csv_folder import read_csv
from tongzhou.scenarios.files import document_text, problem_of, scenario_hash
from tongzhou.scenarios.json_document import raw_document
from tongzhou.scenarios.raw import read_table
from tongzhou.service.reports.plan_files import plan_document
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock, Progress

if TYPE_CHECKING:
    from tongzhou.solvers.answers.replanning import Replanned


def with_commitments(problem: Problem, plan: Plan, status: str) -> Problem:
    """The scenario with the lines of a plan in one state; proposed lines of an earlier plan give way. Raises `ScenarioError`."""
    older = [row for row in problem.commitments if row.status != "proposed"]
    known = {row.line for row in older}
    shipments = [
        Commitment(
            line=row.line, kind="shipment", origin=row.origin, destination=row.destination, resource=row.resource,
            quantity=row.quantity, depart_h=row.depart_h, need=row.need, mode=row.mode, vehicle=row.vehicle, status=status,
        )
        for row in plan.shipments if row.line not in known
    ]  # fmt: skip
    deployments = [
        Commitment(
            line=row.line, kind="deployment", origin=row.origin, destination=row.destination, resource=row.resource,
            quantity=row.quantity, depart_h=row.depart_h, leave_h=row.leave_h, need=row.need, mode=row.mode,
            vehicle=row.vehicle, status=status,
        )
        for row in plan.deployments if row.line not in known
    ]  # fmt: skip
    return problem.replace(commitments=(*older, *shipments, *deployments))


def read_actuals(path: Path) -> tuple[Actual, ...]:
    """Rows of a table `actuals` in a CSV file. Raises `ScenarioError`."""
    faults: list[Fault] = []
    raw = read_csv(path, "actuals", faults) if path.is_file() else None
    if raw is None:
        raise ScenarioError(
            faults or [Fault("actuals", None, (), str(path), Text("a CSV file", "CSV 文件"))], str(path)
        )
    read = read_table(raw, Actual)
    if read.faults:
        raise ScenarioError(read.faults, str(path))
    return tuple(read.rows)


def with_actuals(problem: Problem, rows: tuple[Actual, ...]) -> Problem:
    """The scenario with more actuals; a line told anew is as told last."""
    told = {row.line for row in rows}
    return problem.replace(actuals=(*(row for row in problem.actuals if row.line not in told), *rows))


@dataclass(frozen=True)
class Advanced:
    """The scenario at its new hour, and what re-planning it brought."""

    problem: Problem
    found: Replanned


def replan_scenario(
    problem: Problem,
    previous: Plan,
    step: Step,
    options: SolveOptions,
    *,
    report: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Advanced:
    """Go to the hour of the step, and plan anew from there. Raises `ScenarioError`, `NoPlanError`."""
    from tongzhou.solvers.answers.replanning import replan  # Pyomo and HiGHS only where they are used

    advanced = advance(problem, previous, step)
    clock = Clock(options.time_limit_s, report=report, cancelled=cancelled)
    return Advanced(advanced, replan(advanced, previous, options, clock, scenario_hash=scenario_hash(advanced)))


def plan_hash(outcome: Outcome) -> str:
    """What two equal plans have in common, whatever the machine and the seconds."""
    document = plan_document(outcome)
    document.pop("plan")
    return hashlib.sha256(json.dumps(document, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def append_log(path: Path, problem: Problem, step: Step, options: SolveOptions, outcome: Outcome) -> None:
    """Add one event to a log: the scenario as it was given, the step, and the hash of the plan."""
    event = {
        "now_h": step.now_h, "accepted": sorted(step.accepted), "withdrawn": sorted(step.withdrawn), "seed": options.seed,
        "gap": options.gap, "time_limit_s": options.time_limit_s, "scenario": json.loads(document_text(problem)), "plan": plan_hash(outcome),
    }  # fmt: skip
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(event, ensure_ascii=False, sort_keys=True) + "\n")


@dataclass(frozen=True)
class Replayed:
    """One event of a log, replayed: whether its plan is the same again."""

    number: int
    now_h: float
    same: bool
    changes: int


def replay_log(
    path: Path,
    previous: Plan,
    *,
    report: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Replayed]:
    """Replay every event of a log, each from the plan before it. Raises `UsageError` for what is no log."""
    for number, event in enumerate(_events(path), start=1):
        problem = problem_of(raw_document(event["scenario"]), str(path))
        step = Step(event["now_h"], frozenset(event["accepted"]), frozenset(event["withdrawn"]))
        options = SolveOptions(event["time_limit_s"], event["gap"], event["seed"], workers=1)
        advanced = replan_scenario(problem, previous, step, options, report=report, cancelled=cancelled)
        outcome = advanced.found.outcome
        assert outcome.plan is not None
        previous = outcome.plan
        yield Replayed(number, step.now_h, plan_hash(outcome) == event["plan"], len(advanced.found.changes))


def _events(path: Path) -> list[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        events = [json.loads(line) for line in lines if line.strip()]
        if not all(isinstance(event, dict) and "scenario" in event for event in events):
            raise ValueError("a line without a scenario")
    except (OSError, ValueError) as error:
        raise UsageError(Text(f"{path} is no log of replan: {error}", f"{path} 不是 replan 日志: {error}")) from error
    return events
