"""The settlement model solved stage by stage: each objective is minimised, then capped for those behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import sparse
from tongzhou.model.errors import CoalitionError, Text
from tongzhou.model.settlement.terms import SettlementTerms
from tongzhou.model.settlement_formulation import build_settlement
from tongzhou.solvers.compile import compile_model
from tongzhou.solvers.compiled import Block, Floats, Patch
from tongzhou.solvers.highs import Session, Solved
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.status import Stop

ACCURACY = 1e-9
"""Feasibility tolerance, in units of a ten-thousandth of the money at stake."""
ROOMS = (1e-7, 1e-6, 1e-5, 1e-4)
"""Room of every cap, in the same units: at least a hundred times the tolerance, or feasible models are called infeasible."""
RETRIES = (ACCURACY, 1e-8, 1e-7)
"""Tolerances tried, without presolve, when HiGHS calls a model infeasible that tight caps leave little room."""
TOO_TIGHT = (Stop.INFEASIBLE, Stop.FAILED)
"""What HiGHS says of a model whose caps leave it too little room (henan-2021 once ended as "unknown" at the least room)."""
WHOLE_ACCURACY, WHOLE_ROOM = 1e-7, 1e-5
"""Tolerance and room while units are chosen: once they are fixed, every stage is minimised again, sharply."""
WHOLE_GAP, WHOLE_LIMIT_S = 1e-9, 10.0
"""Gap and seconds of a stage with programmes in whole units: what was found stands, the stages behind it start from it."""
DUAL = 1e-7
"""Dual price above which a city is fixed at the level of its gain."""
WHOLE = ("units", "covered", "rewarded")
GAINS = ("relative_gain", "level")


@dataclass(frozen=True, slots=True)
class Paid:
    """A solution of the settlement model in natural units.

    `burden`, `paid`, `received`: a value a city; `grants`: by fund, city, category; `units`: by programme, city; `stages`:
    value of every stage solved; `rest`: the part of Delta that is a line of its own.
    """

    burden: Floats
    paid: Floats
    received: Floats
    grants: Mapping[tuple[int, int, str], float]
    units: Mapping[tuple[int, int], int]
    rest: float
    stages: Mapping[str, float] = field(default_factory=dict)

    @property
    def outside(self) -> float:
        """Money from outside."""
        return sum(self.grants.values())


def solve_stages(terms: SettlementTerms, stages: Sequence[str], clock: Clock) -> Paid:
    """Minimise the stages in their order; `gain` raises the least relative gain, then the next, to the last (leximin).

    Where the caps leave HiGHS too little room to find what it found before, all is solved again with ten times the room.
    """
    stop = Stop.INFEASIBLE
    for room in ROOMS:
        try:
            return _solve_in_order(_Search(terms, clock, room), stages)
        except _TooTightError as error:
            stop = error.stop
    raise _not_computed(stop)


def _not_computed(stop: Stop) -> CoalitionError:
    return CoalitionError(Text(f"the settlement could not be computed ({stop})", f"结算无法算出 ({stop})"))


def _solve_in_order(search: _Search, stages: Sequence[str]) -> Paid:
    values: dict[str, float] = {}
    for stage in stages:
        if stage == "gain":
            search.level_whole()
            search.level_gains()
        else:
            values[stage] = search.minimise(stage)
    return search.told(values)


class _TooTightError(Exception):
    """A model that had a solution is called infeasible under its caps, or HiGHS gives up on it."""

    def __init__(self, stop: Stop) -> None:
        self.stop = stop


class _Search:
    def __init__(self, terms: SettlementTerms, clock: Clock, room: float) -> None:
        self._terms, self._clock, self._room = terms, clock, room
        self._unit = float(np.exp2(np.round(np.log2(terms.size / 10_000.0))))
        self._model = compile_model(build_settlement(terms), self._scales)
        self._whole = bool(self._model.whole.any())
        tolerance = WHOLE_ACCURACY if self._whole else ACCURACY
        self._session = Session(self._model, relaxed=not self._whole, seed=0, tolerance=tolerance)
        self._found: Floats | None = None
        self._done: list[str] = []

    def _scales(
        self, variables: Mapping[str, Block], matrix: sparse.csr_matrix[np.float64], _: Mapping[str, Block]
    ) -> Floats:
        scale = np.full(matrix.shape[1], self._unit)
        for name in WHOLE:
            scale[variables[name].span] = 1.0
        # Gains are scaled so that the accuracy of the largest one is the accuracy of money.
        largest = max([city.at_stake for city in self._terms.cities], default=0.0) or self._unit
        gain = float(np.exp2(np.round(np.log2(self._unit / largest))))
        for name in GAINS:
            scale[variables[name].span] = gain
        scale[variables["stage"].place["gain"]] = gain
        scale[variables["stage"].place["in-kind"]] = 1.0
        return scale

    def minimise(self, stage: str) -> float:
        """Minimise one stage and cap it."""
        column = self._model.column("stage", stage)
        self._session.minimise(column)
        solved = self._solve()
        scale = float(self._model.column_scale[column])
        room = (10 * ACCURACY if abs(solved.value) <= ACCURACY * scale else self._room) * scale  # nothing stays nothing
        if self._whole:
            room = WHOLE_ROOM * scale
        self._session.apply(Patch.of_columns([column], [-np.inf], [solved.value + room]))
        self._done.append(stage)
        return float(solved.value)

    def _solve(self) -> Solved:
        solved = self._attempt()
        for tolerance in RETRIES:
            if solved.solution is not None or self._clock.cancelled:
                break
            self._session.be_careful(tolerance)
            solved = self._attempt()
        if solved.solution is None:
            raise _TooTightError(solved.stop) if solved.stop in TOO_TIGHT else _not_computed(solved.stop)
        return solved

    def _attempt(self) -> Solved:
        clock = self._clock.unhurried()
        if self._whole:
            solved = self._session.solve_whole(
                clock, "settlement", start=self._found, gap=WHOLE_GAP, absolute_gap=0.0, most_s=WHOLE_LIMIT_S
            )
        else:
            solved = self._session.solve_relaxation(clock, "settlement")
        self._found = solved.solution if solved.solution is not None else self._found
        return solved

    def level_whole(self) -> None:
        """The first level of gain with programmes in whole units, the fewest units that reach it; then they are fixed."""
        if self._whole:
            self.minimise("gain")
            self.minimise("in-kind")
            self.fix_whole()

    def fix_whole(self) -> None:
        """Fix the whole columns where they are, for what follows needs dual prices; the stages are capped anew without them."""
        if not self._whole or self._found is None:
            return
        places = np.flatnonzero(self._model.whole)
        values = np.round(self._found[places])
        self._session = Session(self._model, relaxed=True, seed=0, tolerance=ACCURACY)
        self._whole = False
        done, self._done = self._done, []
        self._session.apply(Patch.of_columns([int(place) for place in places], values, values))
        for stage in done:
            self.minimise(stage)

    def level_gains(self) -> None:
        """Leximin of the relative gains: the level is raised, the cities that hold it down are fixed there, and so on."""
        open_ones = set(self._model.variables["relative_gain"].place)
        stage = self._model.column("stage", "gain")
        self._session.minimise(stage)
        while open_ones:
            solved = self._solve()
            assert solved.row_duals is not None
            level = -solved.value
            duals = {place: abs(solved.row_duals[self._model.row("least_gain", place)]) for place in open_ones}
            fixed = {place for place, dual in duals.items() if dual > DUAL}
            if not fixed:  # nothing holds the level: the rest is determined already
                return
            for place in fixed:
                self._fix(place, level)
            open_ones -= fixed

    def _fix(self, place: int, level: float) -> None:
        column, row = self._model.column("relative_gain", place), self._model.row("least_gain", place)
        room = self._room * self._unit / self._terms.cities[place].at_stake  # the same room in money for every city
        self._session.apply(Patch.of_columns([column], [level - room], [np.inf]))
        self._session.apply(Patch.of_rows([row], [-np.inf], [np.inf]))

    def told(self, values: Mapping[str, float]) -> Paid:
        """The last solution by meaning."""
        assert self._found is not None
        found = self._found

        def of(name: str) -> dict[Any, float]:
            return {key: float(found[column]) for key, column in self._model.variables[name].place.items()}

        def row(name: str) -> Floats:
            return np.array([value for _, value in sorted(of(name).items())])

        return Paid(
            burden=row("burden"), paid=row("paid"), received=row("received"),
            grants={key: value for key, value in of("grant").items() if value > 0},
            units={key: round(value) for key, value in of("units").items() if round(value)},
            rest=of("rest")[0], stages=dict(values),
        )  # fmt: skip
