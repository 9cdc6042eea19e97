"""Claims with their cost lines, evidence and offsets; settlements on their way to the ledger."""

from __future__ import annotations

from sqlalchemy import Table
from tongzhou.service.store.tables.metadata import METADATA, instant, number, text, whole

claims = Table(
    "claims", METADATA, text("id", key=True), text("region"), text("incident"), text("city"), text("line"), text("state"),
    text("reason_code"), text("reason"), text("legal_basis"), instant("deadline"), instant("retain_until"), whole("version"),
    text("claimed_by"), instant("claimed_at"), text("decided_by"), instant("decided_at"), instant("created_at"),
)  # fmt: skip
cost_lines = Table(
    "cost_lines", METADATA, text("id", key=True), text("claim"), text("category"), text("description"), text("quantity"),
    text("unit"), text("rate"), text("rate_source"), text("rate_version"), whole("cents"), whole("tax_cents"), text("place"),
    instant("from_at"), instant("until_at"), number("operated_h"), number("standby_h"), text("rule"), whole("approved_cents"),
    text("reason_code"),
)  # fmt: skip
evidence = Table(
    "evidence", METADATA, text("id", key=True), text("claim"), text("kind"), text("name"), text("hash"), text("added_by"),
    text("verified_by"), instant("verified_at"),
)  # fmt: skip
offsets = Table(
    "offsets", METADATA, text("id", key=True), text("claim"), text("kind"), whole("cents"), text("reference")
)
settlements = Table(
    "settlements", METADATA, text("id", key=True), text("region"), text("incident"), text("job"), text("document"), text("state"),
    text("proposed_by"), text("approved_by"), text("posted_by"), text("reason"), whole("version"), instant("updated_at"),
)  # fmt: skip
