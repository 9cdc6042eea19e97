"""Picture: see sql/0002_picture."""

from __future__ import annotations

from tongzhou.service.store.migrate import run_file

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    run_file("0002_picture")
