"""The burden of the least core nearest to a target, by least squares: unique, and as symmetric as the target.

The least core often has no inside: some groups have its excess in all of it. These are found first, as levels that do not
fall; the next level then gives a burden with room in every other row, and what is left is a least-distance problem
(Lawson, Hanson 1974, chapter 23) in the directions that remain free.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls
from tongzhou.model.errors import SolverCrashError, Text
from tongzhou.model.game import CostGame
from tongzhou.model.game.coalition import Group
from tongzhou.model.game.cost_game import Floats
from tongzhou.solvers.games.least_core import LeastCore
from tongzhou.solvers.games.levels import Levels
from tongzhou.solvers.games.search import Search
from tongzhou.solvers.games.span import indicators
from tongzhou.solvers.games.tally import tallied

SAME_LEVEL = 1e-9
FEASIBLE = 1e-9
"""Both in normal form."""


def nearest_in_least_core(game: CostGame, target: Floats, least: LeastCore, search: Search | None = None) -> Floats:
    """The burden of the least core (n amounts) with the least sum of squared differences from `target`.

    Raises `NoPlanError` when stopped.
    """
    if len(game.players) == 1:
        return least.burden
    levels = Levels(tallied(game), search or Search(), known=least.groups)
    epsilon, inside = _relative_interior(levels)
    if levels.span.complete:
        return levels.form.burden(levels.span.burden())
    return _project(levels, epsilon, inside, target)


def _relative_interior(levels: Levels) -> tuple[float, Floats]:
    """The first level (normal form), and a burden of it with room in every row that is not always tight."""
    scale = levels.form.scale
    first = level = levels.descend()
    while not levels.span.complete and first.excess - level.excess <= SAME_LEVEL * scale:
        levels.settle(level)
        if not levels.span.complete:
            level = levels.descend()
    return first.vertex.relief, level.vertex.burden


def _project(levels: Levels, epsilon: float, inside: Floats, target: Floats) -> Floats:
    """Least distance over the rows known, adding rows until no group is above the least core's excess."""
    form, players = levels.form, levels.span.players
    free = levels.span.outside()
    wanted = free.T @ ((target - form.alone) / form.scale - inside)
    rows = list(levels.open)
    limit = epsilon * form.scale + max(form.tolerance, FEASIBLE * form.scale)
    while True:
        levels.search.check_clock()
        step = least_distance(indicators(rows, players) @ free, _room(levels, rows, epsilon, inside), wanted)
        burden = form.burden(inside + free @ step)
        found = levels.game.separate(burden, above=limit, most=levels.search.most(players), outside=free)
        levels.search.clock.report("nearest", epsilon * form.scale, found.bound)
        new = [item.group for item in found.found if item.group not in rows]
        if found.bound <= limit or not new:
            return burden
        rows += new


def _room(levels: Levels, rows: list[Group], epsilon: float, inside: Floats) -> Floats:
    """By how much the rows may still rise from the inner burden; not negative but for rounding."""
    costs = np.array([levels.cost(group) for group in rows])
    return np.maximum(costs + epsilon - indicators(rows, len(inside)) @ inside, 0.0)


def least_distance(matrix: Floats, limits: Floats, target: Floats) -> Floats:
    """The `w` (r) nearest to `target` (r) with `matrix w <= limits` (m x r, m; limits not negative, so that 0 is allowed).

    Raises `SolverCrashError` if the result breaks a limit by more than 1e-9: then it is not the answer.
    """
    needed = matrix @ target - limits
    if not (needed > 0).any():
        return target
    # v = w - target, the shortest with -matrix v >= needed.
    system = np.vstack((-matrix.T, needed))
    weights, _ = nnls(system, np.append(np.zeros(len(target)), 1.0), maxiter=50 * len(limits))
    active = weights > 0
    # Its active rows are right to the last bit, its values only nearly: solve for the active rows once more.
    exact = target - np.linalg.lstsq(matrix[active], needed[active], rcond=None)[0]
    if (matrix @ exact - limits).max() > FEASIBLE:
        raise SolverCrashError(Text("the least-squares projection is not accurate", "最小二乘投影精度不足"))
    return exact
