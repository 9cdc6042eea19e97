"""Records written, changed, removed: each change is a version with its author, its reason and its digest in the audit chain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from tongzhou.model.errors import Text
from tongzhou.service.errors import ConflictError, NotFoundError, StaleError
from tongzhou.service.people.rights import Scope, require
from tongzhou.service.people.user import User
from tongzhou.service.people.visible import visible
from tongzhou.service.picture.bodies import check_references, read_body
from tongzhou.service.picture.incidents import incident_row, region_row
from tongzhou.service.picture.kinds import KINDS, Kind, key_text
from tongzhou.service.store.change import Change
from tongzhou.service.store.columns import Flag, instant_text
from tongzhou.service.store.ids import new_id
from tongzhou.service.store.tables import records


@dataclass(frozen=True, slots=True)
class Draft:
    """A record as somebody wants it; `expires_at`: after it the record counts no more (offers)."""

    body: Mapping[str, Any]
    source: str | None = None
    expires_at: datetime | None = None


def there(kind: Kind, place: str) -> sa.ColumnElement[bool]:
    """The records of a kind in a region, or in an incident, that are not removed."""
    where = (
        records.c.incident == place
        if kind.of_incident
        else sa.and_(records.c.region == place, records.c.incident.is_(None))
    )
    return sa.and_(where, records.c.kind == kind.name, records.c.removed == sa.literal(False, Flag))


def read(connection: sa.Connection, user: User, kind: Kind, place: str, record: str) -> sa.Row[Any]:
    """One record. Raises `NotFoundError`, also for what is not the user's to see."""
    found = connection.execute(
        sa.select(records).where(there(kind, place), records.c.id == record, visible(user).records())
    ).first()
    if found is None:
        raise NotFoundError
    return found


def add(change: Change, user: User, kind: Kind, place: str, draft: Draft) -> sa.Row[Any]:
    """Make a record. Raises `ScenarioError`, `ConflictError` where one of the same key is there, `ForbiddenError`."""
    connection = change.connection
    region, incident = _place(connection, user, kind, place)
    body = read_body(kind, draft.body)
    _may_write(change, user, kind, region, incident, body)
    key = _key(connection, region, incident, kind, body)
    same = sa.and_(records.c.region == region, records.c.incident == incident if incident else records.c.incident.is_(None),
                   records.c.kind == kind.name, records.c.key == key)  # fmt: skip
    older = connection.execute(sa.select(records).where(same)).first()
    if older is not None and not older.removed:
        raise ConflictError(Text("there is such a record already; change it instead", "该记录已存在; 请改为修改"))
    values = _values(change, draft, body)
    if older is not None:  # the same thing again: its versions go on
        return _store(change, kind, older.id, {**values, "removed": False, "version": older.version + 1})
    values |= {"id": new_id(), "region": region, "incident": incident, "kind": kind.name, "key": key, "removed": False}
    values |= {"city": body.get(kind.owner) if kind.owner else None, "version": 1}
    connection.execute(records.insert().values(**values))
    return _versioned(change, kind, values["id"], "add")


def replace(change: Change, user: User, kind: Kind, place: str, record: str, version: int, draft: Draft) -> sa.Row[Any]:
    """Change a record; its key stays. Raises `StaleError` where it was changed since that version."""
    older = read(change.connection, user, kind, place, record)
    body = read_body(kind, draft.body)
    _may_write(change, user, kind, older.region, older.incident, body)
    _may_write(change, user, kind, older.region, older.incident, older.body, refer=False)
    if kind.key and key_text(kind, body) != older.key:
        names = ", ".join(kind.key)
        raise ConflictError(Text(f"{names} cannot be changed; remove the record and add another",
                                 f"{names} 不可更改; 请删除后重新添加"))  # fmt: skip
    if older.version != version:
        raise StaleError(older.version)
    return _store(change, kind, record, {**_values(change, draft, body), "version": version + 1})


def remove(change: Change, user: User, kind: Kind, place: str, record: str, version: int) -> None:
    """Remove a record; its versions stay."""
    older = read(change.connection, user, kind, place, record)
    _may_write(change, user, kind, older.region, older.incident, older.body, refer=False)
    if older.version != version:
        raise StaleError(older.version)
    values = {"removed": True, "version": version + 1, "updated_at": change.at, "updated_by": change.actor}
    _store(change, kind, record, values, "remove")


def _place(connection: sa.Connection, user: User, kind: Kind, place: str) -> tuple[str, str | None]:
    if not kind.of_incident:
        return region_row(connection, user, place).region, None
    found = incident_row(connection, user, place)
    if found.state == "closed":
        raise ConflictError(Text("the incident is closed", "该事件已关闭"))
    return found.region, found.incident


def _may_write(
    change: Change,
    user: User,
    kind: Kind,
    region: str,
    incident: str | None,
    body: Mapping[str, Any],
    *,
    refer: bool = True,
) -> None:
    hazard = incident_row(change.connection, user, incident).hazard if incident else None
    scope = require(user, kind.writes, city=body.get(kind.owner) if kind.owner else None, hazard=hazard)
    if scope is not Scope.EVERYTHING and region != user.region:
        raise NotFoundError
    if refer:
        check_references(change.connection, region, incident, kind, body)


def _key(connection: sa.Connection, region: str, incident: str | None, kind: Kind, body: Mapping[str, Any]) -> str:
    key = key_text(kind, body)
    if kind.key:
        return key
    same = sa.and_(records.c.region == region, records.c.incident == incident, records.c.kind == kind.name)
    count = connection.execute(
        sa.select(sa.func.count()).where(same, records.c.key.startswith(key, autoescape=True))
    ).scalar_one()
    return f"{key}\n#{count}"


def _values(change: Change, draft: Draft, body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "body": body, "source": draft.source, "expires_at": draft.expires_at, "confirmed_at": change.at,
        "updated_at": change.at, "updated_by": change.actor,
    }  # fmt: skip


def _store(change: Change, kind: Kind, record: str, values: Mapping[str, Any], action: str = "change") -> sa.Row[Any]:
    change.connection.execute(records.update().where(records.c.id == record).values(**values))
    return _versioned(change, kind, record, action)


def _versioned(change: Change, kind: Kind, record: str, action: str) -> sa.Row[Any]:
    row = change.connection.execute(sa.select(records).where(records.c.id == record)).one()
    change.keep_version(f"{action}-{kind.singular}", f"record:{record}", row.version, kept(row))
    return row


def kept(row: sa.Row[Any]) -> dict[str, Any]:
    """What a version of a record keeps."""
    return {
        "kind": row.kind, "region": row.region, "incident": row.incident, "body": row.body, "source": row.source,
        "removed": row.removed, "expires_at": None if row.expires_at is None else instant_text(row.expires_at),
    }  # fmt: skip


def kind_named(name: str) -> Kind:
    """Raises `NotFoundError` for an unknown kind."""
    if name not in KINDS:
        raise NotFoundError
    return KINDS[name]
