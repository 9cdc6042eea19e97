"""Tables as a file holds them, before any meaning, and their reading into rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tongzhou.model.domain.checks.draft import did_you_mean, shown
from tongzhou.model.domain.column import Column, Value, columns_of, required_columns
from tongzhou.model.errors import Fault, Text
from tongzhou.scenarios.cells import CellError, read_cell


@dataclass(slots=True)
class RawTable:
    """Header and rows; each row with its number in the source."""

    name: str
    header: Sequence[str]
    rows: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)


@dataclass(slots=True)
class RawScenario:
    """Everything a source holds, and the faults found while opening it."""

    settings: Mapping[str, Any]
    tables: dict[str, RawTable] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def unreadable(self) -> bool:
        """Whether the source as a whole could not be opened: then more faults would only repeat that."""
        return not self.settings and not self.tables and bool(self.faults)


@dataclass(slots=True)
class ReadTable:
    """Rows of a table; unreadable cells hold stand-ins and are listed by (row index, column)."""

    rows: list[Any] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    bad: list[tuple[int, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read_table(raw: RawTable, row_class: type) -> ReadTable:
    """Read every row; faults of the header and of cells are collected."""
    columns = columns_of(row_class)
    found = ReadTable(faults=_header_faults(raw, columns, required_columns(row_class)))
    missing = [name for name in required_columns(row_class) if name not in raw.header]
    for index, (number, cells) in enumerate(raw.rows):
        values: dict[str, Value] = {}
        for name, column in columns.items():
            if name not in raw.header and name in missing:
                found.bad.append((index, name))
                values[name] = _stand_in(column)
                continue
            try:
                values[name] = read_cell(column, cells.get(name))
            except CellError as error:
                found.bad.append((index, name))
                values[name] = _stand_in(column)
                value = "blank" if cells.get(name) in (None, "") else shown(cells.get(name))
                found.faults.append(Fault(raw.name, number, (name,), value, error.expected, error.suggestion))
        found.rows.append(row_class(**values))
        found.numbers.append(number)
    return found


def _header_faults(raw: RawTable, columns: Mapping[str, Column], required: Sequence[str]) -> list[Fault]:
    faults = []
    known = ", ".join(columns)
    for name in raw.header:
        if name not in columns:
            expected = Text(f"one of the columns {known}", f"以下列之一: {known}")
            faults.append(Fault(raw.name, 1, (name or "(blank)",), shown(name), expected, did_you_mean(name, columns)))
    for name in sorted({name for name in raw.header if list(raw.header).count(name) > 1}):
        faults.append(Fault(raw.name, 1, (name,), shown(name), Text("each column once", "每列仅一次")))
    for name in required:
        if name not in raw.header:
            faults.append(Fault(raw.name, 1, (name,), "no such column", Text("this column is required", "必填列")))
    return faults


def _stand_in(column: Column) -> Value:
    """A harmless value in the place of an unreadable one."""
    if column.optional:
        return column.default
    if column.kind in ("id", "text", "words"):
        return "?"
    if column.kind == "choice":
        return column.choices[0]
    if column.kind == "flag":
        return False
    size = column.low if column.low is not None else (column.above or 0.0) + 1.0
    if column.kind == "whole":
        return int(size)
    return Decimal(int(size)) if column.kind in ("amount", "rate") else float(size)
