"""Objections of a city to what is recorded of it: raised by the city, decided by the third party."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from tongzhou.model.errors import Text
from tongzhou.service.agreement.lines import read_line
from tongzhou.service.errors import ConflictError, ForbiddenError, NotFoundError, StaleError
from tongzhou.service.people.rights import Action, require
from tongzhou.service.people.user import User
from tongzhou.service.people.visible import visible
from tongzhou.service.store.change import Change
from tongzhou.service.store.ids import new_id
from tongzhou.service.store.tables import evaluations, objections


def raise_objection(change: Change, user: User, object_: str, text: str) -> sa.Row[Any]:
    """Object to a line of one's own in the trust record (`line:ID`) or to an evaluation of oneself (`evaluation:ID`)."""
    require(user, Action.OBJECT)
    assert user.city is not None
    assert user.region is not None
    _must_concern(change, user, object_)
    row = {
        "id": new_id(), "region": user.region, "object": object_, "city": user.city, "text": text, "state": "open",
        "raised_by": user.id, "version": 1, "at": change.at,
    }  # fmt: skip
    change.connection.execute(objections.insert().values(**row))
    return _versioned(change, str(row["id"]), "object")


def _must_concern(change: Change, user: User, object_: str) -> None:
    kind, _, number = object_.partition(":")
    if kind == "line":
        if read_line(change.connection, user, number).origin == user.city:
            return
    elif kind == "evaluation":
        mine = sa.and_(evaluations.c.id == number, evaluations.c.subject == user.city, visible(user).evaluations())
        if change.connection.execute(sa.select(evaluations.c.id).where(mine)).first() is not None:
            return
    raise NotFoundError


def decide_objection(
    change: Change, user: User, objection: str, version: int, *, uphold: bool, answer: str
) -> sa.Row[Any]:
    """Uphold (what it is about counts no more) or reject, with an answer; never by who raised it."""
    require(user, Action.DECIDE_OBJECTIONS)
    mine = sa.and_(objections.c.id == objection, visible(user).objections())
    found = change.connection.execute(sa.select(objections).where(mine)).first()
    if found is None:
        raise NotFoundError
    if found.version != version:
        raise StaleError(found.version)
    if found.state != "open":
        raise ConflictError(Text("the objection is decided already", "该异议已裁定"))
    if found.raised_by == user.id:
        raise ForbiddenError(Text("an objection is decided by somebody else", "异议须由他人裁定"))
    values = {
        "state": "upheld" if uphold else "rejected",
        "answer": answer,
        "decided_by": user.id,
        "version": version + 1,
    }
    change.connection.execute(objections.update().where(objections.c.id == objection).values(**values))
    return _versioned(change, objection, "decide-objection")


def _versioned(change: Change, objection: str, action: str) -> sa.Row[Any]:
    row = change.connection.execute(sa.select(objections).where(objections.c.id == objection)).one()
    body = {name: value for name, value in row._mapping.items() if name not in ("id", "version", "at")}
    change.keep_version(action, f"objection:{objection}", row.version, body)
    return row
