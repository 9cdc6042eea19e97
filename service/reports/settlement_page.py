"""The settlement as one self-contained page with pictures."""

from __future__ import annotations

from pathlib import Path

from tongzhou.model.domain import Problem
from tongzhou.model.settlement.settlement import Settlement


def settlement_html(problem: Problem, settlement: Settlement, roads: Path | None = None) -> str:
    """The page of one settlement."""
    raise NotImplementedError
