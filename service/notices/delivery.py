"""Webhooks delivered: signed, at least once, again with growing pauses, never to an address inside our own network."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import socket
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import sqlalchemy as sa
from tongzhou.service.store.columns import canonical_json, instant_text
from tongzhou.service.store.tables import deliveries, notices, webhooks

MOST_ATTEMPTS = 8
FIRST_PAUSE_S = 5.0
PATIENCE_S = 5.0
AT_A_TIME = 5
SIGNATURE = "Tongzhou-Signature"


def signature(secret: str, at: int, body: bytes) -> str:
    """`t=SECONDS,v1=HEX`: HMAC-SHA256 with the webhook's secret of the seconds, a full stop and the body."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


def is_public(url: str) -> bool:
    """Whether every address of the URL's host is one of the public internet, and the URL is https."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        return False
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return all(ipaddress.ip_address(item[4][0]).is_global for item in found)


def deliver_due(engine: sa.Engine, now: datetime, *, private: bool = False) -> int:
    """Send what is due, a few at a time; returns how many. `private` allows addresses inside the network (for installations whose
    receivers are there)."""
    with engine.connect() as connection:
        due = connection.execute(
            sa.select(deliveries, webhooks.c.url, webhooks.c.secret, notices)
            .join(webhooks, webhooks.c.id == deliveries.c.webhook)
            .join(notices, notices.c.id == deliveries.c.notice)
            .where(deliveries.c.state == "waiting", deliveries.c.next_at <= now)
            .order_by(deliveries.c.next_at)
            .limit(AT_A_TIME)
        ).all()
    for row in due:
        answer = _send(row, now, private=private)
        with engine.begin() as connection:
            mine = sa.and_(deliveries.c.id == row.id, deliveries.c.attempts == row.attempts)
            connection.execute(deliveries.update().where(mine).values(**_after(row.attempts + 1, answer, now)))
    return len(due)


def _send(row: sa.Row[Any], now: datetime, *, private: bool) -> str:
    if not private and not is_public(row.url):
        return "refused: not a public https address"
    told = {
        "id": row.notice, "kind": row.kind, "region": row.region, "incident": row.incident, "city": row.city, "at": instant_text(row.at),
        "body": row.body,
    }  # fmt: skip
    body = canonical_json(told).encode()
    headers = {"content-type": "application/json", SIGNATURE: signature(row.secret, int(now.timestamp()), body)}
    try:
        answer = httpx.post(row.url, content=body, headers=headers, timeout=PATIENCE_S, follow_redirects=False)
    except httpx.HTTPError as error:
        return type(error).__name__
    return str(answer.status_code)


def _after(attempts: int, answer: str, now: datetime) -> dict[str, Any]:
    if answer.startswith("2"):
        return {"state": "delivered", "attempts": attempts, "answer": answer}
    if attempts >= MOST_ATTEMPTS or answer.startswith("refused"):
        return {"state": "failed", "attempts": attempts, "answer": answer}
    pause = timedelta(seconds=FIRST_PAUSE_S * 2 ** (attempts - 1))
    return {"state": "waiting", "attempts": attempts, "answer": answer, "next_at": now + pause}
