"""Notices of one's own, and webhooks."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import StringConstraints
from tongzhou.service.api.context import Asking, Key, Reading, Reply, Writes
from tongzhou.service.api.fields import Body, Identifier, Moment, Page
from tongzhou.service.api.paging import Cursor, Limit, page
from tongzhou.service.errors import NotFoundError
from tongzhou.service.people.rights import Action, require
from tongzhou.service.people.visible import visible
from tongzhou.service.store.change import Change
from tongzhou.service.store.columns import Flag
from tongzhou.service.store.ids import new_id
from tongzhou.service.store.tables import notices, webhooks

router = APIRouter(prefix="/v1", tags=["notices"])


class NoticeOut(Body):
    """A notice to a city."""

    id: str
    incident: str | None
    city: str
    kind: str
    body: dict[str, Any]
    at: Moment
    read_at: Moment | None


class WebhookIn(Body):
    """Where notices are to be sent: a public https address."""

    url: Annotated[str, StringConstraints(max_length=500, pattern=r"^https?://[^\s\x00-\x1f\x7f]+$")]


class WebhookOut(Body):
    """A webhook; its secret, with which every delivery is signed, is shown when it is made."""

    id: str
    url: str
    city: str | None
    secret: str | None = None


@router.get("/notices", operation_id="list-notices")
def list_notices(user: Asking, connection: Reading, limit: Limit = 50, cursor: Cursor = None) -> Page[NoticeOut]:
    """Notices, newest first. 通告"""
    require(user, Action.READ_NOTICES)
    query = sa.select(notices).where(visible(user).notices())
    return page(connection, query, notices.c.id, limit, cursor, _told, newest_first=True)


def _told(row: sa.Row[Any]) -> NoticeOut:
    return NoticeOut(
        id=row.id, incident=row.incident, city=row.city, kind=row.kind, body=row.body, at=row.at, read_at=row.read_at
    )


@router.post("/notices/{notice}/read", operation_id="read-notice", status_code=204, response_class=Response)
def read_notice(notice: Identifier, write: Writes, key: Key) -> Response:
    """Note that a notice was read. 标记已读"""
    require(write.user, Action.READ_NOTICES)

    def do(change: Change) -> Reply:
        mine = sa.and_(notices.c.id == notice, visible(write.user).notices())
        if not change.connection.execute(notices.update().where(mine).values(read_at=change.at)).rowcount:
            raise NotFoundError
        change.audit("read-notice", f"notice:{notice}")
        return Reply(None, 204)

    write.once(key, do)
    return Response(status_code=204)


@router.get("/webhooks", operation_id="list-webhooks")
def list_webhooks(user: Asking, connection: Reading, limit: Limit = 50, cursor: Cursor = None) -> Page[WebhookOut]:
    """Webhooks of one's own. 推送地址"""
    require(user, Action.READ_NOTICES)
    query = sa.select(webhooks).where(visible(user).webhooks(), webhooks.c.active == sa.literal(True, Flag))
    return page(
        connection, query, webhooks.c.id, limit, cursor, lambda row: WebhookOut(id=row.id, url=row.url, city=row.city)
    )


@router.post("/webhooks", operation_id="add-webhook", status_code=201, response_model=WebhookOut)
def add_webhook(body: WebhookIn, write: Writes, key: Key) -> JSONResponse:
    """Have notices sent to an address; each carries `Tongzhou-Signature: t=SECONDS,v1=HMAC-SHA256`. 新建推送"""
    require(write.user, Action.READ_NOTICES)

    def do(change: Change) -> Reply:
        webhook, secret = new_id(), secrets.token_urlsafe(32)
        values = {
            "id": webhook,
            "user_id": write.user.id,
            "region": write.user.region,
            "city": write.user.city,
            "url": body.url,
        }
        change.connection.execute(webhooks.insert().values(**values, secret=secret, active=True, created_at=change.at))
        change.audit("add-webhook", f"webhook:{webhook}", url=body.url)
        return Reply(WebhookOut(id=webhook, url=body.url, city=write.user.city, secret=secret), 201)

    return write.once(key, do)


@router.delete("/webhooks/{webhook}", operation_id="remove-webhook", status_code=204, response_class=Response)
def remove_webhook(webhook: Identifier, write: Writes) -> Response:
    """Send no more there. 删除推送"""

    def do(change: Change) -> None:
        mine = sa.and_(
            webhooks.c.id == webhook, visible(write.user).webhooks(), webhooks.c.active == sa.literal(True, Flag)
        )
        if not change.connection.execute(webhooks.update().where(mine).values(active=False)).rowcount:
            raise NotFoundError
        change.audit("remove-webhook", f"webhook:{webhook}")

    return write.silently(do)
