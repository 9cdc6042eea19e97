"""Database work that outlives a restart of the database."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa

PATIENCE_S = 120.0
T = TypeVar("T")


def retrying(work: Callable[[], T], patience_s: float = PATIENCE_S) -> T:
    """Do a whole transaction, again while the database is away. What it wrote before the connection broke was rolled back, or is
    found done when it looks again: only idempotent work belongs here."""
    deadline, pause = time.monotonic() + patience_s, 0.1
    while True:
        try:
            return work()
        except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
            if time.monotonic() > deadline or "disk is full" in str(error.orig) or "No space left" in str(error.orig):
                raise
            time.sleep(pause)
            pause = min(2.0, 2 * pause)
