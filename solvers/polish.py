"""The last touch: with the whole columns as found, the divisible flows are made exactly optimal tier by tier.

The search lets each tier give way by a millionth, so that the next has room to breathe; later tiers use that room, and a plan
would show 49.99998 where 50 is meant. With whole columns fixed only LPs remain, which need a thousand times less room.
"""

from __future__ import annotations

import numpy as np
from tongzhou.solvers.compiled import Floats, Patch
from tongzhou.solvers.search import Search
from tongzhou.solvers.tiers import CAP_SLACK, cap_patch, tier_column

POLISHED_SLACK, WIDER_SLACK = 1e-9, 3e-8
"""Room between a tier's value and its cap; the wider where the solver finds the narrower infeasible."""
LEAST_S, LPS = 10.0, 1.0
"""All of it may take so many seconds, and as long as so many LPs of the search; then the solution stays as it is."""


def polish(search: Search, names: list[str], solution: Floats, tolerance: float) -> Floats:
    """The solution with its divisible flows re-optimised; unchanged where an LP fails or the time is over."""
    model, session = search.model, search.relaxed
    clock = search.clock.patient(LEAST_S + LPS * search.relaxed_s)
    whole = np.flatnonzero(model.whole)
    columns = [tier_column(model, name) for name in names]
    session.apply(Patch.of_columns(whole, solution[whole], solution[whole]))
    session.apply(Patch.of_columns(columns, [-np.inf] * len(columns), [np.inf] * len(columns)))
    best = solution
    reached: list[tuple[int, float]] = []
    for name, column in zip(names, columns, strict=True):
        session.minimise(column)
        for slack in (POLISHED_SLACK, WIDER_SLACK, CAP_SLACK):
            for earlier, value in reached:
                session.apply(cap_patch(model, earlier, value, tolerance, slack))
            session.forget()  # with whole columns fixed presolve leaves little
            solved = session.solve_relaxation(clock, f"polish-{name}")
            if solved.solution is not None:
                break
        else:
            return solution
        best = solved.solution
        reached.append((column, solved.value))
    best[whole] = np.round(best[whole])
    return best
