"""Regions, incidents, import and export, coverage, versions."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field
from tongzhou.model.errors import Text
from tongzhou.scenarios.files import problem_of
from tongzhou.scenarios.json_document import raw_document
from tongzhou.service import exchange
from tongzhou.service.api.context import Asking, IfMatch, Key, Reading, Reply, Writes, Writing, etag, version_named
from tongzhou.service.api.fields import Body, Identifier, Moment, Page, ShortText
from tongzhou.service.api.paging import Cursor, Limit, page
from tongzhou.service.errors import ForbiddenError, NotFoundError
from tongzhou.service.notices.notify import likely_affected, notify
from tongzhou.service.people.rights import Action, Scope, require, scope_of
from tongzhou.service.people.visible import visible
from tongzhou.service.picture.coverage import coverage
from tongzhou.service.picture.incidents import add_incident, add_region, change_incident, incident_row, region_row
from tongzhou.service.store.change import Change
from tongzhou.service.store.engine import reading
from tongzhou.service.store.tables import incidents, records, regions, versions
from tongzhou.service.uploads import problem_of_workbook, workbook_of

router = APIRouter(prefix="/v1", tags=["picture"])
State = Literal["normal", "emergency", "recovery", "closed"]


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def _body(request: Request) -> bytes:
    return await request.body()


def _may_import(write: Writing, region: str) -> Scope:
    """Before anything is read: the right, and a region that is there."""
    scope = require(write.user, Action.IMPORT)
    with reading(write.service.engine) as connection:
        region_row(connection, write.user, region)
    return scope


class RegionIn(Body):
    """A region to be made."""

    region: Identifier
    name: ShortText
    name_zh: ShortText | None = None


class RegionOut(Body):
    """A region whose cities share a picture."""

    region: str
    name: str
    name_zh: str | None
    version: int


class IncidentIn(Body):
    """An incident to be made; `settings` as in scenario.toml (name, start with zone, period_h, periods, hazard, situation, ...)."""

    incident: Identifier
    settings: dict[str, Any]


class IncidentChange(Body):
    """An incident as it shall be."""

    settings: dict[str, Any]
    state: State


class IncidentOut(Body):
    """An incident: hazard, situation, governance mode, state."""

    incident: str
    region: str
    name: str
    name_zh: str | None
    hazard: str
    situation: str
    mode: str
    state: State
    start: Moment
    settings: dict[str, Any]
    version: int


class Import(Body):
    """A scenario document (formats.md) to become an incident of the region."""

    incident: Identifier
    scenario: dict[str, Any]


class Imported(Body):
    """How many records were made, changed, the same already, left out (offers, which only their city may make)."""

    incident: str
    made: int
    changed: int
    same: int
    left_out: int


class CoverageOut(Body):
    """One resource against the region's target; None where too few cities hold it to tell without exposing one."""

    resource: str
    unit: str
    target: float
    held: float | None
    gap: float | None
    overlap: float | None
    cities: int
    cities_below: int | None
    cities_unreached: int | None
    own_target: float | None
    own_held: float | None


class VersionOut(Body):
    """One version of something: what it said, since when, by whom, why."""

    version: int
    at: Moment
    actor: str
    why: str
    body: dict[str, Any]


def told_region(row: sa.Row[Any]) -> RegionOut:
    """A region as the API shows it."""
    return RegionOut(region=row.region, name=row.name, name_zh=row.name_zh, version=row.version)


def told_incident(row: sa.Row[Any]) -> IncidentOut:
    """An incident as the API shows it."""
    names = (
        "incident",
        "region",
        "name",
        "name_zh",
        "hazard",
        "situation",
        "mode",
        "state",
        "start",
        "settings",
        "version",
    )
    return IncidentOut(**{name: row._mapping[name] for name in names})


@router.get("/regions", operation_id="list-regions")
def list_regions(user: Asking, connection: Reading, limit: Limit = 50, cursor: Cursor = None) -> Page[RegionOut]:
    """Regions. 区域列表"""
    query = sa.select(regions).where(visible(user).regions())
    return page(connection, query, regions.c.region, limit, cursor, told_region)


@router.post("/regions", operation_id="add-region", status_code=201, response_model=RegionOut)
def add_one_region(body: RegionIn, write: Writes, key: Key) -> JSONResponse:
    """Make a region. 新建区域"""
    if require(write.user, Action.IMPORT) is not Scope.EVERYTHING:
        raise ForbiddenError(Text("only administrators make regions", "仅管理员可新建区域"))
    return write.once(
        key, lambda change: Reply(told_region(add_region(change, body.region, body.name, body.name_zh)), 201)
    )


@router.get("/regions/{region}", operation_id="get-region")
def get_region(region: Identifier, user: Asking, connection: Reading, response: Response) -> RegionOut:
    """A region. 区域"""
    row = region_row(connection, user, region)
    response.headers.update(etag(row.version))
    return told_region(row)


@router.get("/regions/{region}/coverage", operation_id="get-coverage")
def get_coverage(region: Identifier, user: Asking, connection: Reading) -> list[CoverageOut]:
    """What the region holds against its targets: gaps and overlaps, no city's stock shown to another. 储备覆盖情况"""
    require(user, Action.READ_COVERAGE)
    region_row(connection, user, region)
    exact = scope_of(user, Action.READ_HOLDINGS) is Scope.REGION
    return [CoverageOut(**asdict(row)) for row in coverage(connection, region, user.city, exact=exact)]


@router.get("/regions/{region}/incidents", operation_id="list-incidents")
def list_incidents(
    region: Identifier, user: Asking, connection: Reading, limit: Limit = 50, cursor: Cursor = None
) -> Page[IncidentOut]:
    """Incidents of a region. 事件列表"""
    region_row(connection, user, region)
    query = sa.select(incidents).where(incidents.c.region == region, visible(user).incidents())
    return page(connection, query, incidents.c.incident, limit, cursor, told_incident)


@router.post("/regions/{region}/incidents", operation_id="add-incident", status_code=201, response_model=IncidentOut)
def add_one_incident(region: Identifier, body: IncidentIn, write: Writes, key: Key) -> JSONResponse:
    """Report an incident; it begins in state normal. 上报事件"""

    def do(change: Change) -> Reply:
        row = add_incident(change, write.user, region, body.incident, body.settings)
        return Reply(told_incident(row), 201, {**etag(row.version), "Location": f"/v1/incidents/{row.incident}"})

    return write.once(key, do)


@router.get("/incidents/{incident}", operation_id="get-incident")
def get_incident(incident: Identifier, user: Asking, connection: Reading, response: Response) -> IncidentOut:
    """An incident. 事件"""
    row = incident_row(connection, user, incident)
    response.headers.update(etag(row.version))
    return told_incident(row)


@router.put("/incidents/{incident}", operation_id="change-incident", response_model=IncidentOut)
def change_one_incident(
    incident: Identifier, body: IncidentChange, write: Writes, if_match: IfMatch = None
) -> JSONResponse:
    """Change settings or state; when it becomes an emergency, cities likely to be affected are told. 更改事件"""
    version = version_named(if_match)

    def do(change: Change) -> Reply:
        before = incident_row(change.connection, write.user, incident)
        row = change_incident(change, write.user, incident, version, body.settings, body.state)
        if row.state == "emergency" and before.state != "emergency":
            for city, why in likely_affected(change.connection, incident).items():
                told = {"name": row.name, "name_zh": row.name_zh, "why": why}
                notify(change, row.region, [city], "emergency", told, incident)
        return Reply(told_incident(row), headers=etag(row.version))

    return write.change(do)


@router.post("/regions/{region}/imports", operation_id="import-scenario", status_code=201, response_model=Imported)
def import_one(region: Identifier, body: Import, write: Writes, key: Key) -> JSONResponse:
    """A scenario document as an incident of the region. 导入情景"""
    scope = require(write.user, Action.IMPORT)
    problem = problem_of(raw_document(body.scenario), "scenario")

    def do(change: Change) -> Reply:
        region_row(change.connection, write.user, region)
        require(write.user, Action.IMPORT, hazard=problem.settings.hazard)
        found = exchange.import_scenario(change, region, body.incident, problem, offers=scope is Scope.EVERYTHING)
        return Reply(Imported(**asdict(found)), 201, {"Location": f"/v1/incidents/{body.incident}"})

    return write.once(key, do)


@router.post(
    "/regions/{region}/imports/{incident}/workbook", operation_id="import-workbook", status_code=201, response_model=Imported,
    openapi_extra={"requestBody": {"required": True, "content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}},
)  # fmt: skip
def import_workbook(
    region: Identifier, incident: Identifier, write: Writes, key: Key, content: Annotated[bytes, Depends(_body)]
) -> JSONResponse:
    """A workbook (formats.md) as an incident of the region; read in a process of its own with limits. 导入工作簿"""
    scope = _may_import(write, region)
    problem = problem_of_workbook(content)

    def do(change: Change) -> Reply:
        region_row(change.connection, write.user, region)
        found = exchange.import_scenario(change, region, incident, problem, offers=scope is Scope.EVERYTHING)
        return Reply(Imported(**asdict(found)), 201, {"Location": f"/v1/incidents/{incident}"})

    return write.once(key, do)


@router.get("/incidents/{incident}/workbook", operation_id="export-workbook", response_class=Response)
def export_workbook(incident: Identifier, user: Asking, connection: Reading) -> Response:
    """The incident with its region's picture as a workbook; it holds every city's stock. 导出工作簿"""
    incident_row(connection, user, incident)
    require(user, Action.READ_RESULTS)
    return Response(workbook_of(exchange.export_problem(connection, incident, datetime.now(UTC))), media_type=XLSX)


@router.get("/incidents/{incident}/scenario", operation_id="export-scenario")
def export_one(incident: Identifier, user: Asking, connection: Reading) -> dict[str, Any]:
    """The incident with its region's picture as a scenario document; it holds every city's stock. 导出情景"""
    incident_row(connection, user, incident)
    require(user, Action.READ_RESULTS)
    return exchange.export_document(connection, incident, datetime.now(UTC))


@router.get("/records/{record}/versions", operation_id="list-record-versions")
def list_versions(
    record: Identifier, user: Asking, connection: Reading, limit: Limit = 50, cursor: Cursor = None
) -> Page[VersionOut]:
    """Every version of a record: what it said, by whom, why. 记录的历史版本"""
    seen = connection.execute(sa.select(records.c.id).where(records.c.id == record, visible(user).records())).first()
    if seen is None:
        raise NotFoundError
    query = sa.select(versions).where(versions.c.object == f"record:{record}")
    return page(connection, query, versions.c.version, limit, cursor, _told_version)


def _told_version(row: sa.Row[Any]) -> VersionOut:
    return VersionOut(version=row.version, at=row.at, actor=row.actor, why=row.why, body=row.body)


class NoticeIn(Body):
    """A notice to cities of an incident's region."""

    cities: Annotated[list[Identifier], Field(min_length=1, max_length=1000)]
    text: ShortText
    text_zh: ShortText | None = None


class Told(Body):
    """How many cities were told."""

    cities: int


@router.post("/incidents/{incident}/notices", operation_id="send-notice", status_code=201, response_model=Told)
def send_notice(incident: Identifier, body: NoticeIn, write: Writes, key: Key) -> JSONResponse:
    """Tell cities something about an incident. 发布通告"""

    def do(change: Change) -> Reply:
        row = incident_row(change.connection, write.user, incident)
        require(write.user, Action.SEND_NOTICES, hazard=row.hazard)
        notify(change, row.region, body.cities, "notice", {"text": body.text, "text_zh": body.text_zh}, incident)
        return Reply(Told(cities=len(set(body.cities))), 201)

    return write.once(key, do)
