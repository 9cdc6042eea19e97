"""What an audit finds wrong."""

from __future__ import annotations

from dataclasses import dataclass

from tongzhou.model.errors import Text


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was recorded: in which table, which row, what is wrong with it."""

    table: str
    row: str
    what: Text
