"""A folder through which a solving process tells its progress and its best so far, and hears that it is to stop.

Files, each written beside and moved into place: whoever is killed at whatever moment, the other reads a whole file or none.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from tongzhou.solvers.progress import Progress

PROGRESS, SNAPSHOT, CANCEL = "progress.json", "snapshot", "cancel"


class Spool:
    """Both sides of the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def report(self, progress: Progress) -> None:
        """The solving side: how far it has come."""
        told: dict[str, Any] = {"step": progress.step, "seconds": round(progress.seconds, 1)}
        numbers = {"best": progress.incumbent, "bound": progress.bound, "gap": progress.gap}
        told |= {name: value for name, value in numbers.items() if value is not None and math.isfinite(value)}
        self._write(PROGRESS, json.dumps(told).encode())

    def keep(self, best: bytes) -> None:
        """The solving side: the best so far."""
        self._write(SNAPSHOT, best)

    def cancelled(self) -> bool:
        """The solving side: whether it is to stop and hand over what it has."""
        return (self.folder / CANCEL).exists()

    def cancel(self) -> None:
        """The watching side: ask it to stop."""
        (self.folder / CANCEL).touch()

    def progress(self) -> dict[str, Any] | None:
        """The watching side: what was told last."""
        told = self._read(PROGRESS)
        return None if told is None else json.loads(told)

    def snapshot(self) -> bytes | None:
        """The watching side: the best so far."""
        return self._read(SNAPSHOT)

    def _write(self, name: str, content: bytes) -> None:
        beside = self.folder / f".{name}"
        beside.write_bytes(content)
        beside.replace(self.folder / name)

    def _read(self, name: str) -> bytes | None:
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None
