"""Ways in which more units might have been on site for a need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tongzhou.model.domain.incidents import MIXED
from tongzhou.model.domain.tables import Fleet, Link, Need, Resource
from tongzhou.model.explain import option as limits
from tongzhou.model.explain.explanation import Limit
from tongzhou.model.explain.goods import fleet_limit, pairs_allow
from tongzhou.model.explain.option import Option
from tongzhou.model.explain.slack import DUST, UNBOUND, Slack
from tongzhou.model.units import periods_down, periods_up
from tongzhou.model.verify.units import on_site


@dataclass(frozen=True, slots=True)
class _Stay:
    """A cycle looked at: periods of departure, arrival, leaving, of being home and rested."""

    depart: int
    arrive: int
    leave: int
    home: int
    free: int


def unit_options(slack: Slack, need: Need) -> Iterator[Option]:
    """Every way to have a unit more on site, with what stands in it; ways that would save nothing are left out."""
    missing = slack.unserved(need)
    if not any(missing):
        return
    present = on_site(slack.facts)
    for name, ratio in slack.problem.served_by[need.resource]:
        unit = slack.problem.resource_of[name]
        if unit.crew is not None:
            idle = [_without_crew(slack, need, unit, present, period) for period in range(slack.count)]
            alone = [min(a, b * ratio) for a, b in zip(missing, idle, strict=True)]
            if any(alone):  # what is there already lacks its crew
                crew = slack.problem.resource_of[unit.crew]
                yield from _crew_options(slack, need, crew, ratio / (unit.crew_size or 1.0), alone)
        yield from _options(slack, need, unit, ratio, missing)


def _without_crew(
    slack: Slack, need: Need, unit: Resource, present: dict[tuple[str, str, int], float], period: int
) -> float:
    used = sum(
        row.used for row in slack.plan.service
        if row.need == need.need and row.by_resource == unit.resource and round(row.at_h / slack.hours) == period
    )  # fmt: skip
    return max(0.0, present.get((need.need, unit.resource, period), 0.0) - used)


def _crew_options(slack: Slack, need: Need, crew: Resource, ratio: float, missing: list[float]) -> Iterator[Option]:
    """Crew for equipment on site: where nothing else stands in the way, the crew itself is what lacks."""
    found = False
    for option in _options(slack, need, crew, ratio, missing):
        found = True
        yield option
    if not found:
        first = next(period for period, quantity in enumerate(missing) if quantity > 0)
        benefit = slack.hours * sum(missing)
        limit = Limit(limits.CREW, (crew.resource, need.need), first * slack.hours, 0.0)
        yield Option(need.city, crew.resource, ratio, None, None, first, first, max(missing) / ratio, benefit, (limit,))


def _options(slack: Slack, need: Need, unit: Resource, ratio: float, missing: list[float]) -> Iterator[Option]:
    for home in sorted({row.city for row in slack.problem.stocks if row.resource == unit.resource}):
        if not any(slack.units_held((home, unit.resource), period) for period in range(slack.count)):
            continue
        for link, fleet in _ways(slack, home, need.city, unit):
            travel = 0 if link is None else slack.facts.travel(link)
            for depart in range(slack.facts.period(slack.problem.settings.now_h), slack.count - travel):
                yield from _option(slack, need, unit, ratio, missing, home, link, fleet, depart)


def _ways(slack: Slack, home: str, city: str, unit: Resource) -> list[tuple[Link | None, Fleet | None]]:
    if home == city:
        return [(None, None)]
    links = [link for link in slack.lanes_into.get(city, ()) if link.origin == home]
    if not unit.rides:
        return [(link, None) for link in links if link.mode == "road"]
    found: list[tuple[Link | None, Fleet | None]] = []
    for link in links:
        fleets = slack.fleets_of.get((home, link.mode), [])
        found += [(link, fleet) for fleet in fleets] or [(link, None)]
    return found


def _option(
    slack: Slack, need: Need, unit: Resource, ratio: float, missing: list[float],
    home: str, link: Link | None, fleet: Fleet | None, depart: int,
) -> Iterator[Option]:  # fmt: skip
    travel = 0 if link is None else slack.facts.travel(link)
    arrive = depart + travel
    duty = slack.count if unit.duty_h is None else periods_down(unit.duty_h, slack.hours)
    wanted = [period for period in range(arrive, min(slack.count, arrive + duty)) if missing[period] > 0]
    if not wanted or wanted[0] != arrive:
        return  # leaving later does as well
    rest = periods_up(unit.rest_h or 0.0, slack.hours)
    for leave in sorted({wanted[-1] + 1, arrive + 1}):
        stay = _Stay(depart, arrive, leave, leave + travel, leave + travel + rest)
        found = _limits(slack, need, unit, home, link, fleet, stay)
        blockers = tuple(limit for limit, room in found if room < 1)
        room = min((room for _, room in found if room >= 1), default=UNBOUND)
        lacking = [missing[period] for period in range(arrive, leave)]
        quantity = float(max(1, int(min(room, max(lacking) / ratio + 1 - DUST))))
        benefit = slack.hours * sum(min(quantity * ratio, value) for value in lacking)
        yield Option(home, unit.resource, ratio, link, fleet, depart, arrive, quantity, benefit, blockers)


Room = tuple[Limit, float]


def _limits(
    slack: Slack, need: Need, unit: Resource, home: str, link: Link | None, fleet: Fleet | None, stay: _Stay
) -> list[Room]:
    holder, at_h = (home, unit.resource), stay.depart * slack.hours
    span = range(stay.depart, min(stay.free, slack.count))
    use = slack.unit_use(holder)
    free = min(slack.units_held(holder, period) - use.engaged[period] for period in span)
    awake = range(stay.depart, min(stay.home, slack.count))
    rested = min(slack.units_held(holder, period) - use.engaged[period] + use.resting[period] for period in awake)
    found: list[Room] = [(Limit(limits.REST if rested >= 1 > free else limits.STOCK, holder, at_h), free)]
    if link is not None:
        found += _away_limits(slack, need, unit, holder, link, stay)
        if unit.rides:
            found += _ride_limits(slack, unit, link, fleet, stay)
    if unit.crew is not None and not _crew_free(slack, need, unit, stay):
        found.append((Limit(limits.CREW, (unit.crew, need.need), stay.arrive * slack.hours), 0.0))
    return found


def _away_limits(
    slack: Slack, need: Need, unit: Resource, holder: tuple[str, str], link: Link, stay: _Stay
) -> list[Room]:
    span = range(stay.depart, min(stay.free, slack.count))
    use, at_h = slack.unit_use(holder), stay.depart * slack.hours
    floor = slack.facts.floor(*holder)
    above = min(max(0.0, slack.units_held(holder, period) - floor) - use.elsewhere[period] for period in span)
    found: list[Room] = [(Limit(limits.FLOOR, holder, at_h, floor), above)]
    if slack.offers_count(holder, need.city, need):
        stock = slack.facts.stocks.get(holder)
        offered = (stock.offered or 0.0) if stock is not None else 0.0
        offers = use.on_offer if slack.problem.mode == MIXED else use.elsewhere
        found.append((Limit(limits.OFFER, holder, amount=offered), offered - max(offers[t] for t in span)))
    first, last = slack.leaving_window(holder)
    if not first <= stay.depart <= last:
        found.append((Limit(limits.LEAVING, holder, at_h), 0.0))
    if not pairs_allow(slack, holder[0], need.city, unit.resource):
        found.append((Limit(limits.PAIRS, (holder[0], need.city, unit.resource)), 0.0))
    if slack.facts.share(link, stay.depart, stay.arrive - stay.depart) <= 0:
        found.append((Limit(limits.CLOSURE, (link.origin, link.destination, link.mode), at_h), 0.0))
    return found


def _ride_limits(slack: Slack, unit: Resource, link: Link, fleet: Fleet | None, stay: _Stay) -> list[Room]:
    """Vehicles out and home, lane and handling of equipment with weight."""
    at_h = stay.depart * slack.hours
    found: list[Room] = []
    carried = 0.0
    if fleet is not None:
        carried = min(
            _loads(slack, unit, link, fleet, when) for when in {stay.depart, stay.leave - (stay.arrive - stay.depart)}
        )
    found.append((fleet_limit(link, fleet, at_h), carried))
    found.append((Limit(limits.LANE, (link.origin, link.destination, link.mode), at_h),
                  slack.lane_room_t(link, stay.depart) / unit.weight_t))  # fmt: skip
    loading = slack.handling_room_t(link.origin, stay.depart, unloading=False) / unit.weight_t
    unloading = slack.handling_room_t(link.destination, stay.arrive, unloading=True) / unit.weight_t
    found.append((Limit(limits.LOADING, (link.origin,), at_h), loading))
    found.append((Limit(limits.UNLOADING, (link.destination,), stay.arrive * slack.hours), unloading))
    return found


def _loads(slack: Slack, unit: Resource, link: Link, fleet: Fleet, depart: int) -> float:
    """Units that vehicles leaving in a period can take; a trip planned anyway comes home empty or full, so only new ones count."""
    if depart < 0:
        return 0.0
    vehicles = slack.vehicles_free(fleet, link, depart)
    by_weight = int(fleet.payload_t / unit.weight_t + DUST)
    by_volume = int(fleet.volume_m3 / unit.volume_m3 + DUST) if unit.volume_m3 else by_weight
    return float(vehicles * min(by_weight, by_volume))


def _crew_free(slack: Slack, need: Need, unit: Resource, stay: _Stay) -> bool:
    """Whether any city could send the crew to be there with the equipment, or has it idle on site already."""
    crew = slack.problem.resource_of[unit.crew or ""]
    size = unit.crew_size or 1.0
    for row in slack.problem.stocks:
        holder = (row.city, crew.resource)
        if row.resource != crew.resource:
            continue
        travel = _travel(slack, row.city, need.city)
        if travel is None or stay.arrive - travel < 0:
            continue
        span = range(stay.arrive - travel, min(stay.leave + travel, slack.count))
        use = slack.unit_use(holder)
        if min(slack.units_held(holder, period) - use.engaged[period] for period in span) < size:
            continue
        if travel == 0:
            return True
        governance = slack.problem.governance_of[need.need]
        if min(slack.lendable(holder, period, governance) for period in span) >= size:
            return True
    return False


def _travel(slack: Slack, origin: str, destination: str) -> int | None:
    if origin == destination:
        return 0
    link = slack.facts.links.get((origin, destination, "road"))
    return None if link is None else slack.facts.travel(link)
