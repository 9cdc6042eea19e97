"""Tables of a result read back from its CSV files or its JSON document."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from tongzhou.model.domain.column import columns_of
from tongzhou.model.errors import Fault
from tongzhou.scenarios.csv_folder import read_csv
from tongzhou.scenarios.raw import RawTable, read_table

MOST_FAULTS = 10


def rows_of_folder(
    folder: Path, tables: Mapping[str, type], optional: Collection[str] = ()
) -> dict[str, tuple[Any, ...]]:
    """Rows of every table of a folder; of an optional one that is missing none. Raises `ValueError` with the first faults."""
    found: dict[str, tuple[Any, ...]] = {}
    for name, row_class in tables.items():
        if name in optional and not (folder / f"{name}.csv").is_file():
            found[name] = ()
            continue
        faults: list[Fault] = []
        raw = read_csv(folder / f"{name}.csv", name, faults)
        if raw is None:
            raise ValueError(faults[0].line("en"))
        found[name] = _rows(raw, row_class)
    return found


def rows_of_document(document: Mapping[str, Any], tables: Mapping[str, type]) -> dict[str, tuple[Any, ...]]:
    """Rows of every table of a JSON document; a missing table has none. Raises `ValueError` with the first faults."""
    return {
        name: _rows(
            RawTable(name, list(columns_of(row_class)), list(enumerate(document.get(name, []), start=1))), row_class
        )
        for name, row_class in tables.items()
    }


def _rows(raw: RawTable, row_class: type) -> tuple[Any, ...]:
    read = read_table(raw, row_class)
    if read.faults:
        raise ValueError("; ".join(fault.line("en") for fault in read.faults[:MOST_FAULTS]))
    return tuple(read.rows)
