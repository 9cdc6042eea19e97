"""Everything killed at random while many submit: every acknowledged request must end in one answer, none lost, none twice.

`python tests/chaos.py --seeds 20 --submissions 400 --kills 20` is `make soak`; tests run it smaller.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import odd_worker as odd
import sqlalchemy as sa
from postgres_cluster import Cluster
from service_processes import Deployment, Process, until
from service_world import INCIDENT, world
from tongzhou.service.auditing.verify import verify_database
from tongzhou.service.store.engine import open_engine

SENDERS = 4
LONGEST_TASK_MS = 300


@dataclass
class Figures:
    """What a run did and found; `wrong` is empty where all is well."""

    seed: int
    database: str
    submissions: int
    seconds: float = 0.0
    kills: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    started_again: int = 0
    wrong: list[str] = field(default_factory=list)


class Chaos:
    """One run on one database."""

    def __init__(
        self, url: str, folder: Path, seed: int, submissions: int, kills: int, cluster: Cluster | None
    ) -> None:
        self.url, self.cluster, self.kills = url, cluster, kills
        self.random = random.Random(seed)
        self.figures = Figures(seed, "postgresql" if cluster else "sqlite", submissions)
        self.keys = [f"chaos-{number}" for number in range(submissions)]
        self.got: dict[str, set[str]] = {key: set() for key in self.keys}
        with world(url) as found:
            self.api_key = found.keys["coordinator"]
        self.there = Deployment(url, folder, workers=2, odd=True, solves=1)
        self.lock = threading.Lock()
        self.sent = threading.Event()

    def run(self) -> Figures:
        """Submit everything twice from several threads, kill in between, wait for all to end, look at what is there."""
        begun = time.monotonic()
        processes = {"api": self.there.api, **{f"worker{i}": w for i, w in enumerate(self.there.workers)}}
        try:
            for process in processes.values():
                process.start()
            self.there.until_up(120)
            threads = [threading.Thread(target=self._send, args=(number,)) for number in range(SENDERS)]
            killer = threading.Thread(target=self._kill, args=(processes,))
            for thread in (*threads, killer):
                thread.start()
            for thread in threads:
                thread.join()
            killer.join()
            until(self._all_ended, 300, 0.5)
        finally:
            for process in processes.values():
                process.kill()
            self.there.client.close()
        self.figures.seconds = round(time.monotonic() - begun, 1)
        self._look()
        return self.figures

    def _send(self, number: int) -> None:
        with httpx.Client(base_url=self.there.client.base_url, timeout=6) as client:
            for index in range(number, len(self.keys), SENDERS):
                for _ in range(2):
                    self._until_acknowledged(client, index)

    def _until_acknowledged(self, client: httpx.Client, index: int) -> None:
        key = self.keys[index]
        body = {"kind": "plan", "seed": odd.QUICK + (index * 37) % LONGEST_TASK_MS, "time_limit_s": 30}
        headers = {"Authorization": f"Bearer {self.api_key}", "Idempotency-Key": key}
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                answer = client.post(f"/v1/incidents/{INCIDENT}/jobs", json=body, headers=headers)
                told = str(answer.status_code)
            except httpx.HTTPError as error:
                told, answer = type(error).__name__, None
            with self.lock:
                self.figures.answers[told] += 1
            if answer is not None and answer.status_code == 202:
                with self.lock:
                    self.got[key].add(answer.json()["id"])
                return
            time.sleep(0.1)
        self.figures.wrong.append(f"{key} was never acknowledged")

    def _kill(self, processes: dict[str, Process]) -> None:
        victims = [*processes, "solving", *(["database"] if self.cluster else [])]
        for _ in range(self.kills):
            time.sleep(self.random.uniform(0.3, 2.5))
            victim = self.random.choice(victims)
            self.figures.kills[victim] += 1
            if victim == "database":
                assert self.cluster is not None
                self.cluster.stop(at_once=True)
                self.cluster.start()
            elif victim == "solving":
                children = [pid for name, process in processes.items() if name != "api" for pid in process.children()]
                if children:
                    with suppress(ProcessLookupError):
                        os.kill(self.random.choice(children), signal.SIGKILL)
            else:
                processes[victim].kill()
                processes[victim].start()

    def _all_ended(self) -> bool:
        try:
            return self._one("SELECT count(*) FROM jobs WHERE state IN ('queued', 'running')") == 0
        except sa.exc.SQLAlchemyError:
            return False

    def _one(self, sql: str) -> int:
        engine = open_engine(self.url, pool_size=1)
        try:
            with engine.connect() as connection:
                return int(connection.execute(sa.text(sql)).scalar_one())
        finally:
            engine.dispose()

    def _look(self) -> None:
        figures = self.figures
        engine = open_engine(self.url, pool_size=1)
        with engine.connect() as connection:
            rows = connection.execute(sa.text("SELECT id, state, attempts, crashes, error FROM jobs")).all()
            ends = Counter(connection.execute(sa.text("SELECT object FROM audit WHERE action = 'end-job'")).scalars())
        engine.dispose()
        figures.states = Counter(row.state for row in rows)
        figures.started_again = sum(row.attempts > 1 for row in rows)
        ids = {row.id for row in rows}
        if len(rows) != len(self.keys):
            figures.wrong.append(f"{len(rows)} jobs for {len(self.keys)} requests")
        for key, found in self.got.items():
            if len(found) != 1 or not found <= ids:
                figures.wrong.append(f"{key}: answered as {sorted(found)}")
        for row in rows:
            if row.state != "done" or ends[f"job:{row.id}"] != 1:
                figures.wrong.append(
                    f"{row.id}: {row.state}, ended {ends[f'job:{row.id}']} times after {row.attempts} starts, "
                    f"{row.crashes} crashes: {row.error}"
                )
        figures.wrong += [
            f"audit: {item.table} {item.row} {item.what.en}" for item in verify_database(self.url).findings
        ]


def on_sqlite(folder: Path, seed: int, submissions: int, kills: int) -> Figures:
    """One run on a SQLite file."""
    return Chaos(f"sqlite:///{folder / 'chaos.db'}", folder, seed, submissions, kills, None).run()


def on_postgresql(folder: Path, seed: int, submissions: int, kills: int) -> Figures:
    """One run on a cluster of its own, which is killed too."""
    with Cluster() as cluster:
        cluster.create("chaos")
        return Chaos(cluster.url("chaos"), folder, seed, submissions, kills, cluster).run()


RUNS: dict[str, Callable[[Path, int, int, int], Figures]] = {"sqlite": on_sqlite, "postgresql": on_postgresql}


def main() -> int:
    """Run all seeds on both databases; a line of figures each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--submissions", type=int, default=400)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--database", choices=[*RUNS], action="append")
    asked = parser.parse_args()
    wrong = 0
    for seed in range(asked.first, asked.first + asked.seeds):
        for name in asked.database or RUNS:
            with tempfile.TemporaryDirectory(prefix=f"tongzhou-chaos-{uuid.uuid4().hex[:6]}-") as folder:
                figures = RUNS[name](Path(folder), seed, asked.submissions, asked.kills)
            wrong += bool(figures.wrong)
            print(json.dumps(vars(figures), ensure_ascii=False), flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
