"""One job from its start to its end: its crashes counted, one outcome, whoever else may run it too."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import wait
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from tongzhou.service.jobs.kinds import seconds_of
from tongzhou.service.jobs.tasks import Answer, Order
from tongzhou.service.money.settlements import propose
from tongzhou.service.store import documents
from tongzhou.service.store.change import Change, changing
from tongzhou.service.store.engine import reading
from tongzhou.service.store.retrying import retrying
from tongzhou.service.store.tables import job_events, jobs
from tongzhou.solvers.pool import ProcessExpired, Slot, Slots
from tongzhou.solvers.spool import Spool

MOST_CRASHES, MOST_STARTS = 3, 12
"""Crashes of its own process after which a job is given up, and starts in all: a job whose workers were killed is not to blame."""
WATCH_S = 0.25
TELL_S = 1.0
GRACE_S = 60.0
"""Seconds beyond its own limits after which a task is killed: HiGHS may overshoot badly, so the limit is enforced from outside."""
CANCEL_GRACE_S = 20.0
LAST_S = 10.0
"""Seconds after which a pool that did not notice the end of a task is given up itself."""
Task = Callable[[Order, str], Answer]
LOG = structlog.get_logger()


class _CrashError(Exception):
    """The solving process ended without an answer; `by_task`: while it ran the task, so that the task may be why."""

    def __init__(self, message: str, *, by_task: bool) -> None:
        super().__init__(message)
        self.by_task = by_task


@dataclass(frozen=True)
class _Crash:
    """How the last start ended, told to the next. `attempt` makes it count once, however often the next start is tried."""

    attempt: int
    said: str
    by_task: bool


_NO_CRASH = _Crash(0, "", by_task=False)


@dataclass(frozen=True)
class Executor:
    """Runs jobs for one worker."""

    engine: sa.Engine
    pool: Slots
    name: str
    task: Task
    grace_s: float = GRACE_S

    def run(self, job: str) -> str:
        """Run a job and return the state it ended in; a job that has ended already is left as it is.

        A process that crashed may have been the victim of another (want of memory): it gets its other starts.
        """
        crashed = _NO_CRASH
        while (started := retrying(partial(self._start, job, crashed))) is not None:
            order, row = started
            LOG.info("job started", job=job, kind=row.kind, attempt=row.attempts)
            with tempfile.TemporaryDirectory(prefix="tongzhou-job-") as folder, self.pool.slot() as slot:
                try:
                    answer, state = self._solve(slot, job, order, Spool(Path(folder)))
                except _CrashError as error:
                    crashed = _Crash(row.attempts, f": {error}", by_task=error.by_task)
                    LOG.warning("job crashed", job=job, said=str(error), attempt=row.attempts)
                    continue
            retrying(partial(self._finish, row, answer, state))
            LOG.info("job ended", job=job, state=state)
            return state
        return "ended"

    def _start(self, job: str, crash: _Crash) -> tuple[Order, sa.Row[Any]] | None:
        """Note the start, or that there will be none."""
        with changing(self.engine, f"worker:{self.name}", "run a job") as change:
            row = change.connection.execute(sa.select(jobs).where(jobs.c.id == job)).one()
            if row.state not in ("queued", "running"):
                change.changes_nothing = True
                return None
            crashes = row.crashes + (crash.by_task and crash.attempt == row.attempts)
            if crashes >= MOST_CRASHES or row.attempts >= MOST_STARTS:
                _give_up(change, row, crash.said)
                return None
            values = {"attempts": row.attempts + 1, "crashes": crashes, "executor": self.name, "state": "running"}
            values["started_at"] = row.started_at or change.at
            change.connection.execute(jobs.update().where(jobs.c.id == job).values(**values))
            change.audit("start-job", f"job:{job}", attempt=row.attempts + 1)
            return _order(change.connection, row), change.connection.execute(
                sa.select(jobs).where(jobs.c.id == job)
            ).one()

    def _solve(self, slot: Slot, job: str, order: Order, spool: Spool) -> tuple[Answer, str]:
        """One solve, watched. Raises `_CrashError` where its process crashed."""
        limit = seconds_of(order.parameters) + self.grace_s
        future = slot.schedule(self.task, order, str(spool.folder), limit_s=limit)
        watch = _Watch(self.engine, job, spool, limit + LAST_S)
        while not wait([future], WATCH_S).done:
            retrying(watch.look)
            if watch.is_overdue:
                slot.abandon()
                break
        try:
            answer = None if not future.done() or future.cancelled() else future.result()
        except TimeoutError:
            return self._failed(spool, "timeout", f"not finished {limit:.0f} s after its start", "求解超时")
        except MemoryError:
            return self._failed(spool, "out-of-memory", "the solve needed more memory than allowed", "求解超出内存上限")
        except ProcessExpired as error:
            raise _CrashError(f"the solver's process ended ({error.exitcode})", by_task=True) from error
        except Exception as error:
            if not hasattr(error, "traceback"):  # pebble adds it to what the task raised: this is the pool's own
                slot.abandon()
                raise _CrashError(f"the solver's pool ended ({type(error).__name__})", by_task=False) from error
            LOG.exception("internal error", job=job)
            return self._failed(spool, "internal", f"internal error: {type(error).__name__}", "内部错误")
        if answer is None and not watch.cancelled:
            return self._failed(spool, "timeout", f"no answer {limit + LAST_S:.0f} s after its start", "求解超时")
        if answer is None or answer.stopped == "cancelled" or (watch.cancelled and answer.document is None):
            return self._cancelled(spool, answer)
        return answer, "failed" if answer.document is None else "done"

    def _failed(self, spool: Spool, code: str, en: str, zh: str) -> tuple[Answer, str]:
        """A typed failure; the best document so far is kept with it."""
        return Answer(_best(spool), code, error={"code": code, "en": en, "zh": zh}), "failed"

    def _cancelled(self, spool: Spool, answer: Answer | None) -> tuple[Answer, str]:
        document = answer.document if answer is not None and answer.document is not None else _best(spool)
        return Answer(document, "cancelled", None if answer is None else answer.scenario), "cancelled"

    def _finish(self, row: sa.Row[Any], answer: Answer, state: str) -> None:
        """Write the outcome, once: another worker that ran the same job may have been first."""
        with changing(self.engine, f"worker:{self.name}", "finish a job") as change:
            values: dict[str, Any] = {"state": state, "finished_at": change.at, "error": answer.error}
            if answer.document is not None:
                values["result_hash"] = documents.put(change.connection, answer.document.encode())
            if answer.scenario is not None:
                values["scenario_hash"] = documents.put(change.connection, answer.scenario.encode())
            mine = sa.and_(jobs.c.id == row.id, jobs.c.state == "running")
            if not change.connection.execute(jobs.update().where(mine).values(**values)).rowcount:
                change.changes_nothing = True
                return
            told: Mapping[str, Any] = {
                "state": state,
                "result": values.get("result_hash"),
                "error": (answer.error or {}).get("code"),
            }
            change.audit("end-job", f"job:{row.id}", **told)
            _tell(change.connection, row.id, "ended", told)
            if row.kind == "settle" and state == "done":
                propose(change, region=row.region, incident=row.incident, job=row.id, document=values["result_hash"],
                        proposed_by=row.user_id)  # fmt: skip


def hand_back(engine: sa.Engine, executor: str) -> None:
    """At an orderly end: what is under way goes on elsewhere, or here after a restart, and this start does not count against it."""
    with changing(engine, f"worker:{executor}", "orderly end") as change:
        mine = sa.and_(jobs.c.state == "running", jobs.c.executor == executor)
        under_way = change.connection.execute(sa.select(jobs.c.id).where(mine)).scalars().all()
        change.connection.execute(jobs.update().where(mine).values(attempts=jobs.c.attempts - 1))
        for job in under_way:
            change.audit("hand-back-job", f"job:{job}")
        change.changes_nothing = not under_way


def _give_up(change: Change, row: sa.Row[Any], crash: str) -> None:
    """Enough: whatever this job does to its process, it does not again."""
    said = {"en": f"given up after {row.attempts} starts{crash}", "zh": f"启动 {row.attempts} 次后放弃{crash}"}
    values = {"state": "dead", "finished_at": change.at, "error": {"code": "dead", **said}}
    change.connection.execute(jobs.update().where(jobs.c.id == row.id).values(**values))
    change.audit("give-up-job", f"job:{row.id}", attempts=row.attempts)
    _tell(change.connection, row.id, "ended", {"state": "dead"})


def _order(connection: sa.Connection, row: sa.Row[Any]) -> Order:
    base = None
    if row.base_job is not None:
        found = connection.execute(sa.select(jobs.c.result_hash).where(jobs.c.id == row.base_job)).scalar_one()
        base = documents.get(connection, found).decode()
    return Order(row.kind, documents.get(connection, row.input_hash).decode(), row.parameters, base)


def _best(spool: Spool) -> str | None:
    found = spool.snapshot()
    return None if found is None else found.decode()


class _Watch:
    """Passes on the progress of a running task, and hears whether it is to stop."""

    def __init__(self, engine: sa.Engine, job: str, spool: Spool, most_s: float) -> None:
        self._engine, self._job, self._spool = engine, job, spool
        self._told: dict[str, Any] | None = None
        self._next = 0.0
        self._deadline = time.monotonic() + most_s
        self.cancelled = False

    @property
    def is_overdue(self) -> bool:
        """Whether the task was to have ended, by its limit or because it was asked to, and did not."""
        return time.monotonic() > self._deadline

    def look(self) -> None:
        """One look, at most once a second at the database."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + TELL_S
        if not self.cancelled and self._asked_to_stop():
            self.cancelled = True
            self._deadline = time.monotonic() + CANCEL_GRACE_S
            self._spool.cancel()
        told = self._spool.progress()
        if told is not None and told != self._told:
            with self._engine.begin() as connection:
                _tell(connection, self._job, "progress", told)
            self._told = told

    def _asked_to_stop(self) -> bool:
        with reading(self._engine) as connection:
            return connection.execute(sa.select(jobs.c.cancel_at).where(jobs.c.id == self._job)).scalar() is not None


def _tell(connection: sa.Connection, job: str, kind: str, body: Mapping[str, Any]) -> None:
    last = connection.execute(
        sa.select(sa.func.coalesce(sa.func.max(job_events.c.seq), 0)).where(job_events.c.job == job)
    ).scalar_one()
    connection.execute(
        job_events.insert().values(
            job=job, seq=last + 1, at=datetime.now(UTC), kind=kind, body=json.loads(json.dumps(body))
        )
    )
