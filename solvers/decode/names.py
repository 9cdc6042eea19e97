"""Ids of new lines: a proposed line that is planned again keeps its own, others are named after what they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from tongzhou.model.domain.tables import Commitment
from tongzhou.model.indices import Indices
from tongzhou.model.indices.promises import taken_ids
from tongzhou.model.units import periods_up

WHOLE = 1e-9
Key = tuple[object, ...]


@dataclass(slots=True)
class Names:
    """Proposed lines by what they are: way, resource, hours, need."""

    taken: set[str]
    proposed: dict[Key, list[Commitment]] = field(default_factory=lambda: defaultdict(list))

    def split(self, key: Key, quantity: float, name: str) -> list[tuple[str, float, str | None]]:
        """Id, quantity and need of the lines that share a quantity: each proposed line as far as it goes, the rest to the first.

        Without a proposed line one line, named `name` (with a mark where another line bears that name).
        """
        rows = self.proposed.get(key, [])
        if not rows:
            while name in self.taken:
                name += "+"
            return [(name, quantity, None)]
        parts, left = [], quantity
        for row in rows:
            part = min(row.quantity, left)
            parts.append(part)
            left -= part
        parts[0] += left
        return [
            (row.line, part, row.need)
            for row, part in zip(rows, parts, strict=True)
            if part > WHOLE * max(1.0, quantity)
        ]


def lay_names(ix: Indices) -> Names:
    """Names of the proposed lines of a scenario."""
    names = Names(taken_ids(ix.problem))
    for row in ix.problem.commitments:
        if row.status == "proposed":
            names.proposed[_key(ix, row)].append(row)
    return names


def _key(ix: Indices, row: Commitment) -> Key:
    depart = periods_up(row.depart_h, ix.grid.hours)
    if row.kind == "shipment":
        return shipment_key(row.origin, row.destination, row.mode or "", row.vehicle or "", row.resource, depart)
    leave = None if row.leave_h is None else periods_up(row.leave_h, ix.grid.hours)
    return deployment_key(row.origin, row.need or "", row.vehicle or "", row.resource, depart, leave)


def shipment_key(origin: str, destination: str, mode: str, vehicle: str, resource: str, depart: int) -> Key:
    """What makes a shipment the one that was proposed."""
    return (origin, destination, mode, vehicle, resource, depart)


def deployment_key(home: str, need: str, vehicle: str, resource: str, depart: int, leave: int | None) -> Key:
    """What makes a deployment the one that was proposed."""
    return (home, need, vehicle, resource, depart, leave)


def shares(parts: Sequence[tuple[str, float, str | None]], own: float) -> list[float]:
    """How much of each line is the origin's own, the first lines first."""
    found = []
    for _, quantity, _ in parts:
        part = min(quantity, own)
        found.append(part)
        own -= part
    return found
