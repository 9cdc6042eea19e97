"""The books of a region are changed by one person at a time: whoever changes them waits for whoever does."""

from __future__ import annotations

import sqlalchemy as sa
from tongzhou.service.store.tables import records, regions


def hold(connection: sa.Connection, region: str) -> None:
    """Hold a region's books until the end of the transaction, so that what is read of them next is what stands (on SQLite every change
    holds the whole database already)."""
    connection.execute(sa.select(regions.c.region).where(regions.c.region == region).with_for_update(key_share=True))


def is_city(connection: sa.Connection, region: str, party: str) -> bool:
    """Whether a party is, or was, a city of the region; any other that pays is a fund, which holds no more than was paid in."""
    known = sa.and_(
        records.c.region == region, records.c.incident.is_(None), records.c.kind == "cities", records.c.key == party
    )
    return connection.execute(sa.select(records.c.id).where(known)).first() is not None
