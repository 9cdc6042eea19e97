"""Every id that names a row of another table names one that exists."""

from __future__ import annotations

from tongzhou.model.domain.checks.draft import Draft, did_you_mean
from tongzhou.model.domain.column import columns_of
from tongzhou.model.domain.problem import TABLES
from tongzhou.model.errors import Text


def check_references(draft: Draft) -> None:
    """Report unknown cities, resources, needs; closures of lanes and vehicles of fleets that do not exist."""
    known = {
        name: {getattr(row, TABLES[name].key[0]) for _, row in draft.rows(name)}
        for name in ("cities", "resources", "needs", "incidents")
    }
    for name, spec in TABLES.items():
        for column_name, column in columns_of(spec.row_class).items():
            if column.refers is None:
                continue
            for index, row in draft.rows(name):
                value = getattr(row, column_name)
                words = value.split() if column.kind == "words" and value else [value]
                for word in words:
                    if word is not None and word not in known[column.refers]:
                        expected = Text(f"an id of {column.refers}", f"{column.refers} 中的编号")
                        suggestion = did_you_mean(word, known[column.refers])
                        draft.fault(name, index, (column_name,), word, expected, suggestion)
    _check_closed_lanes(draft)


def _check_closed_lanes(draft: Draft) -> None:
    lanes = {(row.origin, row.destination, row.mode) for _, row in draft.rows("links")}
    lanes |= {(row.destination, row.origin, row.mode) for _, row in draft.rows("links") if row.both_ways}
    cities = {row.city for _, row in draft.rows("cities")}
    for index, row in draft.rows("closures"):
        if (row.origin, row.destination, row.mode) in lanes or not {row.origin, row.destination} <= cities:
            continue
        found = f"{row.origin} > {row.destination} ({row.mode})"
        reverse = (row.destination, row.origin, row.mode) in lanes
        suggestion = Text("the lane exists in the other direction", "该线路仅有反方向") if reverse else None
        expected = Text("a lane of links", "links 中的线路")
        draft.fault("closures", index, ("origin", "destination", "mode"), found, expected, suggestion)
