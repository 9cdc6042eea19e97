"""The columns that a plan's lines stand for: the way back from `decode`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from tongzhou.model.domain.tables import Commitment
from tongzhou.model.indices import Indices
from tongzhou.model.indices.flows import AID, OWN
from tongzhou.model.plan import Deployment, Plan, Shipment
from tongzhou.model.units import HOUR_TOLERANCE, periods_down, periods_up
from tongzhou.solvers.compiled import CompiledModel, Floats

DECIDED = ("ship", "trips", "depart", "leave", "delivers", "call", "kept")
"""Variables that a plan's rows decide; everything else follows."""
ROUNDED = 2e-6
"""Share of a quantity by which a published number may stretch a limit."""


@dataclass(slots=True)
class Encoded:
    """`columns` fixed at `values` (natural), divisible ones within `room`, for published numbers are rounded; `sums`: columns of
    two pools that have a quantity together, and its limits; `strange`: lines that the model has no column for."""

    columns: npt.NDArray[np.int64]
    values: Floats
    room: Floats
    sums: list[tuple[tuple[int, ...], float, float]]
    strange: list[str]

    @property
    def bounds(self) -> tuple[Floats, Floats]:
        """Lower and upper limits of the columns."""
        return np.maximum(self.values - self.room, 0.0), self.values + self.room


@dataclass(slots=True)
class _Book:
    """Values by variable and key, sums, and lines without a column."""

    found: dict[tuple[str, object], float] = field(default_factory=lambda: defaultdict(float))
    pooled: dict[tuple[str, str, int], float] = field(default_factory=lambda: defaultdict(float))
    strange: list[str] = field(default_factory=list)


def encode(ix: Indices, model: CompiledModel, plan: Plan) -> Encoded:
    """All decided columns of a model as a plan has them: its lines and trips, nothing else."""
    book, kept = _Book(), {row.line for row in ix.problem.kept}
    for shipment in plan.shipments:
        if shipment.line not in kept:
            _ship(ix, model, shipment, book)
    for deployment in plan.deployments:
        if deployment.line not in kept:
            _deploy(ix, model, deployment, book)
    _trips(ix, model, plan, book)
    _call(ix, model, plan, book)
    for row in ix.problem.commitments:
        if row.line in model.variables["kept"].place:
            book.found["kept", row.line] = float(stands(ix, book.found, row))
    free: set[int] = set()
    sums = []
    for (lane, supply, period), quantity in book.pooled.items():
        pools = tuple(model.column("ship", (lane, supply, period, pool)) for pool in (OWN, AID))
        room = ROUNDED * max(1.0, quantity)
        sums.append((pools, max(0.0, quantity - room) / ix.lot(supply), (quantity + room) / ix.lot(supply)))
        free.update(pools)
    columns, values = [], []
    for name in DECIDED:
        for key, column in model.variables[name].place.items():
            if column not in free:
                columns.append(column)
                values.append(book.found.get((name, key), 0.0))
    places, quantities = np.array(columns, dtype=np.int64), np.array(values)
    rooms = np.where(model.whole[places] | (quantities <= 0), 0.0, ROUNDED * np.maximum(1.0, quantities))
    return Encoded(places, quantities, rooms, sums, book.strange)


def _ship(ix: Indices, model: CompiledModel, row: Shipment, book: _Book) -> None:
    lane, period = f"{row.origin}>{row.destination}:{row.mode}:{row.vehicle or ''}", _period(ix, row.depart_h)
    keys = [(lane, row.resource, period, pool) for pool in (OWN, AID)]
    there = [key for key in keys if key in model.variables["ship"].place]
    if not there:
        book.strange.append(row.line)
        return
    if len(there) == 2:
        book.pooled[lane, row.resource, period] += row.quantity
    else:
        book.found["ship", there[0]] += row.quantity / ix.lot(row.resource)
    for key in there:
        if key in model.variables["delivers"].place:
            book.found["delivers", key] = 1.0


def _deploy(ix: Indices, model: CompiledModel, row: Deployment, book: _Book) -> None:
    depart, leave = _period(ix, row.depart_h), _period(ix, row.leave_h)
    for item in ix.assignments.of_need.get((row.need, row.resource), ()):
        same = item.lane is None or not item.rides or (item.lane.vehicle, item.lane.mode) == (row.vehicle, row.mode)
        if item.home != row.origin or not same:
            continue
        if (item.key, depart) in model.variables["depart"].place and (item.key, leave) in model.variables[
            "leave"
        ].place:
            book.found["depart", (item.key, depart)] += row.quantity
            book.found["leave", (item.key, leave)] += row.quantity
            return
    book.strange.append(row.line)


def _trips(ix: Indices, model: CompiledModel, plan: Plan, book: _Book) -> None:
    for row in plan.trips:
        key = (f"{row.origin}>{row.destination}:{row.mode}:{row.vehicle}", _period(ix, row.depart_h))
        if row.depart_h >= -HOUR_TOLERANCE and key in model.variables["trips"].place:
            book.found["trips", key] += row.trips


def _call(ix: Indices, model: CompiledModel, plan: Plan, book: _Book) -> None:
    """The call as the plan has it; where it has none but needs one, the latest that lets its national lines go."""
    if not model.variables["call"].place:
        return
    leaving = [
        row.depart_h for row in plan.lines if ix.problem.city_of[row.origin].role == "national" and row.depart_h >= 0
    ]
    hours, delay = ix.grid.hours, ix.problem.settings.escalation.national_delay_h
    if plan.national_call_h is not None:
        period = _period(ix, plan.national_call_h)
    elif leaving:
        period = periods_down(min(leaving), hours) - periods_up(delay, hours)
    else:
        return
    if period in model.variables["call"].place:
        book.found["call", period] = 1.0


def stands(ix: Indices, found: dict[tuple[str, object], float], row: Commitment) -> bool:
    """Whether a proposed line is kept by what leaves: at least its quantity on its way at its hour."""
    period = _period(ix, row.depart_h)
    if row.kind == "shipment":
        lane = f"{row.origin}>{row.destination}:{row.mode}:{row.vehicle or ''}"
        moved = sum(found.get(("ship", (lane, row.resource, period, pool)), 0.0) for pool in (OWN, AID))
        return moved * ix.lot(row.resource) >= row.quantity * (1 - 1e-9)
    items = ix.assignments.of_need.get((row.need or "", row.resource), ())
    ways = [
        item for item in items
        if item.home == row.origin and (item.lane is None or not item.rides or item.lane.vehicle == row.vehicle)
    ]  # fmt: skip
    return sum(found.get(("depart", (item.key, period)), 0.0) for item in ways) >= row.quantity * (1 - 1e-9)


def _period(ix: Indices, hour: float) -> int:
    return periods_up(hour, ix.grid.hours)
