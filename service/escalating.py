"""Use case: when to call upward."""

from __future__ import annotations

from collections.abc import Callable

from tongzhou.model.domain import Problem
from tongzhou.solvers.answers.escalation import Escalation, escalate
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock, Progress


def escalate_scenario(
    problem: Problem,
    time_limit_s: float,
    *,
    report: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Escalation:
    """The least national package, its proof, the latest hour of the call. Raises `UsageError`, `NoPlanError`."""
    options = SolveOptions(time_limit_s=time_limit_s, workers=1)
    return escalate(problem, options, Clock(time_limit_s, report=report, cancelled=cancelled))
