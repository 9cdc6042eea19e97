"""Room on vehicles: neither rounding up nor the solver's tolerance may call for one vehicle more."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tongzhou.model.indices import Indices
from tongzhou.model.indices.cargo import Departure, Piece
from tongzhou.model.indices.flows import ShipKey
from tongzhou.model.units import FULL
from tongzhou.solvers.compiled import CompiledModel, Floats

WHOLE = 1e-6
"""What a count of trips may be above a whole number."""


@dataclass(slots=True)
class Room:
    """Tonnes and cubic metres by which the goods of each departure may be rounded up, all together; below zero what is too much."""

    spare: dict[Departure, Piece]
    pieces: Mapping[ShipKey, Piece]

    def copy(self) -> Room:
        """The same room, to be used up anew."""
        return Room(dict(self.spare), self.pieces)

    def take(self, key: ShipKey, more: float) -> bool:
        """Use up the room that `more` of a shipment needs (in units of its variable); False, and nothing used, where there is too little."""
        departure = (key[0], key[2])
        if more <= 0 or departure not in self.spare:
            return True
        weight, volume = self.spare[departure]
        piece = self.pieces[key]
        if more * piece[0] > weight or more * piece[1] > volume:
            return False
        self.spare[departure] = (weight - more * piece[0], volume - more * piece[1])
        return True

    def shed(self, key: ShipKey, quantity: float) -> float:
        """The quantity (in units of its variable) less what its vehicles cannot take."""
        departure = (key[0], key[2])
        weight, volume = self.spare.get(departure, (0.0, 0.0))
        piece = self.pieces.get(key, (0.0, 0.0))
        surplus = [-room / size for room, size in ((weight, piece[0]), (volume, piece[1])) if room < 0 and size > 0]
        less = min(quantity, max(surplus, default=0.0))
        if less > 0:
            self.spare[departure] = (weight + less * piece[0], volume + less * piece[1])
        return quantity - less


def room_of(ix: Indices, model: CompiledModel, solution: Floats) -> Room:
    """What the trips of a solution leave free beside its own loads."""
    ship, depart = model.values(solution, "ship"), model.values(solution, "depart")
    trips = model.values(solution, "trips")
    spare: dict[Departure, Piece] = {}
    pieces: dict[ShipKey, Piece] = {}
    for departure, goods in ix.cargo.shipped.items():
        lane = ix.lanes.by_vehicle.get(departure[0])
        if lane is None:
            continue
        pieces.update({key: piece for piece, key in goods})
        weight, volume = ix.promises.out_load.get(departure, (0.0, 0.0))
        loads = [(piece, ship.get(key, 0.0)) for piece, key in goods]
        loads += [(piece, depart.get(key, 0.0)) for piece, key in ix.cargo.deployed.get(departure, ())]
        weight += sum(piece[0] * quantity for piece, quantity in loads)
        volume += sum(piece[1] * quantity for piece, quantity in loads)
        vehicles = math.ceil(trips.get(departure, 0.0) - WHOLE) * (1 + FULL / 2)
        spare[departure] = (vehicles * lane.payload_t - weight, vehicles * lane.volume_m3 - volume)
    return Room(spare, pieces)
