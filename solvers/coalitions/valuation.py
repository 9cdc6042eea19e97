"""The cost of a group: the switched model with the switches of the group on, solved to the end."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from tongzhou.model.errors import CoalitionError, Text
from tongzhou.model.game import everyone, members, names_of
from tongzhou.model.game.coalition import Group
from tongzhou.solvers.coalitions.switches import SwitchedModel
from tongzhou.solvers.compiled import Floats, Patch
from tongzhou.solvers.highs import LARGE, TOLERANCE, Session, Solved
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.status import Stop

WHOLE_GAP = 1e-4
"""Relative gap at which the dispatch of a group with whole trips counts as solved."""
TOGETHER_GAP = 1e-5
"""The same for all together: every other group's bound rests on theirs."""
AGREEMENT = 1e-6
"""Relative difference of a dispatch's value and the sum of its prices that is rounding."""
NAMED = 10
LEAST_SCRATCH_S, WORTH = 1.0, 1.0
"""Seconds a large group's dispatch from scratch takes at least, and how many times as long the last basis is tried."""
WHOLE_LIMIT_S = 60.0
"""Seconds for the dispatch of one group with whole trips; its bound holds whenever it stops."""


@dataclass(frozen=True, slots=True)
class Valuation:
    """Cost of a group.

    `cost`: of the best dispatch known; `bound`: what no dispatch of the group is below; equal when trips are divisible.
    `prices`: what each city's means and needs cost at the margin (n amounts, dual prices of the relaxation): their sum over
    any group is a lower bound of that group's cost, exact for this group when trips are divisible. `sharp`: False while a game
    with whole trips knows the relaxation of this group only (`cost` is then that bound).
    """

    group: Group
    cost: float
    bound: float
    prices: tuple[float, ...]
    sharp: bool = True


class Valuer:
    """One persistent solver that values one group after the other."""

    def __init__(self, switched: SwitchedModel, *, seed: int = 0) -> None:
        self._switched, self._seed = switched, seed
        self._unit = max(1.0, float(np.abs(switched.prices).max(initial=1.0)))
        self._relaxed = self._session(relaxed=True)
        self._whole: Session | None = None
        self._all: Solved | None = None
        small = switched.model.matrix.shape[1] < LARGE
        self._scratch_s: float | None = float("inf") if small else None

    def _session(self, *, relaxed: bool) -> Session:
        session = Session(self._switched.model, relaxed=relaxed, seed=self._seed)
        session.minimise_cost(self._switched.prices, unit=self._unit)
        return session

    def value(self, group: Group, clock: Clock) -> Valuation:
        """Cost and dual prices of a group with divisible trips. Raises `CoalitionError` when not solved to the end."""
        self._relaxed.apply(self._switch(group))
        solved = self._solve(clock)
        if solved.stop is not Stop.OPTIMAL or solved.column_duals is None:
            raise self._failed(group, solved.stop)
        prices = solved.column_duals[self._switched.switches]
        cost = float(prices[members(group)].sum())
        if abs(cost - solved.value) > AGREEMENT * max(self._unit, abs(cost), abs(solved.value)):
            raise self._failed(group, Stop.FAILED)  # value and prices must tell the same
        if group == everyone(len(self._switched.players)):
            self._all = solved
        return Valuation(group, cost, cost, tuple(float(price) for price in prices))

    def _solve(self, clock: Clock) -> Solved:
        """Warm from the last group's basis; from scratch where there is none, or the way from it is longer than that."""
        began = clock.seconds
        if self._scratch_s is not None:
            solved = self._relaxed.solve_relaxation(clock, "coalitions", most_s=WORTH * self._scratch_s)
            if solved.stop is not Stop.TIME or clock.over:
                return solved
        solved = self._relaxed.solve_from_scratch(clock, "coalitions")
        if self._scratch_s is None:
            self._scratch_s = max(LEAST_SCRATCH_S, clock.seconds - began)
        return solved

    def value_whole(self, group: Group, clock: Clock) -> Valuation:
        """Cost of a group with whole vehicles, teams and lots. Raises `CoalitionError` when no dispatch of it was found."""
        relaxed = self.value(group, clock)
        if self._whole is None:
            self._whole = self._session(relaxed=False)
        solved = self._solve_whole(self._whole, group, clock)
        if (
            solved.stop is Stop.INFEASIBLE
        ):  # every group can do what its cities do alone: presolve misjudged a tight row
            careful = self._session(relaxed=False)
            careful.be_careful(TOLERANCE)
            solved = self._solve_whole(careful, group, clock)
        if solved.solution is None or solved.stop not in (Stop.OPTIMAL, Stop.TIME):
            raise self._failed(group, solved.stop)
        bound = min(solved.value, max(relaxed.bound, solved.bound))
        return replace(relaxed, cost=solved.value, bound=bound)

    def _solve_whole(self, session: Session, group: Group, clock: Clock) -> Solved:
        session.apply(self._switch(group))
        everybody = group == everyone(len(self._switched.players))
        return session.solve_whole(
            clock,
            "coalitions",
            start=None,
            gap=TOGETHER_GAP if everybody else WHOLE_GAP,
            absolute_gap=0.0,
            most_s=min(WHOLE_LIMIT_S, clock.left),
        )

    def value_alone(self, clock: Clock) -> Floats:
        """Cost of every city alone (n amounts): one dispatch of all in which nothing moves between cities falls apart into
        one a city, and each switch's price is its city's cost. Raises `CoalitionError`."""
        everybody = everyone(len(self._switched.players))
        session = self._session(relaxed=True)
        session.apply(self._switch(everybody))
        still = self._switched.between
        session.apply(Patch.of_columns(still.tolist(), [0.0] * len(still), [0.0] * len(still)))
        solved = session.solve_afresh(clock, "coalitions")
        if solved.stop is not Stop.OPTIMAL or solved.column_duals is None:
            raise self._failed(everybody, solved.stop)
        return np.asarray(solved.column_duals[self._switched.switches], dtype=float)

    def dispatch_of_all(self, clock: Clock) -> tuple[Floats, Floats]:
        """The relaxed dispatch of all cities in natural units, and the dual prices of its rows (natural units)."""
        if self._all is None:
            self.value(everyone(len(self._switched.players)), clock)
        solved = self._all
        assert solved is not None and solved.solution is not None and solved.row_duals is not None
        return solved.solution, solved.row_duals * self._switched.model.row_scale * self._unit

    def _switch(self, group: Group) -> Patch:
        count = len(self._switched.players)
        on = [float(group >> place & 1) for place in range(count)]
        return Patch.of_columns(range(self._switched.switches.start, self._switched.switches.stop), on, on)

    def _failed(self, group: Group, stop: Stop) -> CoalitionError:
        found = names_of(group, self._switched.players)
        names = ", ".join(found[:NAMED]) + (f" ... ({len(found)})" if len(found) > NAMED else "")
        return CoalitionError(Text(
            f"the cost of the group {names} could not be computed ({stop}); without it there is no settlement",
            f"群体 {names} 的成本无法算出 ({stop}); 结算不能进行",
        ))  # fmt: skip
