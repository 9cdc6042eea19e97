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


@dataclass(slots=True)
class _Lot:
    owner_line: str
    quantity: float
    arrive_h: float


def parcels(problem: Problem, records: Sequence[LineRecord]) -> dict[str, list[Parcel]]:
    """Owner line to the places where its goods stayed. Quantities are those accepted."""
    waiting: dict[tuple[str, str], deque[_Lot]] = defaultdict(deque)
    events = sorted(
        (record for record in records if isinstance(record.row, Shipment)),
        key=lambda item: (item.depart_h, item.arrive_h, item.line),
    )
    arriving: list[tuple[float, LineRecord, list[_Lot]]] = []
    for record in events:
        due = [item for item in arriving if item[0] <= record.depart_h]
        arriving = [item for item in arriving if item[0] > record.depart_h]
        _arrive(waiting, due)
        arriving.append((record.arrive_h, record, _load(problem, record, waiting)))
    _arrive(waiting, arriving)
    found: dict[str, list[Parcel]] = defaultdict(list)
    for (city, _), lots in waiting.items():
        for lot in lots:
            if lot.quantity > DUST:
                found[lot.owner_line].append(Parcel(lot.owner_line, city, lot.quantity, lot.arrive_h))
    return dict(found)


def _arrive(waiting: dict[tuple[str, str], deque[_Lot]], due: list[tuple[float, LineRecord, list[_Lot]]]) -> None:
    for _, record, lots in sorted(due, key=lambda item: (item[0], item[1].line)):
        waiting[record.destination, record.resource].extend(lots)


def _load(problem: Problem, record: LineRecord, waiting: dict[tuple[str, str], deque[_Lot]]) -> list[_Lot]:
    """What the line brings to its destination, by owner; goods lost on the way are the last in the queue."""
    left = record.accepted
    lots: list[_Lot] = []
    queue = waiting[record.origin, record.resource]
    while problem.city_of[record.origin].passes_on and left > DUST and queue:
        part = min(left, queue[0].quantity)
        lots.append(_Lot(queue[0].owner_line, part, record.arrive_h))
        queue[0].quantity -= part
        left -= part
        if queue[0].quantity <= DUST:
            queue.popleft()
    if left > DUST:
        lots.append(_Lot(record.line, left, record.arrive_h))
    return lots
