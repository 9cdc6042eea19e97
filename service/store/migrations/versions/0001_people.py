"""People: see sql/0001_people."""

from __future__ import annotations

from tongzhou.service.store.migrate import run_file

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    run_file("0001_people")
