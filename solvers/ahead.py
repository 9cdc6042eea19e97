"""LPs of tiers to come, solved by a second process while an earlier tier is searched.

Where an LP takes minutes, a tier has no time for its own, and branch and cut no time to get past its root. The caps that a later
tier will have are not known yet; but prices prove something under any caps (see `duality`), and say which columns are near.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from tongzhou.solvers.companion import Companion, Pipe, task_of
from tongzhou.solvers.compiled import CompiledModel
from tongzhou.solvers.highs import Session, Solved
from tongzhou.solvers.progress import Clock

GUIDE, PRICES = "guide", "prices"
"""What is found in two steps: which columns are near, and what no plan is below."""
LOOK_S = 0.5
"""Seconds after which a wait looks whether it is still wanted."""


@dataclass(frozen=True, eq=False)
class _Relaxation:
    model: CompiledModel
    steps: tuple[tuple[str, dict[int, float]], ...]
    seed: int


class Ahead:
    """The LPs of one tier at a time, in a process of its own."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._companion: Companion | None = None
        self._column = -1
        self._asked: set[int] = set()
        self._found: dict[tuple[str, int], Solved] = {}

    def begin(self, model: CompiledModel, column: int, price: Mapping[int, float]) -> None:
        """Have a column's least value found; before it, if there is a `price` on others, that of the column with it, as a guide."""
        self._column = column
        self._asked.add(column)
        steps = ((GUIDE, {column: 1.0, **price}), (PRICES, {column: 1.0}))[0 if price else 1 :]
        task = _Relaxation(replace(model, variables={}, constraints={}), steps, self._seed)
        self._companion = Companion(_relax, task)
        self._listen()

    def wants(self, column: int) -> bool:
        """Whether a column's LPs can be begun: nobody asked for them before, and no others are being solved."""
        return column not in self._asked and not self.is_busy

    @property
    def is_busy(self) -> bool:
        """Whether the process is at work."""
        self._listen()
        return self._companion is not None

    def wait(self, column: int, clock: Clock, most_s: float) -> None:
        """Wait for a guide to one column, if it is being found."""
        until = time.monotonic() + most_s
        while self.is_busy and column == self._column and self.guide(column) is None:
            if clock.over or time.monotonic() > until or self._companion is None:
                return
            self._companion.mailbox.wait(LOOK_S)

    def guide(self, column: int) -> Solved | None:
        """The solution within the optimal face that says which columns are near; None where there is none."""
        return self._found.get((GUIDE, column)) or self.prices(column)

    def prices(self, column: int) -> Solved | None:
        """The solution of the column's own LP, under the caps that were asked with; None where there is none."""
        self._listen()
        return self._found.get((PRICES, column))

    def close(self) -> None:
        """End the process."""
        if self._companion is not None:
            self._companion.close()
            self._companion = None

    def _listen(self) -> None:
        if self._companion is None:
            return
        messages, gone = self._companion.listen()
        for kind, solved in messages:
            if solved.solution is not None:
                self._found[kind, self._column] = solved
        if gone or any(kind == PRICES for kind, _ in messages):  # gone without a word where memory did not suffice
            self.close()


def _relax(pipe: Pipe) -> None:
    """The child's side: it ends when the parent closes the pipe."""
    mailbox, tasks = task_of(pipe)
    with suppress(MemoryError):
        for task in tasks:
            session = Session(task.model, relaxed=True, seed=task.seed)
            clock = Clock(None, cancelled=mailbox.closed.is_set)
            for kind, weights in task.steps:
                session.minimise_sum(weights)
                mailbox.send(kind, session.solve_interior(clock, kind))
