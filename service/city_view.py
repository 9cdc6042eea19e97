"""Use cases: one city's sheet of a plan, and what happens if it says no."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tongzhou.model.accounts import need_accounts
from tongzhou.model.city_sheet import CitySheet, city_sheet
from tongzhou.model.declining import Declined, decline, idle_lines
from tongzhou.model.domain import Problem
from tongzhou.model.domain.checks.draft import did_you_mean
from tongzhou.model.errors import Text, UsageError
from tongzhou.model.plan import Deployment, Plan
from tongzhou.scenarios.files import scenario_hash
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock, Progress

if TYPE_CHECKING:
    from tongzhou.solvers.answers.replanning import Replanned


@dataclass(frozen=True, slots=True)
class NeedWithout:
    """A need that fares otherwise without the city: unit-hours and units short, before and after."""

    need: str
    city: str
    unit_hours: float
    unit_hours_without: float
    short: float
    short_without: float


@dataclass(frozen=True)
class SaysNo:
    """What falls away, what became impossible or idle, the plan without the city, and the needs that fare otherwise."""

    declined: Declined
    found: Replanned
    idle: tuple[Deployment, ...]
    needs: tuple[NeedWithout, ...]


def sheet_of(problem: Problem, plan: Plan, city: str) -> CitySheet:
    """The sheet of a city. Raises `UsageError` for a city that the scenario does not have."""
    _must_know(problem, city)
    return city_sheet(problem, plan, city)


def says_no(
    problem: Problem,
    plan: Plan,
    city: str,
    options: SolveOptions,
    *,
    report: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> SaysNo:
    """Plan anew without a city's aid. Raises `UsageError`, `ScenarioError`, `NoPlanError`."""
    from tongzhou.solvers.answers.replanning import replan  # Pyomo and HiGHS only where they are used

    _must_know(problem, city)
    declined = decline(problem, plan, city)
    clock = Clock(options.time_limit_s, report=report, cancelled=cancelled)
    found = replan(declined.problem, plan, options, clock, scenario_hash=scenario_hash(declined.problem))
    assert found.outcome.plan is not None
    idle = idle_lines(declined.problem, plan, found.outcome.plan)
    return SaysNo(declined, found, idle, tuple(_needs_without(problem, plan, found.outcome.plan)))


def _needs_without(problem: Problem, before: Plan, after: Plan) -> list[NeedWithout]:
    was, now = need_accounts(problem, before.service), need_accounts(problem, after.service)
    rows = [
        NeedWithout(
            need.need, need.city, was[need.need].unit_hours, now[need.need].unit_hours, was[need.need].short, now[need.need].short
        )
        for need in sorted(problem.needs, key=lambda row: (row.priority, row.need))
    ]  # fmt: skip
    return [row for row in rows if abs(row.unit_hours_without - row.unit_hours) > 1e-6 * max(1.0, row.unit_hours)]


def _must_know(problem: Problem, city: str) -> None:
    if city not in problem.city_of:
        hint = did_you_mean(city, problem.city_of)
        en, zh = ("", "") if hint is None else (f"; {hint.en}", f"; {hint.zh}")
        raise UsageError(Text(f"the scenario has no city `{city}`{en}", f"情景中没有城市 `{city}`{zh}"))
