"""The same requests to the service on SQLite and on PostgreSQL get the same answers, but for ids, moments and what is hashed over them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from incident_steps import claim_for, deliver, sign
from postgres_cluster import Cluster
from service_world import INCIDENT, REGION, World, world

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
HASH = re.compile(r"\b[0-9a-f]{64}\b")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
LEFT_OUT = ("cpu_s", "wall_s", "age_days", "reference", "transaction", "mean", "low", "high", "weight")
"""Seconds, ages and what is reckoned from them; references carry a part of a hash."""


def normal(text: str) -> Any:
    """An answer with its ids numbered as they appear, its moments and hashes named as such."""
    seen: dict[str, str] = {}
    plain = ID.sub(lambda found: seen.setdefault(found[0], f"id-{len(seen)}"), text)
    plain = MOMENT.sub("moment", HASH.sub("hash", plain))
    try:
        return _without(json.loads(plain))
    except ValueError:
        return re.sub(r"[0-9a-f]{6,}", "hash", plain)


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without(inner) for key, inner in value.items() if key not in LEFT_OUT}
    return [_without(inner) for inner in value] if isinstance(value, list) else value


def drive(there: World) -> list[tuple[str, str, int, Any]]:
    """Everything from the picture to the ledger, with refusals of every kind on the way; all answers."""
    told: list[tuple[str, str, int, Any]] = []

    def keep(answer: Any) -> None:
        answer.read()
        told.append(
            (answer.request.method, ID.sub("id", answer.request.url.path), answer.status_code, normal(answer.text))
        )

    there.client.event_hooks["response"].append(keep)
    coordinator, officer = there.as_("coordinator"), there.as_("city-officer river-city")
    finance, second, superior = (
        there.as_("coordinator-finance"),
        there.as_("coordinator-finance 2"),
        there.as_("superior"),
    )
    for kind in ("cities", "resources", "stocks", "fleets", "links"):
        for who in (coordinator, officer, superior):
            who.all(f"/v1/regions/{REGION}/{kind}")
    stock = officer.all(f"/v1/regions/{REGION}/stocks")[0]
    officer.put(f"/v1/regions/{REGION}/stocks/{stock['id']}", {"body": {**stock["body"], "quantity": 61}}, version=1)
    officer.put(f"/v1/regions/{REGION}/stocks/{stock['id']}", {"body": stock["body"]}, expect=412, version=1)
    officer.post(f"/v1/regions/{REGION}/stocks", {"body": stock["body"]}, expect=409)
    officer.post(f"/v1/regions/{REGION}/stocks", {"body": {**stock["body"], "resource": "watr"}}, expect=422)
    officer.all(f"/v1/records/{stock['id']}/versions")
    coordinator.post(f"/v1/regions/{REGION}/targets", {"body": {"resource": "tents", "per_10000": 5, "reach_h": 4}})
    coordinator.get(f"/v1/regions/{REGION}/coverage")
    settings = coordinator.get(f"/v1/incidents/{INCIDENT}")["settings"]
    coordinator.put(f"/v1/incidents/{INCIDENT}", {"settings": settings, "state": "emergency"}, version=1)
    job = there.plan()
    coordinator.get(f"/v1/jobs/{job}/result")
    coordinator.post(f"/v1/jobs/{job}/proposals")
    lines = sorted(coordinator.all(f"/v1/incidents/{INCIDENT}/lines"), key=lambda row: row["line"])
    for line in lines:
        claim_for(there, deliver(there, sign(there, line)))
    finance.post(f"/v1/incidents/{INCIDENT}/jobs", {"kind": "settle", "base_job": job, "time_limit_s": 60})
    assert there.run_jobs() == ["done"]
    (row,) = finance.all(f"/v1/incidents/{INCIDENT}/settlements")
    path = f"/v1/settlements/{row['id']}"
    row = superior.post(f"{path}/approval", {}, version=row["version"])
    second.post(f"{path}/posting", {}, version=row["version"])
    for transfer in finance.get(f"{path}/document")["transfers"]:
        second.post(f"{path}/payments/{transfer['reference']}")
    finance.get(f"/v1/regions/{REGION}/trial-balance")
    finance.all(f"/v1/regions/{REGION}/transactions")
    officer.get(f"/v1/regions/{REGION}/trust/river-city")
    there.as_("city-finance hill-city").call("GET", f"{path}/statements/hill-city")
    there.as_("evaluator").all("/v1/audit")
    return told


def test_the_answers_are_the_same(cluster: Cluster, tmp_path: Path) -> None:
    cluster.create("twin")
    answers = []
    for url in (f"sqlite:///{tmp_path / 'twin.db'}", cluster.url("twin")):
        with world(url) as there:
            answers.append(drive(there))
    cluster.drop("twin")
    on_sqlite, on_postgresql = answers
    assert len(on_sqlite) > 80
    for one, other in zip(on_sqlite, on_postgresql, strict=True):
        assert one == other
