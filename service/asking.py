"""Use case: options for one more request beside a plan."""

from __future__ import annotations

from tongzhou.model.domain import Problem
from tongzhou.model.errors import Text, UsageError
from tongzhou.model.plan import Plan
from tongzhou.solvers.answers.request import Desk, Option, Request
from tongzhou.solvers.options import SolveOptions

__all__ = ["Desk", "Option", "Request", "ask"]


def ask(problem: Problem, plan: Plan, request: Request) -> list[Option]:
    """Ranked options. Raises `UsageError` for a city or resource that the scenario does not have, `ScenarioError` for a request
    that makes no valid need."""
    for name, known in ((request.city, problem.city_of), (request.resource, problem.resource_of)):
        if name not in known:
            listed = ", ".join(sorted(known)[:20])
            raise UsageError(Text(f"the scenario has no {name} (it has {listed})", f"情景中没有 {name} (有 {listed})"))
    return Desk(problem, plan, SolveOptions(gap=0.0, workers=1)).ask(request)
