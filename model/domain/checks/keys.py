"""No row twice."""

from __future__ import annotations

from tongzhou.model.domain.checks.draft import Draft, shown
from tongzhou.model.domain.problem import TABLES
from tongzhou.model.errors import Text


def check_keys(draft: Draft) -> None:
    """Report every second row with the same key, and lanes given twice through `both_ways`."""
    for name, spec in TABLES.items():
        if not spec.key:
            continue
        seen: dict[tuple[object, ...], int] = {}
        for index, row in draft.rows(name):
            if any(draft.is_bad_cell(name, index, column) for column in spec.key):
                continue
            key = tuple(getattr(row, column) for column in spec.key)
            first = seen.setdefault(key, index)
            if first != index:
                found = ", ".join(shown(part) for part in key if part is not None)
                draft.fault(name, index, spec.key, found, _unique(spec.key, first))
    _check_reverse_lanes(draft)


def _check_reverse_lanes(draft: Draft) -> None:
    directed = {(row.origin, row.destination, row.mode): index for index, row in draft.rows("links")}
    for index, row in draft.rows("links"):
        first = directed.get((row.destination, row.origin, row.mode))
        if not row.both_ways or first is None or first == index:
            continue
        if draft.tables.links[first].both_ways and first > index:
            continue  # reported at the later row
        draft.fault("links", index, ("both_ways", "origin", "destination", "mode"), True, Text(
            f"one row a direction: row {first + 1} already gives the way back", f"每个方向一行: 第 {first + 1} 行已给出返程"
        ))  # fmt: skip


def _unique(key: tuple[str, ...], first: int) -> Text:
    names = ", ".join(key)
    return Text(f"a unique {names}: row {first + 1} has the same", f"{names} 不得重复: 与第 {first + 1} 行相同")
