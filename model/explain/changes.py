"""The least change of a scenario that takes a binding limit out of an option's way."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from tongzhou.model.change import Change
from tongzhou.model.domain.column import Value
from tongzhou.model.domain.tables import Need
from tongzhou.model.explain import option as limits
from tongzhou.model.explain.explanation import Limit
from tongzhou.model.explain.option import Option
from tongzhou.model.explain.slack import Slack

DIGITS, SIZE = 6, 1e6
"""Decimals of a changed quantity, rounded so that it suffices."""


def changes_for(slack: Slack, need: Need, option: Option) -> tuple[Change, ...]:
    """Changes for every blocker of an option; empty where one of them cannot be changed."""
    found: list[Change] = []
    for limit in option.blockers:
        changes = _CHANGES[limit.name](slack, need, option, limit) if limit.name in _CHANGES else ()
        if not changes:
            return ()
        found += changes
    return tuple(found)


def up(value: float) -> float:
    """Rounded up to few digits."""
    return math.ceil(value * SIZE - 1e-6) / SIZE


def down(value: float) -> float:
    """Rounded down to few digits, not below zero."""
    return max(0.0, math.floor(value * SIZE + 1e-6) / SIZE)


def _stock(slack: Slack, place: Sequence[str], column: str, was: Value, becomes: Value) -> Change:
    key = (place[0], place[1])
    also: tuple[tuple[str, Value], ...] = () if key in slack.facts.stocks else (("quantity", 0.0),)
    return Change("stocks", key, column, was, becomes, also)


def _offer(slack: Slack, need: Need, option: Option, limit: Limit) -> Sequence[Change]:
    stock = slack.facts.stocks.get((limit.place[0], limit.place[1]))
    was = stock.offered if stock is not None else None
    left = slack.under_offer((limit.place[0], limit.place[1]), need.city)
    more = option.quantity - (left if slack.problem.resource_of[option.resource].is_supply else 0.0)
    return [_stock(slack, limit.place, "offered", was, up((was or 0.0) + more))]


def _floor(slack: Slack, need: Need, option: Option, limit: Limit) -> Sequence[Change]:
    holder = (limit.place[0], limit.place[1])
    stock = slack.facts.stocks.get(holder)
    if stock is None:
        return []
    now = slack.facts.floor(*holder)
    return [_stock(slack, holder, "floor", stock.floor, down(now - option.quantity))]


def _fleet(slack: Slack, need: Need, option: Option, limit: Limit) -> Sequence[Change]:
    spec, link = slack.problem.resource_of[option.resource], option.link
    assert link is not None
    if option.fleet is None:
        return _first_fleet(slack, option, limit)
    fleet = option.fleet
    tonnes, volume = slack.room_on_trips(fleet, link, option.depart)
    if spec.is_supply:
        vehicles = max(
            (option.quantity * spec.weight_t - tonnes) / fleet.payload_t,
            (option.quantity * spec.volume_m3 - volume) / fleet.volume_m3,
        )
    else:
        vehicles = option.quantity / _units_a_vehicle(spec.weight_t, spec.volume_m3, fleet.payload_t, fleet.volume_m3)
    more = max(1, math.ceil(vehicles - 1e-9)) - slack.vehicles_free(fleet, link, option.depart)
    key = (fleet.city, fleet.mode, fleet.vehicle)
    return [Change("fleets", key, "vehicles", fleet.vehicles, fleet.vehicles + max(1, more))]


def _units_a_vehicle(weight_t: float, volume_m3: float, payload_t: float, room_m3: float) -> int:
    by_weight = math.floor(payload_t / weight_t + 1e-9) if weight_t else 10**9
    by_volume = math.floor(room_m3 / volume_m3 + 1e-9) if volume_m3 else 10**9
    return max(1, min(by_weight, by_volume))


def _first_fleet(slack: Slack, option: Option, limit: Limit) -> Sequence[Change]:
    """A fleet for a city without one: of the class that the others have most of."""
    classes = Counter[str]()
    for row in slack.problem.fleets:
        if row.mode == limit.place[1]:
            classes[row.vehicle] += row.vehicles
    if not classes:
        return []
    name = max(classes, key=lambda item: (classes[item], item))
    like = next(row for row in slack.problem.fleets if row.mode == limit.place[1] and row.vehicle == name)
    spec = slack.problem.resource_of[option.resource]
    if spec.is_supply:
        size = max(option.quantity * spec.weight_t / like.payload_t, option.quantity * spec.volume_m3 / like.volume_m3)
    else:
        size = option.quantity / _units_a_vehicle(spec.weight_t, spec.volume_m3, like.payload_t, like.volume_m3)
    also: tuple[tuple[str, Value], ...] = (
        ("payload_t", like.payload_t), ("volume_m3", like.volume_m3), ("km_cost", like.km_cost), ("load_h", like.load_h)
    )  # fmt: skip
    return [
        Change("fleets", (limit.place[0], limit.place[1], name), "vehicles", 0, max(1, math.ceil(size - 1e-9)), also)
    ]


def _lane(slack: Slack, need: Need, option: Option, limit: Limit) -> Sequence[Change]:
    link = option.link
    assert link is not None
    spec = slack.problem.resource_of[option.resource]
    share = slack.facts.share(link, option.depart, slack.facts.travel(link)) or 1.0
    lacking = (option.quantity * spec.weight_t - slack.lane_room_t(link, option.depart)) / share / slack.hours
    key = _row_of_link(slack, limit.place)
    return [
        Change("links", key, "capacity_t_per_h", link.capacity_t_per_h, up((link.capacity_t_per_h or 0.0) + lacking))
    ]


def _row_of_link(slack: Slack, place: Sequence[str]) -> tuple[str, str, str]:
    """The row of `links` that a directed lane comes from."""
    there = (place[0], place[1], place[2])
    rows = {(row.origin, row.destination, row.mode) for row in slack.problem.links}
    return there if there in rows else (place[1], place[0], place[2])


def _handling(slack: Slack, need: Need, option: Option, limit: Limit) -> Sequence[Change]:
    unloading = limit.name == limits.UNLOADING
    column = "unload_t_per_h" if unloading else "load_t_per_h"
    was = getattr(slack.problem.city_of[limit.place[0]], column)
    period = option.arrive if unloading else option.depart
    spec = slack.problem.resource_of[option.resource]
    room = slack.handling_room_t(limit.place[0], period, unloading=unloading)
    lacking = option.quantity * spec.weight_t - room
    return [Change("cities", (limit.place[0],), column, was, up((was or 0.0) + lacking / slack.hours))]


def _closure(slack: Slack, need: Need, option: Option, limit: Limit) -> Sequence[Change]:
    start, end = option.depart * slack.hours, option.arrive * slack.hours
    return [
        Change("closures", (row.origin, row.destination, row.mode, row.from_h, row.until_h), "capacity_share",
               row.capacity_share, 1.0)
        for row in slack.problem.closures
        if (row.origin, row.destination, row.mode) == limit.place and row.from_h < end and row.until_h > start
        if row.capacity_share <= 0
    ]  # fmt: skip


def _window(slack: Slack, need: Need, option: Option, limit: Limit) -> Sequence[Change]:
    by_h = (option.arrive + 1) * slack.hours
    if need.repeats or by_h > slack.problem.settings.horizon_h:
        return []
    return [Change("needs", (need.need,), "by_h", need.by_h, round(by_h, DIGITS))]


def _leaving(slack: Slack, need: Need, option: Option, limit: Limit) -> Sequence[Change]:
    stock = slack.facts.stocks.get((limit.place[0], limit.place[1]))
    at_h = option.depart * slack.hours
    if stock is None or stock.until_h is None or stock.until_h >= at_h:
        return []
    return [Change("stocks", (stock.city, stock.resource), "until_h", stock.until_h, round(at_h, DIGITS))]


def _rest(slack: Slack, need: Need, option: Option, limit: Limit) -> Sequence[Change]:
    was = slack.problem.resource_of[option.resource].rest_h
    return [Change("resources", (option.resource,), "rest_h", was, 0.0)] if was else []


def _crew(slack: Slack, need: Need, option: Option, limit: Limit) -> Sequence[Change]:
    """Crew at the city itself, for all that waits for one."""
    equipment = slack.problem.resource_of[option.resource]
    size = equipment.crew_size or 1.0 if equipment.crew == limit.place[0] else 1.0
    return [_more_at(slack, (need.city, limit.place[0]), math.ceil(option.quantity * size - 1e-9))]


def _more_at(slack: Slack, holder: tuple[str, str], more: float) -> Change:
    stock = slack.facts.stocks.get(holder)
    was = stock.quantity if stock is not None else 0.0
    return Change("stocks", holder, "quantity", was, was + more)


def purchase(slack: Slack, need: Need) -> Iterator[Change]:
    """What is missing, from outside the pool: bought and there when it is first missed; units: as many more at the city."""
    waits = slack.unserved(need)
    first = next((period for period, quantity in enumerate(waits) if quantity > 0), None)
    if first is None:
        return
    if not slack.problem.resource_of[need.resource].is_supply:
        yield _more_at(slack, (need.city, need.resource), math.ceil(max(waits) - 1e-9))
        return
    at = max(first, slack.facts.period(slack.problem.settings.now_h))
    at_h = round(at * slack.hours, DIGITS)
    yield Change("arrivals", (need.city, need.resource, at_h), "quantity", 0.0, up(max(waits[at:], default=0.0)))


def withdrawals(slack: Slack, need: Need, options: Sequence[Option]) -> Iterator[Change]:
    """Accepted lines that have not left and hold what the need lacks: goods, units or vehicles of a place that could help."""
    places = {(option.origin, option.resource) for option in options}
    now = slack.problem.settings.now_h
    for row in slack.problem.commitments:
        elsewhere = row.need != need.need if row.need else row.destination != need.city
        if row.status == "accepted" and row.depart_h >= now and (row.origin, row.resource) in places and elsewhere:
            yield Change("commitments", (row.line,), "status", row.status, "withdrawn")


_CHANGES = {
    limits.OFFER: _offer,
    limits.FLOOR: _floor,
    limits.FLEET: _fleet,
    limits.LANE: _lane,
    limits.LOADING: _handling,
    limits.UNLOADING: _handling,
    limits.CLOSURE: _closure,
    limits.WINDOW: _window,
    limits.LEAVING: _leaving,
    limits.REST: _rest,
    limits.CREW: _crew,
}


def written(value: Value) -> str:
    """A cell of a change as the tables write it."""
    if value is None:
        return ""
    if isinstance(value, Decimal | str):
        return str(value)
    return f"{float(value):.12g}"
