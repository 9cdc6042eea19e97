"""Documents by the hash of their content: inputs of jobs, plans, settlements, evidence. Written once, never changed."""

from __future__ import annotations

import hashlib
import zlib
from datetime import UTC, datetime

import sqlalchemy as sa
from tongzhou.service.store.tables import documents

JSON_MEDIA = "application/json"


def put(connection: sa.Connection, content: bytes, media: str = JSON_MEDIA) -> str:
    """Keep a document and return its hash (SHA-256 of the content); the same content is kept once."""
    found = hashlib.sha256(content).hexdigest()
    known = connection.execute(sa.select(documents.c.hash).where(documents.c.hash == found)).first()
    if known is None:
        values = {"hash": found, "media": media, "size": len(content), "body": zlib.compress(content, 6)}
        _insert(connection, values)
    return found


def _insert(connection: sa.Connection, values: dict[str, object]) -> None:
    values["created_at"] = datetime.now(UTC)
    if connection.dialect.name == "postgresql":  # another transaction may keep the same content at the same time
        from sqlalchemy.dialects.postgresql import insert

        connection.execute(insert(documents).values(**values).on_conflict_do_nothing())
    else:
        connection.execute(documents.insert().values(**values))


def get(connection: sa.Connection, found: str) -> bytes:
    """The content of a document. Raises `KeyError` for an unknown hash."""
    body = connection.execute(sa.select(documents.c.body).where(documents.c.hash == found)).scalar()
    if body is None:
        raise KeyError(found)
    return zlib.decompress(body)
