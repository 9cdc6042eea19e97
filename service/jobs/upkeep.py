"""What a worker does beside its jobs: its lease, jobs of workers that are gone, jobs the queue gave up, webhooks."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

import sqlalchemy as sa
import structlog
from tongzhou.service.jobs import queue
from tongzhou.service.jobs.lease import BEAT_S, beat
from tongzhou.service.notices.delivery import deliver_due
from tongzhou.service.store.change import changing
from tongzhou.service.store.tables import jobs

GIVEN_UP = ("ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
SWEEP_S = 5.0
PATIENCE_S = 120.0
"""Seconds without the database after which the worker ends, for its supervisor to begin it anew."""
LOG = structlog.get_logger()


class Upkeep:
    """Runs in a thread of the worker until stopped. Where it fails for long, `failed` is set: the worker must end."""

    def __init__(self, engine: sa.Engine, executor: str, private_webhooks: bool) -> None:
        self._engine, self._executor = engine, executor
        self._private_webhooks = private_webhooks
        self._stop = threading.Event()
        self.failed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, at the latest after the round under way."""
        self._stop.set()
        self._thread.join(10)

    def _run(self) -> None:
        good, swept = time.monotonic(), 0.0
        while not self._stop.wait(BEAT_S):
            try:
                gone = beat(self._engine, self._executor)
                if gone:
                    LOG.warning("workers gone", executors=gone)
                    queue.recover(gone)
                if time.monotonic() - swept > SWEEP_S:
                    bury(self._engine, self._executor)
                    swept = time.monotonic()
                deliver_due(self._engine, datetime.now(UTC), private=self._private_webhooks)
                good = time.monotonic()
            except sa.exc.SQLAlchemyError as error:
                LOG.warning("upkeep failed", error=type(error).__name__, said=str(error).splitlines()[0])
                if time.monotonic() - good > PATIENCE_S:
                    self.failed.set()
                    return


def bury(engine: sa.Engine, executor: str) -> None:
    """Jobs that the queue has ended without an outcome of ours are dead, and are said to be."""
    with engine.connect() as connection:
        active = list(connection.execute(sa.select(jobs.c.id).where(jobs.c.state.in_(("queued", "running")))).scalars())
    lost = queue.given_up(active, GIVEN_UP)
    for job in lost:
        with changing(engine, f"worker:{executor}", "the queue gave up") as change:
            told = {"code": "dead", "en": "the queue gave up on this job", "zh": "队列已放弃该作业"}
            still = sa.and_(jobs.c.id == job, jobs.c.state.in_(("queued", "running")))
            values = {"state": "dead", "finished_at": change.at, "error": told}
            if change.connection.execute(jobs.update().where(still).values(**values)).rowcount:
                change.audit("give-up-job", f"job:{job}")
            else:
                change.changes_nothing = True
