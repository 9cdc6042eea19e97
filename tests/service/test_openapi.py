"""The committed OpenAPI document is the application's, its examples run, and a client generated from it works."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from service_processes import deployment
from service_world import INCIDENT, world
from tongzhou.service.api.app import openapi_text

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "service" / "api" / "openapi.json"


def test_the_committed_document_is_up_to_date() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == openapi_text(), "run `make docs`"


def test_every_operation_has_an_id_a_description_and_its_problems() -> None:
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    ids = []
    for path, methods in document["paths"].items():
        for operation in methods.values():
            ids.append(operation["operationId"])
            assert operation.get("description"), path
            assert "application/problem+json" in operation["responses"]["default"]["content"], path
    assert len(ids) == len(set(ids))


@pytest.fixture(scope="module")
def client_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The Python client, generated from the committed document and nothing else."""
    folder = tmp_path_factory.mktemp("client")
    program = Path(sys.executable).with_name("openapi-python-client")
    config = folder / "config.yaml"
    config.write_text(
        "package_name_override: tongzhou_client\nproject_name_override: tongzhou-client\npost_hooks: []\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [program, "generate", "--path", DOCUMENT, "--output-path", folder / "made", "--meta", "none", "--config", config],
        capture_output=True, text=True, cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stdout, done.stdout
    (folder / "made").rename(folder / "tongzhou_client")
    yield folder


SCRIPT = """
import sys
from tongzhou_client import AuthenticatedClient
from tongzhou_client.api.jobs import get_job, submit_job
from tongzhou_client.api.people import who_am_i
from tongzhou_client.api.records import list_needs
from tongzhou_client.models import JobOut, PageRecordOutNeedRow, PlanIn, UserOut

client = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2], raise_on_unexpected_status=True)
me = who_am_i.sync(client=client)
assert isinstance(me, UserOut) and me.role.value == "coordinator", me
needs = list_needs.sync(place=sys.argv[3], client=client)
assert isinstance(needs, PageRecordOutNeedRow)
print(sorted(row.body.need for row in needs.items))
job = submit_job.sync(incident=sys.argv[3], client=client, body=PlanIn(kind="plan"), idempotency_key="from-the-client")
assert isinstance(job, JobOut), job
again = get_job.sync(job=job.id, client=client)
assert isinstance(again, JobOut) and again.kind == "plan"
print(again.incident)
"""


def test_the_generated_client_talks_to_the_service(client_folder: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 't.db'}"
    with world(url) as found:
        key = found.keys["coordinator"]
    with deployment(url, tmp_path, workers=0) as there:
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, f"http://127.0.0.1:{there.port}", key, INCIDENT],
            capture_output=True, text=True, cwd=client_folder,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["['N1', 'N2', 'N3']", INCIDENT]
