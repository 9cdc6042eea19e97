"""The tables as queries see them; what the database enforces about them stands in `../sql`."""

from tongzhou.service.store.tables.agreement import evaluations, lines, objections
from tongzhou.service.store.tables.claims import claims, cost_lines, evidence, offsets, settlements
from tongzhou.service.store.tables.jobs import job_events, jobs, leases
from tongzhou.service.store.tables.ledger import accounts, audit, entries, reversals, txns
from tongzhou.service.store.tables.metadata import METADATA
from tongzhou.service.store.tables.people import api_keys, idempotency, sessions, users
from tongzhou.service.store.tables.picture import (
    deliveries,
    documents,
    incidents,
    notices,
    records,
    regions,
    versions,
    webhooks,
)

__all__ = [
    "METADATA", "accounts", "api_keys", "audit", "claims", "cost_lines", "deliveries", "documents", "entries", "evaluations",
    "evidence", "idempotency", "incidents", "job_events", "jobs", "leases", "lines", "notices", "objections", "offsets", "records",
    "regions", "reversals", "sessions", "settlements", "txns", "users", "versions", "webhooks",
]  # fmt: skip
