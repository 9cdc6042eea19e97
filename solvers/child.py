"""A dispatch in a child process that can be limited, cancelled and killed; the parent always keeps the best plan so far."""

from __future__ import annotations

import multiprocessing
import resource
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Any

from tongzhou.model.domain import Problem
from tongzhou.model.errors import NoPlanError, PlanRejectedError, ScenarioError, SolverCrashError, Text
from tongzhou.model.plan import Outcome
from tongzhou.solvers.options import ExplainOptions, SolveOptions
from tongzhou.solvers.progress import Clock, Progress

GRACE_S = 20.0
"""Seconds a child may take to hand over its plan after its limit or a cancel; HiGHS may overshoot its own limit badly."""
PARTING_S = 2.0
"""Seconds a child that has handed over its plan may take to end by itself."""
POLL_S = 0.1
GIB = 1024**3
PROGRESS, SNAPSHOT, DONE, NO_PLAN, REJECTED, MEMORY = "progress", "snapshot", "done", "no-plan", "rejected", "memory"
FAULTS, CANCEL, PLANNED = "faults", "cancel", "planned"


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

    Raises `NoPlanError` when stopped before any plan, `PlanRejectedError` when the verifier rejects the plan.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    arguments = (theirs, problem, options, explain, scenario_hash)
    process = context.Process(target=_work, args=arguments)  # not a daemon: it has a child of its own
    process.start()
    theirs.close()
    try:
        return _Watch(ours, options, explain, report, cancelled).until_done(process)
    finally:
        ours.close()
        process.join(PARTING_S)
        process.kill()
        process.join()


class _Watch:
    """The parent's side: passes on progress, keeps the last snapshot, enforces the limits from outside."""

    def __init__(
        self,
        child: Connection[Any, Any],
        options: SolveOptions,
        explain: ExplainOptions | None,
        report: Callable[[Progress], None],
        cancelled: Callable[[], bool],
    ) -> None:
        self._explain_s = explain.seconds if explain is not None else 0.0
        self._planned = False
        self._child = child
        self._asked = False
        self._report = report
        self._cancelled = cancelled
        self._snapshot: Outcome | None = None
        limit = float("inf") if options.time_limit_s is None else options.time_limit_s
        self._deadline = time.monotonic() + limit + GRACE_S
        self._stopping = "time-limit"

    def until_done(self, process: multiprocessing.process.BaseProcess) -> Outcome:
        """Wait for the outcome; after the deadline the last snapshot is the outcome."""
        while time.monotonic() < self._deadline:
            if not self._asked and self._cancelled():
                self._asked = True
                self._child.send(CANCEL)
                self._stopping = "cancelled"
                self._deadline = time.monotonic() + GRACE_S
            if not self._child.poll(POLL_S):
                if not process.is_alive() and not self._child.poll():
                    break
                continue
            try:
                kind, content = self._child.recv()
            except EOFError:
                break
            outcome = self._take(kind, content)
            if outcome is not None:
                return outcome
        if time.monotonic() < self._deadline:
            self._explain_end(process)
        return self._fall_back()

    def _take(self, kind: str, content: Any) -> Outcome | None:
        if kind == DONE:
            assert isinstance(content, Outcome)
            return content
        if kind == PROGRESS:
            self._report(content)
        elif kind == SNAPSHOT:
            self._snapshot = content
        elif kind == PLANNED:
            self._snapshot, self._planned = content, True
            if not self._asked:
                self._deadline = time.monotonic() + self._explain_s + GRACE_S
        elif kind == NO_PLAN:
            raise NoPlanError(content)
        elif kind == REJECTED:
            raise PlanRejectedError(content)
        elif kind == FAULTS:
            raise ScenarioError(content)
        elif kind == MEMORY:
            self._stopping = "memory-limit"
            return self._fall_back()
        return None

    def _explain_end(self, process: multiprocessing.process.BaseProcess) -> None:
        """A child that ends without a word was killed (want of memory), or failed by an error of ours, which is never hidden."""
        process.join(PARTING_S)
        if process.exitcode is not None and process.exitcode >= 0:
            if self._planned:  # the plan is proven and verified; only its reasons are lost, and that is said
                sys.stderr.write("internal error: no reasons for the shortages (traceback above); the plan stands\n")
                return
            raise SolverCrashError(
                Text(
                    "internal error: the solver's process failed; see the traceback above",
                    "内部错误: 求解进程失败; 见上方回溯",
                )
            )
        self._stopping = "memory-limit"

    def _fall_back(self) -> Outcome:
        if self._snapshot is None:
            raise NoPlanError(
                Text(
                    f"the solver stopped ({self._stopping}) before it had any plan",
                    f"求解在得到任何方案前中止 ({self._stopping})",
                )
            )
        return self._snapshot if self._planned else replace(self._snapshot, status=self._stopping)


def _work(
    parent: Connection[Any, Any],
    problem: Problem,
    options: SolveOptions,
    explain: ExplainOptions | None,
    scenario_hash: str,
) -> None:
    """The child's side."""
    from tongzhou.solvers.dispatch import plan_dispatch  # Pyomo and HiGHS are loaded in the child only

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    if options.memory_gib is not None:
        size = int(options.memory_gib * GIB)
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    clock = Clock(
        options.time_limit_s, report=lambda progress: parent.send((PROGRESS, progress)), cancelled=parent.poll
    )
    try:
        outcome = plan_dispatch(
            problem,
            options,
            clock,
            scenario_hash=scenario_hash,
            on_outcome=lambda found: parent.send((SNAPSHOT, found)),
        )
        if explain is not None:
            from tongzhou.solvers.answers.explaining import explained

            parent.send((PLANNED, outcome))
            later = Clock(
                explain.seconds, report=lambda progress: parent.send((PROGRESS, progress)), cancelled=parent.poll
            )
            outcome = explained(problem, outcome, options, explain, later)
        parent.send((DONE, outcome))
    except NoPlanError as error:
        parent.send((NO_PLAN, error.message))
    except PlanRejectedError as error:
        parent.send((REJECTED, error.violations))
    except ScenarioError as error:
        parent.send((FAULTS, error.faults))
    except MemoryError:
        parent.send((MEMORY, None))
