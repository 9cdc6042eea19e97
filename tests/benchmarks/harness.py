"""What every benchmark needs: a process of its own for each case, CPU seconds, peak memory."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def cpu_s() -> float:
    """CPU seconds of this process and of its children that have ended."""
    return sum(os.times()[:4])


def mebibytes() -> float:
    """VmHWM of this process and of its workers that are alive. Not `resource`: its ru_maxrss starts with the parent's."""
    total = 0
    for pid in ("self", *(child.pid for child in multiprocessing.active_children())):
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        total += int(status.split("VmHWM:")[1].split()[0])
    return total / 1024


class Watch:
    """Wall and CPU seconds, those of ended workers included."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.monotonic(), cpu_s()

    def told(self) -> Row:
        """Seconds since the watch was started."""
        return {"wall_s": time.monotonic() - self._wall, "cpu_s": cpu_s() - self._cpu}


def fresh(work: Callable[[], Row]) -> Row:
    """What a function tells in a process of its own (not a daemon: it may have workers itself)."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work).result()


def seeds_of(text: str) -> range:
    """`101-110`, or one seed."""
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)
