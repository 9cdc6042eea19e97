"""One collection of tables, and the columns that many of them have."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Float, MetaData, Text
from tongzhou.service.store.columns import Flag, Instant, Json

METADATA = MetaData()


def text(name: str, *, key: bool = False) -> Column[Any]:
    """Text."""
    return Column(name, Text, primary_key=key)


def whole(name: str, *, key: bool = False) -> Column[Any]:
    """A whole number: counts, versions, cents."""
    return Column(name, BigInteger, primary_key=key, autoincrement=False)


def number(name: str) -> Column[Any]:
    """A quantity or hours."""
    return Column(name, Float)


def instant(name: str) -> Column[Any]:
    """A moment in UTC."""
    return Column(name, Instant)


def flag(name: str) -> Column[Any]:
    """Yes or no."""
    return Column(name, Flag)


def json(name: str) -> Column[Any]:
    """A JSON value."""
    return Column(name, Json)
