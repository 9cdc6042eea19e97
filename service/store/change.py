"""A change of the database: one transaction of one person for one reason, which leaves an audit row or does not happen."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from tongzhou.service.store import chain
from tongzhou.service.store.columns import canonical_json
from tongzhou.service.store.tables import versions


@dataclass
class Change:
    """The transaction under way: who, why and when are the same for all that is written in it."""

    connection: sa.Connection
    actor: str
    why: str
    at: datetime
    _rows: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    changes_nothing: bool = False

    def audit(self, action: str, object_: str, **body: Any) -> None:
        """Note what was done to what; written at the end of the transaction, in the order of the calls."""
        self._rows.append((action, object_, body))

    def keep_version(self, action: str, object_: str, version: int, body: dict[str, Any]) -> None:
        """Keep the object as it now is, and note its digest in the audit chain."""
        self.connection.execute(
            versions.insert().values(
                object=object_, version=version, body=body, at=self.at, actor=self.actor, why=self.why
            )
        )
        self.audit(action, object_, version=version, digest=digest(body))

    def finish(self) -> None:
        """Write the audit rows. A change without any is a defect: it would be a change that nobody answers for."""
        if self._rows:
            chain.append(self.connection, self.at, self.actor, self.why, self._rows)
        elif not self.changes_nothing:
            raise RuntimeError("a change without an audit row")


def digest(body: Any) -> str:
    """SHA-256 of the canonical JSON of a body."""
    return hashlib.sha256(canonical_json(body).encode()).hexdigest()


@contextmanager
def changing(engine: sa.Engine, actor: str, why: str) -> Iterator[Change]:
    """Begin a change; it is committed with its audit rows, or not at all."""
    with engine.begin() as connection:
        change = Change(connection, actor, why, datetime.now(UTC))
        yield change
        change.finish()
