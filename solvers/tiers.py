"""The tiers in their order: each is minimised, then capped at what it reached, and the next is taken up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tongzhou.model.indices import Indices
from tongzhou.solvers.beside import Help, Target
from tongzhou.solvers.caps import CAP_SLACK, EXCESS_SLACK, cap_patch, tier_column
from tongzhou.solvers.compiled import Floats
from tongzhou.solvers.fairness import level_caps, leximin_levels
from tongzhou.solvers.polish import settle
from tongzhou.solvers.search import Search, TierResult
from tongzhou.solvers.status import Stop

EVENNESS = 100.0
"""What a sum of excesses is measured against: at the default gap of 1e-4, a hundred-thousandth of a group's need is even."""
SHARES = {"priority-1": 26.0, "fairness-1": 10.0, "priority-2": 30.0, "fairness-2": 6.0, "priority-3": 18.0,
          "fairness-3": 4.0, "national": 3.0, "sources": 3.0, "cost": 16.0, "social-cost": 100.0, "changes": 4.0}  # fmt: skip
"""Parts of the time of each tier; what one leaves over goes to those behind it."""
LEVELS_SHARE = 0.7
"""Share of a fairness tier's time that its levels may take: without them it has no meaning."""
REST_WEIGHTS = {"priority-1": 100.0, "priority-2": 10.0, "priority-3": 1.0}
REST_PRICE = 0.01
"""Weights of the scaled tiers when those not reached are served together; steeper ones made the LP three times slower."""
PARTING_S, PARTING_LPS, GUIDED_LPS = 6.0, 2.0, 0.5
"""Seconds and LPs for that, after a time limit or a cancel: a plan that serves one priority alone is of no use. Where an earlier
search was guided by an LP, none is solved, but what it says of the size still counts."""
LONG_S, HELD_SHARE = 3.0, 0.4
"""Where an LP takes so many seconds, the time for that is held back before the limit; at most this share of it."""
BESIDE_AFTER_S = 2.0
"""Seconds of searching after which a second process is worth its start."""
HELP = {"priority": (0.0, Help.BOTH), "social": (0.0, Help.BOUND)}
"""By tier, when it begins and what it does. The bound of social cost begins before the LP even; once it stalls (10 to 15 s) the process
ends: two searches for better plans closed no gap sooner than one. Of evenness, sources and cost under caps no bound was ever raised
in the time there is."""


@dataclass(slots=True)
class Tiered:
    """What the search for all tiers found; `bounds` by tier name in natural units."""

    solution: Floats | None = None
    bounds: dict[str, float] = field(default_factory=dict)
    stops: dict[str, Stop] = field(default_factory=dict)
    levels: dict[int, float] = field(default_factory=dict)
    is_settled: bool = False
    """Whether the divisible flows of the solution are optimal already, tier by tier."""
    loyal_to: Floats | None = None
    """The solution of a previous plan, as long as no tier has improved on it."""

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
    stable = ["changes"] if any(row.status == "proposed" for row in indices.problem.commitments) else []
    if objective == "social-cost":
        return ["social-cost", *stable]
    names = []
    for priority in indices.priorities:
        names.append(f"priority-{priority}")
        if sum(1 for key in indices.groups if key[0] == priority) > 1:
            names.append(f"fairness-{priority}")
    return [*names, "national", "sources", "cost", *stable]


def solve_tiers(
    search: Search, indices: Indices, names: list[str], start: Floats | None, without_aid: dict[str, float],
    on_tier: Snapshot, *, loyal: bool = False,
) -> Tiered:  # fmt: skip
    """Run through the tiers; whatever stops the search, the best solution so far is kept with honest bounds.

    `loyal`: the start stands for a previous plan, and stays unless a tier improves by more than the gap.
    """
    found = Tiered(solution=start, loyal_to=start if loyal else None)
    for number, name in enumerate(names):
        _hold_back(search, names[number:])
        if search.clock.over:
            found.stops[name] = Stop.CANCELLED if search.clock.cancelled else Stop.TIME
            break
        if found.loyal_to is not None:
            search.focus(None, None)
        elif name.startswith("priority-"):
            found.solution = search.focus(int(name.removeprefix("priority-")), found.solution)
        elif not name.startswith("fairness-"):
            search.focus(None, None)
        shares = [SHARES[item] for item in names[number:]]
        most_s = search.clock.left * shares[0] / sum(shares)
        following = next((later for later in names[number + 1 :] if _is_thorough(later)), None)
        result = _solve_one(search, indices, name, found, without_aid.get(name, 0.0), most_s, following)
        if result is None:
            found.stops[name] = Stop.CANCELLED if search.clock.cancelled else Stop.TIME
            if name.startswith("fairness-"):
                continue  # urgency comes before evenness: the next priority still has a chance
            break
        result = _stay(search, name, result, found, without_aid.get(name, 0.0))
        found.solution, found.is_settled = result.solution, False
        found.bounds[name] = result.bound
        found.stops[name] = result.stop
        _cap(search, name, result.value, indices)
        if name.startswith("priority-") and found.loyal_to is None:
            _settle(search, found, indices)
        on_tier(found)
    search.focus(None, None)
    search.clock.hold_back(0.0)
    _serve_rest(search, [name for name in names if name not in found.bounds], found)
    _make_up_for_bounds(search, names, found)
    return found


def _cap(search: Search, name: str, value: float, indices: Indices) -> None:
    column = tier_column(search.model, name)
    least = EXCESS_SLACK / float(search.model.column_scale[column]) if name.startswith("fairness-") else CAP_SLACK
    tolerance, within = indices.problem.settings.objective.tolerance, search.cap_of(column)
    search.apply(cap_patch(search.model, column, value, tolerance, least, within=within))


def _settle(search: Search, found: Tiered, indices: Indices) -> None:
    """Cap the tiers so far at what the plan will publish of them: with its whole columns an earlier tier may do better than the
    search asked of it, and the last touch would take that at the expense of the later tiers, which were made for looser caps."""
    if not search.is_searched or len(found.bounds) < 2 or found.solution is None or search.clock.over:
        return
    settled = settle(search, list(found.bounds), found.solution, indices.problem.settings.objective.tolerance)
    if settled is None:
        return
    found.solution, found.is_settled = settled, True
    for name in found.bounds:
        _cap(search, name, float(settled[tier_column(search.model, name)]), indices)


def _stay(search: Search, name: str, result: TierResult, found: Tiered, without_aid: float) -> TierResult:
    """The previous plan's solution as long as the tier hardly improves on it; once it does, loyalty is over."""
    if found.loyal_to is None:
        return result
    value = float(found.loyal_to[tier_column(search.model, name)])
    room = search.options.gap * max(result.bound, 1e-3 * without_aid) + CAP_SLACK * max(1.0, abs(value))
    if value - result.value > room:
        found.loyal_to = None
        return result
    return TierResult(found.loyal_to, value, min(result.bound, value), result.stop)


def _make_up_for_bounds(search: Search, names: list[str], found: Tiered) -> None:
    """Bounds of priorities that were searched without an LP, as far as time is left."""
    if found.solution is None or not search.is_searched:
        return
    for number, name in enumerate(names):
        column = tier_column(search.model, name)
        value = float(found.solution[column])
        if _is_thorough(name) and found.bounds.get(name) == 0.0 and value > CAP_SLACK:
            capped = [tier_column(search.model, later) for later in names[number:] if later in found.bounds]
            found.bounds[name] = min(value, search.bound_later(name, column, capped))


def _parting_s(search: Search) -> float:
    return PARTING_S + (GUIDED_LPS if search.has_guide else PARTING_LPS) * search.pace.lp_s


def _hold_back(search: Search, rest: list[str]) -> None:
    """Keep time for `polish` (about an LP), and while priorities are to come for serving them together, where both are long."""
    if search.pace.lp_s <= LONG_S:
        return
    urgent = any(name in REST_WEIGHTS for name in rest)
    seconds = search.pace.lp_s + (_parting_s(search) if urgent else 0.0)
    search.clock.hold_back(min(seconds, HELD_SHARE * search.clock.limit_s))


def _serve_rest(search: Search, rest: list[str], found: Tiered) -> None:
    """Serve the priorities that were not reached as well as can be, in a little time."""
    model = search.model
    weights = {tier_column(model, name): REST_WEIGHTS[name] for name in rest if name in REST_WEIGHTS}
    if not weights or found.solution is None:
        return
    weights[tier_column(model, "cost")] = REST_PRICE
    held = search.clock.left - search.pace.lp_s if search.pace.lp_s > LONG_S else _parting_s(search)
    with search.at_leisure(max(PARTING_S, held)):
        found.solution = search.extend(weights, found.solution, search.clock.left)


def _solve_one(
    search: Search, indices: Indices, name: str, found: Tiered, without_aid: float, most_s: float, following: str | None
) -> TierResult | None:
    relaxed = None
    if name.startswith("fairness-"):
        priority = int(name.removeprefix("fairness-"))
        began = search.clock.seconds
        leximin = leximin_levels(search, indices, priority, LEVELS_SHARE * most_s)
        if leximin is None:
            return None
        most_s = max(0.0, most_s - (search.clock.seconds - began))
        levels = leximin.levels
        relaxed = replace(leximin.relaxed, value=0.0, bound=0.0)  # no group exceeds its level there
        found.levels[priority] = max(levels.values())
        search.apply(level_caps(search, levels))
        if found.solution is not None:
            _restate_excess(search, indices, priority, levels, found.solution)
        without_aid = EVENNESS
    column = tier_column(search.model, name)
    caps = tuple(tier_column(search.model, earlier) for earlier in found.bounds)
    after_s, helps = HELP.get(name.split("-", maxsplit=1)[0], (BESIDE_AFTER_S, Help.IMPROVE))
    target = Target(
        column, name, without_aid, caps, after_s, helps, _is_thorough(name), relaxed=relaxed,
        following=None if following is None else tier_column(search.model, following),
    )  # fmt: skip
    return search.minimise(target, start=found.solution, most_s=most_s)


def _is_thorough(name: str) -> bool:
    return name.startswith("priority-") or name in ("cost", "social-cost")


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
