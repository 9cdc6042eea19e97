"""Groups valued side by side: here, or over worker processes that each keep one persistent solver."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tongzhou.model.errors import CoalitionError, Text
from tongzhou.model.game.coalition import Group
from tongzhou.solvers.coalitions.switches import SwitchedModel
from tongzhou.solvers.coalitions.valuation import Valuation, Valuer
from tongzhou.solvers.parent_death import die_with_parent
from tongzhou.solvers.progress import Clock

POLL_S = 0.2


@dataclass(slots=True)
class _Desk:
    """What a worker process keeps between its tasks."""

    valuer: Valuer | None = None


_DESK = _Desk()


class Workers:
    """Values groups; with more than one worker over spawned processes. A context manager: leaving it ends the processes."""

    def __init__(self, switched: SwitchedModel, *, seed: int, count: int) -> None:
        self._valuer = Valuer(switched, seed=seed)
        self.count = max(1, count)
        context = multiprocessing.get_context("spawn")
        # A pool a process: each gets its groups in a fixed order, so that warm starts, and with them ties, repeat.
        self._pools = [
            ProcessPoolExecutor(1, context, _set_up, (os.getpid(), switched, seed))
            for _ in range(self.count if self.count > 1 else 0)
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        for pool in self._pools:
            if kind is not None:
                for process in list((pool._processes or {}).values()):
                    process.terminate()
            pool.shutdown(wait=True, cancel_futures=True)

    @property
    def valuer(self) -> Valuer:
        """The solver of this process."""
        return self._valuer

    def value(self, groups: Sequence[Group], clock: Clock, *, whole: bool = False) -> list[Valuation]:
        """Valuations in the order of `groups`, with divisible or whole trips. The first `CoalitionError` of any is raised."""
        if not self._pools or len(groups) < 2:
            return [_valued(self._valuer, group, clock, whole=whole) for group in groups]
        tasks = [self._pools[number % self.count].submit(_value, group, whole) for number, group in enumerate(groups)]
        waiting: set[Future[Valuation]] = set(tasks)
        while waiting and not clock.cancelled:
            waiting = wait(waiting, timeout=POLL_S).not_done
        if waiting:
            raise CoalitionError(Text("the settlement was cancelled", "结算已取消"))
        return [task.result() for task in tasks]


def _valued(valuer: Valuer, group: Group, clock: Clock, *, whole: bool) -> Valuation:
    return valuer.value_whole(group, clock) if whole else valuer.value(group, clock)


def _set_up(parent: int, switched: SwitchedModel, seed: int) -> None:
    die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    _DESK.valuer = Valuer(switched, seed=seed)


def _value(group: Group, whole: bool) -> Valuation:
    assert _DESK.valuer is not None
    return _valued(_DESK.valuer, group, Clock(None), whole=whole)
