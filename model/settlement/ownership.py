"""Whose goods a line carries: what a hub passes on belongs to the city that sent it there.

Goods that reach a hub leave it in the order of their arrival, before the hub's own; what stays is used there.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass

from tongzhou.model.domain import Problem
from tongzhou.model.plan import Shipment
from tongzhou.model.settlement.record import LineRecord

DUST = 1e-9


@dataclass(frozen=True, slots=True)
class Parcel:
    """Goods of one owner line that one line carried on; `user` is where they stayed."""

    owner_line: str
    user: str
    quantity: float
    arrive_h: float


@dataclass(frozen=True, slots=True)
class Load:
    """What one line carried for one owner line: how much set out, how much of it was accepted."""

    owner_line: str
    shipped: float
    accepted: float


@dataclass(slots=True)
class _Lot:
    owner_line: str
    quantity: float
    arrive_h: float


_Waiting = dict[tuple[str, str], deque[_Lot]]


def parcels(problem: Problem, records: Sequence[LineRecord]) -> dict[str, list[Parcel]]:
    """Owner line to the places where its goods stayed. Quantities are those accepted."""
    waiting, _ = _trace(problem, records)
    found: dict[str, list[Parcel]] = defaultdict(list)
    for (city, _), lots in waiting.items():
        for lot in lots:
            if lot.quantity > DUST:
                found[lot.owner_line].append(Parcel(lot.owner_line, city, lot.quantity, lot.arrive_h))
    return dict(found)


def loads(problem: Problem, records: Sequence[LineRecord]) -> dict[str, list[Load]]:
    """Shipment line to the owner lines whose goods it carried."""
    return _trace(problem, records)[1]


def _trace(problem: Problem, records: Sequence[LineRecord]) -> tuple[_Waiting, dict[str, list[Load]]]:
    """Follow all goods in the order of time: what stayed where, and what every line carried for whom."""
    waiting: _Waiting = defaultdict(deque)
    carried: dict[str, list[Load]] = {}
    events = sorted(
        (record for record in records if isinstance(record.row, Shipment)),
        key=lambda item: (item.depart_h, item.arrive_h, item.line),
    )
    arriving: list[tuple[float, LineRecord, list[_Lot]]] = []
    for record in events:
        due = [item for item in arriving if item[0] <= record.depart_h]
        arriving = [item for item in arriving if item[0] > record.depart_h]
        _arrive(waiting, due)
        carried[record.line] = _load(problem, record, waiting)
        lots = [_Lot(item.owner_line, item.accepted, record.arrive_h) for item in carried[record.line] if item.accepted]
        arriving.append((record.arrive_h, record, lots))
    _arrive(waiting, arriving)
    return waiting, carried


def _arrive(waiting: _Waiting, due: list[tuple[float, LineRecord, list[_Lot]]]) -> None:
    for _, record, lots in sorted(due, key=lambda item: (item[0], item[1].line)):
        waiting[record.destination, record.resource].extend(lots)


def _load(problem: Problem, record: LineRecord, waiting: _Waiting) -> list[Load]:
    """What the line takes along, by owner; goods lost on the way are the last in the queue."""
    left, accepted = max(record.shipped, record.accepted), record.accepted
    parts: list[tuple[str, float]] = []
    queue = waiting[record.origin, record.resource]
    while problem.city_of[record.origin].passes_on and left > DUST and queue:
        part = min(left, queue[0].quantity)
        parts.append((queue[0].owner_line, part))
        queue[0].quantity -= part
        left -= part
        if queue[0].quantity <= DUST:
            queue.popleft()
    if left > DUST:
        parts.append((record.line, left))
    found = []
    for owner_line, part in parts:
        arrived = min(part, accepted)
        accepted -= arrived
        found.append(Load(owner_line, part, arrived if arrived > DUST else 0.0))
    return found
