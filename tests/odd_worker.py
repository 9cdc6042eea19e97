"""A worker whose tasks do what the order's seed says: sleep and answer, or crash, hang, eat memory. For tests of faults only."""

from __future__ import annotations

import ctypes
import json
import os
import sys
import time

from tongzhou.service.jobs.tasks import Answer, Order, carry_out
from tongzhou.service.jobs.worker import WorkerOptions, work
from tongzhou.service.logs import set_up_logs
from tongzhou.service.prepare import prepare
from tongzhou.solvers.spool import Spool

CRASH, HANG, MEMORY, SLOW = 1001, 1002, 1003, 1004
QUICK = 2000
"""Seeds from here on: sleep (seed - QUICK) milliseconds and answer with the seed."""


def task(order: Order, folder: str) -> Answer:
    seed = int(order.parameters.get("seed", 0))
    if seed == CRASH:
        ctypes.string_at(0)
    if seed == HANG:
        while True:
            pass
    if seed == MEMORY:
        bytearray(64 << 30)
    if seed == SLOW:
        return _slow(folder)
    if seed >= QUICK:
        time.sleep((seed - QUICK) / 1000)
        return Answer(json.dumps({"seed": seed}), "optimal")
    return carry_out(order, folder)


def _slow(folder: str) -> Answer:
    """A minute's work that keeps its best so far and listens."""
    from pathlib import Path

    spool = Spool(Path(folder))
    spool.keep(json.dumps({"best": "so far"}).encode())
    for _ in range(600):
        time.sleep(0.1)
        if spool.cancelled():
            return Answer(json.dumps({"best": "when asked"}), "cancelled")
    return Answer(json.dumps({"best": "of all"}), "optimal")


if __name__ == "__main__":
    set_up_logs()
    database = os.environ["TONGZHOU_DATABASE"]
    prepare(database)
    options = WorkerOptions(
        database=database,
        solves=int(sys.argv[1]),
        memory_gib=4.0,
        grace_s=float(os.environ.get("ODD_GRACE_S", "60")),
        task=task,
    )
    work(options)
