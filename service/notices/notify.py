"""Who is told what: each notice is kept for its city and put into the outbox of the webhooks that listen for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from tongzhou.service.store.change import Change
from tongzhou.service.store.columns import Flag
from tongzhou.service.store.ids import new_id
from tongzhou.service.store.tables import deliveries, incidents, notices, records, webhooks

NEAR_H = 6.0
"""A city whose lanes reach an origin or affected city within so many hours is likely to be affected too, or to be asked for aid."""


def notify(
    change: Change, region: str, cities: Iterable[str], kind: str, body: dict[str, Any], incident: str | None = None
) -> None:
    """Tell cities something; webhooks of the region's own users hear it too."""
    for city in sorted(set(cities)):
        notice = new_id()
        values = {
            "id": notice,
            "region": region,
            "incident": incident,
            "city": city,
            "kind": kind,
            "body": body,
            "at": change.at,
        }
        change.connection.execute(notices.insert().values(**values))
        change.audit("notify", f"notice:{notice}", city=city, kind=kind, incident=incident)
        listening = change.connection.execute(
            sa.select(webhooks.c.id).where(
                webhooks.c.region == region, webhooks.c.active == sa.literal(True, Flag),
                sa.or_(webhooks.c.city.is_(None), webhooks.c.city == city),
            )
        ).scalars().all()  # fmt: skip
        for webhook in listening:
            change.connection.execute(
                deliveries.insert().values(
                    id=new_id(), webhook=webhook, notice=notice, state="waiting", attempts=0, next_at=change.at
                )
            )


def likely_affected(connection: sa.Connection, incident: str) -> dict[str, str]:
    """City to why it is told of an emergency: its role, or how near it is to the origin and the affected cities.

    Where the risk spreads, or comes from a shared source, neighbours within `NEAR_H` may be next; separate incidents stay where they are.
    """
    found = connection.execute(sa.select(incidents).where(incidents.c.incident == incident)).one()
    here = sa.and_(records.c.removed == sa.literal(False, Flag), records.c.region == found.region)
    roles = connection.execute(
        sa.select(records.c.body).where(here, records.c.incident == incident, records.c.kind == "roles")
    ).scalars().all()  # fmt: skip
    told = {row["city"]: row["role"] for row in roles if row["role"] != "hub"}
    if found.situation == "separate":
        return told
    struck = {row["city"] for row in roles if row["role"] in ("origin", "affected")}
    lanes = connection.execute(
        sa.select(records.c.body).where(here, records.c.incident.is_(None), records.c.kind == "links")
    ).scalars()
    for lane in lanes:
        ends = {lane["origin"], lane["destination"]}
        if lane["travel_h"] <= NEAR_H and ends & struck:
            for city in ends - set(told):
                told[city] = f"{lane['travel_h']:g} h from {', '.join(sorted(ends & struck))}"
    return told
