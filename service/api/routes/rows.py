"""Request and answer models of every kind of record, made from the columns that the scenario tables declare."""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import Field, StringConstraints, create_model
from tongzhou.model.domain.column import LARGEST, Column
from tongzhou.service.api.fields import NO_CONTROLS, Body, Identifier, Moment, ShortText
from tongzhou.service.picture.kinds import KINDS, Kind

MOST_CHARACTERS = 500
T = TypeVar("T")


class RecordIn(Body, Generic[T]):
    """A record as it shall be. `source`: where the knowledge comes from; `expires_at`: it counts no more afterwards (offers)."""

    body: T
    source: ShortText | None = None
    expires_at: Moment | None = None


class RecordOut(Body, Generic[T]):
    """A record as it is: who said so, when, from which source, and when it was last confirmed."""

    id: str
    kind: str
    body: T
    source: str | None
    confirmed_at: Moment
    expires_at: Moment | None
    version: int
    updated_at: Moment
    updated_by: str


def _type_of(column: Column) -> Any:
    if column.kind == "choice":
        return Literal[column.choices]
    if column.kind == "flag":
        return bool
    if column.kind == "id":
        return Identifier
    if column.kind in ("text", "words"):
        return Annotated[str, StringConstraints(min_length=1, max_length=MOST_CHARACTERS, pattern=NO_CONTROLS)]
    if column.kind in ("amount", "rate"):
        return Annotated[str, StringConstraints(pattern=rf"^\d{{1,13}}(\.\d{{1,{column.decimals}}})?$")]
    above, low, high = column.above, column.low, column.high if column.high is not None else LARGEST
    low = None if above is not None else -LARGEST if low is None else low
    number: Any = int if column.kind == "whole" else float
    return Annotated[number, Field(strict=True, gt=above, ge=low, le=high)]


def _row_model(kind: Kind) -> type[Body]:
    fields: dict[str, Any] = {}
    for name, column in kind.columns.items():
        note = f"{column.note.en} {column.note.zh}"
        found = _type_of(column)
        fields[name] = (
            (found | None, Field(None, description=note)) if column.optional else (found, Field(description=note))
        )
    name = "".join(part.capitalize() for part in kind.singular.split("-"))
    return create_model(f"{name}Row", __base__=Body, **fields)


ROWS: dict[str, type[Body]] = {kind.name: _row_model(kind) for kind in KINDS.values()}
"""Kind to the model of its body."""
