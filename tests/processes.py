"""Processes and what they began, as Linux tells it."""

from __future__ import annotations

from pathlib import Path


def processes_below(pid: int) -> list[int]:
    """A process's children and theirs."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        found = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []
    return [*found, *(inner for child in found for inner in processes_below(child))]
