"""Ids that sort by the time they were made (UUID version 7, RFC 9562), within a process also inside one millisecond."""

from __future__ import annotations

import os
import threading
import time
import uuid

RANDOM_BITS = 74


class IdMaker:
    """Makes ids in rising order: what one process makes in a row, lists show in that order (RFC 9562, method 2 of 6.2)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = (0, 0)

    def new(self) -> str:
        """48 bits of milliseconds, then 74 random bits, which grow within the millisecond."""
        with self._lock:
            milliseconds = max(time.time_ns() // 1_000_000, self._last[0])
            if milliseconds == self._last[0]:
                tail = self._last[1] + 1 + int.from_bytes(os.urandom(4))
            else:
                tail = int.from_bytes(os.urandom(10)) & ((1 << RANDOM_BITS - 1) - 1)  # the top bit is left for growing
            self._last = (milliseconds, tail)
        value = (
            (milliseconds & ((1 << 48) - 1)) << 80
            | 0x7 << 76
            | (tail >> 62 & 0xFFF) << 64
            | 0x2 << 62
            | tail & ((1 << 62) - 1)
        )
        return str(uuid.UUID(int=value))


new_id = IdMaker().new
