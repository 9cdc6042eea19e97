"""The tables under check, the cells that cannot be relied on, and the faults found so far."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from tongzhou.model.domain.problem import TABLES, Tables
from tongzhou.model.domain.settings import Settings
from tongzhou.model.errors import Fault, Text


def shown(value: object) -> str:
    """A value as a fault shows it."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, Decimal):
        return format(value, "f")
    text = str(value)
    return f"`{text if len(text) <= 60 else text[:57] + '...'}`" if isinstance(value, str) else text


def did_you_mean(value: str, known: Collection[str]) -> Text | None:
    """The likely intention behind a misspelt word."""
    folded = {name.casefold(): name for name in known}
    close = get_close_matches(value.casefold().strip(), folded, n=1, cutoff=0.6)
    if not close:
        return None
    likely = folded[close[0]]
    return Text(f"did you mean `{likely}`?", f"是否为 `{likely}`?")


class Draft:
    """Tables with unreliable cells marked; checks add faults and skip what rests on a marked cell."""

    def __init__(self, settings: Settings, tables: Tables, bad_cells: Collection[tuple[str, int, str]]) -> None:
        self.settings = settings
        self.tables = tables
        self._bad = set(bad_cells)
        self._faults: list[Fault] = []
        self._bad_rows: set[tuple[str, int]] = set()
        self.settle()

    def fault(
        self,
        table: str,
        index: int | None,
        columns: tuple[str, ...],
        found: object,
        expected: Text,
        suggestion: Text | None = None,
    ) -> None:
        """Record a fault of row `index` (from 0), unless it rests on an unreadable cell."""
        if index is not None and any((table, index, name) in self._bad for name in columns):
            return
        row = None if index is None else index + 1
        self._faults.append(Fault(table, row, columns, "" if found is None else shown(found), expected, suggestion))

    def settle(self) -> None:
        """Mark the rows with any fault so far as unreliable for the checks that follow."""
        self._bad_rows |= {(table, index) for table, index, _ in self._bad}
        self._bad_rows |= {(fault.table, fault.row - 1) for fault in self._faults if fault.row is not None}

    def rows(self, table: str) -> Iterator[tuple[int, Any]]:
        """Index and row of every row of a table."""
        yield from enumerate(getattr(self.tables, table))

    def sound(self, table: str) -> Iterator[tuple[int, Any]]:
        """Index and row of the rows without fault so far."""
        for index, row in self.rows(table):
            if (table, index) not in self._bad_rows:
                yield index, row

    def is_bad_cell(self, table: str, index: int, column: str) -> bool:
        """Whether the cell could not be read."""
        return (table, index, column) in self._bad

    def unsound(self, table: str) -> Iterator[Any]:
        """The rows that cannot be relied on."""
        for index, row in self.rows(table):
            if (table, index) in self._bad_rows:
                yield row

    def sorted_faults(self) -> tuple[Fault, ...]:
        """Faults in the order of tables and rows."""
        order = {name: number for number, name in enumerate(("scenario", *TABLES))}
        return tuple(sorted(self._faults, key=lambda item: (order.get(item.table, 99), item.row or 0, item.columns)))
