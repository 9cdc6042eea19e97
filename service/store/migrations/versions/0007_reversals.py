"""Reversals that two people agree on: see sql/0007_reversals."""

from __future__ import annotations

from tongzhou.service.store.migrate import run_file

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table."""
    run_file("0007_reversals")
