"""Ledger: see sql/0006_ledger."""

from __future__ import annotations

from tongzhou.service.store.migrate import run_file

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables."""
    run_file("0006_ledger")
