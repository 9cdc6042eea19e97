"""Use cases: what a person asks for, in terms of the other rooms. Commands, and later routes and pages, call these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tongzhou.model.domain import Problem
from tongzhou.model.errors import Text, UsageError
from tongzhou.model.plan import Outcome
from tongzhou.scenarios.cases import bundled
from tongzhou.scenarios.files import Check, is_scenario_folder, load, scenario_hash
from tongzhou.solvers.child import plan_in_child
from tongzhou.solvers.options import ExplainOptions, SolveOptions
from tongzhou.solvers.progress import Progress


def open_scenario(name: str, also: Check = lambda _: ()) -> Problem:
    """A scenario by path, or by the name of a bundled case; `also` checks its tables further."""
    path = Path(name)
    if not path.exists():
        case = bundled().get(name)
        if case is None:
            known = ", ".join(bundled())
            raise UsageError(
                Text(
                    f"no scenario at {name}, and no bundled case of that name ({known})",
                    f"{name} 既不是路径, 也不是内置情景 ({known})",
                )
            )
        path = case.folder
    return load(path, also)


def plan(
    problem: Problem,
    options: SolveOptions,
    *,
    explain: ExplainOptions | None = None,
    report: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Outcome:
    """A verified plan of a scenario; with `explain` it says why what is short is short."""
    return plan_in_child(
        problem, options, scenario_hash=scenario_hash(problem), explain=explain, report=report, cancelled=cancelled
    )


def with_choices(problem: Problem, *, objective: str | None, mode: str | None) -> Problem:
    """The scenario with another objective or governance mode (of all incidents) than it says."""
    settings = problem.settings
    if objective is not None:
        settings = replace(settings, objective=replace(settings.objective, kind=objective))
    if mode is not None:
        settings = replace(settings, governance=replace(settings.governance, mode=mode))
    incidents = tuple(row if mode is None else replace(row, mode=mode) for row in problem.incidents)
    if (settings, incidents) == (problem.settings, problem.incidents):
        return problem
    return problem.replace(settings=settings, incidents=incidents)


def refuse_scenario_folder(out: Path) -> None:
    """Results never go into a folder that holds a scenario."""
    if out.is_dir() and is_scenario_folder(out):
        raise UsageError(Text(f"{out} holds a scenario; choose another folder", f"{out} 是情景文件夹; 请另选"))
