"""Jobs, what they tell while they run, and the leases of the workers."""

from __future__ import annotations

from sqlalchemy import Table
from tongzhou.service.store.tables.metadata import METADATA, instant, json, number, text, whole

jobs = Table(
    "jobs", METADATA, text("id", key=True), text("kind"), text("region"), text("incident"), text("user_id"), json("parameters"),
    text("input_hash"), text("scenario_hash"), text("base_job"), whole("priority"), text("state"), whole("attempts"), whole("crashes"),
    text("executor"),
    instant("submitted_at"), instant("started_at"), instant("finished_at"), instant("cancel_at"), text("result_hash"), json("error"),
)  # fmt: skip
job_events = Table(
    "job_events", METADATA, text("job", key=True), whole("seq", key=True), instant("at"), text("kind"), json("body")
)
leases = Table("leases", METADATA, text("executor", key=True), text("host"), whole("pid"), number("beat"))
