"""The schema made by the migrations is the one the queries know, on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from tongzhou.service.store.engine import open_engine
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


@pytest.mark.parametrize("before", ["0002", "0003", "0004", "0005"])
def test_a_database_of_an_earlier_schema_keeps_its_data(url: str, before: str) -> None:
    engine = open_engine(url)
    try:
        upgrade(engine, before)
        assert revision(engine) == before
        row = "INSERT INTO regions (region, name, version, created_at) VALUES ('r', '河', 1, '2026-01-01T00:00:00.000000Z')"
        with engine.begin() as connection:
            connection.execute(sa.text(row))
        upgrade(engine)
        assert revision(engine) == head()
        with engine.connect() as connection:
            assert connection.execute(sa.text("SELECT name FROM regions")).scalar() == "河"
    finally:
        engine.dispose()
