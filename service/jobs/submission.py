"""Submitting, cancelling and reading jobs: the row, its audit and its place in the queue are one transaction."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from dbos import DBOSClient
from tongzhou.model.errors import Text
from tongzhou.service.errors import ConflictError, FullError, NotFoundError, TooManyError
from tongzhou.service.jobs.inputs import scenario_for, steps_known
from tongzhou.service.jobs.kinds import PlanOrder, ReplanOrder, Submission
from tongzhou.service.jobs.queue import enqueue
from tongzhou.service.people.rights import Action, require
from tongzhou.service.people.user import User
from tongzhou.service.people.visible import visible
from tongzhou.service.picture.incidents import incident_row
from tongzhou.service.store import documents
from tongzhou.service.store.change import Change
from tongzhou.service.store.ids import new_id
from tongzhou.service.store.tables import job_events, jobs

ACTIVE, ENDED = ("queued", "running"), ("done", "cancelled", "failed", "dead")
LEAST_FREE = 200 * 1024**2
"""Bytes that must be free before a job is taken."""


def must_have_room(folder: str | None, least: int = LEAST_FREE) -> None:
    """Raises `FullError` where the disk of an embedded database is nearly full."""
    if folder is not None and shutil.disk_usage(folder).free < least:
        raise FullError(Text("the disk is nearly full; nothing was accepted", "磁盘空间不足; 未受理"))


def read_job(connection: sa.Connection, user: User, job: str) -> sa.Row[Any]:
    """One job the user may see. Raises `NotFoundError`."""
    found = connection.execute(sa.select(jobs).where(jobs.c.id == job, visible(user).jobs())).first()
    if found is None:
        raise NotFoundError
    return found


def submit(change: Change, client: DBOSClient, user: User, asked: Submission, *, most_active: int) -> sa.Row[Any]:
    """Take a job. Raises `ScenarioError` for a faulty picture, `TooManyError`, `ConflictError` for a base that is none."""
    connection, order = change.connection, asked.order
    incident = incident_row(connection, user, asked.incident)
    require(user, order.right, hazard=incident.hazard)
    active = connection.execute(
        sa.select(sa.func.count()).where(jobs.c.user_id == user.id, jobs.c.state.in_(ACTIVE))
    ).scalar_one()
    if active >= most_active:
        raise TooManyError(Text(f"{active} of your jobs have not ended; at most {most_active} may be under way",
                                f"您有 {active} 个作业尚未结束; 上限 {most_active}"))  # fmt: skip
    base = None if isinstance(order, PlanOrder) else _base(connection, user, asked.incident, order.base_job)
    parameters = asked.told()
    scenario = scenario_for(connection, incident.region, asked.incident, order, base, change.at)
    if isinstance(order, ReplanOrder):
        assert base is not None
        parameters |= steps_known(
            connection, asked.incident, order, json.loads(documents.get(connection, base.result_hash))
        )
    digest = documents.put(connection, scenario.encode())
    job = new_id()
    connection.execute(
        jobs.insert().values(
            id=job, kind=order.kind, region=incident.region, incident=asked.incident, user_id=user.id, parameters=parameters,
            input_hash=digest, scenario_hash=digest, base_job=None if base is None else base.id, priority=asked.priority,
            state="queued", attempts=0, crashes=0, submitted_at=change.at,
        )
    )  # fmt: skip
    change.audit(
        "submit-job", f"job:{job}", kind=order.kind, incident=asked.incident, input=digest, parameters=parameters
    )
    enqueue(client, connection, job, asked.priority)
    return connection.execute(sa.select(jobs).where(jobs.c.id == job)).one()


def _base(connection: sa.Connection, user: User, incident: str, job: str) -> sa.Row[Any]:
    found = read_job(connection, user, job)
    if found.incident != incident or found.kind == "settle":
        raise ConflictError(Text("the base is a plan of this incident", "基础作业须为本事件的方案"))
    if found.result_hash is None:
        raise ConflictError(Text("the base job has no plan (yet)", "基础作业 (尚) 无方案"))
    return found


def cancel(change: Change, user: User, job: str) -> sa.Row[Any]:
    """Ask a job to stop: what waits ends at once, what runs hands over its best so far. Once ended it stays as it is."""
    found = read_job(change.connection, user, job)
    incident = incident_row(change.connection, user, found.incident)
    require(user, _right_of(found.kind), hazard=incident.hazard)
    if found.state in ENDED or found.cancel_at is not None:
        change.changes_nothing = True
        return found
    values: dict[str, Any] = {"cancel_at": change.at}
    if found.state == "queued":
        values |= {"state": "cancelled", "finished_at": change.at}
    still = sa.and_(jobs.c.id == job, jobs.c.state == found.state)
    if not change.connection.execute(jobs.update().where(still).values(**values)).rowcount:
        change.connection.execute(
            jobs.update().where(jobs.c.id == job, jobs.c.state == "running").values(cancel_at=change.at)
        )
    change.audit("cancel-job", f"job:{job}")
    return read_job(change.connection, user, job)


def _right_of(kind: str) -> Action:
    return Action.SETTLE if kind == "settle" else Action.PLAN


def events_after(connection: sa.Connection, job: str, seq: int) -> Iterable[sa.Row[Any]]:
    """What a job told after an event, in order."""
    return connection.execute(
        sa.select(job_events).where(job_events.c.job == job, job_events.c.seq > seq).order_by(job_events.c.seq)
    ).all()
