"""The ledger of double entries, and the audit chain."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Table
from tongzhou.service.store.tables.metadata import METADATA, instant, json, text, whole

SERIAL = BigInteger().with_variant(Integer, "sqlite")
accounts = Table(
    "accounts", METADATA, Column("id", SERIAL, primary_key=True), text("region"), text("code"), text("party"), text("currency"),
    whole("min_balance"),
)  # fmt: skip
txns = Table(
    "txns", METADATA, text("id", key=True), text("region"), text("idem_key"), text("kind"), text("currency"), text("settlement"),
    text("reverses"), text("memo"), text("approved_by"), text("posted_by"), instant("at"), text("state"),
)  # fmt: skip
entries = Table(
    "entries", METADATA, Column("id", SERIAL, primary_key=True), text("txn"), whole("account"), text("region"), text("currency"),
    whole("amount"),
)  # fmt: skip
reversals = Table(
    "reversals", METADATA, text("id", key=True), text("region"), text("settlement"), text("txn"), text("reason"), text("state"),
    text("asked_by"), instant("asked_at"), text("decided_by"), instant("decided_at"), text("answer"), whole("version"),
)  # fmt: skip
audit = Table(
    "audit", METADATA, whole("seq", key=True), instant("at"), text("actor"), text("action"), text("object"), text("why"),
    json("body"), text("prev_hash"), text("hash"),
)  # fmt: skip
