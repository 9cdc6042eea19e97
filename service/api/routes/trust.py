"""Evaluation, trust record, objections."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints
from tongzhou.model.reliability import reliability
from tongzhou.service.api.context import Asking, IfMatch, Key, Reading, Reply, Writes, etag, version_named
from tongzhou.service.api.fields import Body, Identifier, LongText, Moment, Page
from tongzhou.service.api.paging import Cursor, Limit, page
from tongzhou.service.errors import NotFoundError
from tongzhou.service.people.rights import Action, require
from tongzhou.service.people.visible import visible
from tongzhou.service.picture.incidents import region_row
from tongzhou.service.store.change import Change
from tongzhou.service.store.tables import objections
from tongzhou.service.trust import evaluation as use
from tongzhou.service.trust.objections import decide_objection, raise_objection
from tongzhou.service.trust.promises import promises_of

router = APIRouter(prefix="/v1", tags=["trust"])
WHOLE = "-"
"""In a path, the incident as a whole."""
Score = Annotated[int, Field(ge=1, le=5, strict=True)]


class Scores(Body):
    """From 1 (poor) to 5 (excellent)."""

    timeliness: Score
    sufficiency: Score
    cost: Score
    information: Score


class EvaluationIn(Body):
    """One's assessment; the indicators are reckoned from the records."""

    scores: Scores
    findings: LongText


class EvaluationOut(Body):
    """An assessment of a city (or "", the incident): the city's own, the coordinating body's, the third party's, which decides."""

    id: str
    incident: str
    subject: str
    assessor: Literal["self", "coordinator", "third-party"]
    indicators: dict[str, float | None]
    scores: Scores
    findings: str
    author: str
    version: int
    updated_at: Moment
    decides: bool


class PromiseOut(Body):
    """One promise and what became of it; `struck`: an objection took it out of the record."""

    line: str
    incident: str
    resource: str
    promised: float
    kept: float
    promised_h: float
    took_h: float
    age_days: float
    degree: float
    outcome: str
    evidence: str | None
    struck: bool


class TrustOut(Body):
    """How far a city keeps its promises: the expected share, an interval of 90 %, the weight of what it rests on."""

    city: str
    mean: float
    low: float
    high: float
    weight: float
    promises: list[PromiseOut]


class ObjectionIn(Body):
    """What is objected to (`line:ID` or `evaluation:ID`) and why."""

    object: Annotated[str, StringConstraints(pattern=r"^(line|evaluation):[0-9a-f-]{36}$")]
    text: LongText


class ObjectionOut(Body):
    """An objection and its decision."""

    id: str
    object: str
    city: str
    text: str
    state: Literal["open", "upheld", "rejected"]
    answer: str | None
    raised_by: str
    decided_by: str | None
    version: int
    at: Moment


class Ruling(Body):
    """The third party's decision: what is upheld counts no more."""

    uphold: bool
    answer: LongText


def _told(row: sa.Row[Any]) -> EvaluationOut:
    names = [name for name in EvaluationOut.model_fields if name != "decides"]
    return EvaluationOut.model_validate(
        {**{name: row._mapping[name] for name in names}, "decides": row.assessor == use.THIRD_PARTY}
    )


@router.get("/incidents/{incident}/evaluations", operation_id="list-evaluations")
def list_evaluations(incident: Identifier, user: Asking, connection: Reading) -> list[EvaluationOut]:
    """Assessments of an incident and its participants. 评估列表"""
    return [_told(row) for row in use.evaluations_of(connection, user, incident)]


@router.put("/incidents/{incident}/evaluations/{subject}", operation_id="evaluate", response_model=EvaluationOut)
def evaluate(
    incident: Identifier, subject: Identifier, body: EvaluationIn, write: Writes, if_match: IfMatch = None
) -> JSONResponse:
    """Write one's assessment of a city, or of the incident as a whole (`-`); If-Match to change it. 评估"""
    version = None if if_match is None else version_named(if_match)
    about = "" if subject == WHOLE else subject

    def do(change: Change) -> Reply:
        row = use.evaluate(change, write.user, incident, about, body.scores.model_dump(), body.findings, version)
        return Reply(_told(row), headers=etag(row.version))

    return write.change(do)


@router.get("/regions/{region}/trust/{city}", operation_id="get-trust")
def get_trust(region: Identifier, city: Identifier, user: Asking, connection: Reading) -> TrustOut:
    """A city's record of promises kept, with the evidence. 信任记录"""
    require(user, Action.READ_TRUST, city=city)
    region_row(connection, user, region)
    found = list(promises_of(connection, region, city, datetime.now(UTC)))
    known = reliability(item.promise for item in found if not item.struck)
    promises = [
        PromiseOut(
            line=item.line, incident=item.incident, resource=item.resource, **asdict(item.promise), degree=item.promise.degree,
            outcome=item.outcome, evidence=item.evidence, struck=item.struck,
        )
        for item in found
    ]  # fmt: skip
    return TrustOut(city=city, **asdict(known), promises=promises)


def _objection(row: sa.Row[Any]) -> ObjectionOut:
    return ObjectionOut(**{name: row._mapping[name] for name in ObjectionOut.model_fields})


@router.get("/objections", operation_id="list-objections")
def list_objections(user: Asking, connection: Reading, limit: Limit = 50, cursor: Cursor = None) -> Page[ObjectionOut]:
    """Objections. 异议列表"""
    require(user, Action.READ_TRUST)
    query = sa.select(objections).where(visible(user).objections())
    return page(connection, query, objections.c.id, limit, cursor, _objection)


@router.get("/objections/{objection}", operation_id="get-objection")
def get_objection(objection: Identifier, user: Asking, connection: Reading, response: Response) -> ObjectionOut:
    """An objection. 异议"""
    mine = sa.and_(objections.c.id == objection, visible(user).objections())
    row = connection.execute(sa.select(objections).where(mine)).first()
    if row is None:
        raise NotFoundError
    response.headers.update(etag(row.version))
    return _objection(row)


@router.post("/objections", operation_id="raise-objection", status_code=201, response_model=ObjectionOut)
def raise_one(body: ObjectionIn, write: Writes, key: Key) -> JSONResponse:
    """Object to what is recorded of one's city. 提出异议"""

    def do(change: Change) -> Reply:
        row = raise_objection(change, write.user, body.object, body.text)
        return Reply(_objection(row), 201, etag(row.version))

    return write.once(key, do)


@router.post("/objections/{objection}/ruling", operation_id="rule-objection", response_model=ObjectionOut)
def rule(objection: Identifier, body: Ruling, write: Writes, key: Key, if_match: IfMatch = None) -> JSONResponse:
    """Uphold or reject an objection. 裁定异议"""
    version = version_named(if_match)

    def do(change: Change) -> Reply:
        row = decide_objection(change, write.user, objection, version, uphold=body.uphold, answer=body.answer)
        return Reply(_objection(row), headers=etag(row.version))

    return write.once(key, do)
