"""What runs beside the search of a tier: the second process, begun when it is due, and what it found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Self

import numpy as np
from tongzhou.solvers.compiled import Bools, CompiledModel, Floats
from tongzhou.solvers.helper import Helper, Improvement
from tongzhou.solvers.highs import Solved
from tongzhou.solvers.improve import Improver
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.reduced import reduce_model


class Help(Enum):
    """What the second process of a tier does: raises the bound, searches for better solutions, or first the one, then the other.

    `BOUND` lets goods and teams have parts: it is for where trips alone make nearly all of the gap.
    """

    BOUND = "bound"
    IMPROVE = "improve"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Target:
    """A tier to minimise: its column, its name for reports, its value without aid.

    `caps`: columns of earlier tiers, capped by now; `help_after_s`: seconds of searching after which a second process is worth
    its time; `helps`: what it does; `thorough`: whether an LP more is worth its time, to know which columns are near; `goal`: the
    question is only whether this value can be reached, and the search ends when it is, or when the bound says that it cannot be;
    `relaxed`: the relaxation's solution where it is known already; `following`: the next tier that is searched thoroughly.
    """

    column: int
    step: str
    without_aid: float
    caps: tuple[int, ...] = ()
    help_after_s: float = 0.0
    helps: Help = Help.BOTH
    thorough: bool = True
    goal: float | None = None
    relaxed: Solved | None = None
    following: int | None = None

    @property
    def in_parts(self) -> bool:
        """Whether the bound is raised with parts of goods and teams."""
        return self.helps is Help.BOUND


class Beside:
    """The second process of one tier. A context manager."""

    def __init__(
        self, present: CompiledModel, target: Target, is_unit: Bools, options: SolveOptions, patience_s: float
    ) -> None:
        """`is_unit`: columns of goods and teams (see `Topics`); `patience_s`: seconds without a better bound after which it raises
        the bound no more."""
        self._present, self._target, self._is_unit, self._options = present, target, is_unit, options
        self._patience_s = patience_s
        self._prices: dict[int, float] = {}
        self._improvement: Improvement | None = None
        self._helper: Helper | None = None
        self._found: Floats | None = None
        self._heard: list[Floats] = []
        self._told = float("inf")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """End it, if it was begun."""
        if self._helper is not None:
            self._helper.close()
            self._helper = None

    @property
    def bound(self) -> float:
        """The best bound so far; what else is heard on the way waits for `exchange`, for a search may be asking in its midst."""
        if self._helper is None:
            return -float("inf")
        self._heard += self._helper.listen()
        return self._helper.bound

    @property
    def ended(self) -> bool:
        """Whether the second process has come to an end."""
        return self._helper is not None and self._helper.ended

    @property
    def solved(self) -> bool:
        """Whether branch and cut has solved the tier."""
        return self._helper is not None and self._helper.solved

    def exchange(self, improver: Improver) -> None:
        """Take over what the second process found, and hand it what is better."""
        if self._helper is None:
            return
        heard, self._heard = [*self._heard, *self._helper.listen()], []
        for found in heard:
            found[self._present.whole] = np.round(found[self._present.whole])
            if improver.adopt(found):
                self._told = improver.value
            elif self._found is None or found[self._target.column] < self._found[self._target.column]:
                self._found = found
        if improver.value < self._told and not self._helper.ended and not self._target.in_parts:
            self._told = improver.value
            self._helper.tell(improver.solution)

    def better_of(self, improver: Improver) -> Floats:
        """The better solution of the two processes: the second may use columns that the first leaves out."""
        column = self._target.column
        if self._found is not None and self._found[column] < improver.solution[column]:
            return self._found
        return improver.solution

    def brief(self, target: Target, relaxed: Solved, improvement: Improvement) -> None:
        """What it needs to know. `relaxed`: with the prices of the caps. One that was begun at once goes on with what it does,
        unless the target asks for something else by now."""
        if target.helps is not self._target.helps:
            self.end()
        self._target, self._improvement = target, None if target.in_parts else improvement
        self._prices = _prices(self._present, relaxed, target.caps)

    def begin_if_due(self, spent_s: float) -> None:
        """Start it, once."""
        if self._helper is None and spent_s >= self._target.help_after_s:
            self.begin()

    def begin(self) -> None:
        """Start it now: before `brief` without prices of caps, and for the bound alone."""
        target, present, prices = self._target, self._present, self._prices
        if self._options.workers < 2:
            return
        reduced = reduce_model(present, np.zeros(len(present.whole), dtype=np.bool_), np.zeros(len(present.whole)))
        caps = {column: float(present.upper[column]) for column in prices}
        self._helper = Helper(
            reduced, {target.column: 1.0, **prices}, caps, gap=self._options.gap, seed=self._options.seed,
            bound_only=bool(target.caps) or target.in_parts, improvement=self._improvement,
            raising=target.helps is not Help.IMPROVE, patience_s=self._patience_s,
            in_parts=self._is_unit if target.in_parts else None,
        )  # fmt: skip


def _prices(model: CompiledModel, relaxed: Solved, caps: Sequence[int]) -> dict[int, float]:
    """Dual prices of the caps, scaled tier a scaled cap."""
    if relaxed.column_duals is None:
        return {}
    scaled = relaxed.column_duals * model.column_scale / relaxed.unit
    return {column: -float(scaled[column]) for column in caps if scaled[column] < -1e-6}
