"""Agreement: see sql/0004_agreement."""

from __future__ import annotations

from tongzhou.service.store.migrate import run_file

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables."""
    run_file("0004_agreement")
