"""Lists in pages: by the id of the last item, so that what comes in between neither hides nor repeats an item."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

import sqlalchemy as sa
from fastapi import Query
from tongzhou.model.errors import Text
from tongzhou.service.api.fields import Page
from tongzhou.service.errors import NotFoundError

Limit = Annotated[int, Query(ge=1, le=200, description="Most items of a page. 每页条数")]
Cursor = Annotated[str | None, Query(max_length=600, description="`next` of the page before. 上一页的 next")]
T = TypeVar("T")


def page(
    connection: sa.Connection, query: sa.Select[Any], column: sa.Column[Any], limit: int, cursor: str | None,
    told: Callable[[sa.Row[Any]], T], *, newest_first: bool = False,
) -> Page[T]:  # fmt: skip
    """One page of a query, ordered by a unique column."""
    if cursor is not None:
        after = _decoded(cursor, int if isinstance(column.type, sa.BigInteger) else str)
        query = query.where(column < after if newest_first else column > after)
    query = query.order_by(column.desc() if newest_first else column).limit(limit + 1)
    rows: Sequence[sa.Row[Any]] = connection.execute(query).all()
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = base64.urlsafe_b64encode(str(rows[-1]._mapping[column.name]).encode()).decode()
    return Page(items=[told(row) for row in rows], next=following)


def _decoded(cursor: str, kind: type) -> Any:
    try:
        text = base64.b64decode(cursor, altchars=b"-_", validate=True).decode()
        if "\x00" in text or len(text) > 400:
            raise ValueError(text)
        value = kind(text)
    except (ValueError, binascii.Error) as error:
        raise NotFoundError(Text("no such page", "没有该页")) from error
    if isinstance(value, int) and abs(value) > 2**62:
        raise NotFoundError(Text("no such page", "没有该页"))
    return value
