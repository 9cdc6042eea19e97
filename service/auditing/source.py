"""The database opened read-only with its own driver, as of one moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import quote

import psycopg
from psycopg.rows import dict_row
from tongzhou.model.errors import Text, UsageError

SQLITE, POSTGRESQL = "sqlite:///", "postgresql+psycopg://"


class Source(Protocol):
    """Rows of a table as mappings; moments as UTC text with microseconds."""

    def rows(self, table: str, order: str) -> Iterator[Mapping[str, Any]]:
        """All rows, in the order of a column."""
        ...


class _Rows:
    def __init__(self, execute: Any) -> None:
        self._execute = execute

    def rows(self, table: str, order: str) -> Iterator[Mapping[str, Any]]:
        for row in self._execute(f"SELECT * FROM {table} ORDER BY {order}"):  # noqa: S608 # our own table names
            yield {name: _plain(row[name]) for name in row.keys()}  # noqa: SIM118 # sqlite3.Row iterates over values


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
        yield _Rows(connection.execute)
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
        yield _Rows(connection.execute)
