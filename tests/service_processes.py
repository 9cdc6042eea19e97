"""The service as processes: an API, workers, each on its own and killed at will; and a caller that does not give up."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
from processes import processes_below
from service_world import Caller

TESTS = Path(__file__).parent
TONGZHOU = str(Path(sys.executable).with_name("tongzhou"))
SLOW_WORKER = str(TESTS / "odd_worker.py")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Process:
    """One program of the service, begun again on demand."""

    def __init__(self, command: Sequence[str], log: Path, **env: str) -> None:
        self._command, self._log, self._env = list(command), log, env
        self.running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self.running = subprocess.Popen(self._command, stdout=log, stderr=log, env={**os.environ, **self._env})

    @property
    def pid(self) -> int:
        assert self.running is not None
        return self.running.pid

    def kill(self, name: int = signal.SIGKILL) -> None:
        if self.running is not None and self.running.poll() is None:
            self.running.send_signal(name)
            self.running.wait(20)

    def children(self) -> list[int]:
        """Processes begun by it, and by those (its solving processes)."""
        return processes_below(self.pid)

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")


class Deployment:
    """An API and workers on one database."""

    def __init__(self, url: str, folder: Path, *, workers: int, odd: bool = False, solves: int = 2, **env: str) -> None:
        self.port = free_port()
        told = {"TONGZHOU_DATABASE": url, "TONGZHOU_LEAST_FREE": "0", "TONGZHOU_MOST_ACTIVE": "100000", **env}
        api = [TONGZHOU, "serve", "--port", str(self.port), "--no-worker"]
        self.api = Process(api, folder / "api.log", **told)
        command = [sys.executable, SLOW_WORKER, str(solves)] if odd else [TONGZHOU, "worker", "--solves", str(solves)]
        self.workers = [Process(command, folder / f"worker{number}.log", **told) for number in range(workers)]
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=10)

    def caller(self, key: str) -> Caller:
        return Caller(self.client, key)

    def until_up(self, seconds: float = 30) -> None:
        until(self._answers, seconds)

    def _answers(self) -> bool:
        try:
            return self.client.get("/healthz").status_code == 200
        except httpx.HTTPError:
            return False


def until(holds: object, seconds: float = 60, pause: float = 0.1) -> None:
    """Wait until something holds; what does not hold in time is a failure."""
    deadline = time.monotonic() + seconds
    assert callable(holds)
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(pause)


@contextmanager
def deployment(
    url: str, folder: Path, *, workers: int = 1, odd: bool = False, solves: int = 2, **env: str
) -> Iterator[Deployment]:
    """Begun, waited for, and ended by process id."""
    found = Deployment(url, folder, workers=workers, odd=odd, solves=solves, **env)
    try:
        for process in (found.api, *found.workers):
            process.start()
        found.until_up()
        yield found
    finally:
        found.client.close()
        for process in (*found.workers, found.api):
            process.kill()
