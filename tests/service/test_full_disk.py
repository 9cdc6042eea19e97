"""A disk that fills up: what was acknowledged is kept, nothing else is accepted, and work goes on once there is room."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import odd_worker as odd
import pytest
from service_processes import deployment, until
from service_world import INCIDENT, world
from tongzhou.service.auditing.verify import verify_database

MIB = 1024**2


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own of 48 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", folder], capture_output=True)
    if done.returncode:
        pytest.skip("no right to mount a small disk here")  # a right of the machine, which no package can give
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_loses_nothing_that_was_acknowledged(small_disk: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{small_disk / 't.db'}"
    with world(url) as found:
        key = found.keys["coordinator"]
    with deployment(url, tmp_path, odd=True, TONGZHOU_LEAST_FREE=str(1 * MIB)) as there:
        caller = there.caller(key)
        body = {"kind": "plan", "seed": odd.QUICK + 2000, "time_limit_s": 30}
        path = f"/v1/incidents/{INCIDENT}/jobs"
        taken = [caller.post(path, body)["id"] for _ in range(3)]
        until(lambda: caller.get(f"/v1/jobs/{taken[0]}")["state"] == "running", 30)
        filler = small_disk / "filler"
        _fill(filler, small_disk)
        refused = caller.call("POST", path, 507, json=body).json()
        assert refused["type"] == "urn:tongzhou:problem:full"
        assert caller.get("/v1/me")["role"] == "coordinator"  # reading goes on
        assert there.client.get("/readyz").status_code == 503
        filler.unlink()
        taken.append(caller.post(path, body)["id"])
        for job in taken:
            until(lambda job=job: caller.get(f"/v1/jobs/{job}")["state"] not in ("queued", "running"), 60)
            assert caller.get(f"/v1/jobs/{job}")["state"] == "done"
    assert verify_database(url).findings == ()


def _fill(filler: Path, disk: Path) -> None:
    """Write until nothing fits."""
    with filler.open("wb", buffering=0) as file:
        for size in (MIB, 4096, 512):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    stat = os.statvfs(disk)
    assert stat.f_bavail * stat.f_bsize < 64 * 1024
