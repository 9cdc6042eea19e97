"""Claims: see sql/0005_claims."""

from __future__ import annotations

from tongzhou.service.store.migrate import run_file

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables."""
    run_file("0005_claims")
