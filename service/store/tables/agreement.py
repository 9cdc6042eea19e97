"""Lines agreed between two cities, evaluations, objections."""

from __future__ import annotations

from sqlalchemy import Table
from tongzhou.service.store.tables.metadata import METADATA, instant, json, number, text, whole

lines = Table(
    "lines", METADATA, text("id", key=True), text("incident"), text("line"), text("job"), text("kind"), text("origin"),
    text("destination"), text("resource"), number("quantity"), number("depart_h"), number("arrive_h"), number("leave_h"),
    text("need"), text("mode"), text("vehicle"), text("state"), whole("estimate_cents"), whole("limit_cents"), number("cost_share"),
    text("requested_by"), instant("requested_at"), text("offered_by"), instant("offered_at"), text("accepted_by"),
    instant("accepted_at"), text("ordered_by"), text("withdrawn_by_city"), text("reason"), json("actual"), whole("version"),
    instant("updated_at"),
)  # fmt: skip
evaluations = Table(
    "evaluations", METADATA, text("id", key=True), text("incident"), text("subject"), text("assessor"), json("indicators"),
    json("scores"), text("findings"), text("author"), whole("version"), instant("updated_at"),
)  # fmt: skip
objections = Table(
    "objections", METADATA, text("id", key=True), text("region"), text("object"), text("city"), text("text"), text("state"),
    text("answer"), text("raised_by"), text("decided_by"), whole("version"), instant("at"),
)  # fmt: skip
