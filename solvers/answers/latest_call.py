"""The latest hour of the call upward that changes no tier's value, with the national stock that is really there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tongzhou.model.domain import Problem
from tongzhou.solvers.answers.tier_run import SAME, Reached, TierRun
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.reference import AloneRun

REACHED_SHARE, TOO_LATE_SHARE = 0.4, 0.2
"""Parts of the time: for what the stock that is there can do, and for what a call a period too late costs."""


@dataclass(frozen=True, slots=True)
class LatestCall:
    """Called at `hour` the tiers reach `reached`, a period later `too_late`; `is_proven`: no plan with the later call is as good
    (otherwise none was found in time; equal values: none was looked for). `hour` is None where no call is needed: the pool reaches
    as much."""

    hour: float | None
    reached: Mapping[str, float]
    too_late: Mapping[str, float]
    is_proven: bool


def latest_call(
    problem: Problem, options: SolveOptions, clock: Clock, pool: Reached, names: list[str], alone: AloneRun
) -> LatestCall:
    """By bisection over the periods of the call, for a later call never helps; `pool`: the best without the national tier.

    Every step only asks whether the values of the best hour can be reached, from the last solution that could not.
    """
    run = TierRun(problem, options, clock, alone)
    best = run.solve(names, clock.share(REACHED_SHARE), pool)
    goals = {name: best.values[name] + run.room(best.values[name]) for name in names}
    if _reaches(pool.values, goals):
        return LatestCall(None, best.values, best.values, True)
    low, high = 0, problem.settings.periods  # reached at low, not at high (no call at all)
    steps = high.bit_length()
    while high - low > 1:
        middle = (low + high) // 2
        clock.report(f"call-{middle * problem.settings.period_h:g}h")
        run.call_not_before(middle)
        found = run.attempt(goals, clock.share((1 - TOO_LATE_SHARE) / max(1, steps)), pool)
        steps -= 1
        low, high = (middle, high) if found is not None else (low, middle)
    run.call_not_before(high)
    late = run.solve(names, clock, pool)
    if _is_better(late.values, best.values):  # the time was short: nothing is known of calls later still
        return LatestCall(high * problem.settings.period_h, late.values, late.values, False)
    return LatestCall(low * problem.settings.period_h, best.values, late.values, _beyond(late, goals))


def _reaches(values: Mapping[str, float], goals: Mapping[str, float]) -> bool:
    return all(values[name] <= goal for name, goal in goals.items())


def _is_better(values: Mapping[str, float], than: Mapping[str, float]) -> bool:
    """Whether the first tier that differs by more than rounding is smaller."""
    for name, value in values.items():
        if abs(value - than[name]) > SAME * max(1.0, abs(value)):
            return value < than[name]
    return False


def _beyond(late: Reached, goals: Mapping[str, float]) -> bool:
    """Whether some tier cannot reach its goal although those before it are no worse than theirs."""
    for name, goal in goals.items():
        if late.bounds[name] > goal:
            return True
        if late.values[name] > goal:
            return False  # the tiers behind it are searched under another cap
    return False
