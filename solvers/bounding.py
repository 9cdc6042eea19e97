"""A second process that raises the bound of a tier, and now and then finds a better solution, while the first one improves.

It runs HiGHS's branch and cut on the whole model. Earlier tiers enter the objective at their dual prices: their caps leave
room that only cuts on these tiers take away again (a Lagrangian bound: `tier >= bound - sum of price * cap`).
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Any

from tongzhou.solvers.compiled import CompiledModel, Floats
from tongzhou.solvers.highs import Session
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.reduced import Reduced
from tongzhou.solvers.status import Stop

STARTING_S, PARTING_S = 5.0, 0.5
"""Seconds the process may take to be ready for its task, and to end."""
READY, BOUND, SOLUTION, DONE = "ready", "bound", "solution", "done"


class BoundRaiser:
    """The parent's side. `weights`: scaled columns of the full model, the tier first. A context manager."""

    def __init__(
        self, reduced: Reduced, weights: Mapping[int, float], caps: Mapping[int, float], *, gap: float, seed: int,
        bound_only: bool = False,
    ) -> None:  # fmt: skip
        """`caps`: scaled caps of the earlier tiers in `weights`; `bound_only`: without heuristics, which find little under caps."""
        self._reduced = reduced
        scale = reduced.model.column_scale
        places = {reduced.place(column): weight for column, weight in weights.items()}
        self._target = next(iter(places))
        self._unit = float(scale[self._target])
        self._offset = sum(weight * caps[column] for column, weight in weights.items() if column in caps)
        self.bound = -float("inf")
        """What no solution of the tier is below, in natural units."""
        self.ended = self.solved = False
        """Whether the process has come to an end, and whether it solved the tier itself (not its sum with capped ones)."""
        self._gone = False
        self._alone = len(places) == 1
        self._solution: Floats | None = None
        self._task = replace(reduced.model, variables={}, constraints={}), places, gap, seed, bound_only
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_raise, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        if self._pipe.poll(STARTING_S):
            self.listen()

    def listen(self) -> Floats | None:
        """Take in what was found meanwhile; a new solution of the full model, if there is one."""
        while not self._gone and self._pipe.poll():
            try:
                kind, content = self._pipe.recv()
                if kind == READY:  # a child that failed to start must not block us with a full pipe
                    self._pipe.send(self._task)
            except (EOFError, BrokenPipeError, ConnectionResetError):  # it was killed: the bound stays as it is
                self._gone = self.ended = True
                break
            if kind == BOUND:
                self.bound = max(self.bound, (content - self._offset) * self._unit)
            elif kind == SOLUTION:
                self._solution = self._reduced.spread(content)
            elif kind == DONE:
                self.ended, self.solved = True, self._alone and content is Stop.OPTIMAL
        found, self._solution = self._solution, None
        return found

    def close(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.join(PARTING_S)
        self._process.kill()
        self._process.join()


def _raise(parent: Connection[Any, Any]) -> None:
    """The child's side: it ends when the parent closes the pipe, and without a word where memory does not suffice for it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(MemoryError):
        _search(parent)


def _search(parent: Connection[Any, Any]) -> None:
    model: CompiledModel
    weights: dict[int, float]
    parent.send((READY, None))
    try:
        model, weights, gap, seed, bound_only = parent.recv()
    except EOFError:
        return
    session = Session(model, relaxed=False, seed=seed)
    session.minimise_sum(weights)
    if bound_only:
        session.leave_heuristics()
    unit = float(model.column_scale[next(iter(weights))])

    def tell(kind: str, content: Any) -> None:
        try:
            parent.send((kind, content))
        except (BrokenPipeError, ConnectionResetError):
            gone.append(True)

    gone: list[bool] = []
    session.watch(on_bound=lambda value: tell(BOUND, value / unit), on_solution=lambda found: tell(SOLUTION, found))
    clock = Clock(None, cancelled=lambda: bool(gone) or parent.poll())
    found = session.solve_whole(clock, "bound", start=None, gap=gap, absolute_gap=0.0, most_s=float("inf"))
    tell(BOUND, found.bound / unit)
    if found.solution is not None:
        tell(SOLUTION, found.solution)
    tell(DONE, found.stop)
