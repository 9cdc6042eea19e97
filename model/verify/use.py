"""What a plan makes use of, period by period: goods, units, vehicles, tonnes. Limits are tested against it, and answers start from it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from tongzhou.model.plan import Deployment, Trip
from tongzhou.model.units import HOUR_TOLERANCE, away_periods, periods_up
from tongzhou.model.verify.facts import Facts

Holder = tuple[str, str]
"""City and resource."""
FleetKey = tuple[str, str, str]
"""Home, mode, vehicle class."""


class GoodsUse:
    """Supplies that left (for cities helped by offers), landed, were used, are under way, by city and supply: one number a period."""

    def __init__(self, facts: Facts) -> None:
        def zeros() -> list[float]:
            return [0.0] * facts.count

        self.left: dict[Holder, list[float]] = defaultdict(zeros)
        self.left_on_offer: dict[Holder, list[float]] = defaultdict(zeros)
        self.landed: dict[Holder, list[float]] = defaultdict(zeros)
        self.used: dict[Holder, list[float]] = defaultdict(zeros)
        self.transit: dict[Holder, list[float]] = defaultdict(zeros)
        for row in facts.plan.shipments:
            if row.arrive_h < -HOUR_TOLERANCE:
                continue  # it is in the stock of its destination
            depart, arrive = facts.period(row.depart_h), max(0, facts.period(row.arrive_h))
            if row.depart_h >= 0:
                self.left[row.origin, row.resource][depart] += row.quantity
                if (row.destination, row.resource) in facts.problem.helped_by_offers:
                    self.left_on_offer[row.origin, row.resource][depart] += row.quantity
            if arrive < facts.count:
                self.landed[row.destination, row.resource][arrive] += facts.received(row)
            for period in range(max(0, depart), min(arrive, facts.count)):
                self.transit[row.destination, row.resource][period] += row.quantity
        for served in facts.plan.service:
            if facts.problem.resource_of[served.by_resource].is_supply:
                self.used[served.city, served.by_resource][facts.period(served.at_h)] += served.used


@dataclass(slots=True)
class UnitUse:
    """Units of one city and resource, one number a period: engaged anywhere, elsewhere (for voluntary incidents), at rest, held
    again after earlier lines."""

    engaged: list[float]
    elsewhere: list[float]
    on_offer: list[float]
    resting: list[float]
    back: list[float]


def units_in_use(facts: Facts) -> dict[Holder, UnitUse]:
    """Units of every city and resource that a plan deploys."""
    found: dict[Holder, UnitUse] = defaultdict(lambda: UnitUse(*([0.0] * facts.count for _ in range(5))))
    for row in facts.plan.deployments:
        use = found[row.origin, row.resource]
        home, free = facts.period(row.home_h), _free(facts, row)
        if facts.is_kept(row) and row.depart_h < 0:
            # What had left before the start is not in the stock; it is held again once back and rested.
            for period in range(max(0, free), facts.count):
                use.back[period] += row.quantity
            continue
        for period in range(max(0, facts.period(row.depart_h)), min(free, facts.count)):
            use.engaged[period] += row.quantity
            use.resting[period] += row.quantity if period >= home else 0.0
            if row.origin != row.destination:
                use.elsewhere[period] += row.quantity
                voluntary = facts.problem.governance_of[row.need].mode == "voluntary"
                use.on_offer[period] += row.quantity if voluntary else 0.0
    return found


def _free(facts: Facts, row: Deployment) -> int:
    """First period in which the units can go again: home and rested."""
    rest = periods_up(facts.problem.resource_of[row.resource].rest_h or 0.0, facts.hours)
    return facts.period(row.home_h) + rest


def vehicles_away(facts: Facts) -> dict[FleetKey, dict[int, int]]:
    """Vehicles under way by fleet and period; trips of unknown lanes or fleets are left out."""
    away: dict[FleetKey, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for row in facts.plan.trips:
        span = trip_span(facts, row)
        if span is not None:
            for period in range(max(0, int(span[0] // 1)), max(0, int(-(-span[1] // 1)))):
                away[row.origin, row.mode, row.vehicle][period] += row.trips
    return away


def trip_span(facts: Facts, row: Trip) -> tuple[float, float] | None:
    """Departure and return of a trip in periods; None where there is no such lane or fleet."""
    link = facts.links.get((row.origin, row.destination, row.mode))
    fleet = facts.fleets.get((row.origin, row.mode, row.vehicle))
    if link is None or fleet is None:
        return None
    begin = row.depart_h / facts.hours
    return begin, begin + away_periods(fleet.load_h or 0.0, link.travel_h, facts.hours)


@dataclass(slots=True)
class Tonnes:
    """Tonnes that depart on lanes, are loaded and unloaded by cities, by period; equipment on its way home included."""

    lanes: dict[tuple[str, str, str, int], float] = field(default_factory=lambda: defaultdict(float))
    loaded: dict[tuple[str, int], float] = field(default_factory=lambda: defaultdict(float))
    unloaded: dict[tuple[str, int], float] = field(default_factory=lambda: defaultdict(float))


def tonnes_moved(facts: Facts) -> Tonnes:
    """What lanes and cities handle."""
    found = Tonnes()
    for row in facts.lines:
        resource = facts.problem.resource_of[row.resource]
        away = isinstance(row, Deployment)
        if (away and not resource.rides) or row.origin == row.destination:
            continue
        tonnes = resource.weight_t * row.quantity
        arrive_h = row.on_site_h if isinstance(row, Deployment) else row.arrive_h
        assert row.mode is not None
        if row.depart_h >= 0:
            found.lanes[row.origin, row.destination, row.mode, facts.period(row.depart_h)] += tonnes
            found.loaded[row.origin, facts.period(row.depart_h)] += tonnes
        if not facts.has_arrived(row):
            found.unloaded[row.destination, facts.period(arrive_h)] += tonnes
        if isinstance(row, Deployment):
            leave = facts.period(row.leave_h)
            found.loaded[row.destination, leave] += tonnes
            found.unloaded[row.origin, facts.period(row.home_h)] += tonnes
    return found
