"""What every benchmark needs: a process of its own for each case, CPU seconds, peak memory."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # helpers of the tests
from processes import processes_below

Row = dict[str, Any]


def cpu_s() -> float:
    """CPU seconds of this process and of its children that have ended."""
    return sum(os.times()[:4])


SAMPLE_S = 0.2


def _high_water_kib(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:  # it has ended
        return 0
    return int(status.split("VmHWM:")[1].split()[0]) if "VmHWM:" in status else 0


class Watch:
    """Wall and CPU seconds, those of ended workers included, and peak memory: of this process and, looked at five times a second, of
    every process below it (not `resource`: its ru_maxrss starts with the parent's)."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.monotonic(), cpu_s()
        self._peaks: dict[int, int] = {}
        threading.Thread(target=self._sample, daemon=True).start()

    def _sample(self) -> None:
        while True:
            for pid in processes_below(os.getpid()):
                self._peaks[pid] = max(self._peaks.get(pid, 0), _high_water_kib(pid))
            time.sleep(SAMPLE_S)

    def told(self) -> Row:
        """Seconds since the watch was started, and MiB: the peaks of all processes, as if they fell together."""
        peaks = sum(self._peaks.values()) + _high_water_kib(os.getpid())
        return {"wall_s": time.monotonic() - self._wall, "cpu_s": cpu_s() - self._cpu, "mib": peaks / 1024}


def fresh(work: Callable[[], Row]) -> Row:
    """What a function tells in a process of its own (not a daemon: it may have workers itself)."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work).result()


def seeds_of(text: str) -> range:
    """`101-110`, or one seed."""
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)
