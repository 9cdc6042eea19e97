"""Faults to survive, on both databases: processes killed, frozen, poisoned; the database restarted; the disk full; clients slow."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
import odd_worker as odd
import pytest
import sqlalchemy as sa
from postgres_cluster import Cluster
from service_processes import TONGZHOU, Deployment, Process, deployment, free_port, until
from service_world import INCIDENT, Caller, world
from tongzhou.service.auditing.verify import verify_database
from tongzhou.service.store.engine import open_engine


@pytest.fixture
def key(url: str) -> str:
    """A coordinator's key of a world that is set up in the database."""
    with world(url) as found:
        return found.keys["coordinator"]


def submit(caller: Caller, seed: int, *, priority: int = 50, key: str | None = None, limit_s: float = 30) -> str:
    headers = {"Idempotency-Key": key or uuid.uuid4().hex}
    body = {"kind": "plan", "seed": seed, "time_limit_s": limit_s, "priority": priority}
    return str(caller.post(f"/v1/incidents/{INCIDENT}/jobs", body, headers=headers)["id"])


def ended(caller: Caller, job: str, seconds: float = 60) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def is_ended() -> bool:
        found.update(caller.get(f"/v1/jobs/{job}"))
        return found["state"] not in ("queued", "running")

    until(is_ended, seconds)
    return found


def running(caller: Caller, job: str) -> None:
    until(lambda: caller.get(f"/v1/jobs/{job}")["state"] == "running", 30)


def one_end(url: str, job: str) -> None:
    engine = open_engine(url)
    with engine.connect() as connection:
        count = connection.execute(
            sa.text("SELECT count(*) FROM audit WHERE action = 'end-job' AND object = :o"), {"o": f"job:{job}"}
        ).scalar()
    engine.dispose()
    assert count == 1


def test_a_worker_killed_in_the_middle_takes_its_job_up_again(url: str, key: str, tmp_path: Path) -> None:
    with deployment(url, tmp_path, odd=True) as there:
        caller = there.caller(key)
        job = submit(caller, odd.QUICK + 3000)
        running(caller, job)
        solving = there.workers[0].children()
        there.workers[0].kill()
        until(
            lambda: not any(Path(f"/proc/{pid}").exists() for pid in solving), 10
        )  # its solving processes die with it
        there.workers[0].start()
        found = ended(caller, job)
        assert (found["state"], found["attempts"]) == ("done", 2)
        one_end(url, job)


def test_a_host_that_never_comes_back_is_replaced_within_its_lease(url: str, key: str, tmp_path: Path) -> None:
    with deployment(url, tmp_path, odd=True, workers=2, solves=1) as there:
        caller = there.caller(key)
        until(lambda: there.client.get("/readyz").json()["workers"] == 2)
        job = submit(caller, odd.QUICK + 2000)
        running(caller, job)
        holder = _holder(url, job, there)
        there.workers[holder].kill()
        begun = time.monotonic()
        until(lambda: caller.get(f"/v1/jobs/{job}")["attempts"] == 2, 20)
        assert time.monotonic() - begun < 10  # a lease of 5 s, and 5 s to take over
        assert ended(caller, job)["state"] == "done"


def _holder(url: str, job: str, there: Deployment) -> int:
    engine = open_engine(url)
    with engine.connect() as connection:
        pid = connection.execute(
            sa.text("SELECT l.pid FROM leases l JOIN jobs j ON j.executor = l.executor WHERE j.id = :j"), {"j": job}
        ).scalar_one()
    engine.dispose()
    return [process.pid for process in there.workers].index(pid)


def test_a_worker_frozen_and_woken_gives_one_outcome(url: str, key: str, tmp_path: Path) -> None:
    with deployment(url, tmp_path, odd=True, workers=2, solves=1) as there:
        caller = there.caller(key)
        until(lambda: there.client.get("/readyz").json()["workers"] == 2)
        job = submit(caller, odd.QUICK + 1500)
        running(caller, job)
        holder = there.workers[_holder(url, job, there)]
        os.kill(holder.pid, signal.SIGSTOP)
        assert ended(caller, job)["state"] == "done"  # by the other
        os.kill(holder.pid, signal.SIGCONT)
        time.sleep(3)
        one_end(url, job)
        assert verify_database(url).findings == ()


def test_twenty_submissions_of_one_request_are_one_job(url: str, key: str, tmp_path: Path) -> None:
    with deployment(url, tmp_path, odd=True) as there:
        found: list[str] = []

        def send() -> None:
            with there.client.__class__(base_url=there.client.base_url, timeout=30) as own:
                found.append(submit(Caller(own, key), odd.QUICK, key="the-same"))

        threads = [threading.Thread(target=send) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 20
        assert len(set(found)) == 1
        assert ended(there.caller(key), found[0])["attempts"] == 1


def test_poison_fails_for_what_it_is_and_others_run_on(url: str, key: str, tmp_path: Path) -> None:
    with deployment(url, tmp_path, odd=True, ODD_GRACE_S="2") as there:
        caller = there.caller(key)
        jobs = {seed: submit(caller, seed, limit_s=1) for seed in (odd.CRASH, odd.HANG, odd.MEMORY)}
        good = [submit(caller, odd.QUICK + 100 + number) for number in range(4)]
        crash, hang, memory = (ended(caller, jobs[seed]) for seed in (odd.CRASH, odd.HANG, odd.MEMORY))
        assert (crash["state"], crash["attempts"]) == ("dead", 3)
        assert "(-11)" in crash["error"]["en"]  # a segmentation fault
        assert (hang["state"], hang["error"]["code"]) == ("failed", "timeout")
        assert (memory["state"], memory["error"]["code"]) == ("failed", "out-of-memory")
        assert [ended(caller, job)["state"] for job in good] == ["done"] * 4
        assert there.workers[0].running is not None
        assert there.workers[0].running.poll() is None  # the worker itself never fell
        assert verify_database(url).findings == ()


def test_a_cancelled_job_hands_over_its_best_so_far(url: str, key: str, tmp_path: Path) -> None:
    with deployment(url, tmp_path, odd=True, solves=1) as there:
        caller = there.caller(key)
        job = submit(caller, odd.SLOW)
        waits = submit(caller, odd.QUICK)
        running(caller, job)
        assert caller.post(f"/v1/jobs/{waits}/cancel")["state"] == "cancelled"  # at once: it had not begun
        caller.post(f"/v1/jobs/{job}/cancel")
        found = ended(caller, job, 15)
        assert (found["state"], found["has_result"]) == ("cancelled", True)
        assert caller.get(f"/v1/jobs/{job}/result") == {"best": "when asked"}
        next_one = submit(caller, odd.QUICK)
        assert ended(caller, next_one)["state"] == "done"
        assert caller.get(f"/v1/jobs/{waits}")["attempts"] == 0


def test_what_is_urgent_goes_first(url: str, key: str, tmp_path: Path) -> None:
    with deployment(url, tmp_path, odd=True, solves=1) as there:
        caller = there.caller(key)
        first = submit(caller, odd.QUICK + 1500)
        running(caller, first)
        late = submit(caller, odd.QUICK, priority=90)
        urgent = submit(caller, odd.QUICK, priority=1)
        ended(caller, late)
        order = [caller.get(f"/v1/jobs/{job}")["started_at"] for job in (urgent, late)]
        assert order == sorted(order)


def test_a_real_plan_is_watched_by_events_and_resumed_after_the_last(url: str, key: str, tmp_path: Path) -> None:
    with deployment(url, tmp_path) as there:
        caller = there.caller(key)
        job = submit(caller, 0)
        headers = {"Authorization": f"Bearer {key}"}
        with there.client.stream("GET", f"/v1/jobs/{job}/events", headers=headers) as events:
            lines = [line for line in events.iter_lines() if line]
        assert "event: ended" in lines
        last = [line.removeprefix("id: ") for line in lines if line.startswith("id: ")][-1]
        with there.client.stream("GET", f"/v1/jobs/{job}/events", headers={**headers, "Last-Event-ID": last}) as events:
            assert [line for line in events.iter_lines() if line.startswith("event")] == []
        assert caller.get(f"/v1/jobs/{job}/result")["plan"]["status"] == "optimal"


def test_the_embedded_worker_is_begun_again_and_ends_with_the_service(url: str, key: str, tmp_path: Path) -> None:
    port = free_port()
    told = {"TONGZHOU_DATABASE": url, "TONGZHOU_LEAST_FREE": "0"}
    service = Process([TONGZHOU, "serve", "--port", str(port)], tmp_path / "serve.log", **told)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
        service.start()
        try:
            until(lambda: _is_ready(client), 30)
            (worker,) = _workers_below(service)
            os.kill(worker, signal.SIGKILL)
            until(lambda: _workers_below(service) not in ([], [worker]), 20)
            job = submit(Caller(client, key), 0)
            assert ended(Caller(client, key), job)["state"] == "done"
        finally:
            below = service.children()
            service.kill()  # even so nothing is left
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below), 10)


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx.HTTPError:
        return False


def _workers_below(service: Process) -> list[int]:
    found = []
    for pid in service.children():
        with contextlib.suppress(OSError):
            if b"tongzhou.service.cli.worker" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
    return found


def test_an_orderly_end_leaves_nothing_running(url: str, key: str, tmp_path: Path) -> None:
    with deployment(url, tmp_path, odd=True) as there:
        caller = there.caller(key)
        job = submit(caller, odd.SLOW)
        running(caller, job)
        headers = {"Authorization": f"Bearer {key}"}
        with there.client.stream(
            "GET", f"/v1/jobs/{job}/events", headers=headers
        ):  # an open stream must not hold the end up
            below = [*there.api.children(), *there.workers[0].children()]
            begun = time.monotonic()
            there.api.kill(signal.SIGTERM)
            assert time.monotonic() - begun < 10
        there.workers[0].kill(signal.SIGTERM)
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below), 10)


def test_a_slow_client_is_closed_and_holds_up_nobody(url: str, key: str, tmp_path: Path) -> None:
    with deployment(url, tmp_path, workers=0, TONGZHOU_BODY_S="2") as there:
        with (
            socket.create_connection(("127.0.0.1", there.port)) as half_body,
            socket.create_connection(("127.0.0.1", there.port)) as half_head,
        ):
            half_body.sendall(
                b"POST /v1/session HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{"
            )
            half_head.sendall(b"GET /healthz HTTP/1.1\r\nhost:")
            assert there.caller(key).get("/v1/me")["role"] == "coordinator"
            half_body.settimeout(10)
            assert b" 408 " in half_body.recv(4000)
            half_head.settimeout(15)
            assert b" 200 " not in half_head.recv(4000)
        too_large = there.client.post("/v1/session", content=b"x" * 17 * 1024**2)
        assert too_large.status_code == 413


def test_the_database_restarted_at_once_loses_nothing(cluster: Cluster, tmp_path: Path) -> None:
    own = Cluster()
    with own:
        own.create("x")
        url = own.url("x")
        with world(url) as found:
            key = found.keys["coordinator"]
        with deployment(url, tmp_path, odd=True) as there:
            caller = there.caller(key)
            job = submit(caller, odd.QUICK + 3000)
            running(caller, job)
            own.stop(at_once=True)
            assert there.client.get("/v1/me", headers={"Authorization": f"Bearer {key}"}).status_code in (500, 503)
            time.sleep(1)
            own.start()
            until(lambda: there.client.get("/v1/me", headers={"Authorization": f"Bearer {key}"}).status_code == 200, 30)
            assert ended(caller, job)["state"] == "done"
            one_end(url, job)
            assert verify_database(url).findings == ()
