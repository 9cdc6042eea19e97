"""The shared picture: regions, incidents, the records of both, their versions, documents, notices."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, Table
from tongzhou.service.store.tables.metadata import METADATA, flag, instant, json, text, whole

regions = Table(
    "regions",
    METADATA,
    text("region", key=True),
    text("name"),
    text("name_zh"),
    whole("version"),
    instant("created_at"),
)
incidents = Table(
    "incidents", METADATA, text("incident", key=True), text("region"), text("name"), text("name_zh"), text("hazard"),
    text("situation"), text("mode"), text("state"), instant("start"), json("settings"), whole("version"), instant("created_at"),
)  # fmt: skip
records = Table(
    "records", METADATA, text("id", key=True), text("region"), text("incident"), text("kind"), text("key"), text("city"),
    json("body"), text("source"), instant("confirmed_at"), instant("expires_at"), flag("removed"), whole("version"),
    instant("updated_at"), text("updated_by"),
)  # fmt: skip
versions = Table(
    "versions", METADATA, text("object", key=True), whole("version", key=True), json("body"), instant("at"), text("actor"),
    text("why"),
)  # fmt: skip
documents = Table(
    "documents", METADATA, text("hash", key=True), text("media"), whole("size"), Column("body", LargeBinary), instant("created_at")
)  # fmt: skip
notices = Table(
    "notices", METADATA, text("id", key=True), text("region"), text("incident"), text("city"), text("kind"), json("body"),
    instant("at"), instant("read_at"),
)  # fmt: skip
webhooks = Table(
    "webhooks", METADATA, text("id", key=True), text("user_id"), text("region"), text("city"), text("url"), text("secret"),
    flag("active"), instant("created_at"),
)  # fmt: skip
deliveries = Table(
    "deliveries", METADATA, text("id", key=True), text("webhook"), text("notice"), text("state"), whole("attempts"),
    instant("next_at"), text("answer"),
)  # fmt: skip
