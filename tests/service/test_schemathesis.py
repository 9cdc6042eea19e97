"""Whatever the OpenAPI document allows, and what it does not, is answered as it says: no server error, no body that breaks its schema.

Half of the requests name things that exist, so that they come past the doorstep.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
from service_world import INCIDENT, REGION, World, world
from tongzhou.service.picture.kinds import KINDS

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "6"))
CHECKS = [response_schema_conformance, content_type_conformance, response_headers_conformance]
USERS = ("coordinator", "city-officer river-city", "coordinator-finance", "administrator")
NOT_ASKED = ("sign-out", "watch-job", "import-workbook")
"""The end of a session that keys do not have, a stream, and a body that is no text (test_options.py sends bad ones)."""


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(f"sqlite:///{tmp_path_factory.mktemp('fuzz') / 't.db'}") as found:
        yield found


@pytest.fixture(scope="module")
def known(there: World) -> dict[str, Any]:
    """Path parameters that name something."""
    job = there.plan()
    coordinator = there.as_("coordinator")
    coordinator.post(f"/v1/jobs/{job}/proposals")
    lines = coordinator.all(f"/v1/incidents/{INCIDENT}/lines")
    found: dict[str, Any] = {
        "region": REGION, "incident": INCIDENT, "job": job, "city": "river-city", "subject": "river-city", "line": lines[0]["id"]
    }  # fmt: skip
    for kind in KINDS.values():
        base = f"/v1/incidents/{INCIDENT}" if kind.of_incident else f"/v1/regions/{REGION}"
        rows = coordinator.all(f"{base}/{kind.name}")
        found[f"record of {kind.name}"] = rows[-1]["id"] if rows else "none"
    return found


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
@pytest.mark.parametrize("user", USERS)
def test_the_api_keeps_to_its_document(there: World, known: dict[str, Any], user: str) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", there.app)
    headers = {"Authorization": f"Bearer {there.keys[user]}"}
    asked = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        name = operation.definition.raw["operationId"]
        if name in NOT_ASKED or (user != "coordinator" and name.startswith(("list-", "get-"))):
            continue
        _ask(operation, name, headers, known, user)
        asked += 1
    assert asked > 80


def _ask(operation: Any, name: str, headers: dict[str, str], known: dict[str, Any], user: str) -> None:
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    strategy = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in modes))

    @given(case=strategy, named=st.booleans())
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    def run(case: Any, named: bool) -> None:
        if named and case.path_parameters:
            there = {**known, "place": REGION if "/regions/" in operation.path else INCIDENT}
            if "{record}" in operation.path:
                there["record"] = there.get(f"record of {operation.path.split('/')[4]}", "none")
            case.path_parameters = {key: there.get(key, value) for key, value in case.path_parameters.items()}
        case.headers = {
            **(case.headers or {}),
            **headers,
            **({"If-Match": '"1"'} if named and operation.method != "get" else {}),
        }
        answer = case.call()
        assert answer.status_code < 500 or name == "get-readiness", (
            f"{user} {name}: {answer.status_code} {answer.text[:500]}"
        )
        case.validate_response(answer, checks=CHECKS)

    run()
