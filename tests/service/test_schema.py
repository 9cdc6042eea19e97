"""The schema made by the migrations is the one the queries know, on both databases."""

from __future__ import annotations

import sqlalchemy as sa
from tongzhou.service.store.migrate import head, revision, upgrade
from tongzhou.service.store.tables import METADATA


def test_the_migrated_schema_has_the_columns_that_queries_name(engine: sa.Engine) -> None:
    found = sa.inspect(engine)
    for table in METADATA.sorted_tables:
        there = {column["name"] for column in found.get_columns(table.name)}
        assert {column.name for column in table.columns} == there - {"created_xid"}, table.name
    own = {"alembic_version", "posted", "must_post"}
    assert set(found.get_table_names()) - own == set(METADATA.tables)


def test_migrating_twice_changes_nothing(engine: sa.Engine) -> None:
    assert revision(engine) == head()
    upgrade(engine)
    assert revision(engine) == head()
