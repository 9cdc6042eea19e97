"""A worker: takes jobs from the queue and solves them in processes of its own, until it is told to stop."""

from __future__ import annotations

import fcntl
import hashlib
import os
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import structlog
from dbos import DBOS
from tongzhou.service.jobs import queue
from tongzhou.service.jobs.executor import GRACE_S, Executor, Task, hand_back
from tongzhou.service.jobs.tasks import carry_out
from tongzhou.service.jobs.upkeep import Upkeep
from tongzhou.service.store.engine import open_engine
from tongzhou.solvers.pool import SolverPool

MOST_SLOTS = 64
FAILED = 70
"""Exit code of a worker that gave up for its supervisor to begin it anew."""
LOG = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """`solves`: jobs at a time, each in one process with `memory_gib`; `task`: what such a process does."""

    database: str
    solves: int
    memory_gib: float = 4.0
    grace_s: float = GRACE_S
    private_webhooks: bool = False
    task: Task = carry_out


def work(options: WorkerOptions) -> NoReturn:
    """Work until SIGTERM or SIGINT, then end the process. The schema must be up to date."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    engine = open_engine(options.database, pool_size=options.solves + 6)
    with _slot(options.database) as executor:
        _register(
            Executor(engine, SolverPool(options.solves, options.memory_gib), executor, options.task, options.grace_s)
        )
        upkeep = Upkeep(engine, executor, options.private_webhooks)
        queue.launch(engine, executor, options.solves)
        upkeep.start()
        LOG.info("worker ready", executor=executor, solves=options.solves)
        while not stop.wait(0.5) and not upkeep.failed.is_set():
            pass
        if upkeep.failed.is_set():
            LOG.error("the database is away: giving up")
            os._exit(FAILED)  # threads that wait for the database would hold an orderly end
        upkeep.stop()
        hand_back(engine, executor)
        LOG.info("worker ends", executor=executor)
        os._exit(0)  # at once: the solving processes die with this one, the queue keeps what they had begun


def _register(executor: Executor) -> None:
    """The workflow of a job: one step, so that a job taken up again is run again from its beginning."""

    @DBOS.step(name="run")
    def run(job: str) -> str:
        return executor.run(job)

    @DBOS.workflow(name=queue.WORKFLOW, max_recovery_attempts=queue.MOST_RECOVERIES)
    def solve(job: str) -> str:
        return run(job)


@contextmanager
def _slot(database: str) -> Iterator[str]:
    """An executor id that is this worker's alone and the same after a restart, so that it takes up its own jobs again."""
    digest = hashlib.sha256(database.encode()).hexdigest()[:16]
    for number in range(MOST_SLOTS):
        path = Path(tempfile.gettempdir()) / f"tongzhou-{os.getuid()}-{digest}-{number}.lock"
        with path.open("a", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield f"{socket.gethostname()}-{number}"
            return
    message = f"more than {MOST_SLOTS} workers on one host"
    raise RuntimeError(message)
