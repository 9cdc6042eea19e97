"""Reversals of settlements and of single transactions, by four eyes."""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from tongzhou.service.api.context import Asking, IfMatch, Key, Reading, Reply, Writes, etag, version_named
from tongzhou.service.api.fields import Body, Identifier, Moment, Page, Why
from tongzhou.service.api.paging import Cursor, Limit, page
from tongzhou.service.api.routes.money import Entry
from tongzhou.service.money import ledger, reversals, settlements
from tongzhou.service.money.books import is_city
from tongzhou.service.notices.notify import notify
from tongzhou.service.people.rights import Action, require
from tongzhou.service.people.user import User
from tongzhou.service.people.visible import visible
from tongzhou.service.picture.incidents import region_row
from tongzhou.service.store.change import Change
from tongzhou.service.store.tables import reversals as table
from tongzhou.service.store.tables import txns

router = APIRouter(prefix="/v1", tags=["money"])


class ReversalOut(Body):
    """A reversal: asked for by one, approved (and so posted) or refused by another; of one transaction it shows what is mirrored."""

    id: str
    region: str
    settlement: str | None
    txn: str | None
    reason: str
    state: Literal["asked", "done", "refused"]
    asked_by: str
    asked_at: Moment
    decided_by: str | None
    decided_at: Moment | None
    answer: str | None
    version: int
    memo: str | None
    currency: str | None
    entries: list[Entry]


def _told(connection: sa.Connection, row: sa.Row[Any]) -> ReversalOut:
    txn = None if row.txn is None else connection.execute(sa.select(txns).where(txns.c.id == row.txn)).one()
    names = [name for name in ReversalOut.model_fields if name not in ("memo", "currency", "entries")]
    found = [] if txn is None else ledger.entries_of(connection, txn.id)
    return ReversalOut(
        **{name: row._mapping[name] for name in names},
        memo=None if txn is None else txn.memo,
        currency=None if txn is None else txn.currency,
        entries=[Entry(account=item.code, party=item.party, cents=item.amount) for item in found],
    )


def _reply(change: Change, row: sa.Row[Any], status: int = 200) -> Reply:
    return Reply(_told(change.connection, row), status, headers=etag(row.version))


def _tell(change: Change, user: User, row: sa.Row[Any]) -> None:
    """The cities of a settlement that counts no more; both sides of a payment that came back."""
    if row.settlement is not None:
        settled = settlements.read_settlement_row(change.connection, user, row.settlement)
        cities = [item.city for item in settlements.opened(change.connection, settled).settlement]
        notify(change, row.region, cities, "settlement-reversed", {"settlement": row.settlement}, settled.incident)
        return
    parties = {item.party for item in ledger.entries_of(change.connection, row.txn)}
    cities = sorted(party for party in parties if is_city(change.connection, row.region, party))
    notify(change, row.region, cities, "payment-returned", {"transaction": row.txn, "reason": row.reason}, None)


@router.post(
    "/settlements/{settlement}/reversals",
    operation_id="ask-settlement-reversal",
    status_code=201,
    response_model=ReversalOut,
)
def ask_for_settlement(
    settlement: Identifier, body: Why, write: Writes, key: Key, if_match: IfMatch = None
) -> JSONResponse:
    """Ask that a posted settlement be reversed; payments stay and count as advances. 申请冲销结算"""
    version = version_named(if_match)
    return write.once(key, lambda change: _reply(change,
        reversals.ask_for_settlement(change, write.user, settlement, version, body.reason), 201
    ))  # fmt: skip


@router.post(
    "/transactions/{txn}/reversals",
    operation_id="ask-transaction-reversal",
    status_code=201,
    response_model=ReversalOut,
)
def ask_for_transaction(txn: Identifier, body: Why, write: Writes, key: Key) -> JSONResponse:
    """Ask that one funding or payment be reversed; settlements are reversed whole. 申请冲销凭证"""
    return write.once(
        key, lambda change: _reply(change, reversals.ask_for_transaction(change, write.user, txn, body.reason), 201)
    )


@router.get("/regions/{region}/reversals", operation_id="list-reversals")
def list_reversals(
    region: Identifier, user: Asking, connection: Reading, limit: Limit = 50, cursor: Cursor = None
) -> Page[ReversalOut]:
    """Reversals asked for, newest first. 冲销列表"""
    require(user, Action.READ_SETTLEMENTS)
    region_row(connection, user, region)
    query = sa.select(table).where(table.c.region == region, visible(user).reversals())
    return page(connection, query, table.c.id, limit, cursor, lambda row: _told(connection, row), newest_first=True)


@router.get("/reversals/{reversal}", operation_id="get-reversal")
def get_reversal(reversal: Identifier, user: Asking, connection: Reading, response: Response) -> ReversalOut:
    """A reversal. 冲销"""
    row = reversals.read_reversal(connection, user, reversal)
    response.headers.update(etag(row.version))
    return _told(connection, row)


@router.post("/reversals/{reversal}/approval", operation_id="approve-reversal", response_model=ReversalOut)
def approve(reversal: Identifier, write: Writes, key: Key, if_match: IfMatch = None) -> JSONResponse:
    """Approve as somebody else than who asked: the mirror is posted, and the cities of a settlement are told. 批准冲销"""
    version = version_named(if_match)

    def do(change: Change) -> Reply:
        row = reversals.approve(change, write.user, reversal, version)
        _tell(change, write.user, row)
        return _reply(change, row)

    return write.once(key, do)


@router.post("/reversals/{reversal}/refusal", operation_id="refuse-reversal", response_model=ReversalOut)
def refuse(reversal: Identifier, body: Why, write: Writes, key: Key, if_match: IfMatch = None) -> JSONResponse:
    """Refuse with a reason, or take back what oneself asked for. 驳回或撤回冲销"""
    version = version_named(if_match)
    return write.once(
        key, lambda change: _reply(change, reversals.refuse(change, write.user, reversal, version, body.reason))
    )
