"""Jobs: submitted, watched, cancelled, their results read."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Any, Literal

import anyio
import sqlalchemy as sa
from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field
from tongzhou.model.domain import Problem
from tongzhou.model.errors import Text
from tongzhou.model.plan import Plan
from tongzhou.scenarios.files import problem_of
from tongzhou.scenarios.json_document import raw_document
from tongzhou.service.agreement.lines import propose
from tongzhou.service.api.context import Asking, Key, Reading, Reply, Service, ServiceOf, Writes
from tongzhou.service.api.fields import Body, Hours, Identifier, Moment, Page
from tongzhou.service.api.paging import Cursor, Limit, page
from tongzhou.service.city_view import sheet_of
from tongzhou.service.errors import ConflictError, NotFoundError
from tongzhou.service.jobs import submission
from tongzhou.service.jobs.kinds import (
    LONGEST_S,
    ExplainOrder,
    JobOrder,
    PlanOrder,
    ReplanOrder,
    SettleOrder,
    Submission,
)
from tongzhou.service.people.rights import Action, Scope, require, scope_of
from tongzhou.service.people.visible import visible
from tongzhou.service.picture.incidents import incident_row
from tongzhou.service.reports.plan_files import outcome_of_document
from tongzhou.service.settlement_runs import check_rule
from tongzhou.service.store import documents
from tongzhou.service.store.change import Change
from tongzhou.service.store.engine import reading
from tongzhou.service.store.tables import jobs

router = APIRouter(prefix="/v1", tags=["jobs"])
POLL_S = 0.5
Seconds = Annotated[float, Field(gt=0, le=LONGEST_S)]
Gap = Annotated[float, Field(ge=0, le=1)]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]
Lines = Annotated[list[Identifier], Field(max_length=10000)]
Priority = Annotated[int, Field(ge=1, le=100, description="Smaller goes first. 越小越优先")]


class PlanIn(Body):
    """A plan from the picture as it is."""

    kind: Literal["plan"]
    priority: Priority = 50
    time_limit_s: Seconds = 120
    gap: Gap = 1e-4
    seed: Seed = 0
    explain_s: Annotated[float, Field(ge=0, le=LONGEST_S)] = 0
    reliefs: Annotated[int, Field(ge=0, le=100)] = 5
    weigh_reliability: bool = False

    def order(self) -> JobOrder:
        """What is asked."""
        return PlanOrder(**self.model_dump(exclude={"kind", "priority"}))


class ReplanIn(Body):
    """A plan anew at a later hour, from an earlier job."""

    kind: Literal["replan"]
    priority: Priority = 20
    base_job: Identifier
    now_h: Hours
    accepted: Lines = Field(default_factory=list)
    withdrawn: Lines = Field(default_factory=list)
    time_limit_s: Seconds = 120
    gap: Gap = 1e-4
    seed: Seed = 0

    def order(self) -> JobOrder:
        """What is asked."""
        told = self.model_dump(exclude={"kind", "priority", "accepted", "withdrawn"})
        return ReplanOrder(**told, accepted=tuple(self.accepted), withdrawn=tuple(self.withdrawn))


class ExplainIn(Body):
    """Why the shortages of an earlier job's plan are short."""

    kind: Literal["explain"]
    priority: Priority = 50
    base_job: Identifier
    explain_s: Seconds = 60
    reliefs: Annotated[int, Field(ge=0, le=100)] = 20

    def order(self) -> JobOrder:
        """What is asked."""
        return ExplainOrder(**self.model_dump(exclude={"kind", "priority"}))


class SettleIn(Body):
    """Who pays whom for an earlier job's plan."""

    kind: Literal["settle"]
    priority: Priority = 70
    base_job: Identifier
    rule: Identifier = "responsibility"
    compare: Annotated[list[Identifier], Field(max_length=20)] = Field(default_factory=list)
    time_limit_s: Seconds = 600
    seed: Seed = 0
    weigh_conduct: bool = False

    def order(self) -> JobOrder:
        """What is asked. Raises `UsageError` for an unknown rule."""
        for rule in (self.rule, *self.compare):
            check_rule(rule)
        told = self.model_dump(exclude={"kind", "priority", "compare"})
        return SettleOrder(**told, compare=tuple(self.compare))


JobIn = Annotated[PlanIn | ReplanIn | ExplainIn | SettleIn, Field(discriminator="kind")]


class JobOut(Body):
    """A job and how far it is; `error` says why it failed."""

    id: str
    kind: str
    incident: str
    state: Literal["queued", "running", "done", "cancelled", "failed", "dead"]
    priority: int
    attempts: int
    base_job: str | None
    parameters: dict[str, Any]
    submitted_at: Moment
    started_at: Moment | None
    finished_at: Moment | None
    has_result: bool
    error: dict[str, Any] | None


class Proposed(Body):
    """Lines proposed, kept because they are signed, superseded."""

    proposed: int
    kept: int
    superseded: int


def _told(row: sa.Row[Any]) -> JobOut:
    names = (
        "id",
        "kind",
        "incident",
        "state",
        "priority",
        "attempts",
        "base_job",
        "submitted_at",
        "started_at",
        "finished_at",
        "error",
    )
    return JobOut(
        **{name: row._mapping[name] for name in names},
        parameters=row.parameters,
        has_result=row.result_hash is not None,
    )


@router.post("/incidents/{incident}/jobs", operation_id="submit-job", status_code=202, response_model=JobOut)
def submit_job(incident: Identifier, body: JobIn, write: Writes, key: Key) -> JSONResponse:
    """Submit a job; 202 with its address. 提交作业"""
    asked = Submission(incident, body.order(), body.priority)

    def do(change: Change) -> Reply:
        row = submission.submit(
            change, write.service.client, write.user, asked, most_active=write.service.settings.most_active
        )
        return Reply(_told(row), 202, {"Location": f"/v1/jobs/{row.id}", "Retry-After": "1"})

    return write.once(key, do)


@router.get("/jobs", operation_id="list-jobs")
def list_jobs(
    user: Asking, connection: Reading, incident: Identifier | None = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[JobOut]:
    """Jobs of the region, newest first. 作业列表"""
    query = sa.select(jobs).where(visible(user).jobs())
    if incident is not None:
        query = query.where(jobs.c.incident == incident)
    return page(connection, query, jobs.c.id, limit, cursor, _told, newest_first=True)


@router.get("/jobs/{job}", operation_id="get-job")
def get_job(job: Identifier, user: Asking, connection: Reading) -> JobOut:
    """A job. 作业"""
    return _told(submission.read_job(connection, user, job))


@router.post("/jobs/{job}/cancel", operation_id="cancel-job", status_code=202, response_model=JobOut)
def cancel_job(job: Identifier, write: Writes, key: Key) -> JSONResponse:
    """Ask a job to stop; a running one hands over its best so far. 取消作业"""
    return write.once(key, lambda change: Reply(_told(submission.cancel(change, write.user, job)), 202))


@router.get("/jobs/{job}/result", operation_id="get-result")
def get_result(job: Identifier, user: Asking, connection: Reading) -> Response:
    """The plan or settlement document; it holds every city's stock. 作业结果"""
    row = submission.read_job(connection, user, job)
    require(user, Action.READ_RESULTS)
    if row.result_hash is None:
        raise NotFoundError(Text("no result (yet)", "(尚) 无结果"))
    return Response(documents.get(connection, row.result_hash), media_type="application/json")


@router.get("/jobs/{job}/scenario", operation_id="get-job-scenario")
def get_scenario(job: Identifier, user: Asking, connection: Reading) -> Response:
    """The scenario that the result belongs to. 作业所用情景"""
    row = submission.read_job(connection, user, job)
    require(user, Action.READ_RESULTS)
    return Response(documents.get(connection, row.scenario_hash), media_type="application/json")


@router.get("/jobs/{job}/cities/{city}", operation_id="get-city-sheet")
def get_city_sheet(job: Identifier, city: Identifier, user: Asking, connection: Reading) -> dict[str, Any]:
    """What one city sees of a plan: its needs alone and with aid, what it gives, gets and keeps, its risk, what it is owed. 城市单"""
    row = submission.read_job(connection, user, job)
    if scope_of(user, Action.READ_RESULTS) is not Scope.REGION:
        require(user, Action.READ_HOLDINGS, city=city)
    problem, plan = _plan_of(connection, row)
    if city not in problem.city_of:
        raise NotFoundError
    return asdict(sheet_of(problem, plan, city))


def _plan_of(connection: sa.Connection, row: sa.Row[Any]) -> tuple[Problem, Plan]:
    if row.result_hash is None or row.kind == "settle":
        raise ConflictError(Text("this job has no plan (yet)", "该作业 (尚) 无方案"))
    outcome = outcome_of_document(json.loads(documents.get(connection, row.result_hash)))
    problem = problem_of(raw_document(json.loads(documents.get(connection, row.scenario_hash))), "scenario")
    if outcome.plan is None:
        raise ConflictError(Text("this job has no plan", "该作业无方案"))
    return problem, outcome.plan


@router.post("/jobs/{job}/proposals", operation_id="propose-lines", status_code=201, response_model=Proposed)
def propose_lines(job: Identifier, write: Writes, key: Key) -> JSONResponse:
    """Put a plan's lines before their cities: the optimizer proposes, cities request, offer and accept. 提出建议线"""

    def do(change: Change) -> Reply:
        row = submission.read_job(change.connection, write.user, job)
        incident = incident_row(change.connection, write.user, row.incident)
        require(write.user, Action.PROPOSE_LINES, hazard=incident.hazard)
        _, plan = _plan_of(change.connection, row)
        return Reply(Proposed(**propose(change, write.user, row.incident, job, plan)), 201)

    return write.once(key, do)


def _job_seen(job: Identifier, user: Asking, connection: Reading) -> str:
    return str(submission.read_job(connection, user, job).id)


@router.get("/jobs/{job}/events", operation_id="watch-job", response_class=EventSourceResponse)
async def watch_job(
    request: Request, job: Annotated[str, Depends(_job_seen)], service: ServiceOf,
    last: Annotated[str | None, Header(alias="Last-Event-ID", max_length=20)] = None,
) -> AsyncIterator[ServerSentEvent]:  # fmt: skip
    """Progress as server-sent events until the job has ended; resumes after `Last-Event-ID`. 作业进度"""
    seq = int(last) if last and last.isascii() and last.isdigit() else 0
    while not await request.is_disconnected():
        events, ended = await anyio.to_thread.run_sync(_events, service, job, seq)
        for event in events:
            seq = event["seq"]
            yield ServerSentEvent(data=event["body"], event=event["kind"], id=str(seq))
        if ended:
            return
        await anyio.sleep(POLL_S)


def _events(service: Service, job: str, seq: int) -> tuple[list[dict[str, Any]], bool]:
    """What came after an event, and whether the job had ended before that was read."""
    with reading(service.engine) as connection:
        state = connection.execute(sa.select(jobs.c.state).where(jobs.c.id == job)).scalar_one()
        found = [
            {"seq": row.seq, "kind": row.kind, "body": row.body}
            for row in submission.events_after(connection, job, seq)
        ]
    return found, state in submission.ENDED
