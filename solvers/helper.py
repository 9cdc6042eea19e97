"""A second process on the same tier: it raises the bound, and once that stalls, searches other neighbourhoods.

It runs HiGHS's branch and cut on the whole model. Earlier tiers enter the objective at their dual prices: their caps leave
room that only cuts on these tiers take away again (a Lagrangian bound: `tier >= bound - sum of price * cap`).

Where goods and teams may come in parts, the bound is of a larger set of plans, and sooner there: social cost of 50 cities is as far
after 10 s as in whole units after 20 to 50, and hardly anything follows.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from tongzhou.solvers.companion import Companion, Mailbox, Pipe, task_of
from tongzhou.solvers.compiled import Bools, CompiledModel, Floats
from tongzhou.solvers.highs import Session, Solved
from tongzhou.solvers.improve import Improver
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.reduced import Reduced
from tongzhou.solvers.status import Stop
from tongzhou.solvers.topics import Topics

RISE = 1e-3
"""Relative rise of the bound that is one: after the cuts at the root hardly any follows."""
BOUND, SOLUTION, DONE = "bound", "solution", "done"


@dataclass(frozen=True, eq=False)
class Improvement:
    """What a search for better solutions starts from (see `Improver`)."""

    topics: Topics
    near: Solved
    start: Floats
    aside: Bools | None

    def inside(self, reduced: Reduced) -> Improvement:
        """The same in the columns of a reduced model."""
        near, places = self.near, reduced.open
        assert near.solution is not None
        assert near.column_duals is not None
        return Improvement(
            self.topics.of(places),
            replace(near, solution=near.solution[places], column_duals=near.column_duals[places], row_duals=None),
            reduced.shrink(self.start),
            None if self.aside is None else self.aside[places],
        )


@dataclass(frozen=True, eq=False)
class _Task:
    model: CompiledModel
    weights: dict[int, float]
    gap: float
    seed: int
    bound_only: bool
    improvement: Improvement | None
    raising: bool
    patience_s: float | None
    in_parts: Bools


class Helper:
    """The parent's side. `weights`: scaled columns of the full model, the tier first."""

    def __init__(
        self, reduced: Reduced, weights: Mapping[int, float], caps: Mapping[int, float], *, gap: float, seed: int,
        bound_only: bool = False, improvement: Improvement | None = None, raising: bool = True, patience_s: float | None = None,
        in_parts: Bools | None = None,
    ) -> None:  # fmt: skip
        """`caps`: scaled caps of the earlier tiers in `weights`; `bound_only`: without heuristics (they find little under caps);
        `patience_s`: seconds without a better bound after which that is over (None: never); `improvement`: what to do then (of the
        full model), or unless `raising` at once; `in_parts`: whole columns of the full model that the bound lets have parts: then
        its solutions are none of the tier, and not told."""
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
        parts = (
            np.zeros(len(reduced.open), dtype=np.bool_)
            if in_parts is None
            else in_parts[reduced.open] & reduced.model.whole
        )
        self._alone = len(places) == 1 and not parts.any()
        inside = None if improvement is None else improvement.inside(reduced)
        model = replace(reduced.model, variables={}, constraints={})
        self._companion = Companion(
            _help, _Task(model, places, gap, seed, bound_only, inside, raising, patience_s, parts)
        )
        self.listen()

    def listen(self) -> list[Floats]:
        """Take in what was found meanwhile; the new solutions of the full model."""
        found = []
        messages, gone = self._companion.listen()
        for kind, content in messages:
            if kind == BOUND:
                self.bound = max(self.bound, (content - self._offset) * self._unit)
            elif kind == SOLUTION:
                found.append(self._reduced.spread(content))
            elif kind == DONE:
                self.ended, self.solved = True, self._alone and content is Stop.OPTIMAL
        self.ended = self.ended or gone  # it was killed: the bound stays as it is
        return found

    def tell(self, solution: Floats) -> None:
        """Hand over a better solution of the full model."""
        if self._companion.is_at_work:
            self._companion.mailbox.send(SOLUTION, self._reduced.shrink(solution))

    def close(self) -> None:
        """End the process."""
        self._companion.close()


def _help(pipe: Pipe) -> None:
    """The child's side: it ends when the parent closes the pipe, and without a word where memory does not suffice for it."""
    mailbox, tasks = task_of(pipe)
    with suppress(MemoryError):
        for task in tasks:
            found = _raise_bound(mailbox, task) if task.raising else None
            if task.improvement is not None and (found is None or found.stop is not Stop.OPTIMAL):
                _improve(mailbox, task, task.improvement, None if found is None else found.solution)
            mailbox.send(DONE, None if found is None else found.stop)


def _raise_bound(mailbox: Mailbox, task: _Task) -> Solved:
    session = Session(replace(task.model, whole=task.model.whole & ~task.in_parts), relaxed=False, seed=task.seed)
    session.minimise_sum(task.weights)
    if task.bound_only:
        session.leave_heuristics()
    unit = float(task.model.column_scale[next(iter(task.weights))])
    clock = Clock(None, cancelled=lambda: mailbox.closed.is_set() or stalled.is_over(clock.seconds))
    stalled = _Stalled(task.patience_s)

    def on_bound(value: float) -> None:
        stalled.learn(value, clock.seconds)
        mailbox.send(BOUND, value / unit)

    def on_solution(found: Floats) -> None:
        if not task.in_parts.any():
            mailbox.send(SOLUTION, found)

    session.watch(on_bound=on_bound, on_solution=on_solution)
    found = session.solve_whole(clock, "bound", start=None, gap=task.gap, absolute_gap=0.0, most_s=float("inf"))
    mailbox.send(BOUND, found.bound / unit)
    if found.solution is not None:
        on_solution(found.solution)
    return found


class _Stalled:
    """Whether a bound has ceased to rise; without a patience it never counts as such."""

    def __init__(self, patience_s: float | None) -> None:
        self._patience_s = float("inf") if patience_s is None else patience_s
        self._bound: float | None = None
        self._since = 0.0

    def learn(self, bound: float, seconds: float) -> None:
        if self._bound is None or bound - self._bound > RISE * abs(self._bound):
            self._bound, self._since = bound, seconds

    def is_over(self, seconds: float) -> bool:
        return self._bound is not None and seconds - self._since > self._patience_s


def _improve(mailbox: Mailbox, task: _Task, known: Improvement, own: Floats | None) -> None:
    """Search neighbourhoods until the parent is gone. `own`: what branch and cut found here, which the parent does not send back."""
    target = next(iter(task.weights))
    improver = Improver(
        task.model, known.topics, {target: 1.0}, known.near, known.start, seed=task.seed + 1, aside=known.aside
    )
    if own is not None:
        improver.adopt(own)
    clock = Clock(None, cancelled=mailbox.closed.is_set)
    while not clock.over:
        for _, solution in mailbox.take():
            improver.adopt(solution)
        before = improver.value
        improver.search_next(clock, "improve")
        if improver.value < before:
            mailbox.send(SOLUTION, improver.solution)
