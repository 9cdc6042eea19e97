"""A plan written by hand made whole: hours and trips from the lanes, service from what the lines bring, own means at home."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from tongzhou.model.accounts import need_accounts, windows
from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import Link
from tongzhou.model.early_service import home_duty, supplies_served, units_at_work
from tongzhou.model.plan import Baseline, Deployment, Plan, Shipment, Shortage, StockLevel, Trip
from tongzhou.model.units import HOURS_PER_DAY, away_periods, periods_down, tidy_hours, travel_periods, vehicles_for
from tongzhou.model.verify.facts import Facts
from tongzhou.model.verify.use import GoodsUse

LEAST = 1e-9
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A line as a person writes it; hours of arrival, trips and costs follow from the scenario."""

    line: str
    origin: str
    destination: str
    resource: str
    quantity: float
    depart_h: float
    leave_h: float | None = None
    need: str | None = None
    mode: str | None = None
    vehicle: str | None = None


def complete(
    problem: Problem, drafts: Iterable[Draft], baseline: Sequence[Baseline], national_call_h: float | None = None
) -> Plan:
    """The whole plan that a person's lines mean, whatever limits it breaks."""
    links = {(row.origin, row.destination, row.mode): row for row in problem.lanes}
    shipments, deployments = [], []
    for draft in drafts:
        if problem.resource_of[draft.resource].is_supply:
            shipments.append(_shipment(problem, links, draft))
        else:
            deployments.append(_deployment(problem, links, draft))
    plan = Plan(shipments=tuple(shipments), deployments=tuple(deployments), baseline=tuple(baseline))
    plan = replace(plan, deployments=(*deployments, *home_duty(problem, plan)))
    plan = replace(
        plan, trips=tuple(_trips(problem, links, plan)), national_call_h=_call(problem, plan, national_call_h)
    )
    plan = replace(plan, service=(*supplies_served(problem, plan), *units_at_work(problem, plan)))
    return replace(plan, stocks=tuple(_stocks(problem, plan)), shortages=tuple(_shortages(problem, plan)))


def _way(problem: Problem, links: dict[tuple[str, str, str], Link], draft: Draft) -> tuple[Link | None, str | None]:
    """Lane and vehicle of a line; where it names none, the fastest lane that has what it takes."""
    spec = problem.resource_of[draft.resource]
    needs_vehicle = spec.is_supply or spec.rides
    found = [row for row in links.values() if (row.origin, row.destination) == (draft.origin, draft.destination)]
    if draft.mode is not None:
        found = [row for row in found if row.mode == draft.mode]
    if not needs_vehicle:
        road = [row for row in found if row.mode == "road"]
        return (road[0] if road else None), None
    for link in sorted(found, key=lambda row: (row.travel_h, row.mode)):
        fleets = [row.vehicle for row in problem.fleets if (row.city, row.mode) == (link.origin, link.mode)]
        if draft.vehicle is not None:
            return link, draft.vehicle
        if link.t_cost is not None and spec.is_supply:
            return link, None
        if fleets:
            return link, fleets[0]
    return (found[0] if found else None), draft.vehicle


def _trip_name(link: Link, vehicle: str, depart_h: float) -> str:
    return f"T:{link.origin}>{link.destination}:{link.mode}:{vehicle}:{tidy_hours(depart_h):g}"


def _shipment(problem: Problem, links: dict[tuple[str, str, str], Link], draft: Draft) -> Shipment:
    link, vehicle = _way(problem, links, draft)
    spec, hours = problem.resource_of[draft.resource], problem.settings.period_h
    travel = travel_periods(link.travel_h, hours) if link is not None else 1
    price = 0.0 if link is None or vehicle is not None else float(link.t_cost or 0) * spec.weight_t * draft.quantity
    return Shipment(
        line=draft.line, trip=None if link is None or vehicle is None else _trip_name(link, vehicle, draft.depart_h),
        origin=draft.origin, destination=draft.destination, mode=link.mode if link is not None else draft.mode or "road",
        vehicle=vehicle, resource=draft.resource, quantity=draft.quantity, depart_h=draft.depart_h,
        arrive_h=tidy_hours(draft.depart_h + travel * hours), need=draft.need, cost=_cents(price),
    )  # fmt: skip


def _deployment(problem: Problem, links: dict[tuple[str, str, str], Link], draft: Draft) -> Deployment:
    at_home = draft.origin == draft.destination
    link, vehicle = (None, None) if at_home else _way(problem, links, draft)
    spec, hours = problem.resource_of[draft.resource], problem.settings.period_h
    travel = 0 if at_home else travel_periods(link.travel_h, hours) if link is not None else 1
    arrive = draft.depart_h + travel * hours
    leave_h = draft.leave_h if draft.leave_h is not None else _stay(problem, draft, arrive)
    home_h = tidy_hours(leave_h + travel * hours)
    days = 0.0 if at_home else (home_h - draft.depart_h) / HOURS_PER_DAY
    trip = (
        _trip_name(link, vehicle, draft.depart_h) if link is not None and vehicle is not None and spec.rides else None
    )
    return Deployment(
        line=draft.line, trip=trip, origin=draft.origin, destination=draft.destination, resource=draft.resource,
        quantity=round(draft.quantity), depart_h=draft.depart_h, on_site_h=tidy_hours(arrive), leave_h=tidy_hours(leave_h),
        home_h=home_h, need=draft.need or "", mode=None if link is None else link.mode, vehicle=vehicle,
        cost=_cents(float(spec.day_cost or 0) * round(draft.quantity) * days),
    )  # fmt: skip


def _stay(problem: Problem, draft: Draft, arrive_h: float) -> float:
    """Until the need ends or the duty does."""
    spec, need = problem.resource_of[draft.resource], problem.need_of.get(draft.need or "")
    hours = problem.settings.period_h
    ends = [arrive_h + periods_down(spec.duty_h, hours) * hours] if spec.duty_h is not None else []
    if need is not None:
        ends.append(max((after for _, after in windows(problem, need)), default=1) * hours)
    return max(arrive_h + hours, min(ends, default=problem.settings.horizon_h))


def _trips(problem: Problem, links: dict[tuple[str, str, str], Link], plan: Plan) -> Iterator[Trip]:
    """As many vehicles as the loads of a departure need, out and home."""
    fleets = {(row.city, row.mode, row.vehicle): row for row in problem.fleets}
    loads: dict[tuple[str, str, str, str, float], list[float]] = defaultdict(lambda: [0.0] * 4)
    for row in plan.lines:
        spec = problem.resource_of[row.resource]
        if row.trip is None or row.mode is None or row.vehicle is None:
            continue
        key = (row.origin, row.destination, row.mode, row.vehicle)
        out = loads[(*key, tidy_hours(row.depart_h))]
        out[0] += spec.weight_t * row.quantity
        out[1] += spec.volume_m3 * row.quantity
        if isinstance(row, Deployment):
            home = loads[(*key, tidy_hours(row.leave_h - (row.on_site_h - row.depart_h)))]
            home[2] += spec.weight_t * row.quantity
            home[3] += spec.volume_m3 * row.quantity
    for (origin, destination, mode, vehicle, depart_h), load in sorted(loads.items()):
        link, fleet = links[origin, destination, mode], fleets.get((origin, mode, vehicle))
        payload, volume = (fleet.payload_t, fleet.volume_m3) if fleet is not None else (math.inf, math.inf)
        count = max(1, vehicles_for(max(load[0], load[2]), max(load[1], load[3]), payload, volume))
        hours = problem.settings.period_h
        away = away_periods((fleet.load_h or 0.0) if fleet is not None else 0.0, link.travel_h, hours)
        per_km = float(fleet.km_cost or 0) if fleet is not None else 0.0
        cost = float(link.trip_cost) if link.trip_cost is not None else per_km * link.distance_km * 2
        yield Trip(
            trip=_trip_name(link, vehicle, depart_h), origin=origin, destination=destination, mode=mode, vehicle=vehicle,
            trips=count, depart_h=depart_h, arrive_h=tidy_hours(depart_h + travel_periods(link.travel_h, hours) * hours),
            back_h=tidy_hours(depart_h + away * hours), load_t=load[0], load_m3=load[1], cost=_cents(cost * count),
        )  # fmt: skip


def _call(problem: Problem, plan: Plan, given: float | None) -> float | None:
    left = [row.depart_h for row in plan.lines if problem.city_of[row.origin].role == "national"]
    if given is not None or not left:
        return given
    return max(0.0, tidy_hours(min(left) - problem.settings.escalation.national_delay_h))


def _stocks(problem: Problem, plan: Plan) -> Iterator[StockLevel]:
    facts = Facts(problem, plan)
    use = GoodsUse(facts)
    holders = {*use.left, *use.landed, *use.used, *facts.stocks, *facts.arrivals}
    for city, supply in sorted(key for key in holders if problem.resource_of[key[1]].is_supply):
        key, change = (city, supply), 0.0
        for period in range(facts.count):
            change += use.landed[key][period] - use.left[key][period] - use.used[key][period]
            yield StockLevel(
                city=city, resource=supply, at_h=tidy_hours(period * facts.hours), floor=facts.floor(city, supply),
                on_hand=facts.held(city, supply, period) + change, in_transit=use.transit[key][period],
            )  # fmt: skip


def _shortages(problem: Problem, plan: Plan) -> Iterator[Shortage]:
    for name, account in sorted(need_accounts(problem, plan.service).items()):
        if account.unit_hours > 0 or account.short > 0:
            need = problem.need_of[name]
            yield Shortage(
                need=name, city=need.city, resource=need.resource, priority=need.priority, short=account.short,
                unit_hours=account.unit_hours,
            )  # fmt: skip


def _cents(amount: float) -> Decimal:
    return Decimal(str(amount)).quantize(CENT)
