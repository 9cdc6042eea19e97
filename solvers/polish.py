"""With some columns fixed, all others are made exactly optimal tier by tier: the last touch of a search, and what a plan is worth.

The search lets each tier give way by a millionth, so that the next has room to breathe; later tiers use that room, and a plan
would show 49.99998 where 50 is meant. With whole columns fixed only LPs remain, which need a thousand times less room.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from tongzhou.solvers.caps import CAP_SLACK, cap_patch, tier_column
from tongzhou.solvers.compiled import Floats, Patch
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.search import Search

POLISHED_SLACK, WIDER_SLACK = 1e-9, 3e-8
"""Room between a tier's value and its cap; the wider where the solver finds the narrower infeasible."""
SETTLING_SHARE = 0.1
"""Share of the time left that a settling between two tiers may take."""
LEAST_S, LPS, LIMIT_SHARE = 10.0, 2.0, 0.1
"""All of it may take so many seconds, or as long as so many LPs of the search, but no more than this share of the time limit beyond
it; then the solution stays as it is."""


def polish(search: Search, names: list[str], solution: Floats, tolerance: float) -> Floats:
    """The solution with its divisible flows re-optimised; unchanged where an LP fails or the time is over."""
    most_s = min(LEAST_S + LPS * search.pace.lp_s, max(LEAST_S, LIMIT_SHARE * search.clock.limit_s))
    best = _refined(search, names, solution, tolerance, search.clock.patient(most_s))
    return solution if best is None else best


def settle(search: Search, names: list[str], solution: Floats, tolerance: float) -> Floats | None:
    """The same between two tiers, in a small part of the time that is left; None where that does not suffice."""
    return _refined(search, names, solution, tolerance, search.clock.share(SETTLING_SHARE))


def _refined(search: Search, names: list[str], solution: Floats, tolerance: float, clock: Clock) -> Floats | None:
    whole = np.flatnonzero(search.model.whole)
    best = refine(search, names, whole, (solution[whole], solution[whole]), tolerance, clock, capped=tolerance > 0)
    if best is not None:
        best[whole] = np.round(best[whole])
    return best


def refine(
    search: Search, names: list[str], fixed: npt.NDArray[np.int64], bounds: tuple[Floats, Floats], tolerance: float,
    clock: Clock, *, capped: bool = False,
) -> Floats | None:  # fmt: skip
    """The best solution, tier by tier, with the columns `fixed` within `bounds` (natural); None where there is none in time.

    `capped`: the caps in force hold from the start. With a tolerance an earlier tier has room that it would use to do better at
    the expense of a later one; without, they are tighter than the solver can always tell from infeasible.
    """
    columns = np.array([tier_column(search.model, name) for name in names], dtype=np.int64)
    free = np.full(len(columns), np.inf)
    caps = search.present.upper[columns] * search.model.column_scale[columns] if capped else free
    patch = Patch.of_columns(
        np.concatenate([fixed, columns]), np.concatenate([bounds[0], -free]), np.concatenate([bounds[1], caps])
    )
    with search.for_now(patch):
        return _tier_by_tier(search, names, tolerance, clock)


def _tier_by_tier(search: Search, names: list[str], tolerance: float, clock: Clock) -> Floats | None:
    model, session = search.model, search.relaxed
    best: Floats | None = None
    reached: list[tuple[int, float]] = []
    for name in names:
        column = tier_column(model, name)
        session.minimise(column)
        for slack in (POLISHED_SLACK, WIDER_SLACK, CAP_SLACK):
            for earlier, value in reached:
                session.apply(cap_patch(model, earlier, value, tolerance, slack, within=search.cap_of(earlier)))
            session.forget()  # with whole columns fixed presolve leaves little
            solved = session.solve_relaxation(clock, f"polish-{name}")
            if solved.solution is not None:
                break
        else:
            return None
        best = solved.solution
        reached.append((column, solved.value))
    return best
