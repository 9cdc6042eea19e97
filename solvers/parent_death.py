"""Nobody is left behind: a process that ends with the one that began it, however that ends."""

from __future__ import annotations

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int | None = None) -> None:
    """Ask Linux to be killed when the parent ends, even by kill -9 (prctl(2); more exactly, when the thread ends that began
    this process). `parent`: its process id where known, so that a parent that is gone already is noticed."""
    parent = os.getppid() if parent is None else parent
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before we asked to end with it
        os._exit(1)
