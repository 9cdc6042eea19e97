"""Every route for every role, on its own city's things, another city's, another region's: generated from the application's routes.

`ALLOWED` says for each operation which roles may use it on what; everything else must be refused (401, 403, 404). A route without an
entry fails, so that none comes in unseen. What is allowed may still be refused for other reasons (state, version, body): the matrix asks
only whether the right was there.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from service_world import ELSEWHERE, INCIDENT, REGION, World, world
from tongzhou.model.domain.column import Column
from tongzhou.scenarios.files import document_text
from tongzhou.scenarios.template import example
from tongzhou.service.api.app import ROUTERS
from tongzhou.service.picture.kinds import KINDS

COORDINATOR, OFFICER, TREASURER = "coordinator", "city-officer", "city-finance"
FINANCE, EVALUATOR, SUPERIOR, ADMIN = "coordinator-finance", "evaluator", "superior", "administrator"
ROLES = (COORDINATOR, OFFICER, TREASURER, FINANCE, EVALUATOR, SUPERIOR, ADMIN)
IN_REGION = {COORDINATOR, OFFICER, TREASURER, FINANCE, EVALUATOR, SUPERIOR}
CITIES = {OFFICER, TREASURER}
ANYBODY = set(ROLES)
REFUSED = (401, 403, 404)
SETTINGS = {"name": "x", "start": "2026-01-01T00:00:00+08:00", "period_h": 6, "periods": 4}
MINE, THEIRS, FAR = "river-city", "hill-city", "far-city"

# Operation -> roles that may use it on things of the region, and (own) roles that may use it on their own city's things only.
Right = tuple[set[str], set[str]]


def _records() -> dict[str, Right]:
    found: dict[str, Right] = {}
    writers: dict[str, Right] = {
        "manage-picture": ({COORDINATOR}, set()), "write-holdings": (set(), {OFFICER}), "write-offers": (set(), {OFFICER}),
        "write-needs": ({COORDINATOR}, {OFFICER}), "manage-incident": ({COORDINATOR}, set()), "write-terms": ({COORDINATOR, FINANCE}, set()),
    }  # fmt: skip
    for kind in KINDS.values():
        secret = kind.name in ("stocks", "fleets", "arrivals")
        found[f"list-{kind.name}"] = (
            IN_REGION | {ADMIN},
            set(),
        )  # lists hold what one may see; secrets are looked at below
        found[f"get-{kind.singular}"] = ({COORDINATOR, EVALUATOR}, CITIES) if secret else (IN_REGION | {ADMIN}, set())
        for verb in ("add", "change", "remove"):
            found[f"{verb}-{kind.singular}"] = writers[kind.writes.value]
    return found


ALLOWED: Mapping[str, Right] = {
    **_records(),
    "get-health": (ANYBODY, set()), "get-readiness": (ANYBODY, set()), "get-metrics": (ANYBODY, set()),
    "sign-in": (ANYBODY, set()), "sign-out": (ANYBODY, set()), "who-am-i": (ANYBODY, set()), "add-key": (ANYBODY, set()),
    "revoke-key": (set(), set()),  # none of the test's keys is the caller's own: unknown to all
    "list-users": (ANYBODY, set()), "add-user": ({ADMIN}, set()), "add-user-key": ({ADMIN}, set()), "end-user": ({ADMIN}, set()),
    "list-regions": (ANYBODY, set()), "add-region": ({ADMIN}, set()), "get-region": (IN_REGION | {ADMIN}, set()),
    "get-coverage": (IN_REGION, set()), "list-incidents": (IN_REGION | {ADMIN}, set()), "add-incident": ({COORDINATOR}, set()),
    "get-incident": (IN_REGION | {ADMIN}, set()), "change-incident": ({COORDINATOR}, set()),
    "import-scenario": ({COORDINATOR, ADMIN}, set()), "import-workbook": ({COORDINATOR, ADMIN}, set()),
    "export-workbook": ({COORDINATOR, FINANCE, EVALUATOR}, set()), "export-scenario": ({COORDINATOR, FINANCE, EVALUATOR}, set()),
    "list-record-versions": ({COORDINATOR, EVALUATOR}, CITIES), "send-notice": ({COORDINATOR}, set()),
    "list-notices": ({COORDINATOR, *CITIES}, set()), "read-notice": ({COORDINATOR}, CITIES),
    "list-webhooks": ({COORDINATOR, *CITIES}, set()), "add-webhook": ({COORDINATOR, *CITIES}, set()), "remove-webhook": (set(), set()),
    "submit-job": ({COORDINATOR}, set()), "list-jobs": (ANYBODY, set()), "get-job": (IN_REGION, set()), "cancel-job": ({COORDINATOR}, set()),
    "get-result": ({COORDINATOR, FINANCE, EVALUATOR}, set()), "get-job-scenario": ({COORDINATOR, FINANCE, EVALUATOR}, set()),
    "get-city-sheet": ({COORDINATOR, FINANCE, EVALUATOR}, CITIES), "propose-lines": ({COORDINATOR}, set()), "watch-job": (IN_REGION, set()),
    "list-lines": (IN_REGION | {ADMIN}, set()), "get-line": ({COORDINATOR, FINANCE, EVALUATOR}, CITIES), "step-line": (set(), {OFFICER}),
    "open-claim": (set(), {TREASURER}), "list-claims": ({FINANCE, EVALUATOR, *CITIES}, set()), "get-claim": ({FINANCE, EVALUATOR}, CITIES),
    "add-cost": (set(), {TREASURER}), "add-evidence": (set(), {TREASURER}), "add-offset": (set(), {TREASURER}),
    "verify-evidence": ({FINANCE}, set()), "step-claim": (set(), {TREASURER}),
    "list-settlements": (IN_REGION | {ADMIN}, set()), "get-settlement": ({COORDINATOR, FINANCE, EVALUATOR, SUPERIOR}, set()),
    "get-settlement-document": ({COORDINATOR, FINANCE, EVALUATOR, SUPERIOR}, set()),
    "get-statement": ({FINANCE, EVALUATOR, SUPERIOR}, CITIES), "approve-settlement": ({FINANCE, SUPERIOR}, set()),
    "reject-settlement": ({FINANCE, SUPERIOR}, set()), "post-settlement": ({FINANCE}, set()), "ask-settlement-reversal": ({FINANCE}, set()),
    "pay-transfer": ({FINANCE}, set()), "list-transactions": ({FINANCE, EVALUATOR}, set()), "get-transaction": ({FINANCE, EVALUATOR}, set()),
    "ask-transaction-reversal": ({FINANCE}, set()), "list-reversals": ({COORDINATOR, FINANCE, EVALUATOR, SUPERIOR}, set()),
    "get-reversal": ({COORDINATOR, FINANCE, EVALUATOR, SUPERIOR}, set()), "approve-reversal": ({FINANCE, SUPERIOR}, set()),
    "refuse-reversal": ({FINANCE, SUPERIOR}, set()), "get-trial-balance": ({FINANCE, EVALUATOR}, set()),
    "list-netted-transfers": ({FINANCE, EVALUATOR}, set()), "list-fund-balances": ({FINANCE, EVALUATOR}, set()), "pay-in-fund": ({FINANCE}, set()),
    "list-evaluations": (IN_REGION | {ADMIN}, set()), "evaluate": ({COORDINATOR, EVALUATOR}, {OFFICER}),
    "get-trust": ({COORDINATOR, EVALUATOR, SUPERIOR}, CITIES), "list-objections": ({COORDINATOR, EVALUATOR, SUPERIOR, *CITIES}, set()),
    "get-objection": ({COORDINATOR, EVALUATOR, SUPERIOR}, CITIES), "raise-objection": (set(), CITIES), "rule-objection": ({EVALUATOR}, set()),
    "list-audit": ({EVALUATOR, ADMIN}, set()), "get-audit-head": (ANYBODY, set()),
}  # fmt: skip


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    far = replace(example().cities[0], city=FAR, name="Far City", role="contributor")
    problem = example().replace(cities=(*example().cities, far))
    with world(f"sqlite:///{tmp_path_factory.mktemp('matrix') / 't.db'}", problem) as found:
        yield found


@pytest.fixture(scope="module")
def objects(there: World) -> dict[str, dict[str, str]]:
    """Path parameters of things of the caller's city, of another city, and of another region."""
    coordinator = there.as_(COORDINATOR)
    job = there.plan()
    coordinator.post(f"/v1/jobs/{job}/proposals")
    lines = coordinator.all(f"/v1/incidents/{INCIDENT}/lines")
    foreign = there.as_(f"foreign {COORDINATOR}")
    other_job = foreign.post("/v1/incidents/other-incident/jobs", {"kind": "plan", "time_limit_s": 30})["id"]
    there.run_jobs()
    foreign.post(f"/v1/jobs/{other_job}/proposals")
    other_line = foreign.all("/v1/incidents/other-incident/lines")[0]["id"]
    common = {"region": REGION, "incident": INCIDENT, "job": job, "line": lines[0]["id"], "city": MINE, "subject": MINE, "step": "decline",
              "user_id": there.users["superior"].id, "item": "none", "reference": "none", "key_id": "none", "webhook": "none"}  # fmt: skip
    unknown = {
        "claim": "none",
        "settlement": "none",
        "txn": "none",
        "reversal": "none",
        "objection": "none",
        "notice": "none",
    }
    return {
        "own": {**common, **unknown},
        "foreign": {**common, **unknown, "city": THEIRS, "subject": THEIRS},
        "elsewhere": {**common, **unknown, "region": ELSEWHERE, "incident": "other-incident", "job": other_job, "line": other_line},
    }  # fmt: skip


def routes(there: World) -> list[APIRoute]:
    del there
    return [route for module in ROUTERS for route in module.router.routes if isinstance(route, APIRoute)]


def test_every_route_has_an_entry_and_every_entry_a_route(there: World) -> None:
    assert {route.operation_id for route in routes(there)} == set(ALLOWED)


def _name(role: str, city: str = MINE) -> str:
    return f"{role} {city}" if role in CITIES else role


UNKNOWN_TO_ALL = {"claim", "settlement", "txn", "reversal", "objection", "notice", "key_id", "webhook"}


def _record_of(there: World, operation: str, path: str, place: str, city: str) -> str:
    """A record of the route's kind, of the city where the kind belongs to one."""
    kind = next(item for item in KINDS.values() if path.split("/")[4] == item.name)
    region = REGION if place in (REGION, INCIDENT) else ELSEWHERE
    seer = there.as_("coordinator" if region == REGION else "foreign coordinator")
    base = "/v1/incidents" if kind.of_incident else "/v1/regions"
    found = seer.all(f"{base}/{place}/{kind.name}")
    mine = [row for row in found if kind.owner is None or row["body"][kind.owner] == city]
    return str((mine or [{"id": "none"}])[0]["id"])


def _body_of(operation: str, city: str) -> dict[str, Any]:
    """A body that passes the first look, where the right depends on what it says."""
    kind = operation.partition("-")[2]
    scores = dict.fromkeys(("timeliness", "sufficiency", "cost", "information"), 3)
    bodies: dict[str, dict[str, Any]] = {
        "evaluate": {"scores": scores, "findings": "x"}, "add-key": {"label": "x"}, "add-webhook": {"url": "https://example.org/"},
        "submit-job": {"kind": "plan"}, "rule-objection": {"uphold": True, "answer": "x"}, "send-notice": {"cities": [city], "text": "x"},
        "raise-objection": {"object": f"line:{uuid.uuid4()}", "text": "x"}, "change-incident": {"settings": SETTINGS, "state": "normal"},
        "add-incident": {"incident": f"i-{uuid.uuid4().hex}", "settings": SETTINGS},
        "import-scenario": {"incident": f"i-{uuid.uuid4().hex}", "scenario": json.loads(document_text(example()))},
        "reject-settlement": {"reason": "x"},
        "ask-settlement-reversal": {"reason": "x"},
        "ask-transaction-reversal": {"reason": "x"}, "refuse-reversal": {"reason": "x"},
        "add-user": {"name": f"u-{uuid.uuid4().hex}", "role": "administrator"}, "add-user-key": {"label": "x"},
        "add-region": {"region": f"r-{uuid.uuid4().hex}", "name": "x"}, "step-line": {"reason": "x"},
        "add-evidence": {"kind": "work", "name": "x", "hash": "0" * 64}, "add-offset": {"kind": "grant", "cents": 1, "reference": "x"},
        "add-cost": {"category": "travel", "description": "x", "quantity": "1", "unit": "h", "rate": "1", "rate_source": "x",
                     "rate_version": "1"},
    }  # fmt: skip
    known = next((item for item in KINDS.values() if item.singular == kind), None)
    if known is not None and operation not in bodies:
        return {
            "body": {name: _cell(column, name, city) for name, column in known.columns.items() if not column.optional}
        }
    return bodies.get(operation, {})


def _cell(column: Column, name: str, city: str) -> Any:
    """Any value that the column takes; cities are the one asked about."""
    if column.refers == "cities":
        return city
    if column.refers is not None:
        return {"resources": "water", "needs": "N1", "incidents": "x"}[column.refers]
    if column.kind in ("id", "text"):
        return f"x-{uuid.uuid4().hex}"
    if column.kind == "choice":
        return column.choices[0]
    if column.kind == "words":
        return column.choices[0]
    if column.kind in ("amount", "rate"):
        return "1"
    return 1


SKIPPED_WHILE_RUNNING = {"sign-in", "sign-out", "watch-job"}  # need no right, or never end by themselves


@pytest.mark.parametrize("place", ["own", "foreign", "elsewhere"])
@pytest.mark.parametrize("role", ROLES)
def test_the_matrix(there: World, objects: dict[str, dict[str, str]], role: str, place: str) -> None:
    wrong = []
    city = THEIRS if place == "foreign" else MINE
    for route in routes(there):
        operation = str(route.operation_id)
        if operation in SKIPPED_WHILE_RUNNING or operation == "end-user":
            continue
        names = dict(objects[place])
        if "{place}" in route.path:
            names["place"] = names["incident"] if "/incidents/" in route.path else names["region"]
            if "{record}" in route.path:
                names["record"] = _record_of(there, operation, route.path, names["place"], city)
        elif operation == "list-record-versions":
            names["record"] = _record_of(there, operation, "/v1/regions/x/stocks", names["region"], city)
        seen_by = (
            FAR if place == "foreign" and operation in ("get-line", "step-line") else MINE
        )  # lines concern both their cities
        status = _status(there, _name(role, seen_by), route, names, _body_of(operation, city))
        everywhere, own = ALLOWED[operation]
        has_right = role in everywhere or (role in own and place == "own")
        if place == "elsewhere" and "{" in route.path and role != ADMIN and _belongs_to_a_place(route.path):
            has_right = False
        missing = UNKNOWN_TO_ALL & set(_parameters(route.path)) or "none" in {
            names.get(name) for name in _parameters(route.path)
        }
        if status >= 500 and operation != "get-readiness":  # there is no worker here
            wrong.append(f"{operation}: {status}")
        elif not has_right and status not in REFUSED and not _lists_nothing_foreign(operation, place):
            wrong.append(f"{role} {operation} on {place}: {status}, but has no right")
        elif has_right and status in REFUSED and not missing and not _one_side_only(operation, role):
            wrong.append(f"{role} {operation} on {place}: {status}, but has the right")
    assert not wrong, "\n".join(wrong)


def _parameters(path: str) -> list[str]:
    return [part.strip("{}") for part in path.split("/") if part.startswith("{")]


def _belongs_to_a_place(path: str) -> bool:
    return bool({"region", "incident", "place", "job", "line", "record"} & set(_parameters(path)))


def _lists_nothing_foreign(operation: str, place: str) -> bool:
    """Routes without an object of a city: what they do is the same whoever's thing is asked about."""
    return place == "foreign" and operation in ("raise-objection",)


def _one_side_only(operation: str, role: str) -> bool:
    """Lines concern two cities, and steps are one side's; a fund is paid in by somebody else than who wrote it down."""
    return operation in ("step-line", "open-claim", "raise-objection", "pay-in-fund")


def _status(there: World, name_: str, route: APIRoute, names: dict[str, str], body: dict[str, Any]) -> int:
    path = route.path
    for name in _parameters(path):
        path = path.replace(
            f"{{{name}}}", "waive" if route.operation_id == "step-claim" and name == "step" else names[name]
        )
    (method,) = route.methods
    headers = {"Authorization": f"Bearer {there.keys[name_]}"}
    if method != "GET":
        headers["If-Match"] = '"99"'
    if method == "POST":
        headers["Idempotency-Key"] = uuid.uuid4().hex
    return there.client.request(
        method, path, headers=headers, json=body if method in ("POST", "PUT") else None
    ).status_code


def test_nobody_gets_in_without_a_key(there: World) -> None:
    for route in routes(there):
        if route.operation_id in ("get-health", "get-readiness", "get-metrics", "sign-in"):
            continue
        path = route.path
        for name in _parameters(path):
            path = path.replace(f"{{{name}}}", "x")
        (method,) = route.methods
        headers = {"Idempotency-Key": "x", "If-Match": '"1"'}
        answer = there.client.request(method, path, headers=headers, json={} if method in ("POST", "PUT") else None)
        assert answer.status_code in (401, 422), f"{route.operation_id}: {answer.status_code}"


def test_lists_of_holdings_show_a_city_its_own_only(there: World) -> None:
    for kind in ("stocks", "fleets"):
        path = f"/v1/regions/{REGION}/{kind}"
        assert {row["body"]["city"] for row in there.as_(_name(OFFICER)).all(path)} <= {MINE}
        assert {row["body"]["city"] for row in there.as_(COORDINATOR).all(path)} >= {THEIRS}
        for role in (SUPERIOR, FINANCE, ADMIN):
            assert there.as_(role).all(path) == []


def test_a_session_signs_in_and_shows_its_token_to_change_anything(there: World, tmp_path: Path) -> None:
    del tmp_path
    admin = there.as_(ADMIN)
    admin.post("/v1/users", {"name": "ann", "role": "coordinator", "region": REGION, "password": "long enough 1"})
    client = there.client
    assert client.post("/v1/session", json={"name": "ann", "password": "wrong password"}).status_code == 401
    assert client.post("/v1/session", json={"name": "nobody", "password": "wrong password"}).status_code == 401
    signed = client.post("/v1/session", json={"name": "ann", "password": "long enough 1"})
    cookie = signed.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert client.get("/v1/me").json()["name"] == "ann"
    key = {"Idempotency-Key": "k"}
    assert client.post("/v1/keys", json={"label": "x"}, headers=key).status_code == 403  # no token
    token = {"X-CSRF-Token": signed.json()["csrf"]}
    made = client.post("/v1/keys", json={"label": "x", "scope": "read"}, headers={**key, **token})
    assert made.status_code == 201
    assert client.delete("/v1/session", headers=token).status_code == 204
    client.cookies.clear()
    assert client.get("/v1/me").status_code == 401
    reader = {"Authorization": f"Bearer {made.json()['key']}"}
    assert client.get("/v1/me", headers=reader).status_code == 200
    assert client.post("/v1/keys", json={"label": "y"}, headers={**reader, **key}).status_code == 403  # only reads
