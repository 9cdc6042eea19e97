"""Transport: loads fit their trips, vehicles their fleets, tonnes their lanes and the cities' handling."""

from __future__ import annotations

from collections import defaultdict

from tongzhou.model.plan import Trip
from tongzhou.model.verify.facts import Facts
from tongzhou.model.verify.use import tonnes_moved, vehicles_away
from tongzhou.model.verify.violation import Findings

Load = list[float]


def check_transport(facts: Facts, findings: Findings) -> None:
    """Check every trip's load out and home, every fleet, lane and city."""
    trips = {row.trip: row for row in facts.plan.trips}
    if len(trips) < len(facts.plan.trips):
        findings.wrong("unique-id", "trips", None, 1, "a trip id stands twice", "车次重复")
    _check_loads(facts, findings, trips)
    _check_fleets(facts, findings)
    _check_tonnes(facts, findings)
    _check_least_delivery(facts, findings)


def _check_loads(facts: Facts, findings: Findings, trips: dict[str, Trip]) -> None:
    out: dict[str, Load] = defaultdict(lambda: [0.0, 0.0])
    home: dict[tuple[str, str, str, str, float], Load] = defaultdict(lambda: [0.0, 0.0])
    for row in facts.lines:
        resource = facts.problem.resource_of[row.resource]
        size = (resource.weight_t * row.quantity, resource.volume_m3 * row.quantity)
        if row.trip is None:
            continue
        cited = trips.get(row.trip)
        asked = (row.origin, row.destination, row.mode, row.vehicle, row.depart_h)
        if cited is None or (cited.origin, cited.destination, cited.mode, cited.vehicle, cited.depart_h) != asked:
            findings.wrong(
                "trip",
                row.line,
                row.depart_h,
                row.quantity,
                "cites no trip of its lane and hour",
                "未对应同线路同时刻车次",
            )
            continue
        _add(out[row.trip], size)
        leave_h = getattr(row, "leave_h", None)
        if leave_h is not None:
            fetch_h = round(facts.period(leave_h) * facts.hours - (cited.arrive_h - cited.depart_h), 6)
            _add(home[cited.origin, cited.destination, cited.mode, cited.vehicle, fetch_h], size)
    departures = {
        (row.origin, row.destination, row.mode, row.vehicle, round(row.depart_h, 6)): row for row in trips.values()
    }
    for name, trip in trips.items():
        findings.same("load", name, trip.depart_h, trip.load_t, out[name][0])
        findings.same("load", name, trip.depart_h, trip.load_m3, out[name][1])
        _check_load(facts, findings, trip, out[name], "payload-out")
    for key, load in home.items():
        fetching = departures.get(key)
        if fetching is None:
            place = f"{key[0]} > {key[1]} {key[2]} {key[3]}"
            findings.wrong("way-home", place, key[4], load[0], "no trip fetches the equipment", "没有车次接回装备")
        else:
            _check_load(facts, findings, fetching, load, "payload-home")


def _add(load: Load, size: tuple[float, float]) -> None:
    load[0] += size[0]
    load[1] += size[1]


def _check_load(facts: Facts, findings: Findings, trip: Trip, load: Load, limit: str) -> None:
    fleet = facts.fleets.get((trip.origin, trip.mode, trip.vehicle))
    if fleet is not None and not facts.has_left(trip):
        findings.at_most(limit, trip.trip, trip.depart_h, load[0], trip.trips * fleet.payload_t)
        findings.at_most(
            limit.replace("payload", "volume"), trip.trip, trip.depart_h, load[1], trip.trips * fleet.volume_m3
        )


def _check_fleets(facts: Facts, findings: Findings) -> None:
    for row in facts.plan.trips:
        link = facts.links.get((row.origin, row.destination, row.mode))
        if link is None or row.depart_h < 0 or (row.origin, row.mode, row.vehicle) not in facts.fleets:
            continue
        shut = facts.share(link, facts.period(row.depart_h), facts.travel(link)) <= 0
        if shut and not _kept_trip(facts, row):
            findings.wrong("closure", row.trip, row.depart_h, row.trips, "the lane is closed", "线路关闭")
    for key, busy in vehicles_away(facts).items():
        for period, count in sorted(busy.items()):
            if period < facts.now:
                continue  # what happened is not held to limits
            place = f"{key[0]} {key[1]} {key[2]}"
            findings.at_most("fleet", place, period * facts.hours, count, facts.fleets[key].vehicles)


def _kept_trip(facts: Facts, trip: Trip) -> bool:
    """Whether kept lines alone explain a trip, the way home of kept equipment included."""
    for row in facts.lines:
        same = (row.origin, row.destination, row.mode, row.vehicle) == (
            trip.origin,
            trip.destination,
            trip.mode,
            trip.vehicle,
        )
        if same and facts.is_kept(row):
            return True
    return False


def _check_tonnes(facts: Facts, findings: Findings) -> None:
    """Lane capacity of departures; loading and unloading, equipment on its way home included."""
    moved = tonnes_moved(facts)
    for (origin, destination, mode, period), tonnes in sorted(moved.lanes.items()):
        link = facts.links.get((origin, destination, mode))
        if link is not None and link.capacity_t_per_h is not None and period >= facts.now:
            most = link.capacity_t_per_h * facts.hours * facts.share(link, period, facts.travel(link))
            findings.at_most("lane-capacity", f"{origin} > {destination} {mode}", period * facts.hours, tonnes, most)
    for limit, column, sums in (
        ("loading", "load_t_per_h", moved.loaded),
        ("unloading", "unload_t_per_h", moved.unloaded),
    ):
        for (city, period), tonnes in sorted(sums.items()):
            rate = getattr(facts.problem.city_of[city], column)
            if rate is not None and period >= facts.now:
                findings.at_most(limit, city, period * facts.hours, tonnes, rate * facts.hours)


def _check_least_delivery(facts: Facts, findings: Findings) -> None:
    """New shipments to a city are at least as large as any need there asks of the supply."""
    for row in facts.plan.shipments:
        if facts.is_kept(row):
            continue
        asked = [
            (need.least_delivery or 0.0) / ratio
            for need in facts.problem.needs
            if need.city == row.destination and (ratio := facts.ratio(need.resource, row.resource)) is not None
        ]
        if asked:
            findings.at_most("least-delivery", row.line, row.depart_h, max(asked), row.quantity)
