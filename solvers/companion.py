"""A second process of ours, and letters to and from it that nobody ever waits to send."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any, TypeAlias

STARTING_S, PARTING_S = 5.0, 0.5
"""Seconds the process may take to be ready for its task, and to end."""
READY, TASK = "ready", "task"
Message = tuple[str, Any]
Pipe: TypeAlias = "Connection[Any, Any]"


class Mailbox:
    """Reads a pipe at once, whatever its owner is busy with, so that neither side ever waits for the other."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._messages: SimpleQueue[Message] = SimpleQueue()
        self.closed, self._came = Event(), Event()
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with suppress(EOFError, OSError, MemoryError):  # the other side is gone, ours is closed, or there is no room
            while True:
                self._messages.put(self._pipe.recv())
                self._came.set()
        self.closed.set()
        self._came.set()

    def wait(self, seconds: float | None = None) -> None:
        """Wait until something has come since the last look, or nothing will any more."""
        self._came.wait(seconds)

    def take(self, most: int | None = None) -> list[Message]:
        """What has come since: all of it, or the first few."""
        self._came.clear()
        if self.closed.is_set():
            self._came.set()
        count = self._messages.qsize() if most is None else min(most, self._messages.qsize())
        return [self._messages.get() for _ in range(count)]

    def send(self, kind: str, content: Any) -> None:
        """Say something, if there is still somebody to hear it."""
        with suppress(OSError):
            self._pipe.send((kind, content))


class Companion:
    """The parent's side: a process that says when it is ready, and gets its task then."""

    def __init__(self, work: Callable[[Pipe], None], task: object) -> None:
        """`work` runs in the new process, on its end of the pipe (see `task_of`)."""
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=work, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self.mailbox = Mailbox(self._pipe)
        self._task = task
        self.is_at_work = False
        self.mailbox.wait(STARTING_S)

    def listen(self) -> tuple[list[Message], bool]:
        """What it has said since, and whether it is gone, so that nothing more will come."""
        gone, messages = self.mailbox.closed.is_set(), self.mailbox.take()
        if any(kind == READY for kind, _ in messages):  # one that failed to start must not block us with a full pipe
            self.mailbox.send(TASK, self._task)
            self.is_at_work = True
        return [message for message in messages if message[0] != READY], gone

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
        self.mailbox.closed.wait(PARTING_S)
        self._pipe.close()


def task_of(pipe: Pipe) -> tuple[Mailbox, list[Any]]:
    """The child's side: its mailbox, and its task; none where the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    mailbox = Mailbox(pipe)
    mailbox.send(READY, None)
    mailbox.wait()
    return mailbox, [content for _, content in mailbox.take(1)]
