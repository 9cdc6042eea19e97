"""Trips: as many vehicles as the loads of a departure need, out and home."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from tongzhou.model.indices import Indices
from tongzhou.model.indices.lanes import Lane
from tongzhou.model.plan import Trip
from tongzhou.model.units import tidy_hours, vehicles_for
from tongzhou.solvers.decode.money import cents, tidy


@dataclass(slots=True)
class _Load:
    out_t: float = 0.0
    out_m3: float = 0.0
    home_t: float = 0.0
    home_m3: float = 0.0


class TripBook:
    """Loads by lane and hour of departure."""

    def __init__(self, ix: Indices) -> None:
        self._ix = ix
        self._lanes: dict[str, Lane] = {}
        self._loads: dict[tuple[str, float], _Load] = defaultdict(_Load)

    def out(self, lane: Lane, depart_h: float, resource: str, quantity: float) -> str | None:
        """Load a quantity for the way out; the trip's id, None for a carrier's lane."""
        if not lane.vehicle:
            return None
        row = self._ix.problem.resource_of[resource]
        load = self._load(lane, depart_h)
        load.out_t += row.weight_t * quantity
        load.out_m3 += row.volume_m3 * quantity
        return self.name(lane, depart_h)

    def home(self, lane: Lane, depart_h: float, resource: str, quantity: float) -> None:
        """Load equipment for the way home of a trip that leaves home at `depart_h`."""
        row = self._ix.problem.resource_of[resource]
        load = self._load(lane, depart_h)
        load.home_t += row.weight_t * quantity
        load.home_m3 += row.volume_m3 * quantity

    def _load(self, lane: Lane, depart_h: float) -> _Load:
        self._lanes[lane.key] = lane
        return self._loads[lane.key, tidy_hours(depart_h)]

    @staticmethod
    def name(lane: Lane, depart_h: float) -> str:
        """Id of a trip: stable over re-solves."""
        return f"T:{lane.origin}>{lane.destination}:{lane.mode}:{lane.vehicle}:{tidy_hours(depart_h):g}"

    def rows(self) -> list[Trip]:
        """All trips, sorted by id."""
        found = [self._row(self._lanes[key], depart_h, load) for (key, depart_h), load in self._loads.items()]
        return sorted(found, key=lambda row: row.trip)

    def _row(self, lane: Lane, depart_h: float, load: _Load) -> Trip:
        weight, volume = max(load.out_t, load.home_t), max(load.out_m3, load.home_m3)
        count = max(1, vehicles_for(weight, volume, lane.payload_t, lane.volume_m3))
        hours = self._ix.grid.hours
        return Trip(
            trip=self.name(lane, depart_h),
            origin=lane.origin,
            destination=lane.destination,
            mode=lane.mode,
            vehicle=lane.vehicle,
            trips=count,
            depart_h=depart_h,
            arrive_h=tidy_hours(depart_h + lane.travel * hours),
            back_h=tidy_hours(depart_h + lane.away * hours),
            load_t=tidy(load.out_t),
            load_m3=tidy(load.out_m3),
            cost=cents(lane.trip_cost * count),
        )
