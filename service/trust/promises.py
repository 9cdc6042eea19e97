"""The trust record: each city's binding lines as promises, what became of them, with the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from tongzhou.model.reliability import Promise, Reliability, reliability
from tongzhou.service.store.tables import incidents, lines, objections

DAY_S = 86400.0


@dataclass(frozen=True, slots=True)
class Kept:
    """One promise of a city, where it can be looked up, and whether an objection took it out of the record."""

    line: str
    incident: str
    city: str
    resource: str
    promise: Promise
    outcome: str
    evidence: str | None
    struck: bool


def promises_of(connection: sa.Connection, region: str, city: str | None, now: datetime) -> Iterator[Kept]:
    """What cities of a region (or one) promised and has come due: arrived, or withdrawn by the giver itself."""
    due = sa.or_(lines.c.state.in_(("arrived", "returned")),
                 sa.and_(lines.c.state == "withdrawn", lines.c.withdrawn_by_city == lines.c.origin))  # fmt: skip
    rows = connection.execute(
        sa.select(lines)
        .join(incidents, incidents.c.incident == lines.c.incident)
        .where(incidents.c.region == region, due, sa.true() if city is None else lines.c.origin == city)
        .order_by(lines.c.origin, lines.c.id)
    ).all()
    struck = _struck(connection, region)
    for row in rows:
        yield Kept(
            row.id, row.incident, row.origin, row.resource, _promise(row, now), row.state,
            (row.actual or {}).get("evidence") or row.reason, row.id in struck,
        )  # fmt: skip


def _promise(row: sa.Row[Any], now: datetime) -> Promise:
    promised_h = row.arrive_h - row.depart_h
    age = (now - row.updated_at).total_seconds() / DAY_S
    if row.state == "withdrawn":
        return Promise(row.quantity, 0.0, promised_h, promised_h, age)
    came = row.actual["arrived_h"] - row.depart_h  # leaving late is late too
    return Promise(row.quantity, row.actual["accepted"], promised_h, came, age)


def _struck(connection: sa.Connection, region: str) -> set[str]:
    upheld = connection.execute(
        sa.select(objections.c.object).where(objections.c.region == region, objections.c.state == "upheld")
    ).scalars()
    return {name.removeprefix("line:") for name in upheld if name.startswith("line:")}


def reliability_by_city(connection: sa.Connection, region: str, now: datetime) -> dict[str, Reliability]:
    """Every city of the region that has promised anything."""
    by_city: dict[str, list[Promise]] = {}
    for item in promises_of(connection, region, None, now):
        if not item.struck:
            by_city.setdefault(item.city, []).append(item.promise)
    return {city: reliability(found) for city, found in by_city.items()}
