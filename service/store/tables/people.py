"""Users, their keys and sessions, and the requests they repeated."""

from __future__ import annotations

from sqlalchemy import Table
from tongzhou.service.store.tables.metadata import METADATA, flag, instant, json, text, whole

users = Table(
    "users", METADATA, text("id", key=True), text("name"), text("role"), text("region"), text("city"), text("hazard"),
    text("password_hash"), flag("active"), whole("version"), instant("created_at"),
)  # fmt: skip
api_keys = Table(
    "api_keys", METADATA, text("id", key=True), text("user_id"), text("digest"), text("label"), text("scope"),
    instant("created_at"), instant("expires_at"), instant("revoked_at"),
)  # fmt: skip
sessions = Table(
    "sessions", METADATA, text("digest", key=True), text("user_id"), text("csrf"), instant("created_at"), instant("expires_at")
)  # fmt: skip
idempotency = Table(
    "idempotency", METADATA, text("user_id", key=True), text("key", key=True), text("request_hash"), whole("status"),
    json("response"), instant("created_at"),
)  # fmt: skip
