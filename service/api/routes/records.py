"""Records of every kind: one set of routes a kind, made from the table of kinds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from tongzhou.service.api.context import Asking, IfMatch, Key, Reading, Reply, Writes, etag, version_named
from tongzhou.service.api.fields import Identifier, Page
from tongzhou.service.api.paging import Cursor, Limit, page
from tongzhou.service.api.routes.rows import ROWS, RecordIn, RecordOut
from tongzhou.service.people.visible import visible
from tongzhou.service.picture import records as use
from tongzhou.service.picture.incidents import incident_row, region_row
from tongzhou.service.picture.kinds import KINDS, Kind
from tongzhou.service.picture.records import Draft, there
from tongzhou.service.store.change import Change
from tongzhou.service.store.tables import records

router = APIRouter(prefix="/v1", tags=["records"])


def _told(row: sa.Row[Any]) -> dict[str, Any]:
    names = ("id", "kind", "body", "source", "confirmed_at", "expires_at", "version", "updated_at", "updated_by")
    return {name: row._mapping[name] for name in names}


def _draft(body: Any) -> Draft:
    return Draft(body.body.model_dump(exclude_none=True), body.source, body.expires_at)


class _Routes:
    """The routes of one kind."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        row: Any = ROWS[kind.name]
        self.row_in: Any = RecordIn.__class_getitem__(row)
        self.row_out: Any = RecordOut.__class_getitem__(row)

    def list_all(
        self, place: Identifier, user: Asking, connection: Reading, limit: Limit = 50, cursor: Cursor = None
    ) -> Any:
        (incident_row if self.kind.of_incident else region_row)(connection, user, place)
        query = sa.select(records).where(there(self.kind, place), visible(user).records())
        return page(connection, query, records.c.id, limit, cursor, _told)

    def get(self, place: Identifier, record: Identifier, user: Asking, connection: Reading, response: Response) -> Any:
        row = use.read(connection, user, self.kind, place, record)
        response.headers.update(etag(row.version))
        return _told(row)

    def remove(self, place: Identifier, record: Identifier, write: Writes, if_match: IfMatch = None) -> Response:
        version = version_named(if_match)
        return write.silently(lambda change: use.remove(change, write.user, self.kind, place, record, version))


def _writers(kind: Kind, row_in: Any, row_out: Any) -> tuple[Callable[..., JSONResponse], Callable[..., JSONResponse]]:
    """The routes that add and replace; FastAPI reads from their annotations what a body of this kind is."""

    def add(place: Identifier, body: Any, write: Writes, key: Key) -> JSONResponse:
        def do(change: Change) -> Reply:
            row = use.add(change, write.user, kind, place, _draft(body))
            return Reply(row_out(**_told(row)), 201, etag(row.version))

        return write.once(key, do)

    def replace(
        place: Identifier, record: Identifier, body: Any, write: Writes, if_match: IfMatch = None
    ) -> JSONResponse:
        version = version_named(if_match)

        def do(change: Change) -> Reply:
            row = use.replace(change, write.user, kind, place, record, version, _draft(body))
            return Reply(row_out(**_told(row)), headers=etag(row.version))

        return write.change(do)

    add.__annotations__["body"] = replace.__annotations__["body"] = row_in
    return add, replace


def _add_routes(kind: Kind) -> None:
    found, one = _Routes(kind), kind.singular
    base = f"/incidents/{{place}}/{kind.name}" if kind.of_incident else f"/regions/{{place}}/{kind.name}"
    item = base + "/{record}"
    adding, replacing = _writers(kind, found.row_in, found.row_out)
    router.add_api_route(base, found.list_all, operation_id=f"list-{kind.name}", response_model=Page.__class_getitem__(found.row_out),
                         description=f"Records of kind {kind.name}.")  # fmt: skip
    router.add_api_route(base, adding, methods=["POST"], operation_id=f"add-{one}", status_code=201,
                         response_model=found.row_out, description=f"Add a record of kind {kind.name}.")  # fmt: skip
    router.add_api_route(item, found.get, operation_id=f"get-{one}", response_model=found.row_out,
                         description=f"A record of kind {kind.name}.")  # fmt: skip
    router.add_api_route(item, replacing, methods=["PUT"], operation_id=f"change-{one}", response_model=found.row_out,
                         description=f"Change a record of kind {kind.name}.")  # fmt: skip
    router.add_api_route(item, found.remove, methods=["DELETE"], operation_id=f"remove-{one}", status_code=204,
                         response_class=Response, description=f"Remove a record of kind {kind.name}; its versions stay.")  # fmt: skip


for _kind in KINDS.values():
    _add_routes(_kind)
