"""The tables of facts that the bundled cases are made from: CSV files beside each case."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path


def source_rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """Rows of `sources/NAME` in the folder of a case, as text by column."""
    with (folder / "sources" / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def real_road_km(raw_km: float) -> float:
    """Road distance for a raw one of the OpenStreetMap graph: meets published distances within about 2 %."""
    return 2.9 + 1.044 * raw_km
