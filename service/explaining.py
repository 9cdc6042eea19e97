"""Use case: the shortages of a plan written earlier, explained."""

from __future__ import annotations

from collections.abc import Callable

from tongzhou.model.domain import Problem
from tongzhou.model.plan import Outcome
from tongzhou.solvers.options import ExplainOptions, SolveOptions
from tongzhou.solvers.progress import Clock, Progress


def explain_plan(
    problem: Problem,
    outcome: Outcome,
    asked: ExplainOptions,
    *,
    report: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Outcome:
    """The outcome with reasons for all shortages, reliefs for the largest, prices. Raises `PlanFileError` for another
    scenario's plan."""
    from tongzhou.solvers.answers.explaining import explained  # Pyomo and HiGHS only where they are used

    options = SolveOptions(time_limit_s=asked.seconds, seed=outcome.seed, workers=1)
    return explained(problem, outcome, options, asked, Clock(asked.seconds, report=report, cancelled=cancelled))
