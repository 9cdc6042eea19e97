"""A PostgreSQL cluster of our own: as another user (it refuses root), in a temporary folder, on a free loopback port."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/local/bin", "/usr/bin")
USERS = ("postgres", "nobody")


def find_server() -> Path | None:
    """The folder of the newest `initdb` and `postgres`."""
    links = [path for place in PLACES for path in Path("/").glob(f"{place[1:]}/initdb")]
    found = {path.resolve().parent for path in links if (path.resolve().parent / "pg_isready").exists()}
    return (
        max(found, key=lambda path: (float(path.parts[-2]) if path.parts[-2].isdigit() else 0.0, str(path)))
        if found
        else None
    )


def _other_user() -> pwd.struct_passwd | None:
    """Who runs the cluster: ourselves, but for root."""
    if os.geteuid() != 0:
        return None
    for name in USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("no user to run PostgreSQL as")


class Cluster:
    """Started on entering, stopped by its process id on leaving. `stop` and `start` in between are faults to survive."""

    def __init__(self) -> None:
        folder = find_server()
        assert folder is not None
        self._bin = folder
        self._user = _other_user()
        self._folder = Path(tempfile.mkdtemp(prefix="tongzhou-pg-", dir="/tmp"))
        self._data = self._folder / "data"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        if self._user is not None:
            os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        self._run(
            "initdb", "-D", str(self._data), "-A", "trust", "-U", "tongzhou", "-E", "UTF8", "--locale=C", "--no-sync"
        )
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        """Start and wait until it answers."""
        log = (self._folder / "log").open("ab")
        self._process = subprocess.Popen(
            [self._bin / "postgres", "-D", self._data, "-p", str(self.port), "-c", "listen_addresses=127.0.0.1",
             "-c", f"unix_socket_directories={self._folder}", "-c", "max_connections=200"],
            stdout=log, stderr=log, cwd=self._folder, **self._as_user(),
        )  # fmt: skip
        log.close()
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            ready = subprocess.run(
                [self._bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)], capture_output=True
            )
            if ready.returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError((self._folder / "log").read_text()[-2000:])

    def stop(self, *, at_once: bool = False) -> None:
        """Stop: politely, or at once as after a loss of power."""
        if self._process is not None:
            self._process.send_signal(3 if at_once else 2)  # SIGQUIT: immediate; SIGINT: fast
            self._process.wait(30)
            self._process = None

    def url(self, name: str) -> str:
        """The address of a database of this cluster."""
        return f"postgresql+psycopg://tongzhou@127.0.0.1:{self.port}/{name}"

    def create(self, name: str) -> None:
        """Make an empty database."""
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "tongzhou", name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected."""
        self._run("dropdb", "-f", "-h", "127.0.0.1", "-p", str(self.port), "-U", "tongzhou", name)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._bin / program, *arguments], capture_output=True, text=True, cwd=self._folder, **self._as_user()
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")

    def _as_user(self) -> dict[str, int]:
        return {} if self._user is None else {"user": self._user.pw_uid, "group": self._user.pw_gid}
