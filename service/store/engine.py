"""One engine for SQLite and PostgreSQL, set so that neither loses what it acknowledged."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import make_url
from tongzhou.model.errors import Text, UsageError

READS_ONLY = "tongzhou_reads_only"
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "recursive_triggers=ON",  # else INSERT OR REPLACE slips past the triggers that guard deletes
)
BUSY_MS = 30000


def open_engine(url: str, *, pool_size: int = 10) -> sa.Engine:
    """An engine for `sqlite:///PATH` or `postgresql+psycopg://...`. Raises `UsageError` for any other address."""
    try:
        found = make_url(url)
    except sa.exc.ArgumentError:
        found = None
    if found is None or found.drivername not in ("sqlite", "postgresql+psycopg"):
        raise UsageError(
            Text(
                f"the database is sqlite:///PATH or postgresql+psycopg://..., not {url!r}",
                f"数据库地址应为 sqlite:///PATH 或 postgresql+psycopg://..., 而非 {url!r}",
            )
        )
    if found.drivername == "sqlite":
        return _sqlite(found, pool_size)
    return sa.create_engine(found, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True, pool_timeout=30)


def _sqlite(url: sa.URL, pool_size: int) -> sa.Engine:
    if url.database in (None, "", ":memory:"):
        raise UsageError(Text("the database needs a file: sqlite:///PATH", "数据库需要文件: sqlite:///PATH"))
    assert url.database is not None
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        url, pool_size=pool_size, max_overflow=pool_size, connect_args={"timeout": BUSY_MS / 1000}
    )

    @event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
        connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # A transaction that may write takes the lock at once: one that reads first can be refused the lock later.
        reads = connection.get_execution_options().get(READS_ONLY, False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection that only reads, all of it as of one moment."""
    options: dict[str, Any] = {READS_ONLY: True}
    if engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection
