"""Solves in processes of their own: a crash, a want of memory or an endless loop costs one task, never its neighbours or the parent."""

from __future__ import annotations

import multiprocessing
import os
import queue
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from pebble import ProcessExpired, ProcessPool
from tongzhou.solvers.parent_death import die_with_parent

GIB = 1024**3
MAX_TASKS = 200
"""Tasks after which a process is replaced: what leaks ends with it."""
ANSWER_S = 5.0
"""Seconds in which a process that has nothing to do says that it lives."""
T = TypeVar("T")

__all__ = ["ProcessExpired", "Slot", "Slots", "SolverPool"]


class Slot(Protocol):
    """One process at a time."""

    def schedule(self, task: Callable[..., T], *arguments: Any, limit_s: float | None) -> Future[T]:
        """Run a task. Its future raises `TimeoutError` after the limit, `ProcessExpired` after a crash, `MemoryError`, or what
        the task raised; cancelling it kills the process at once."""
        ...

    def abandon(self) -> None:
        """Whatever its process does, end it: the next task gets another."""
        ...


class Slots(Protocol):
    """Where a slot for one task is had."""

    def slot(self) -> Any:
        """A context manager of a `Slot`; waits while all are taken."""
        ...


class SolverPool:
    """`size` spawned processes, each with `memory_gib` (None: no limit) of address space at most; they die with the parent, even by
    kill -9.

    Each process has a pool of its own: a pebble process killed while idle takes a lock of its pool with it, and the pool never
    works again. So a used one is asked whether it lives before it gets a task, and replaced where it does not say so.
    """

    def __init__(self, size: int, memory_gib: float | None) -> None:
        self._free: queue.LifoQueue[_ProcessSlot] = queue.LifoQueue()
        for _ in range(size):
            self._free.put(_ProcessSlot(memory_gib))

    @contextmanager
    def slot(self) -> Iterator[Slot]:
        """A slot for one task; waits while all are taken."""
        found = self._free.get()
        try:
            found.make_ready()
            yield found
        finally:
            self._free.put(found)

    def close(self) -> None:
        """End the processes that are free, and wait until they are gone."""
        while not self._free.empty():
            self._free.get_nowait().end()


class _ProcessSlot:
    def __init__(self, memory_gib: float | None) -> None:
        self._memory_gib = memory_gib
        self._pool: ProcessPool | None = None

    def make_ready(self) -> None:
        """Have a pool whose process lives."""
        if self._pool is not None:
            try:
                self._pool.schedule(_lives, timeout=ANSWER_S).result(timeout=ANSWER_S)
            except (ProcessExpired, TimeoutError, RuntimeError, OSError):
                self.abandon()
        if self._pool is None:
            self._pool = ProcessPool(
                max_workers=1, max_tasks=MAX_TASKS, initializer=_begin, initargs=(os.getpid(), self._memory_gib),
                context=multiprocessing.get_context("spawn"),
            )  # fmt: skip

    def schedule(self, task: Callable[..., T], *arguments: Any, limit_s: float | None) -> Future[T]:
        """As `Slot` says."""
        assert self._pool is not None
        future: Future[T] = self._pool.schedule(task, args=arguments, timeout=limit_s)
        return future

    def abandon(self) -> None:
        """As `Slot` says; a broken pool may take long to notice its own end, so nobody waits for it."""
        if self._pool is not None:
            threading.Thread(target=self._pool.stop, daemon=True).start()
            self._pool = None

    def end(self) -> None:
        """End its process, whatever it does, and wait for that."""
        if self._pool is not None:
            stop: Callable[[], object] = self._pool.stop
            stop()
            self._pool.join()
            self._pool = None


def _lives() -> bool:
    return True


def _begin(parent: int, memory_gib: float | None) -> None:
    """Limits of a process, set before its first task."""
    die_with_parent(parent)
    _leave_command_behind()
    if memory_gib is not None:
        size = int(memory_gib * GIB)
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means


def _leave_command_behind() -> None:
    """What this process begins in its turn does not load the command's script, and with it Pyomo, once more: that takes a second,
    and a second process that is ended early would leave Pyomo's lock to Python's clean-up, which warns of it on stderr."""
    main = sys.modules["__main__"]
    main.__spec__ = None
    vars(main).pop("__file__", None)
