"""A change of a scenario that can be told, written down and carried out: one cell of one row, or a row more."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tongzhou.model.domain import Problem
from tongzhou.model.domain.column import Value
from tongzhou.model.domain.problem import TABLES

KEYS = {
    "arrivals": ("city", "resource", "at_h"),
    "closures": ("origin", "destination", "mode", "from_h", "until_h"),
}
"""Columns that name a row of a table without unique rows; the first row that bears them is meant."""


@dataclass(frozen=True, slots=True)
class Change:
    """`column` of the row that `key` names becomes `becomes`; a row that is not there is added with the columns `also`."""

    table: str
    key: tuple[Value, ...]
    column: str
    was: Value
    becomes: Value
    also: tuple[tuple[str, Value], ...] = ()

    @property
    def where(self) -> str:
        """The row as one text: `city=hefei resource=tent`."""
        return " ".join(f"{name}={_plain(value)}" for name, value in zip(key_of(self.table), self.key, strict=True))

    @property
    def line(self) -> str:
        """The change as one text: `stocks[city=hefei resource=tent].offered: 100 -> 220`."""
        return f"{self.table}[{self.where}].{self.column}: {_plain(self.was)} -> {_plain(self.becomes)}"


def _plain(value: Value) -> str:
    if value is None:
        return "blank"
    return f"{float(value):.10g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def key_of(table: str) -> tuple[str, ...]:
    """The columns that name a row of a table."""
    return TABLES[table].key or KEYS[table]


def apply_changes(problem: Problem, changes: Iterable[Change]) -> Problem:
    """The scenario with every change carried out. Raises `ScenarioError` where they do not make a valid scenario."""
    tables: dict[str, list[Any]] = {}
    for change in changes:
        rows = tables.setdefault(change.table, list(getattr(problem, change.table)))
        _carry_out(rows, change)
    return problem.replace(**{name: tuple(rows) for name, rows in tables.items()})


def _carry_out(rows: list[Any], change: Change) -> None:
    names = key_of(change.table)
    for place, row in enumerate(rows):
        if tuple(getattr(row, name) for name in names) == change.key:
            rows[place] = dataclasses.replace(row, **{change.column: change.becomes})
            return
    spec = TABLES[change.table].row_class
    given = dict(zip(names, change.key, strict=True)) | dict(change.also) | {change.column: change.becomes}
    rows.append(spec(**given))
