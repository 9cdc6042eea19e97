"""Jobs: see sql/0003_jobs."""

from __future__ import annotations

from tongzhou.service.store.migrate import run_file

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
    run_file("0003_jobs")
