"""The HTTP server, and the process tree of `tongzhou serve`: a server and one worker, which is begun again whenever it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import Literal

import structlog
from fastapi import FastAPI
from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from tongzhou.service.api.app import create_app
from tongzhou.service.logs import set_up_logs
from tongzhou.service.settings import ServiceSettings, service_settings
from tongzhou.solvers.parent_death import die_with_parent

KILL_S = 3
"""Seconds open requests get at the end; with an open event stream a server without such a limit hangs."""
HEADER_MS = 10_000
"""A client that sends half a header is closed after so long."""
LONGEST_PAUSE_S = 10.0
Module = Literal["tongzhou.service.api.server", "tongzhou.service.cli.worker"]
"""What may be begun as a process; nothing else passes the type check."""
LOG = structlog.get_logger()


def application() -> FastAPI:
    """Granian's way in, in the server's own process."""
    set_up_logs()
    die_with_parent()  # or it is left holding the port
    return create_app(service_settings())


def listen(host: str, port: int) -> None:
    """Answer requests until SIGTERM or SIGINT; the settings are in the environment. Granian forks: no thread may run beside it."""
    Granian(
        "tongzhou.service.api.server:application", address=host, port=port, interface=Interfaces.ASGI, factory=True, workers=1,
        workers_kill_timeout=KILL_S, http1_settings=HTTP1Settings(header_read_timeout=HEADER_MS), log_access=False, websockets=False,
        respawn_failed_workers=True, blocking_threads=1,
    ).serve()  # fmt: skip


def serve(settings: ServiceSettings, host: str, port: int, *, worker: bool) -> int:
    """Serve until SIGTERM or SIGINT; `worker`: the server and a supervised worker as children. The exit code."""
    os.environ.update(settings.environment())
    if not worker:
        listen(host, port)
        return 0
    supervisor = Supervisor("tongzhou.service.cli.worker")
    server = _begin("tongzhou.service.api.server", host, str(port))

    def end(*_: object) -> None:
        supervisor.begin_no_more()
        server.terminate()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, end)
    supervisor.start()
    try:
        return server.wait()
    finally:
        supervisor.stop()


def _begin(module: Module, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", module, *arguments])  # noqa: S603 # no shell; `Module` names both


class Supervisor:
    """Keeps one child running: begins it again when it ends, after a pause that grows while it ends at once."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._stop = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def begin_no_more(self) -> None:
        """What ends from now on is not begun again."""
        self._stop.set()

    def stop(self) -> None:
        """Tell the child to end, and wait for it."""
        self.begin_no_more()
        child = self._child
        if child is not None and child.poll() is None:
            child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._thread.join(10)

    def _run(self) -> None:
        pause = 0.1
        while not self._stop.is_set():
            begun = time.monotonic()
            self._child = _begin(self._module)
            code = self._child.wait()
            if self._stop.is_set():
                return
            pause = 0.1 if time.monotonic() - begun > LONGEST_PAUSE_S else min(LONGEST_PAUSE_S, 2 * pause)
            LOG.warning("worker ended; beginning it again", code=code, pause_s=pause)
            self._stop.wait(pause)


if __name__ == "__main__":
    die_with_parent()
    listen(sys.argv[1], int(sys.argv[2]))
