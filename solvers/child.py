"""A dispatch in a process of its own that can be limited, cancelled and killed; the parent always has the best plan so far."""

from __future__ import annotations

import pickle
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tongzhou.model.domain import Problem
from tongzhou.model.errors import NoPlanError, SolverCrashError, Text, TongzhouError
from tongzhou.model.plan import Outcome
from tongzhou.solvers.options import ExplainOptions, SolveOptions
from tongzhou.solvers.pool import ProcessExpired, SolverPool
from tongzhou.solvers.progress import Clock, Progress
from tongzhou.solvers.spool import Spool

GRACE_S = 20.0
"""Seconds a child may take to hand over its plan after its limit or a cancel; HiGHS may overshoot its own limit badly."""
POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class _Kept:
    """The best so far; `planned`: the plan is final, and only the reasons of its shortages are still sought."""

    outcome: Outcome
    planned: bool


def plan_in_child(
    problem: Problem,
    options: SolveOptions,
    *,
    scenario_hash: str = "",
    explain: ExplainOptions | None = None,
    report: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Plan in a process of its own, and explain what stays short. `cancelled` is asked ten times a second; a cancelled run
    returns its best plan, explained as far as it came.

    Raises `NoPlanError` when stopped before any plan, `PlanRejectedError` when the verifier rejects the plan, `ScenarioError`,
    `SolverCrashError`.
    """
    pool = SolverPool(1, options.memory_gib)
    try:
        with tempfile.TemporaryDirectory(prefix="tongzhou-plan-") as folder, pool.slot() as slot:
            watch = _Watch(Spool(Path(folder)), options, explain, report, cancelled)
            return watch.until_done(
                slot.schedule(_work, problem, options, explain, scenario_hash, folder, limit_s=None)
            )
    finally:
        pool.close()


class _Watch:
    """The parent's side: passes on progress, enforces the limits from outside, falls back to the best so far."""

    def __init__(
        self,
        spool: Spool,
        options: SolveOptions,
        explain: ExplainOptions | None,
        report: Callable[[Progress], None],
        cancelled: Callable[[], bool],
    ) -> None:
        self._spool, self._report, self._cancelled = spool, report, cancelled
        self._asked = False
        self._told: dict[str, Any] | None = None
        self._stopping = "time-limit"
        limit = float("inf") if options.time_limit_s is None else options.time_limit_s
        self._most_s = limit + (explain.seconds if explain is not None else 0.0) + GRACE_S
        self._deadline = time.monotonic() + limit + GRACE_S

    def until_done(self, future: Future[Outcome]) -> Outcome:
        """Wait for the outcome; after the deadline the best so far is the outcome."""
        begun = time.monotonic()
        while not wait([future], POLL_S).done:
            self._look()
            if time.monotonic() > self._deadline and not self._still_explaining(begun):
                return self._best_so_far()
        try:
            return future.result()
        except TongzhouError:
            raise
        except (ProcessExpired, MemoryError):
            self._stopping = "memory-limit"
            return self._best_so_far()
        except Exception as error:
            # pebble adds the traceback to what the task raised: anything else is an error of this process
            if not hasattr(error, "traceback"):
                raise
            return self._without_reasons(str(error.traceback))

    def _look(self) -> None:
        if not self._asked and self._cancelled():
            self._asked = True
            self._spool.cancel()
            self._stopping = "cancelled"
            self._deadline = time.monotonic() + GRACE_S
        told = self._spool.progress()
        if told is not None and told != self._told:
            self._told = told
            self._report(Progress(told["step"], told["seconds"], told.get("best"), told.get("bound")))

    def _still_explaining(self, begun: float) -> bool:
        """Whether the plan is there and the seconds for its reasons are not over."""
        if self._asked or time.monotonic() > begun + self._most_s:
            return False
        kept = self._kept()
        return kept is not None and kept.planned

    def _kept(self) -> _Kept | None:
        found = self._spool.snapshot()
        return None if found is None else pickle.loads(found)  # noqa: S301 # our own child's, in a folder of ours only

    def _without_reasons(self, traceback: str) -> Outcome:
        """An error of ours, which is never hidden; where the plan is proven and verified, only its reasons are lost."""
        sys.stderr.write(traceback)
        kept = self._kept()
        if kept is not None and kept.planned:
            sys.stderr.write("internal error: no reasons for the shortages (traceback above); the plan stands\n")
            return kept.outcome
        raise SolverCrashError(
            Text(
                "internal error: the solver's process failed; see the traceback above",
                "内部错误: 求解进程失败; 见上方回溯",
            )
        )

    def _best_so_far(self) -> Outcome:
        kept = self._kept()
        if kept is None:
            raise NoPlanError(
                Text(
                    f"the solver stopped ({self._stopping}) before it had any plan",
                    f"求解在得到任何方案前中止 ({self._stopping})",
                )
            )
        return kept.outcome if kept.planned else replace(kept.outcome, status=self._stopping)


def _work(
    problem: Problem, options: SolveOptions, explain: ExplainOptions | None, scenario_hash: str, folder: str
) -> Outcome:
    """The child's side."""
    from tongzhou.solvers.dispatch import plan_dispatch  # a parent that only waits need not load Pyomo and HiGHS

    spool = Spool(Path(folder))
    clock = Clock(options.time_limit_s, report=spool.report, cancelled=spool.cancelled)
    outcome = plan_dispatch(
        problem,
        options,
        clock,
        scenario_hash=scenario_hash,
        on_outcome=lambda found: spool.keep(pickle.dumps(_Kept(found, planned=False))),
    )
    if explain is None:
        return outcome
    from tongzhou.solvers.answers.explaining import explained

    spool.keep(pickle.dumps(_Kept(outcome, planned=True)))
    later = Clock(explain.seconds, report=spool.report, cancelled=spool.cancelled)
    return explained(problem, outcome, options, explain, later)
