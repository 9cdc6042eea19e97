"""What rides on which lane and period: the groupings that loads, capacities and handling share."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tongzhou.model.indices.flows import ShipKey

if TYPE_CHECKING:
    from tongzhou.model.indices.indices import Indices

Departure = tuple[str, int]
"""Lane and period of departure."""
Piece = tuple[float, float]
"""Tonnes and cubic metres of one unit of a variable."""
OUT, HOME = "out", "home"


class Cargo:
    """Variables that load each departure: goods and equipment on the way out, equipment on the way home."""

    def __init__(self, ix: Indices) -> None:
        self.shipped: dict[Departure, list[tuple[Piece, ShipKey]]] = defaultdict(list)
        self.deployed: dict[Departure, list[tuple[Piece, tuple[str, int]]]] = defaultdict(list)
        self.fetched: dict[Departure, list[tuple[Piece, tuple[str, int]]]] = defaultdict(list)
        self._collect(ix)
        self.on_route = self._by_route(ix)
        self.loading = self._by_place(ix, loading=True)
        self.unloading = self._by_place(ix, loading=False)

    def _collect(self, ix: Indices) -> None:
        for key in ix.flows.ship:
            lot, row = ix.lot(key[1]), ix.problem.resource_of[key[1]]
            self.shipped[key[0], key[2]].append(((lot * row.weight_t, lot * row.volume_m3), key))
        for item in ix.assignments.by_key.values():
            if not item.rides or item.lane is None:
                continue
            row = ix.problem.resource_of[item.resource]
            piece = (row.weight_t, row.volume_m3)
            for period in item.departs:
                self.deployed[item.lane.key, period].append((piece, (item.key, period)))
            for period in item.leaves:
                self.fetched[item.lane.key, period - item.travel].append((piece, (item.key, period)))

    def _by_route(self, ix: Indices) -> dict[tuple[str, str, str, int], list[Departure]]:
        """Departures of all vehicles and carriers of a route in a period."""
        found: dict[tuple[str, str, str, int], list[Departure]] = defaultdict(list)
        for lane, period in sorted({*self.shipped, *self.deployed}):
            found[(*ix.lane_of[lane].route, period)].append((lane, period))
        return found

    def _by_place(self, ix: Indices, *, loading: bool) -> dict[tuple[str, int], list[tuple[str, Departure]]]:
        """Ways out and home that a city handles in a period. A trip of `t` loads its way home at the site in `t + travel`."""
        found: dict[tuple[str, int], list[tuple[str, Departure]]] = defaultdict(list)
        for key in sorted({*self.shipped, *self.deployed}):
            lane = ix.lane_of[key[0]]
            found[(lane.origin, key[1]) if loading else (lane.destination, key[1] + lane.travel)].append((OUT, key))
        for key in sorted(self.fetched):
            lane = ix.lane_of[key[0]]
            place = (lane.destination, key[1] + lane.travel) if loading else (lane.origin, key[1] + 2 * lane.travel)
            found[place].append((HOME, key))
        return found

    def pieces(self, key: Departure, *, home: bool) -> list[Piece]:
        """Sizes of everything that may ride on a departure."""
        if home:
            return [piece for piece, _ in self.fetched.get(key, ())]
        return [piece for piece, _ in self.shipped.get(key, ())] + [piece for piece, _ in self.deployed.get(key, ())]
