"""Shipment lines: one a lane, supply and hour; kept lines keep their ids; goods are followed to the need they serve."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field

from tongzhou.model.indices import Indices
from tongzhou.model.indices.flows import AID, OWN
from tongzhou.model.indices.lanes import Lane
from tongzhou.model.indices.promises import kept_lines
from tongzhou.model.units import HOUR_TOLERANCE, periods_up, tidy_hours
from tongzhou.solvers.decode.goods import Goods
from tongzhou.solvers.decode.names import lay_names, shares, shipment_key

USED_UP = 1e-9


@dataclass(slots=True)
class Line:
    """One shipment line; `used` is what others than the owner used of the goods that set out on it, `lost` what was not
    accepted where it went."""

    line: str
    lane: Lane
    supply: str
    quantity: float
    depart_h: float
    depart: int
    kept: bool
    need: str | None = None
    used: float = 0.0
    needs: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    from_own: float = 0.0
    lost: float = 0.0
    arrived_h: float | None = None

    @property
    def received(self) -> float:
        """What is accepted where it goes."""
        return self.quantity - self.lost

    @property
    def arrives(self) -> bool:
        """Whether it is still to arrive; what arrived before the start is in the stock of its destination."""
        return self.arrive_h >= -HOUR_TOLERANCE

    @property
    def arrive_h(self) -> float:
        """Hour of arrival: as it really was where that is known, else by the lane's travel."""
        return self.depart_h + self.lane.travel * self.lane.hours if self.arrived_h is None else self.arrived_h

    @property
    def arrive(self) -> int:
        """Period of arrival."""
        return self.depart + self.lane.travel if self.arrived_h is None else periods_up(self.arrived_h, self.lane.hours)


@dataclass(slots=True)
class _Parcel:
    """Goods at a city that came from elsewhere: the line they set out on, the line that brought them, how much is left."""

    first: Line
    last: Line
    quantity: float


def shipment_lines(ix: Indices, goods: Goods) -> list[Line]:
    """All lines of the plan, with what each contributed to which need."""
    lines = _kept(ix, goods) + _new(ix, goods)
    _follow(ix, goods, lines)
    return lines


def _kept(ix: Indices, goods: Goods) -> list[Line]:
    found = []
    for row in kept_lines(ix.problem, "shipment"):
        key = f"{row.origin}>{row.destination}:{row.mode}:{row.vehicle or ''}"
        line = Line(row.line, ix.lane_of[key], row.resource, row.quantity, row.depart_h,
                    periods_up(row.depart_h, ix.grid.hours), kept=True, need=row.need)  # fmt: skip
        line.from_own = ix.departures.own_of.get(row.line, row.quantity - goods.passed.get(row.line, 0.0))
        line.lost = ix.problem.missing.get(row.line, 0.0)
        line.arrived_h = row.arrived_h
        found.append(line)
    return found


def _new(ix: Indices, goods: Goods) -> list[Line]:
    merged: dict[tuple[str, str, int], dict[str, float]] = defaultdict(dict)
    for key, quantity in sorted(goods.shipped.items()):
        if quantity > 0:
            merged[key[:3]][key[3]] = quantity
    names = lay_names(ix)
    found = []
    for (lane_key, supply, period), parts in merged.items():
        lane = ix.lane_of[lane_key]
        depart_h = tidy_hours(period * ix.grid.hours)
        name = f"S:{lane.origin}>{lane.destination}:{lane.mode}:{lane.vehicle or 'carrier'}:{supply}:{depart_h:g}"
        movement = shipment_key(lane.origin, lane.destination, lane.mode, lane.vehicle, supply, period)
        lines = names.split(movement, sum(parts.values()), name)
        for (line_id, quantity, _), own in zip(lines, shares(lines, parts.get(OWN, 0.0)), strict=True):
            line = Line(line_id, lane, supply, quantity, depart_h, period, kept=False)
            line.from_own = own
            found.append(line)
    return found


def _follow(ix: Indices, goods: Goods, lines: list[Line]) -> None:
    """Goods received are used and passed on in the order of their arrival."""
    there: dict[tuple[str, str], deque[_Parcel]] = defaultdict(deque)
    arriving: dict[int, list[tuple[Line, list[_Parcel]]]] = defaultdict(list)
    leaving: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if line.kept and line.depart_h < 0:
            if line.arrives:
                arriving[max(0, line.arrive)].append((line, [_Parcel(line, line, line.received)]))
        else:
            leaving[line.depart].append(line)
    used = defaultdict(list)
    for key, quantity in sorted(goods.used.items()):
        if key[3] == AID:
            used[key[2]].append((key, quantity))
    for period in range(ix.grid.count):
        for line, parcels in arriving[period]:
            there[line.lane.destination, line.supply].extend(parcels)
        for line in leaving[period]:
            arriving[line.arrive].append((line, _loaded(line, there[line.lane.origin, line.supply])))
        for (demand, supply, _, _), quantity in used[period]:
            need = ix.supplies[demand].need
            for parcel in _take(there[ix.supplies[demand].city, supply], quantity):
                parcel.first.used += parcel.quantity
                parcel.last.needs[need] += parcel.quantity


def _loaded(line: Line, there: deque[_Parcel]) -> list[_Parcel]:
    """What a line brings of what was there: its origin's own goods first, then what was received; the last of it is what is lost."""
    passed_on = _take(there, line.quantity - line.from_own)
    parcels = [_Parcel(item.first, line, item.quantity) for item in passed_on]
    if line.from_own > 0:
        parcels.insert(0, _Parcel(line, line, line.from_own))
    return _take(deque(parcels), line.received) if line.lost else parcels


def _take(queue: deque[_Parcel], quantity: float) -> list[_Parcel]:
    taken = []
    left = quantity
    while left > USED_UP * max(1.0, quantity) and queue:
        parcel = queue[0]
        part = min(left, parcel.quantity)
        taken.append(_Parcel(parcel.first, parcel.last, part))
        parcel.quantity -= part
        left -= part
        if parcel.quantity <= USED_UP * max(1.0, quantity):
            queue.popleft()
    return taken
