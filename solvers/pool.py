"""Solves in processes of their own: a crash, a want of memory or an endless loop costs one task, never its neighbours or the parent."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import resource
import signal
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

PARENT_DEATH_SIGNAL = 1
GIB = 1024**3
MAX_TASKS = 200
"""Tasks after which a process is replaced: what leaks ends with it."""
T = TypeVar("T")

__all__ = ["ProcessExpired", "SolverPool"]


class SolverPool:
    """`size` spawned processes, each with `memory_gib` of address space at most; they die with the parent, even by kill -9."""

    def __init__(self, size: int, memory_gib: float) -> None:
        self._pool = ProcessPool(
            max_workers=size, max_tasks=MAX_TASKS, initializer=_begin, initargs=(os.getpid(), memory_gib),
            context=multiprocessing.get_context("spawn"),
        )  # fmt: skip

    def schedule(self, task: Callable[..., T], *arguments: Any, limit_s: float | None) -> ProcessFuture[T]:
        """Run a task. Its future raises `TimeoutError` after the limit, `ProcessExpired` after a crash, `MemoryError`, or what
        the task raised; cancelling it kills the process at once."""
        future: ProcessFuture[T] = self._pool.schedule(task, args=arguments, timeout=limit_s)
        return future

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call] # pebble leaves it untyped
        self._pool.join()


def _begin(parent: int, memory_gib: float) -> None:
    """Limits of a process, set before its first task."""
    ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we asked to die with it
        os._exit(1)
    size = int(memory_gib * GIB)
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
