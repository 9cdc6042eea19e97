"""The audit chain, for evaluators."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter
from tongzhou.service.api.context import Asking, Reading
from tongzhou.service.api.fields import Body, Moment, Page
from tongzhou.service.api.paging import Cursor, Limit, page
from tongzhou.service.people.rights import Action, require
from tongzhou.service.store import chain
from tongzhou.service.store.tables import audit

router = APIRouter(prefix="/v1", tags=["audit"])


class AuditRow(Body):
    """Who did what to what, when and why, chained by hashes."""

    seq: int
    at: Moment
    actor: str
    action: str
    object: str
    why: str
    body: dict[str, Any]
    prev_hash: str
    hash: str


class Head(Body):
    """The last row's number and hash: cite it, and the past cannot be rewritten unseen."""

    seq: int
    hash: str


@router.get("/audit", operation_id="list-audit")
def list_audit(user: Asking, connection: Reading, limit: Limit = 50, cursor: Cursor = None) -> Page[AuditRow]:
    """The chain, from its beginning. 审计链"""
    require(user, Action.READ_AUDIT)
    return page(connection, sa.select(audit), audit.c.seq, limit, cursor, _told)


def _told(row: sa.Row[Any]) -> AuditRow:
    return AuditRow(**{name: row._mapping[name] for name in AuditRow.model_fields})


@router.get("/audit/head", operation_id="get-audit-head")
def get_head(user: Asking, connection: Reading) -> Head:
    """The chain's head; open to everybody who is signed in. 链头"""
    del user
    seq, found = chain.head(connection)
    return Head(seq=seq, hash=found)
