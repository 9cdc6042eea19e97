"""Claims with their costs, evidence and offsets."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import Field
from tongzhou.service.api.context import Asking, IfMatch, Key, Reading, Reply, Writes, Writing, etag, version_named
from tongzhou.service.api.fields import Body, Cents, Hash, Identifier, Moment, Money, Page, ShortText
from tongzhou.service.api.paging import Cursor, Limit, page
from tongzhou.service.money import claims as use
from tongzhou.service.people.rights import Action, require
from tongzhou.service.people.visible import visible
from tongzhou.service.picture.incidents import incident_row
from tongzhou.service.store.change import Change
from tongzhou.service.store.tables import claims

router = APIRouter(prefix="/v1", tags=["claims"])
Category = Literal[
    "personnel",
    "travel",
    "equipment-owned",
    "equipment-rented",
    "commodities",
    "contract",
    "damage",
    "admin",
    "in-kind",
]
ReasonCode = Literal[
    "no-proof-of-work", "no-proof-of-payment", "not-eligible", "outside-period", "above-agreed", "rate-not-agreed", "duplicate",
    "arithmetic", "other",
]  # fmt: skip
Rate = Annotated[float, Field(ge=0, le=1e6, strict=True)]


class ClaimIn(Body):
    """A claim to be opened on an agreed line."""

    legal_basis: ShortText | None = None
    deadline: Moment | None = None


class CostIn(Body):
    """One cost: quantity times rate, and where the rate comes from."""

    category: Category
    description: ShortText
    quantity: Money
    unit: ShortText
    rate: Money
    rate_source: ShortText
    rate_version: ShortText
    tax_cents: Cents = 0
    place: ShortText | None = None
    from_at: Moment | None = None
    until_at: Moment | None = None
    operated_h: Rate | None = None
    standby_h: Rate | None = None
    rule: ShortText | None = None


class CostOut(CostIn):
    """A cost line and what is allowed of it."""

    id: str
    cents: Cents
    approved_cents: Cents | None
    reason_code: ReasonCode | None


class EvidenceIn(Body):
    """A document by its SHA-256; the city keeps the file."""

    kind: Literal["work", "payment", "receipt", "agreement", "other"]
    name: ShortText
    hash: Hash


class EvidenceOut(EvidenceIn):
    """A document, and who verified it."""

    id: str
    added_by: str
    verified_by: str | None
    verified_at: Moment | None


class OffsetIn(Body):
    """What others pay for the same cost."""

    kind: Literal["insurance", "salvage", "grant", "duplicate"]
    cents: Annotated[Cents, Field(ge=1)]
    reference: ShortText


class OffsetOut(OffsetIn):
    """An offset."""

    id: str


class ClaimOut(Body):
    """A claim as a whole."""

    id: str
    incident: str
    city: str
    line: str
    state: Literal["draft", "claimed", "approved", "disallowed", "disputed", "paid", "waived"]
    reason_code: ReasonCode | None
    reason: str | None
    legal_basis: str | None
    deadline: Moment | None
    retain_until: Moment | None
    version: int
    claimed_by: str | None
    claimed_at: Moment | None
    decided_by: str | None
    decided_at: Moment | None
    created_at: Moment
    cost_lines: list[CostOut]
    evidence: list[EvidenceOut]
    offsets: list[OffsetOut]


class Allowed(Body):
    """What is allowed of one cost line."""

    cost: Identifier
    cents: Cents
    reason_code: ReasonCode | None = None


class DecisionIn(Body):
    """Why; for an approval what is allowed of each cost line that is not allowed in full; for a refusal its reason code."""

    reason: ShortText | None = None
    reason_code: ReasonCode | None = None
    allowed: Annotated[list[Allowed], Field(max_length=1000)] = Field(default_factory=list)


def told(connection: sa.Connection, row: sa.Row[Any]) -> ClaimOut:
    """A claim as the API shows it."""
    own = {name: row._mapping[name] for name in ClaimOut.model_fields if name in row._mapping}
    inside = {
        name: [{key: value for key, value in item._mapping.items() if key != "claim"} for item in rows]
        for name, rows in use.parts(connection, row.id).items()
    }
    return ClaimOut.model_validate({**own, **inside})


def _reply(change: Change, row: sa.Row[Any], status: int = 200) -> Reply:
    return Reply(told(change.connection, row), status, etag(row.version))


@router.post("/lines/{line}/claims", operation_id="open-claim", status_code=201, response_model=ClaimOut)
def open_claim(line: Identifier, body: ClaimIn, write: Writes, key: Key) -> JSONResponse:
    """Open a claim on an agreed line. 发起索赔"""
    return write.once(key, lambda change: _reply(
        change, use.open_claim(change, write.user, line, legal_basis=body.legal_basis, deadline=body.deadline), 201
    ))  # fmt: skip


@router.get("/incidents/{incident}/claims", operation_id="list-claims")
def list_claims(
    incident: Identifier, user: Asking, connection: Reading, limit: Limit = 50, cursor: Cursor = None
) -> Page[ClaimOut]:
    """Claims of an incident that concern who asks. 索赔列表"""
    require(user, Action.READ_CLAIMS)
    incident_row(connection, user, incident)
    query = sa.select(claims).where(claims.c.incident == incident, visible(user).claims())
    return page(connection, query, claims.c.id, limit, cursor, lambda row: told(connection, row))


@router.get("/claims/{claim}", operation_id="get-claim")
def get_claim(claim: Identifier, user: Asking, connection: Reading, response: Response) -> ClaimOut:
    """A claim. 索赔"""
    row = use.read_claim(connection, user, claim)
    response.headers.update(etag(row.version))
    return told(connection, row)


def _filled(write: Writing, key: str, do: Callable[[Change], sa.Row[Any]], status: int = 201) -> JSONResponse:
    return write.once(key, lambda change: _reply(change, do(change), status))


@router.post("/claims/{claim}/costs", operation_id="add-cost", status_code=201, response_model=ClaimOut)
def add_cost(claim: Identifier, body: CostIn, write: Writes, key: Key, if_match: IfMatch = None) -> JSONResponse:
    """Add a cost line to a draft. 添加费用"""
    version, told_in = version_named(if_match), body.model_dump()
    draft = use.CostDraft(**{**told_in, "quantity": Decimal(body.quantity), "rate": Decimal(body.rate)})
    return _filled(write, key, lambda change: use.add_cost(change, write.user, claim, version, draft))


@router.post("/claims/{claim}/evidence", operation_id="add-evidence", status_code=201, response_model=ClaimOut)
def add_evidence(
    claim: Identifier, body: EvidenceIn, write: Writes, key: Key, if_match: IfMatch = None
) -> JSONResponse:
    """Name a document as evidence. 添加凭证"""
    version = version_named(if_match)
    return _filled(
        write, key, lambda change: use.add_evidence(change, write.user, claim, version, body.kind, body.name, body.hash)
    )


@router.post("/claims/{claim}/offsets", operation_id="add-offset", status_code=201, response_model=ClaimOut)
def add_offset(claim: Identifier, body: OffsetIn, write: Writes, key: Key, if_match: IfMatch = None) -> JSONResponse:
    """Say what others pay for the same cost. 添加抵扣"""
    version = version_named(if_match)
    return _filled(
        write,
        key,
        lambda change: use.add_offset(change, write.user, claim, version, body.kind, body.cents, body.reference),
    )


@router.post("/claims/{claim}/evidence/{item}/verification", operation_id="verify-evidence", response_model=ClaimOut)
def verify_evidence(
    claim: Identifier, item: Identifier, write: Writes, key: Key, if_match: IfMatch = None
) -> JSONResponse:
    """Note that a document was seen and is what it says. 核实凭证"""
    version = version_named(if_match)
    return _filled(write, key, lambda change: use.verify_evidence(change, write.user, claim, version, item), 200)


@router.post("/claims/{claim}/steps/{step}", operation_id="step-claim", response_model=ClaimOut)
def step_claim(
    claim: Identifier, step: Literal["submit", "approve", "disallow", "dispute", "waive"], body: DecisionIn, write: Writes, key: Key,
    if_match: IfMatch = None,
) -> JSONResponse:  # fmt: skip
    """Submit, approve, disallow, dispute or waive a claim. 推进索赔"""
    version = version_named(if_match)
    decision = use.Decision(
        body.reason, body.reason_code, {item.cost: (item.cents, item.reason_code or "") for item in body.allowed}
    )
    return _filled(write, key, lambda change: use.act(change, write.user, claim, version, step, decision), 200)
