"""Lower bounds of a game's cost, gathered from dual prices, and the most aggrieved group under them.

Every dual solution of a group's dispatch prices the means and needs of every city; by weak duality the sum of these prices over
ANY group is at most that group's cost. So `c(S) >= max over the cuts k of g_k(S)`, exact at the groups already valued, and
`max over S of x(S) - max_k g_k(S)` bounds every excess. It is a small mixed-integer program over the cities alone (Benders 1962).
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from tongzhou.model.game import group_of, members
from tongzhou.model.game.coalition import Group
from tongzhou.solvers.compiled import Floats
from tongzhou.solvers.status import Stop, stop_of

SIDE = 1e-6
"""Least distance from the span of fixed groups that a group outside it must have along the random direction."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A group proposed by the cuts and the excess they allow it."""

    group: Group
    most: float


class CutPool:
    """Cuts in units of `unit`; the master problem is kept and warm."""

    def __init__(self, players: int, unit: float) -> None:
        self._n, self._unit = players, unit
        self._cuts: list[Floats] = []
        self._lifts: list[tuple[Group, float]] = []
        self._master = highspy.Highs()
        for option, value in (
            ("output_flag", False), ("threads", 1), ("mip_rel_gap", 0.0), ("mip_abs_gap", 1e-10),
            ("mip_feasibility_tolerance", 1e-10), ("primal_feasibility_tolerance", 1e-10),
        ):  # fmt: skip
            self._master.setOptionValue(option, value)
        for place in range(players):
            self._master.addVar(0.0, 1.0)
            self._master.changeColIntegrality(place, highspy.HighsVarType.kInteger)
        self._master.addVar(-highspy.kHighsInf, highspy.kHighsInf)
        self._master.changeColCost(players, 1.0)
        places = np.arange(players, dtype=np.int32)
        self._master.addRow(1.0, players - 1.0, players, places, np.ones(players))
        self._direction_row = self._master.getNumRow()
        self._master.addRow(-highspy.kHighsInf, highspy.kHighsInf, players, places, np.ones(players))

    def add(self, prices: Floats) -> None:
        """A cut from the prices of every city (n amounts of money)."""
        cut = prices / self._unit
        self._cuts.append(cut)
        places = np.arange(self._n + 1, dtype=np.int32)
        self._master.addRow(0.0, highspy.kHighsInf, self._n + 1, places, np.append(-cut, 1.0))

    def add_affine(self, prices: Floats, constant: float) -> None:
        """A lower bound of every group's cost that is not without a constant: `constant + sum of prices` (money)."""
        places = np.arange(self._n + 1, dtype=np.int32)
        self._master.addRow(
            constant / self._unit, highspy.kHighsInf, self._n + 1, places, np.append(-prices / self._unit, 1.0)
        )

    def lift(self, group: Group, prices: Floats, bound: float) -> None:
        """Raise the cut at one group to its own bound (whole trips cost more than their relaxation): it is the group's dual
        prices plus the rest at the group itself, nothing or less one city away, and less the farther."""
        rest = (bound - float(prices[members(group)].sum())) / self._unit
        if rest <= 0:
            return
        inside = np.array([1.0 if group >> place & 1 else -1.0 for place in range(self._n)])
        cut = prices / self._unit + rest * inside
        shift = rest * (1.0 - len(members(group)))
        places = np.arange(self._n + 1, dtype=np.int32)
        self._master.addRow(shift, highspy.kHighsInf, self._n + 1, places, np.append(-cut, 1.0))
        self._lifts.append((group, rest))

    def bound_below(self, groups: Floats) -> Floats:
        """Lower bounds of the cost of groups given as rows of 0 and 1 (m x n), in money (lifts left out)."""
        return np.asarray((groups @ np.array(self._cuts).T).max(axis=1) * self._unit, dtype=float)

    def guess(self, burden: Floats, rng: np.random.Generator, *, starts: int) -> list[Candidate]:
        """Groups of large excess under the cuts, by improving random groups one city at a time."""
        cuts = np.array(self._cuts) * self._unit
        state = rng.random((starts, self._n)) < rng.random((starts, 1))
        best: dict[Group, float] = {}
        for row in state:
            group, excess = _improve(row, burden, cuts)
            if 0 < len(members(group)) < self._n:
                best[group] = excess
        return [
            Candidate(group, excess) for group, excess in sorted(best.items(), key=lambda item: (-item[1], item[0]))
        ]

    def worst(self, burden: Floats, direction: Floats | None, limit_s: float) -> tuple[Candidate | None, float]:
        """The group of largest excess under the cuts, and the bound of all; with `direction` only groups off its null space.

        Returns (None, -inf) when no group is in question.
        """
        if direction is None:
            return self._solve(burden, None, 0.0, limit_s)
        sides = [self._solve(burden, direction, side, limit_s) for side in (1.0, -1.0)]
        found = max((item for item, _ in sides if item is not None), key=lambda item: item.most, default=None)
        return found, max(bound for _, bound in sides)

    def _solve(
        self, burden: Floats, direction: Floats | None, side: float, limit_s: float
    ) -> tuple[Candidate | None, float]:
        master, inf = self._master, highspy.kHighsInf
        master.changeColsCost(self._n, np.arange(self._n, dtype=np.int32), -burden / self._unit)
        low, high = (-inf, inf) if direction is None else ((SIDE, inf) if side > 0 else (-inf, -SIDE))
        for place in range(self._n):
            master.changeCoeff(self._direction_row, place, 1.0 if direction is None else float(direction[place]))
        master.changeRowBounds(self._direction_row, low, high)
        master.clearSolver()
        master.setOptionValue("time_limit", limit_s)
        master.run()
        stop = stop_of(master.getModelStatus())
        if stop is Stop.INFEASIBLE:
            return None, -float("inf")
        info = master.getInfo()
        bound = -info.mip_dual_bound * self._unit
        if info.primal_solution_status != highspy.kSolutionStatusFeasible:
            return None, bound
        switches = np.array(master.getSolution().col_value)[: self._n]
        group = group_of(int(place) for place in np.flatnonzero(switches > 0.5))
        return Candidate(group, -info.objective_function_value * self._unit), bound


def _improve(start: Floats, burden: Floats, cuts: Floats) -> tuple[Group, float]:
    """Flip one city at a time while the excess under the cuts grows."""
    state = start.astype(float)
    sums = cuts @ state
    excess = float(burden @ state - sums.max())
    while True:
        change = 1.0 - 2.0 * state
        after = (burden @ state + burden * change) - (sums[:, None] + cuts * change).max(axis=0)
        place = int(np.argmax(after))
        if after[place] <= excess + 1e-12 * max(1.0, abs(excess)):
            return group_of(int(item) for item in np.flatnonzero(state > 0.5)), excess
        excess = float(after[place])
        sums = sums + cuts[:, place] * change[place]
        state[place] += change[place]
