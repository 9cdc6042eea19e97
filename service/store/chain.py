"""The audit chain: each row holds the hash of the one before it, so that none can be changed, dropped or slipped in unseen."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from tongzhou.service.store.columns import canonical_json, instant_text
from tongzhou.service.store.tables import audit

NO_HASH = "0" * 64
LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtext('tongzhou-audit'))")


def row_hash(seq: int, at: str, actor: str, action: str, object_: str, why: str, body: str, prev_hash: str) -> str:
    """SHA-256 of the canonical JSON list of a row's columns and the hash before it."""
    return hashlib.sha256(canonical_json([seq, at, actor, action, object_, why, body, prev_hash]).encode()).hexdigest()


def append(
    connection: sa.Connection, at: datetime, actor: str, why: str, rows: list[tuple[str, str, dict[str, Any]]]
) -> None:
    """Append rows of (action, object, body). On PostgreSQL appenders queue here until they commit: call it last."""
    if connection.dialect.name == "postgresql":
        connection.execute(LOCK)
    last = connection.execute(sa.select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).first()
    seq, prev_hash = (last.seq, last.hash) if last is not None else (0, NO_HASH)
    for action, object_, body in rows:
        seq += 1
        found = row_hash(seq, instant_text(at), actor, action, object_, why, canonical_json(body), prev_hash)
        values = {"seq": seq, "at": at, "actor": actor, "action": action, "object": object_, "why": why, "body": body}
        connection.execute(audit.insert().values(**values, prev_hash=prev_hash, hash=found))
        prev_hash = found


def head(connection: sa.Connection) -> tuple[int, str]:
    """Number and hash of the last row: what a report cites, so that the past it rests on cannot change."""
    last = connection.execute(sa.select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).first()
    return (0, NO_HASH) if last is None else (last.seq, last.hash)
