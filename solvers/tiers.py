"""The tiers in their order: each is minimised, then capped at what it reached, and the next is taken up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from tongzhou.model.indices import Indices
from tongzhou.solvers.compiled import CompiledModel, Floats, Patch
from tongzhou.solvers.fairness import level_caps, leximin_levels
from tongzhou.solvers.search import Search, TierResult
from tongzhou.solvers.status import Stop

CAP_SLACK = 1e-6
"""Least room between a tier's value and its cap, relative to the tier's scaled size (dispatch.md, "tolerance")."""
EVENNESS = 100.0
"""What a sum of excesses is measured against: at the default gap of 1e-4, a hundred-thousandth of a group's need is even."""
START_WEIGHTS = {"priority-1": 100.0, "priority-2": 10.0, "priority-3": 1.0}
START_PRICE = 0.01
"""Weights of the scaled tiers in the common start; steeper ones, or money in its LP, made the LP three times slower."""
FINISH_SHARE = 0.2
"""Share of the time kept back for the tiers that are not reached otherwise."""
START_SHARE = 0.3
"""Share of the time for a start that is good in every tier."""
FIRST_SHARE = 0.5
"""Share of the remaining time that one tier may use (the last may use all of it)."""


@dataclass(slots=True)
class Tiered:
    """What the search for all tiers found; `bounds` by tier name in natural units."""

    solution: Floats | None = None
    bounds: dict[str, float] = field(default_factory=dict)
    stops: dict[str, Stop] = field(default_factory=dict)
    levels: dict[int, float] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """The run's status: the gravest reason any tier stopped for."""
        for stop in (Stop.CANCELLED, Stop.MEMORY, Stop.TIME):
            if stop in self.stops.values():
                return stop.value
        return "optimal"


Snapshot = Callable[[Tiered], None]


def tier_names(indices: Indices, objective: str) -> list[str]:
    """The tiers of an objective, first to last, as plan.json names them."""
    if objective == "social-cost":
        return ["social-cost"]
    names = []
    for priority in indices.priorities:
        names.append(f"priority-{priority}")
        if sum(1 for key in indices.groups if key[0] == priority) > 1:
            names.append(f"fairness-{priority}")
    return [*names, "national", "sources", "cost"]


def solve_tiers(
    search: Search, indices: Indices, names: list[str], start: Floats | None, without_aid: dict[str, float],
    on_tier: Snapshot,
) -> Tiered:  # fmt: skip
    """Run through the tiers; whatever stops the search, the best solution so far is kept with honest bounds."""
    weights = {tier_column(search.model, name): START_WEIGHTS[name] for name in names if name in START_WEIGHTS}
    price = {tier_column(search.model, "cost"): START_PRICE}
    if len(names) > 1:
        start = search.start_for_all(weights, price, start, search.clock.left * START_SHARE)
    found = Tiered(solution=start)
    kept_back = search.clock.left * FINISH_SHARE if np.isfinite(search.clock.left) else 0.0
    for number, name in enumerate(names):
        if search.clock.cancelled or search.clock.left <= kept_back:
            found.stops[name] = Stop.CANCELLED if search.clock.cancelled else Stop.TIME
            break
        left = search.clock.left - kept_back
        most_s = left if number == len(names) - 1 else left * FIRST_SHARE
        result = _solve_one(search, indices, name, found, without_aid.get(name, 0.0), most_s)
        if result is None:
            found.stops[name] = Stop.CANCELLED if search.clock.cancelled else Stop.TIME
            if name.startswith("fairness-"):
                continue  # urgency comes before evenness: the next priority still has a chance
            break
        found.solution = result.solution
        found.bounds[name] = result.bound
        found.stops[name] = result.stop
        tolerance = indices.problem.settings.objective.tolerance
        search.apply(cap_patch(search.model, tier_column(search.model, name), result.value, tolerance, CAP_SLACK))
        on_tier(found)
    open_tiers = {column: weight for column, weight in weights.items() if column not in _columns(search, found)}
    if open_tiers and found.solution is not None:
        found.solution = search.finish({**open_tiers, **price}, found.solution, search.clock.left)
    return found


def _columns(search: Search, found: Tiered) -> set[int]:
    return {tier_column(search.model, name) for name in found.bounds}


def _solve_one(
    search: Search, indices: Indices, name: str, found: Tiered, without_aid: float, most_s: float
) -> TierResult | None:
    if name.startswith("fairness-"):
        priority = int(name.removeprefix("fairness-"))
        levels = leximin_levels(search, indices, priority, most_s / 2)
        if levels is None:
            return None
        found.levels[priority] = max(levels.values())
        search.apply(level_caps(search, levels))
        if found.solution is not None:
            _restate_excess(search, indices, priority, levels, found.solution)
        without_aid = EVENNESS
    column = tier_column(search.model, name)
    return search.minimise(column, name, start=found.solution, without_aid=without_aid, most_s=most_s)


def _restate_excess(
    search: Search, indices: Indices, priority: int, levels: dict[tuple[int, str, str], float], solution: Floats
) -> None:
    """Bring the excess columns of a known solution in line with the new levels, so that it stays a valid start."""
    model = search.model
    total = 0.0
    for key in indices.groups:
        if key[0] == priority:
            excess = max(0.0, float(solution[model.column("relative", key)]) - levels[key])
            solution[model.column("excess", key)] = excess
            total += excess
    solution[model.column("tier", f"excess-{priority}")] = total


def tier_column(model: CompiledModel, name: str) -> int:
    """The column a tier minimises."""
    return model.column("tier", name.replace("fairness-", "excess-"))


def cap_patch(model: CompiledModel, column: int, value: float, tolerance: float, least: float) -> Patch:
    """`tier <= V + max(tolerance * V, least * max(1, V))`, `V` the value after scaling."""
    scale = float(model.column_scale[column])
    scaled = value / scale
    slack = max(tolerance * abs(scaled), least * max(1.0, abs(scaled)))
    return Patch.of_columns([column], [-np.inf], [(scaled + slack) * scale])
