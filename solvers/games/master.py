"""The linear program over burdens, in normal form; its rows, one a group, are added as they are found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from tongzhou.model.errors import SolverCrashError, Text
from tongzhou.model.game import everyone, members
from tongzhou.model.game.coalition import Group
from tongzhou.model.game.cost_game import Floats

TOLERANCE = 1e-10
"""The smallest HiGHS takes; the matrix holds zeros and ones, and amounts are near 1."""
OPTIONS: tuple[tuple[str, object], ...] = (
    ("output_flag", False),
    ("threads", 1),
    ("presolve", "off"),
    ("primal_feasibility_tolerance", TOLERANCE),
    ("dual_feasibility_tolerance", TOLERANCE),
    ("simplex_scale_strategy", 0),
)


@dataclass(frozen=True, slots=True)
class Vertex:
    """An optimal vertex: burdens (n), the relief, and what a unit of every group's cost (or of a ceiling) is worth."""

    burden: Floats
    relief: float
    prices: Mapping[Group, float]
    ceiling_prices: Floats


class Master:
    """Least relief such that every group bears at most its cost and all bear the total.

    `to="groups"`: relief `t` of free sign with `x(S) - t <= c(S)`, `x(N) = c(N)`. `to="total"`: relief `D >= 0` with
    `x(S) <= c(S)`, `x(N) + D = c(N)`. `ceiling`: most that each player bears.
    """

    def __init__(self, players: int, total: float, *, to: str, ceiling: float = highspy.kHighsInf) -> None:
        self._players = players
        self._to_groups = to == "groups"
        self._rows: dict[Group, int] = {}
        self._highs = highspy.Highs()
        for option, value in OPTIONS:
            self._highs.setOptionValue(option, value)
        for _ in range(players):
            self._highs.addVar(-highspy.kHighsInf, ceiling)
        self._highs.addVar(-highspy.kHighsInf if self._to_groups else 0.0, highspy.kHighsInf)
        self._highs.changeColCost(players, 1.0)
        self._add([everyone(players)], [total], [total], relieved=not self._to_groups, sign=1.0)

    def add(self, groups: Sequence[Group], costs: Sequence[float]) -> None:
        """Rows of groups; they bear at most `costs` (and the relief)."""
        rows = [-highspy.kHighsInf] * len(groups)
        self._add(groups, rows, costs, relieved=self._to_groups, sign=-1.0)

    def _add(
        self, groups: Sequence[Group], lower: Sequence[float], upper: Sequence[float], *, relieved: bool, sign: float
    ) -> None:
        starts, columns, weights = [], list[int](), list[float]()
        for group in groups:
            self._rows[group] = len(self._rows)
            starts.append(len(columns))
            places = members(group)
            columns += [*places, self._players] if relieved else places
            weights += [1.0] * len(places) + ([sign] if relieved else [])
        self._highs.addRows(
            len(groups),
            np.array(lower, dtype=float),
            np.array(upper, dtype=float),
            len(columns),
            np.array(starts, dtype=np.int32),
            np.array(columns, dtype=np.int32),
            np.array(weights, dtype=float),
        )

    def fix(self, group: Group, burden: float) -> None:
        """From now on a group bears exactly this, whatever the relief."""
        if group not in self._rows:
            self.add([group], [burden])
        row = self._rows[group]
        self._highs.changeCoeff(row, self._players, 0.0)
        self._highs.changeRowBounds(row, burden, burden)

    def release(self, group: Group) -> None:
        """Drop the limit of a group: others determine what it bears."""
        self._highs.changeRowBounds(self._rows[group], -highspy.kHighsInf, highspy.kHighsInf)

    def solve(self) -> Vertex:
        """An optimal vertex, warm from the last one. Raises `SolverCrashError` when HiGHS fails twice."""
        self._highs.run()
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            self._highs.clearSolver()
            self._highs.run()
        status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            word = self._highs.modelStatusToString(status)
            raise SolverCrashError(
                Text(f"the linear program of the game ended as {word}", f"博弈线性规划异常结束: {word}")
            )
        found = self._highs.getSolution()
        values, duals = np.array(found.col_value), -np.array(found.row_dual)
        return Vertex(
            values[:-1],
            float(values[-1]),
            {group: float(duals[row]) for group, row in self._rows.items()},
            -np.array(found.col_dual)[:-1],
        )
