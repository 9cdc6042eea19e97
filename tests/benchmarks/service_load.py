"""How the service feels under load: seconds to its first answer, idle memory, reading while all cores solve, submission to start.

`python tests/benchmarks/service_load.py [--database URL]` starts a service of its own on a loopback port and prints its figures.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))

from service_processes import Deployment, until  # beside the benchmarks, not installed
from service_world import INCIDENT, REGION, world
from tongzhou.scenarios.generate import generate

READERS = 50
PATHS = ("/v1/jobs", f"/v1/incidents/{INCIDENT}", f"/v1/incidents/{INCIDENT}/needs", f"/v1/regions/{REGION}/cities")


def memory_mib(pids: list[int]) -> float:
    """Resident memory of processes, in MiB; what they share is counted once (proportional set size)."""
    total = 0.0
    for pid in pids:
        for row in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if row.startswith("Pss:"):
                total += float(row.split()[1]) / 1024
    return round(total, 1)


def read_for(there: Deployment, key: str, seconds: float) -> list[float]:
    """Milliseconds of every answer to 50 readers who each ask again a second after their last answer."""
    found: list[float] = []
    end = time.monotonic() + seconds

    def reader(number: int) -> None:
        with httpx.Client(
            base_url=there.client.base_url, timeout=30, headers={"Authorization": f"Bearer {key}"}
        ) as client:
            time.sleep(number / READERS)
            while time.monotonic() < end:
                begun = time.monotonic()
                client.get(PATHS[number % len(PATHS)]).raise_for_status()
                found.append(1000 * (time.monotonic() - begun))
                time.sleep(1)

    threads = [threading.Thread(target=reader, args=(number,)) for number in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(found)


def percentiles(found: list[float]) -> dict[str, float]:
    """Median and 99th percentile, in milliseconds."""
    return {
        "answers": len(found),
        "p50_ms": round(statistics.median(found), 1),
        "p99_ms": round(found[int(0.99 * len(found))], 1),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", default="")
    parser.add_argument("--seconds", type=float, default=30)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = asked.database or f"sqlite:///{folder}/load.db"
        with world(url, generate(cities=20, resources=6, periods=12, seed=101)) as found:
            key = found.keys["coordinator"]
        there = Deployment(url, Path(folder), workers=1, solves=os.cpu_count() or 1)
        figures: dict[str, object] = {"database": url.split(":")[0], "cores": os.cpu_count()}
        try:
            begun = time.monotonic()
            there.api.start()
            there.until_up()
            figures["first_answer_s"] = round(time.monotonic() - begun, 2)
            there.workers[0].start()
            until(lambda: there.client.get("/readyz").status_code == 200)
            time.sleep(3)
            figures["idle_mib"] = {"api": memory_mib([there.api.pid, *there.api.children()]),
                                   "worker": memory_mib([there.workers[0].pid, *there.workers[0].children()])}  # fmt: skip
            figures["idle"] = percentiles(read_for(there, key, asked.seconds / 2))
            caller = there.caller(key)
            jobs = [caller.post(f"/v1/incidents/{INCIDENT}/jobs", {"kind": "plan", "time_limit_s": asked.seconds + 10, "seed": seed, "gap": 0})
                    for seed in range(os.cpu_count() or 1)]  # fmt: skip
            until(lambda: all(caller.get(f"/v1/jobs/{job['id']}")["state"] == "running" for job in jobs))
            told = [caller.get(f"/v1/jobs/{job['id']}") for job in jobs]
            figures["submission_to_start_s"] = [_seconds(row["submitted_at"], row["started_at"]) for row in told]
            figures["while_solving"] = percentiles(read_for(there, key, asked.seconds))
            figures["still_running"] = sum(caller.get(f"/v1/jobs/{job['id']}")["state"] == "running" for job in jobs)
        finally:
            for process in (there.workers[0], there.api):
                process.kill()
    print(json.dumps(figures, indent=1))


def _seconds(begun: str, ended: str) -> float:
    from datetime import datetime

    return round((datetime.fromisoformat(ended) - datetime.fromisoformat(begun)).total_seconds(), 3)


if __name__ == "__main__":
    main()
