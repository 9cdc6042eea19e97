"""The database opened read-only with its own driver, as of one moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg.rows import dict_row
from tongzhou.model.errors import Text, UsageError

SQLITE, POSTGRESQL = "sqlite:///", "postgresql+psycopg://"


QUERIES: Mapping[str, str] = {
    "accounts": "SELECT * FROM accounts ORDER BY id",
    "audit": "SELECT * FROM audit ORDER BY seq",
    "claim_evidence": "SELECT * FROM evidence ORDER BY id",
    "claims": "SELECT * FROM claims ORDER BY id",
    "cost_lines": "SELECT * FROM cost_lines ORDER BY id",
    "documents": "SELECT * FROM documents ORDER BY hash",
    "entries": "SELECT * FROM entries ORDER BY id",
    "evaluations": "SELECT * FROM evaluations ORDER BY id",
    "incidents": "SELECT * FROM incidents ORDER BY incident",
    "jobs": "SELECT * FROM jobs ORDER BY id",
    "lines": "SELECT * FROM lines ORDER BY id",
    "objections": "SELECT * FROM objections ORDER BY id",
    "offsets": "SELECT * FROM offsets ORDER BY id",
    "records": "SELECT * FROM records ORDER BY id",
    "reversals": "SELECT * FROM reversals ORDER BY id",
    "settlements": "SELECT * FROM settlements ORDER BY id",
    "txns": "SELECT * FROM txns ORDER BY id",
    "versions": "SELECT * FROM versions ORDER BY object, version",
}
"""Table to what is read of it."""


class Source:
    """A database open for reading: `execute` runs a statement with its own driver."""

    def __init__(self, execute: Callable[[str], Iterable[Any]]) -> None:
        self.execute = execute

    def rows(self, table: str) -> Iterator[Mapping[str, Any]]:
        """All rows of a table, moments as UTC text with microseconds."""
        for row in self.execute(QUERIES[table]):
            yield {name: _plain(value) for name, value in dict(row).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return bytes(value) if isinstance(value, memoryview) else value


@contextmanager
def opened(url: str) -> Iterator[Source]:
    """A source for `sqlite:///PATH` or `postgresql+psycopg://...`. Raises `UsageError` where there is no such database."""
    if url.startswith(SQLITE):
        with _sqlite(url.removeprefix(SQLITE)) as found:
            yield found
    elif url.startswith(POSTGRESQL):
        with _postgresql(url.replace("+psycopg", "", 1)) as found:
            yield found
    else:
        raise UsageError(Text(f"no such database: {url}", f"没有该数据库: {url}"))


@contextmanager
def _sqlite(path: str) -> Iterator[Source]:
    try:
        connection = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM audit")
    except sqlite3.Error as error:
        raise UsageError(Text(f"cannot read {path}: {error}", f"无法读取 {path}: {error}")) from error
    try:
        yield Source(connection.execute)
    finally:
        connection.close()


@contextmanager
def _postgresql(url: str) -> Iterator[Source]:
    try:
        connection = psycopg.connect(url, row_factory=dict_row)
    except psycopg.Error as error:
        raise UsageError(Text(f"cannot read the database: {error}", f"无法读取数据库: {error}")) from error
    with connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield Source(connection.execute)
