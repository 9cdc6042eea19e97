"""The HTTP server, and the process tree of `tongzhou serve`: the server and one worker, which is begun again whenever it ends."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time

import structlog
from fastapi import FastAPI
from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from tongzhou.service.api.app import create_app
from tongzhou.service.logs import set_up_logs
from tongzhou.service.settings import ServiceSettings, service_settings

KILL_S = 3
"""Seconds open requests get at the end; with an open event stream a server without such a limit hangs."""
HEADER_MS = 10_000
"""A client that sends half a header is closed after so long."""
LONGEST_PAUSE_S = 10.0
PARENT_DEATH_SIGNAL = 1
LOG = structlog.get_logger()


def application() -> FastAPI:
    """Granian's way in, in the server's own process."""
    set_up_logs()
    die_with_parent()
    return create_app(service_settings())


def die_with_parent() -> None:
    """Ask to be killed when the parent ends, however it ends: nobody is left holding the port."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def serve(settings: ServiceSettings, host: str, port: int, *, worker: bool) -> None:
    """Serve until SIGTERM or SIGINT; `worker`: with a supervised worker child."""
    os.environ.update(settings.environment())
    supervisor = Supervisor([sys.executable, "-m", "tongzhou.service.cli.worker"]) if worker else None
    if supervisor is not None:
        supervisor.start()
    server = Granian(
        "tongzhou.service.api.server:application", address=host, port=port, interface=Interfaces.ASGI, factory=True, workers=1,
        workers_kill_timeout=KILL_S, http1_settings=HTTP1Settings(header_read_timeout=HEADER_MS), log_access=False, websockets=False,
        respawn_failed_workers=True, blocking_threads=1,
    )  # fmt: skip
    try:
        server.serve()
    finally:
        if supervisor is not None:
            supervisor.stop()


class Supervisor:
    """Keeps one child running: begins it again when it ends, after a pause that grows while it ends at once."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._stop = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Tell the child to end, and wait for it."""
        self._stop.set()
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
            self._child = subprocess.Popen(self._command)  # noqa: S603 # our own command
            code = self._child.wait()
            if self._stop.is_set():
                return
            pause = 0.1 if time.monotonic() - begun > LONGEST_PAUSE_S else min(LONGEST_PAUSE_S, 2 * pause)
            LOG.warning("worker ended; beginning it again", code=code, pause_s=pause)
            self._stop.wait(pause)
