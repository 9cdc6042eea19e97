"""The database made ready: our schema and the queue's, before anything else touches it."""

from __future__ import annotations

from tongzhou.service.jobs.queue import migrate_queue
from tongzhou.service.store.engine import open_engine
from tongzhou.service.store.migrate import upgrade
from tongzhou.service.store.retrying import retrying


def prepare(database: str) -> None:
    """Make or update the schema. Raises `UsageError` for an address that is none."""
    engine = open_engine(database, pool_size=1)
    try:
        retrying(lambda: upgrade(engine), patience_s=30)
        with engine.connect() as connection:  # one at a time also for the queue's own tables
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SELECT pg_advisory_lock(hashtext('tongzhou-queue'))")
            migrate_queue(database)
    finally:
        engine.dispose()
