"""What counts against a job: the crashes of its own process, each once. What befalls the pool or the database does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from odd_worker import QUICK
from pebble import ProcessExpired
from service_world import INCIDENT, World, world
from tongzhou.service.jobs import executor
from tongzhou.service.jobs.executor import MOST_CRASHES, Executor
from tongzhou.service.jobs.tasks import Answer
from tongzhou.service.store.tables import jobs


class _Pool:
    """A slot whose tasks fail as told, then answer."""

    def __init__(self, *failures: BaseException) -> None:
        self.failures = list(failures)
        self.abandoned = 0

    @contextmanager
    def slot(self) -> Iterator[_Pool]:
        yield self

    def schedule(self, _task: Any, *_: Any, limit_s: float | None) -> Future[Any]:
        done: Future[Any] = Future()
        if self.failures:
            done.set_exception(self.failures.pop(0))
        else:
            done.set_result(Answer("{}", "optimal"))
        return done

    def abandon(self) -> None:
        self.abandoned += 1


@pytest.fixture
def there(url: str) -> Iterator[World]:
    with world(url) as found:
        yield found


def _run(there: World, pool: _Pool) -> sa.Row[Any]:
    told = there.as_("coordinator").post(f"/v1/incidents/{INCIDENT}/jobs", {"kind": "plan", "seed": QUICK})
    Executor(there.engine, pool, "test", lambda *_: Answer(None)).run(told["id"])
    with there.engine.connect() as connection:
        return connection.execute(sa.select(jobs).where(jobs.c.id == told["id"])).one()


def test_a_job_is_given_up_after_three_crashes_of_its_process(there: World) -> None:
    row = _run(there, _Pool(*(ProcessExpired("gone", -11) for _ in range(MOST_CRASHES))))
    assert (row.state, row.attempts) == ("dead", MOST_CRASHES)


def test_two_crashes_are_survived(there: World) -> None:
    row = _run(there, _Pool(*(ProcessExpired("gone", -9) for _ in range(MOST_CRASHES - 1))))
    assert (row.state, row.attempts, row.crashes) == ("done", MOST_CRASHES, MOST_CRASHES - 1)


def test_a_pool_that_broke_without_the_task_is_replaced_and_not_held_against_the_job(there: World) -> None:
    pool = _Pool(*(BrokenProcessPool("All workers expired") for _ in range(MOST_CRASHES)))
    row = _run(there, pool)
    assert (row.state, row.crashes, pool.abandoned) == ("done", 0, MOST_CRASHES)


def test_a_crash_counts_once_though_its_commit_is_tried_twice(there: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def twice(work: Callable[[], Any]) -> Any:  # as where the database goes down between the commit and its answer
        work()
        return work()

    monkeypatch.setattr(executor, "retrying", twice)
    row = _run(there, _Pool(*(ProcessExpired("gone", -9) for _ in range(MOST_CRASHES - 1))))
    assert (row.state, row.crashes) == ("done", MOST_CRASHES - 1)
