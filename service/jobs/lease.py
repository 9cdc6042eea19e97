"""Leases: each worker says every second that it lives; whose lease runs out is gone, and others take up its jobs.

By the database's clock, not the hosts'. A worker that was frozen and wakes finds its lease gone, takes a new one and goes on: what it
was running may be run by another too, and the first outcome is the one that counts.
"""

from __future__ import annotations

import os
import socket

import sqlalchemy as sa
from tongzhou.service.store.engine import reading
from tongzhou.service.store.tables import leases

BEAT_S = 1.0
LEASE_S = 5.0


def _now(connection: sa.Connection) -> sa.TextClause:
    if connection.dialect.name == "postgresql":
        return sa.text("extract(epoch from clock_timestamp())::double precision")
    return sa.text("(julianday('now') - 2440587.5) * 86400.0")


def beat(engine: sa.Engine, executor: str, lease_s: float = LEASE_S) -> list[str]:
    """Renew a lease; the executors whose lease has run out, each told to one caller only."""
    with engine.begin() as connection:
        now = connection.execute(sa.select(_now(connection))).scalar_one()
        values = {"host": socket.gethostname(), "pid": os.getpid(), "beat": now}
        if not connection.execute(leases.update().where(leases.c.executor == executor).values(**values)).rowcount:
            connection.execute(leases.insert().values(executor=executor, **values))
        gone = leases.delete().where(leases.c.beat < now - lease_s, leases.c.executor != executor)
        return list(connection.execute(gone.returning(leases.c.executor)).scalars())


def living(engine: sa.Engine, lease_s: float = LEASE_S) -> int:
    """How many workers live."""
    with reading(engine) as connection:
        now = connection.execute(sa.select(_now(connection))).scalar_one()
        return int(connection.execute(sa.select(sa.func.count()).where(leases.c.beat >= now - lease_s)).scalar_one())
