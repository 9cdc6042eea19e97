"""Lines between two cities, and the steps of their agreement."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import Field
from tongzhou.service.agreement import lines as use
from tongzhou.service.api.context import Asking, IfMatch, Key, Reading, Reply, Writes, etag, version_named
from tongzhou.service.api.fields import Body, Cents, Hours, Identifier, Moment, Page, Quantity, ShortText
from tongzhou.service.api.paging import Cursor, Limit, page
from tongzhou.service.notices.notify import notify
from tongzhou.service.people.visible import visible
from tongzhou.service.picture.incidents import incident_row
from tongzhou.service.store.change import Change
from tongzhou.service.store.tables import lines

router = APIRouter(prefix="/v1", tags=["agreement"])
Step = Literal["request", "offer", "accept", "order", "depart", "arrive", "return", "decline", "withdraw"]


class LineOut(Body):
    """A line: what, from where to where, when, in which state, signed by whom, and what became of it."""

    id: str
    incident: str
    line: str
    job: str | None
    kind: Literal["shipment", "deployment"]
    origin: str
    destination: str
    resource: str
    quantity: float
    depart_h: float
    arrive_h: float
    leave_h: float | None
    need: str | None
    mode: str | None
    vehicle: str | None
    state: str
    estimate_cents: int | None
    limit_cents: int | None
    cost_share: float | None
    requested_by: str | None
    requested_at: Moment | None
    offered_by: str | None
    offered_at: Moment | None
    accepted_by: str | None
    accepted_at: Moment | None
    ordered_by: str | None
    reason: str | None
    actual: dict[str, Any] | None
    version: int
    updated_at: Moment


class StepIn(Body):
    """What a side says: an offer its estimate; a departure or arrival what and when, where that is not as planned; a refusal why."""

    reason: ShortText | None = None
    estimate_cents: Cents | None = None
    limit_cents: Cents | None = None
    cost_share: Annotated[float, Field(ge=0, le=1)] | None = None
    quantity: Quantity | None = None
    hour: Hours | None = None
    accepted: Quantity | None = None
    damaged: Quantity = 0.0
    evidence: ShortText | None = None


def told(row: sa.Row[Any]) -> LineOut:
    """A line as the API shows it."""
    return LineOut(**{name: row._mapping[name] for name in LineOut.model_fields})


@router.get("/incidents/{incident}/lines", operation_id="list-lines")
def list_lines(
    incident: Identifier,
    user: Asking,
    connection: Reading,
    state: Identifier | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[LineOut]:
    """Lines of an incident that concern who asks. 线列表"""
    incident_row(connection, user, incident)
    query = sa.select(lines).where(lines.c.incident == incident, visible(user).lines())
    if state is not None:
        query = query.where(lines.c.state == state)
    return page(connection, query, lines.c.id, limit, cursor, told)


@router.get("/lines/{line}", operation_id="get-line")
def get_line(line: Identifier, user: Asking, connection: Reading, response: Response) -> LineOut:
    """A line. 线"""
    row = use.read_line(connection, user, line)
    response.headers.update(etag(row.version))
    return told(row)


@router.post("/lines/{line}/steps/{step}", operation_id="step-line", response_model=LineOut)
def step_line(
    line: Identifier, step: Step, body: StepIn, write: Writes, key: Key, if_match: IfMatch = None
) -> JSONResponse:
    """Take a step: request, offer, accept (binding), depart, arrive, return; decline or withdraw with a reason; order where an
    incident is led. The other side is told. 推进一条线"""
    version = version_named(if_match)

    def do(change: Change) -> Reply:
        row = use.act(change, write.user, line, version, step, use.Step(**body.model_dump()))
        others = {row.origin, row.destination} - {write.user.city or ""}
        region = incident_row(change.connection, write.user, row.incident).region
        notify(
            change,
            region,
            others,
            f"line-{step}",
            {"line": row.id, "state": row.state, "resource": row.resource},
            row.incident,
        )
        return Reply(told(row), headers=etag(row.version))

    return write.once(key, do)
