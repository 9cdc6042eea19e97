"""Commitments: each line possible in itself, and all that are kept possible together.

Lines that are kept (accepted, moving, on-site) bind the plan, so a contradiction among them is a fault of the input:
it is named here line by line instead of surfacing as an infeasible model.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

from tongzhou.model.domain.checks.draft import Draft
from tongzhou.model.domain.incidents import MIXED, VOLUNTARY, governance_by_need, helped_by_offers, mode_of
from tongzhou.model.domain.tables import Fleet
from tongzhou.model.errors import Text
from tongzhou.model.units import HOUR_TOLERANCE, away_periods, periods_down, periods_up, travel_periods, vehicles_for

TABLE = "commitments"


def check_promises(draft: Draft) -> None:
    """Check every commitment by itself, then what the kept ones draw on together."""
    context = _Context(draft)
    kept = []
    for index, row in draft.sound(TABLE):
        past = row.is_past(draft.settings.now_h)
        if row.status in ("returned", "withdrawn") and not past:
            continue
        before = len(draft.sorted_faults())
        _check_times(draft, index, row)
        _check_received(draft, index, row)
        (_check_shipment if row.kind == "shipment" else _check_deployment)(draft, index, row, context)
        if (row.is_kept or past) and len(draft.sorted_faults()) == before:
            kept.append((index, row))
    _check_supplies(draft, kept, context)
    _check_units(draft, kept, context)
    _check_vehicles(draft, kept, context)


class _Context:
    """Sound rows by key, and keys whose rows cannot be relied on."""

    def __init__(self, draft: Draft) -> None:
        self.period_h = draft.settings.period_h
        self.default_share = draft.settings.reserve.default_share
        self.cities = {row.city: row for _, row in draft.sound("cities")}
        self.resources = {row.resource: row for _, row in draft.sound("resources")}
        self.needs = {row.need: row for _, row in draft.sound("needs")}
        self.governance_of = governance_by_need(
            draft.settings.governance, [row for _, row in draft.sound("incidents")], self.needs.values()
        )
        self.mode = mode_of(draft.settings.governance, self.governance_of)
        links = [row for _, row in draft.sound("links")]
        self.helped_by_offers = helped_by_offers(
            self.governance_of,
            self.cities.values(),
            self.needs.values(),
            [row for _, row in draft.sound("substitutes")],
            links,
        )
        self.stocks = {(row.city, row.resource): row for _, row in draft.sound("stocks")}
        self.fleets = {(row.city, row.mode, row.vehicle): row for _, row in draft.sound("fleets")}
        self.unsure_stocks = {
            (row.city, row.resource) for name in ("stocks", "arrivals") for row in draft.unsound(name)
        }
        self.unsure_fleets = {(row.city, row.mode, row.vehicle) for row in draft.unsound("fleets")}
        self.unsure_links = any(True for _ in draft.unsound("links"))
        self.arrivals: dict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
        for _, row in draft.sound("arrivals"):
            self.arrivals[row.city, row.resource].append((periods_up(row.at_h, self.period_h), row.quantity))
        self.lanes = {}
        for _, row in draft.sound("links"):
            self.lanes[row.origin, row.destination, row.mode] = row
            if row.both_ways:
                self.lanes[row.destination, row.origin, row.mode] = row
        self.serves: dict[str, set[str]] = {name: {name} for name in self.resources}
        for _, row in draft.sound("substitutes"):
            self.serves[row.needed].add(row.used)

    def on_offer(self, row: Any) -> bool:
        """Whether incidents differ and the line helps one under voluntary governance."""
        if self.mode != MIXED:
            return False
        if row.kind == "shipment":
            return (row.destination, row.resource) in self.helped_by_offers
        return row.need in self.governance_of and self.governance_of[row.need].mode == VOLUNTARY

    def release_limit(self, city: str, resource: str, period: int, *, on_offer: bool = False) -> tuple[float, str]:
        """Most that may have left for others (`on_offer`: under voluntary governance) by `period`, and the limit that binds."""
        stock = self.stocks.get((city, resource))
        held = 0.0 if stock is None or periods_up(stock.from_h or 0.0, self.period_h) > period else stock.quantity
        held += sum(quantity for at, quantity in self.arrivals[city, resource] if at <= period)
        base = stock.quantity if stock else 0.0
        floor = stock.floor if stock is not None and stock.floor is not None else self.default_share * base
        if not self.resources[resource].is_supply:
            floor = math.ceil(floor - HOUR_TOLERANCE)
        above = max(0.0, held - floor)
        if (on_offer or self.mode == VOLUNTARY) and self.cities[city].role != "national":
            offered = (stock.offered or 0.0) if stock else 0.0
            if offered < above:
                return offered, "offered"
        return above, "floor" if floor > 0 else "quantity"


def _check_times(draft: Draft, index: int, row: Any) -> None:
    period_h, now_h = draft.settings.period_h, draft.settings.now_h
    if row.status in ("moving", "on-site") and row.depart_h > now_h:
        draft.fault(TABLE, index, ("depart_h", "status"), row.depart_h, Text(
            f"at most {now_h:g} (now) for a line that is {row.status}", f"状态 {row.status} 的线不得晚于 {now_h:g} (当前时刻)"))  # fmt: skip
    elif row.depart_h >= draft.settings.horizon_h:
        draft.fault(
            TABLE, index, ("depart_h",), row.depart_h, Text("an hour before the horizon ends", "在规划期结束之前")
        )
    elif (
        row.depart_h > 0
        and row.depart_h >= now_h
        and abs(row.depart_h / period_h - round(row.depart_h / period_h)) > HOUR_TOLERANCE
    ):
        nearest = round(row.depart_h / period_h) * period_h
        draft.fault(TABLE, index, ("depart_h",), row.depart_h, Text(
            f"the start of a period ({period_h:g} h)", f"时段起点 (每 {period_h:g} 小时)"), Text(
            f"write {nearest:g}", f"可写 {nearest:g}"))  # fmt: skip


def _check_received(draft: Draft, index: int, row: Any) -> None:
    if row.arrived_h is not None and not row.has_left:
        draft.fault(TABLE, index, ("arrived_h", "status"), row.arrived_h, Text(
            f"blank for a line that is {row.status}", f"状态 {row.status} 的线应为空"))  # fmt: skip
    if row.received is None:
        return
    if not row.has_left:
        draft.fault(TABLE, index, ("received", "status"), row.received, Text(
            f"blank for a line that is {row.status}", f"状态 {row.status} 的线应为空"))  # fmt: skip
    elif row.received > row.quantity * (1 + HOUR_TOLERANCE):
        draft.fault(TABLE, index, ("received", "quantity"), row.received, Text(
            f"at most the {row.quantity:g} that left", f"不超过出发数量 {row.quantity:g}"))  # fmt: skip


def _check_lane(draft: Draft, index: int, row: Any, context: _Context) -> bool:
    """Whether the lane and the vehicle of the line exist; faults where not."""
    found = f"{row.origin} > {row.destination} ({row.mode or 'blank'})"
    if (row.origin, row.destination, row.mode) not in context.lanes:
        if not context.unsure_links:
            columns = ("mode", "origin", "destination")
            draft.fault(TABLE, index, columns, found, Text("a lane of links", "links 中的线路"))
        return False
    key = (row.origin, row.mode, row.vehicle)
    if row.vehicle is not None and key not in context.fleets and key not in context.unsure_fleets:
        draft.fault(TABLE, index, ("vehicle", "origin", "mode"), row.vehicle, Text(
            f"a vehicle of the fleet of `{row.origin}` for {row.mode}", f"`{row.origin}` 的 {row.mode} 车队中的车型"))  # fmt: skip
        return False
    return True


def _check_shipment(draft: Draft, index: int, row: Any, context: _Context) -> None:
    resource = context.resources.get(row.resource)
    if resource is not None and not resource.is_supply:
        draft.fault(TABLE, index, ("kind", "resource"), row.kind, Text(
            f"deployment: `{row.resource}` is {resource.kind}", f"deployment: `{row.resource}` 为 {resource.kind}"))  # fmt: skip
        return
    if row.leave_h is not None:
        draft.fault(TABLE, index, ("leave_h", "kind"), row.leave_h, Text("blank for a shipment", "运输线应为空"))
    found = _check_lane(draft, index, row, context)
    if found and row.vehicle is None and context.lanes[row.origin, row.destination, row.mode].t_cost is None:
        draft.fault(TABLE, index, ("vehicle", "mode"), "blank", Text(
            "a vehicle: the lane has no common carrier (t_cost)", "车型: 该线路没有承运人 (t_cost)"))  # fmt: skip
    if resource is not None and resource.lot is not None and row.depart_h >= draft.settings.now_h:
        lots = row.quantity / resource.lot
        if abs(lots - round(lots)) > HOUR_TOLERANCE:
            draft.fault(TABLE, index, ("quantity", "resource"), row.quantity, Text(
                f"a multiple of the lot {resource.lot:g}", f"批量 {resource.lot:g} 的倍数"))  # fmt: skip
    if row.need is not None:
        _check_need(draft, index, row, context)


def _check_deployment(draft: Draft, index: int, row: Any, context: _Context) -> None:
    resource = context.resources.get(row.resource)
    if resource is None:
        return
    if resource.is_supply:
        draft.fault(TABLE, index, ("kind", "resource"), row.kind, Text(
            f"shipment: `{row.resource}` is a supply", f"shipment: `{row.resource}` 为物资"))  # fmt: skip
        return
    if row.quantity != round(row.quantity):
        draft.fault(TABLE, index, ("quantity", "resource"), row.quantity, Text("whole units", "整数单位"))
    if row.need is None:
        draft.fault(TABLE, index, ("need", "kind"), "blank", Text("the need it serves", "所服务的需求"))
        return
    _check_need(draft, index, row, context)
    travel = 0
    if row.origin != row.destination:
        lane = context.lanes.get((row.origin, row.destination, row.mode if resource.rides else "road"))
        if resource.rides and row.vehicle is None:
            draft.fault(TABLE, index, ("vehicle", "resource"), "blank", Text(
                "a vehicle: equipment with weight rides on trips", "车型: 有重量的装备须随车运输"))  # fmt: skip
            return
        if resource.rides and not _check_lane(draft, index, row, context):
            return
        if lane is None:
            if not context.unsure_links:
                draft.fault(TABLE, index, ("destination", "origin"), f"{row.origin} > {row.destination}", Text(
                    "a road lane of links", "links 中的公路线路"))  # fmt: skip
            return
        travel = travel_periods(lane.travel_h, context.period_h)
    _check_duty(draft, index, row, resource, travel, context)


def _check_duty(draft: Draft, index: int, row: Any, resource: Any, travel: int, context: _Context) -> None:
    if row.leave_h is None or row.has_left:  # what happened is not held to what was agreed
        return
    on_site_h = row.depart_h + travel * context.period_h
    if row.leave_h <= on_site_h:
        draft.fault(TABLE, index, ("leave_h", "depart_h"), row.leave_h, Text(
            f"later than the arrival on site ({on_site_h:g})", f"晚于到场时刻 ({on_site_h:g})"))  # fmt: skip
    elif resource.duty_h is not None and row.leave_h - on_site_h > resource.duty_h + HOUR_TOLERANCE:
        draft.fault(TABLE, index, ("leave_h", "depart_h", "resource"), row.leave_h, Text(
            f"at most {resource.duty_h:g} h on site (duty_h)", f"在岗不超过 {resource.duty_h:g} 小时 (duty_h)"))  # fmt: skip


def _check_need(draft: Draft, index: int, row: Any, context: _Context) -> None:
    need = context.needs.get(row.need)
    if need is None:
        return
    if need.city != row.destination:
        draft.fault(TABLE, index, ("need", "destination"), row.need, Text(
            f"a need of the destination `{row.destination}`", f"目的地 `{row.destination}` 的需求"))  # fmt: skip
        return
    able = context.serves.get(need.resource, set())
    crews = {context.resources[name].crew for name in able if name in context.resources}
    if row.resource not in able | crews:
        draft.fault(TABLE, index, ("need", "resource"), row.need, Text(
            f"a need that `{row.resource}` can serve", f"`{row.resource}` 可服务的需求"))  # fmt: skip


def _check_supplies(draft: Draft, kept: list[tuple[int, Any]], context: _Context) -> None:
    """Kept shipments still to leave fit what may be released by then (goods that hubs pass on are not counted)."""
    left: dict[tuple[str, str, bool], float] = defaultdict(float)
    for index, row in sorted(kept, key=lambda item: (item[1].depart_h, item[0])):
        key = (row.origin, row.resource)
        if row.kind != "shipment" or row.depart_h < 0 or key in context.unsure_stocks:
            continue
        if row.origin not in context.cities or context.cities[row.origin].passes_on:
            continue
        for on_offer in {False, context.on_offer(row)}:
            left[*key, on_offer] += row.quantity
            limit, name = context.release_limit(*key, periods_up(row.depart_h, context.period_h), on_offer=on_offer)
            _report_excess(draft, index, row, left[*key, on_offer], limit, name)


def _report_excess(draft: Draft, index: int, row: Any, total: float, limit: float, name: str) -> None:
    """What has left has left, whatever the limit was; no line still to leave may add to it."""
    if total <= limit * (1 + 1e-9) + 1e-9 or (row.has_left and name != "quantity"):
        return
    draft.fault(TABLE, index, ("quantity", "origin", "resource", "depart_h"), row.quantity, Text(
        f"kept lines of `{row.origin}` for `{row.resource}` within {limit:g} by hour {row.depart_h:g} ({name}); with this line {total:g}",
        f"`{row.origin}` 的 `{row.resource}` 至第 {row.depart_h:g} 小时不超过 {limit:g} ({name}); 含本线共 {total:g}",
    ), Text("raise the stock or the offer, lower the floor, or withdraw a line", "请提高持有量或承诺量, 降低底线, 或撤回一条线"))  # fmt: skip


ANYWHERE, AWAY, ON_OFFER = "anywhere", "away", "on-offer"
"""Where units may be engaged: at all, for other cities, for others under voluntary governance where incidents differ."""


def _check_units(draft: Draft, kept: list[tuple[int, Any]], context: _Context) -> None:
    """Kept deployments still to leave: units engaged at once fit the units held, and away those that may be away."""
    for where in (ANYWHERE, AWAY, ON_OFFER):
        busy: dict[tuple[str, str], dict[int, float]] = defaultdict(lambda: defaultdict(float))
        for index, row in sorted(kept, key=lambda item: (item[1].depart_h, item[0])):
            key = (row.origin, row.resource)
            resource = context.resources.get(row.resource)
            if row.kind != "deployment" or row.depart_h < 0 or key in context.unsure_stocks or resource is None:
                continue
            if (where != ANYWHERE and row.origin == row.destination) or (
                where == ON_OFFER and not context.on_offer(row)
            ):
                continue
            first, after = _engaged(row, resource, context)
            for period in range(first, after):
                busy[key][period] += row.quantity
            worst = max(range(first, after), key=lambda period: busy[key][period])
            limit, name = context.release_limit(*key, first, on_offer=where == ON_OFFER)
            if where == ANYWHERE:
                stock = context.stocks.get(key)
                limit, name = (stock.quantity if stock else 0.0), "quantity"
                limit += sum(quantity for at, quantity in context.arrivals[key] if at <= first)
            _report_excess(draft, index, row, busy[key][worst], limit, name)


def _engaged(row: Any, resource: Any, context: _Context) -> tuple[int, int]:
    """First period away and first period free again."""
    period_h = context.period_h
    travel = 0
    if row.origin != row.destination:
        lane = context.lanes.get((row.origin, row.destination, row.mode if resource.rides else "road"))
        travel = travel_periods(lane.travel_h, period_h) if lane else 1
    first = periods_up(row.depart_h, period_h)
    need = context.needs.get(row.need)
    end_h = row.leave_h if row.leave_h is not None else (need.until_h if need and need.until_h else row.depart_h)
    leave = max(first + travel + 1, periods_up(end_h, period_h))
    if row.leave_h is None and resource.duty_h is not None:
        leave = min(leave, first + travel + periods_down(resource.duty_h, period_h))
    return first, leave + travel + periods_up(resource.rest_h or 0.0, period_h)


def _check_vehicles(draft: Draft, kept: list[tuple[int, Any]], context: _Context) -> None:
    """Kept lines of one departure share vehicles; vehicles away at once fit the fleet."""
    loads: dict[tuple[Any, ...], list[float]] = defaultdict(lambda: [0.0, 0.0])
    away: dict[tuple[str, str, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for index, row in sorted(kept, key=lambda item: (item[1].depart_h, item[0])):
        key = (row.origin, row.mode, row.vehicle)
        fleet, resource = context.fleets.get(key), context.resources.get(row.resource)
        lane = context.lanes.get((row.origin, row.destination, row.mode))
        if fleet is None or resource is None or lane is None or key in context.unsure_fleets:
            continue
        trip = (*key, row.destination, row.depart_h)
        before = _vehicles(loads[trip], fleet)
        loads[trip][0] += row.quantity * resource.weight_t
        loads[trip][1] += row.quantity * resource.volume_m3
        more = _vehicles(loads[trip], fleet) - before
        first = math.floor(row.depart_h / context.period_h + HOUR_TOLERANCE)
        span = range(max(0, first), max(0, first + away_periods(fleet.load_h or 0.0, lane.travel_h, context.period_h)))
        for period in span:
            away[key][period] += more
        worst = max((away[key][period] for period in span), default=0)
        if worst > fleet.vehicles and more and not row.has_left:
            draft.fault(TABLE, index, ("vehicle", "origin", "quantity", "depart_h"), row.vehicle, Text(
                f"kept lines within the {fleet.vehicles} vehicles of `{row.origin}`; with this line {worst} are away at once",
                f"不超过 `{row.origin}` 的 {fleet.vehicles} 辆车; 含本线同时外出 {worst} 辆"))  # fmt: skip


def _vehicles(load: list[float], fleet: Fleet) -> int:
    return vehicles_for(load[0], load[1], fleet.payload_t, fleet.volume_m3)
