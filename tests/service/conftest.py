"""A fresh database for each test, on SQLite and on a PostgreSQL cluster of our own."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog
from postgres_cluster import Cluster, find_server
from tongzhou.service.store.engine import open_engine
from tongzhou.service.store.migrate import upgrade

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40), cache_logger_on_first_use=False)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    if find_server() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("PostgreSQL is not installed")
        pytest.skip("PostgreSQL is not installed: sudo apt-get install postgresql")
    with Cluster() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'tongzhou.db'}"
        return
    running: Cluster = request.getfixturevalue("cluster")
    name = f"t{uuid.uuid4().hex}"
    running.create(name)
    yield running.url(name)
    running.drop(name)


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    """An engine on a migrated database."""
    found = open_engine(url)
    try:
        upgrade(found)
        yield found
    finally:
        found.dispose()
