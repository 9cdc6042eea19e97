"""The cost of a group: the switched model with the switches of the group on, solved to the end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from tongzhou.model.errors import CoalitionError, Text
from tongzhou.model.game import members, names_of
from tongzhou.model.game.coalition import Group
from tongzhou.solvers.coalitions.switches import SwitchedModel
from tongzhou.solvers.compiled import Floats, Patch
from tongzhou.solvers.highs import Session
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.status import Stop

WHOLE_GAP = 1e-4
"""Relative gap at which the dispatch of a group with whole trips counts as solved."""


@dataclass(frozen=True, slots=True)
class Valuation:
    """Cost of a group.

    `cost`: of the best dispatch found; `bound`: what no dispatch of the group is below (equal without whole trips);
    `prices`: what each city's means and needs cost at the margin (n amounts, dual prices of the relaxation): their sum over
    any group is a lower bound of that group's cost, exact for this group when trips are divisible.
    """

    group: Group
    cost: float
    bound: float
    prices: tuple[float, ...]


class Valuer:
    """One persistent solver that values one group after the other."""

    def __init__(self, switched: SwitchedModel, *, whole: bool, seed: int = 0) -> None:
        self._switched = switched
        self._unit = max(1.0, float(np.abs(switched.prices).max(initial=1.0)))
        self._relaxed = Session(switched.model, relaxed=True, seed=seed)
        self._relaxed.minimise_cost(switched.prices, unit=self._unit)
        self._whole = Session(switched.model, relaxed=False, seed=seed) if whole else None
        if self._whole is not None:
            self._whole.minimise_cost(switched.prices, unit=self._unit)

    def value(self, group: Group, clock: Clock) -> Valuation:
        """Cost and dual prices of a group. Raises `CoalitionError` when it was not solved to the end."""
        patch = self._switch(group)
        self._relaxed.apply(patch)
        solved = self._relaxed.solve_relaxation(clock, "coalitions")
        if solved.stop is not Stop.OPTIMAL or solved.column_duals is None:
            raise self._failed(group, solved.stop)
        prices = solved.column_duals[self._switched.switches]
        cost = bound = float(prices[members(group)].sum())
        if self._whole is not None:
            self._whole.apply(patch)
            whole = self._whole.solve_whole(
                clock, "coalitions", start=None, gap=WHOLE_GAP, absolute_gap=0.0, most_s=clock.left
            )
            if whole.stop is not Stop.OPTIMAL or whole.solution is None:
                raise self._failed(group, whole.stop)
            cost, bound = whole.value, max(bound, whole.bound)
        return Valuation(group, cost, min(bound, cost), tuple(float(price) for price in prices))

    def dispatch(self, group: Group, clock: Clock) -> tuple[Floats, Floats]:
        """The relaxed dispatch of a group in natural units, and the dual prices of its rows (natural units)."""
        self._relaxed.apply(self._switch(group))
        solved = self._relaxed.solve_relaxation(clock, "coalitions")
        if solved.stop is not Stop.OPTIMAL or solved.solution is None or solved.row_duals is None:
            raise self._failed(group, solved.stop)
        return solved.solution, solved.row_duals * self._switched.model.row_scale * self._unit

    def _switch(self, group: Group) -> Patch:
        count = len(self._switched.players)
        on = [float(group >> place & 1) for place in range(count)]
        return Patch.of_columns(range(self._switched.switches.start, self._switched.switches.stop), on, on)

    def _failed(self, group: Group, stop: Stop) -> CoalitionError:
        names = ", ".join(names_of(group, self._switched.players))
        return CoalitionError(Text(
            f"the cost of the group {names} could not be computed ({stop}); without it there is no settlement",
            f"群体 {names} 的成本无法算出 ({stop}); 结算不能进行",
        ))  # fmt: skip
