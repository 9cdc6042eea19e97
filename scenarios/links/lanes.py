"""Legs between cities become rows of `links`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from tongzhou.model.domain.tables import Link


@dataclass(frozen=True, slots=True)
class Leg:
    """One direction between two cities: kilometres, hours where they are known; `estimate`: reckoned, not measured."""

    origin: str
    destination: str
    km: float
    hours: float | None = None
    estimate: bool = False


@dataclass(frozen=True, slots=True)
class LaneRules:
    """What a lane's row needs beside its distance.

    `km_per_h`: speed where a leg has no hours of its own; `stops_h`: hours added to every leg (rests, handling); `most_km`: longer
    legs are left out; `t_km_cost`: a common carrier's price a tonne-kilometre, None where goods need a fleet.
    """

    mode: str = "road"
    km_per_h: float = 60.0
    stops_h: float = 0.0
    most_km: float = float("inf")
    t_km_cost: float | None = None


def lanes_of(legs: Iterable[Leg], rules: LaneRules) -> tuple[Link, ...]:
    """Rows of `links`, sorted; a leg known in one direction only holds both ways."""
    known = {(leg.origin, leg.destination): leg for leg in legs if leg.km <= rules.most_km}
    return tuple(_lane(leg, rules, both_ways=pair[::-1] not in known) for pair, leg in sorted(known.items()))


def _lane(leg: Leg, rules: LaneRules, *, both_ways: bool) -> Link:
    hours = leg.km / rules.km_per_h if leg.hours is None else leg.hours
    return Link(
        origin=leg.origin,
        destination=leg.destination,
        mode=rules.mode,
        travel_h=max(0.01, round(hours + rules.stops_h, 2)),
        distance_km=round(leg.km, 1),
        t_cost=None if rules.t_km_cost is None else Decimal(str(round(leg.km * rules.t_km_cost, 2))),
        both_ways=both_ways,
        estimate=leg.estimate,
    )
