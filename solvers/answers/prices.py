"""What one more unit of each binding limit is worth: dual prices of the relaxation, tier by tier."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tongzhou.model.explain import option as limits
from tongzhou.model.explain.explanation import Limit, Price
from tongzhou.model.indices import Indices
from tongzhou.solvers.caps import CAP_SLACK, cap_patch, tier_column
from tongzhou.solvers.compiled import CompiledModel, Floats
from tongzhou.solvers.dispatch import Prepared
from tongzhou.solvers.highs import LARGE, Session, Solved
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.tiers import tier_names

WORTH = 1e-7
"""Share of the tier's value below which the price of a unit is rounding."""


def prices(prepared: Prepared, options: SolveOptions, clock: Clock) -> list[Price]:
    """Prices of every priority's tier (or of the social cost), as far as the time goes.

    They hold for the relaxation and at the margin: whole vehicles and large changes bring less. Reliefs are proven, prices are not.
    """
    model, ix = prepared.model, prepared.indices
    names = tier_names(ix, prepared.problem.settings.objective.kind)
    session = Session(model, relaxed=True, seed=options.seed)
    if model.matrix.shape[1] > LARGE:
        session.use_interior_point()
    found: list[Price] = []
    for name in names:
        if not name.startswith("priority-") and name != "social-cost":
            continue
        column = tier_column(model, name)
        session.minimise(column)
        solved = session.solve_relaxation(clock, f"prices-{name}")
        if solved.solution is None or solved.row_duals is None:
            break
        found += _of_tier(name, ix, model, solved)
        session.apply(cap_patch(model, column, solved.value, 0.0, CAP_SLACK))
    return found


def _of_tier(name: str, ix: Indices, model: CompiledModel, solved: Solved) -> Iterator[Price]:
    assert solved.row_duals is not None
    assert solved.column_duals is not None
    worth = -solved.row_duals * model.row_scale * solved.unit  # of one natural unit of room under each row
    sums: dict[tuple[str, tuple[str, ...]], float] = defaultdict(float)
    for (city, supply, period), row in model.constraints["release"].place.items():
        sums[_release_limit(ix, city, supply, period), (city, supply)] += worth[row]
    for rows in ("within_offer", "lent_within_offer"):
        for (city, resource, _), row in model.constraints[rows].place.items():
            sums[limits.OFFER, (city, resource)] += worth[row]
    for (home, mode, vehicle, _), row in model.constraints["fleet"].place.items():
        sums[limits.FLEET, (home, mode, vehicle)] += worth[row]
    for (origin, destination, mode, period), row in model.constraints["lane_capacity"].place.items():
        lane = ix.lane_of[ix.cargo.on_route[origin, destination, mode, period][0][0]]
        sums[limits.LANE, (origin, destination, mode)] += worth[row] * ix.grid.hours * lane.share(period)
    for limit in (limits.LOADING, limits.UNLOADING):
        for (city, _), row in model.constraints[limit].place.items():
            sums[limit, (city,)] += worth[row] * ix.grid.hours
    _lent(ix, model, solved.column_duals, sums)
    _trips(ix, model, solved.column_duals, sums)
    least = WORTH * max(1.0, abs(solved.value))
    for (limit, place), value in sorted(sums.items()):
        if value > least:
            yield Price(name, Limit(limit, place), _unit(ix, limit, place), float(f"{value:.9g}"))


def _release_limit(ix: Indices, city: str, supply: str, period: int) -> str:
    """What binds what may leave: the offer, the floor, or, without a floor, the stock itself."""
    own = ix.held[city, supply]
    if own.release[period] < max(0.0, own.held[period] - own.floor) - 1e-9:
        return limits.OFFER
    return limits.FLOOR if own.floor > 0 else limits.STOCK


def _lent(ix: Indices, model: CompiledModel, reduced: Floats, sums: dict[tuple[str, tuple[str, ...]], float]) -> None:
    for (city, resource, period), column in model.variables["lent"].place.items():
        if reduced[column] < 0:
            sums[_release_limit(ix, city, resource, period), (city, resource)] -= float(reduced[column])


def _trips(ix: Indices, model: CompiledModel, reduced: Floats, sums: dict[tuple[str, tuple[str, ...]], float]) -> None:
    """Trips are bounded by the fleet as columns too: part of its price lies there."""
    for (lane, _), column in model.variables["trips"].place.items():
        if reduced[column] < 0:
            sums[limits.FLEET, ix.lane_of[lane].fleet] -= float(reduced[column])


def _unit(ix: Indices, limit: str, place: tuple[str, ...]) -> str:
    if limit in (limits.OFFER, limits.FLOOR, limits.STOCK):
        return ix.problem.resource_of[place[1]].unit
    return "vehicle" if limit == limits.FLEET else "t/h"
