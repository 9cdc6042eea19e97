"""Ways in which more of a supply might have reached a need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tongzhou.model.domain.tables import Fleet, Link, Need
from tongzhou.model.explain import option as limits
from tongzhou.model.explain.explanation import Limit
from tongzhou.model.explain.option import Option
from tongzhou.model.explain.slack import DUST, UNBOUND, Slack


@dataclass(frozen=True, slots=True)
class _Way:
    """A lane and what moves the goods on it."""

    link: Link
    fleet: Fleet | None


def goods_options(slack: Slack, need: Need) -> Iterator[Option]:
    """Every way from every holder, with what stands in it; ways that would save nothing are left out."""
    waits = slack.unserved(need)
    if not any(waits):
        return
    for supply, ratio in slack.problem.served_by[need.resource]:
        yield from _home_options(slack, need, supply, ratio, waits)
        for link in slack.lanes_into.get(need.city, ()):
            if _has_any(slack, link.origin, supply):
                for fleet in _movers(slack, link):
                    yield from _ways(slack, need, supply, ratio, _Way(link, fleet), waits)


def _has_any(slack: Slack, city: str, supply: str) -> bool:
    return any(slack.held((city, supply))) or any(slack.spare((city, supply)))


def _movers(slack: Slack, link: Link) -> list[Fleet | None]:
    fleets: list[Fleet | None] = [*slack.fleets_of.get((link.origin, link.mode), ())]
    return fleets if fleets and link.t_cost is None else [*fleets, None]


def benefit_of(slack: Slack, waits: list[float], quantity: float, arrive: int) -> float:
    """Unit-hours saved by so much of the need from a period on."""
    return slack.hours * sum(min(quantity, missing) for missing in waits[arrive:])


def _home_options(slack: Slack, need: Need, supply: str, ratio: float, waits: list[float]) -> Iterator[Option]:
    holder = (need.city, supply)
    if not any(slack.held(holder)):
        return
    there = slack.at_home(holder)
    own_use = slack.problem.settings.reserve.own_use
    kept = 0.0 if own_use else slack.facts.floor(*holder)
    for period in range(slack.count):
        if waits[period] <= 0:
            continue
        free = max(0.0, there[period] - kept)
        blockers: tuple[Limit, ...] = ()
        if free <= DUST:
            name = limits.FLOOR if there[period] > DUST else limits.STOCK
            blockers = (Limit(name, holder, period * slack.hours, kept if name == limits.FLOOR else 0.0),)
            free = there[period] if name == limits.FLOOR else UNBOUND
        benefit = benefit_of(slack, waits, min(free * ratio, waits[period]), period)
        if benefit > DUST:
            quantity = min(free, waits[period] / ratio)
            yield Option(need.city, supply, ratio, None, None, period, period, quantity, benefit, blockers)


def _ways(slack: Slack, need: Need, supply: str, ratio: float, way: _Way, waits: list[float]) -> Iterator[Option]:
    """Goods that nobody uses, and those that leave for the city later anyway."""
    holder, city = (way.link.origin, supply), need.city
    travel = slack.facts.travel(way.link)
    for depart in range(_first_period(slack), slack.count - travel):
        arrive = depart + travel
        if not any(waits[arrive:]):
            break
        yield from _option(slack, need, holder, ratio, way, depart, waits, "")
        later, last = slack.leaves_later(holder, city, depart)
        if later > DUST:
            until_then = [min(later * ratio, value) for value in waits[: last + travel]]
            yield from _option(slack, need, holder, ratio, way, depart, until_then, city)


def _option(
    slack: Slack,
    need: Need,
    holder: tuple[str, str],
    ratio: float,
    way: _Way,
    depart: int,
    waits: list[float],
    later: str,
) -> Iterator[Option]:
    """One departure; `later`: the city whose later shipments may leave now."""
    spec = slack.problem.resource_of[holder[1]]
    enough = max(spec.lot or 0.0, (need.least_delivery or 0.0) / ratio, DUST)
    arrive = depart + slack.facts.travel(way.link)
    found = [*_rules(slack, need, holder, depart, later), *_limits_at(slack, holder, way, depart, arrive, later)]
    if arrive >= max(after for _, after in slack.facts.spans(need)):
        found.append((Limit(limits.WINDOW, (need.need,), need.by_h), 0.0))
    first, last = slack.leaving_window(holder)
    if not first <= depart <= last:
        found.append((Limit(limits.LEAVING, holder, depart * slack.hours), 0.0))
    blockers = tuple(limit for limit, room in found if room < enough)
    room = min((room for _, room in found if room >= enough), default=UNBOUND)
    quantity = min(room, max(waits[arrive:], default=0.0) / ratio)
    if spec.lot:
        quantity = max(spec.lot, int(quantity / spec.lot + DUST) * spec.lot)
    benefit = benefit_of(slack, waits, quantity * ratio, arrive)
    if benefit > DUST:
        yield Option(holder[0], holder[1], ratio, way.link, way.fleet, depart, arrive, quantity, benefit, blockers)


def _first_period(slack: Slack) -> int:
    return slack.facts.period(slack.problem.settings.now_h)


Room = tuple[Limit, float]
"""A limit and what it still allows, in units of the supply."""


def _rules(slack: Slack, need: Need, holder: tuple[str, str], depart: int, later: str) -> list[Room]:
    """Offer and pairing."""
    found: list[Room] = []
    offer = slack.under_offer(holder, need.city, later, depart)
    if offer < UNBOUND:
        stock = slack.facts.stocks.get(holder)
        offered = (stock.offered or 0.0) if stock is not None else 0.0
        found.append((Limit(limits.OFFER, holder, amount=offered), offer))
    if not pairs_allow(slack, holder[0], need.city, holder[1]):
        found.append((Limit(limits.PAIRS, (holder[0], need.city, holder[1])), 0.0))
    return found


def pairs_allow(slack: Slack, origin: str, destination: str, resource: str) -> bool:
    """Whether the pairing rules let aid go that way."""
    rules = [row for row in slack.problem.pairs if row.origin == origin and row.resource in (None, resource)]
    required = {row.destination for row in rules if row.rule == "required"}
    forbidden = {row.destination for row in rules if row.rule == "forbidden"}
    return destination not in forbidden and (not required or destination in required)


def _limits_at(slack: Slack, holder: tuple[str, str], way: _Way, depart: int, arrive: int, later: str) -> list[Room]:
    """Stock, floor, transport and handling for what leaves in one period."""
    link, at_h = way.link, depart * slack.hours
    spec = slack.problem.resource_of[holder[1]]
    found: list[Room] = [
        (Limit(limits.STOCK, holder, at_h), slack.spare(holder, later)[depart]),
        (
            Limit(limits.FLOOR, holder, at_h, slack.facts.floor(*holder)),
            slack.above_floor(holder, link.destination)[depart],
        ),
    ]
    route = (link.origin, link.destination, link.mode)
    if slack.facts.share(link, depart, slack.facts.travel(link)) <= 0:
        found.append((Limit(limits.CLOSURE, route, at_h), 0.0))
    elif spec.weight_t > 0:
        found.append((Limit(limits.LANE, route, at_h), slack.lane_room_t(link, depart) / spec.weight_t))
    found.append((fleet_limit(link, way.fleet, at_h), _carried(slack, way, depart, spec.weight_t, spec.volume_m3)))
    if spec.weight_t > 0:
        loading = slack.handling_room_t(link.origin, depart, unloading=False) / spec.weight_t
        unloading = slack.handling_room_t(link.destination, arrive, unloading=True) / spec.weight_t
        found.append((Limit(limits.LOADING, (link.origin,), at_h), loading))
        found.append((Limit(limits.UNLOADING, (link.destination,), arrive * slack.hours), unloading))
    return found


def fleet_limit(link: Link, fleet: Fleet | None, at_h: float) -> Limit:
    """The limit of a fleet, or of a mode without one."""
    if fleet is None:
        return Limit(limits.FLEET, (link.origin, link.mode), at_h, 0)
    return Limit(limits.FLEET, (fleet.city, fleet.mode, fleet.vehicle), at_h, fleet.vehicles)


def _carried(slack: Slack, way: _Way, depart: int, weight_t: float, volume_m3: float) -> float:
    """Units that vehicles at home and trips planned anyway can still take; unbound for a carrier."""
    if way.fleet is None:
        return UNBOUND if way.link.t_cost is not None else 0.0
    vehicles = slack.vehicles_free(way.fleet, way.link, depart)
    tonnes, volume = slack.room_on_trips(way.fleet, way.link, depart)
    by_weight = (vehicles * way.fleet.payload_t + tonnes) / weight_t if weight_t else UNBOUND
    by_volume = (vehicles * way.fleet.volume_m3 + volume) / volume_m3 if volume_m3 else UNBOUND
    if not weight_t and not volume_m3:
        return UNBOUND if vehicles or tonnes or volume else 0.0
    return min(by_weight, by_volume)
