"""Each line for itself: it names what exists, its times follow from its lane, its quantity is whole where it must be."""

from __future__ import annotations

from tongzhou.model.plan import Deployment, Shipment, Trip
from tongzhou.model.units import away_periods, periods_down, periods_up
from tongzhou.model.verify.facts import Facts
from tongzhou.model.verify.violation import TOLERANCE, Findings


def check_lines(facts: Facts, findings: Findings) -> None:
    """Check ids, lanes, times and wholeness of every line, and that kept commitments are there as given."""
    _check_scope(facts, findings)
    for rows in (facts.plan.shipments, facts.plan.deployments):
        names = [row.line for row in rows]
        for name in sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else ():
            findings.wrong("unique-id", name, None, 1, "the line id stands twice", "线号重复")
    for shipment in facts.plan.shipments:
        _check_shipment(facts, findings, shipment)
    for trip in facts.plan.trips:
        _check_trip(facts, findings, trip)
    for deployment in facts.plan.deployments:
        _check_deployment(facts, findings, deployment)
    _check_kept(facts, findings)
    _check_pairs(facts, findings)


def _check_scope(facts: Facts, findings: Findings) -> None:
    """Service and stock rows name what exists, at the start of a period of the horizon."""
    for row in facts.plan.service:
        if row.by_resource not in facts.problem.resource_of:
            findings.wrong(
                "scope", row.need, row.at_h, row.served, f"no resource {row.by_resource}", f"无资源 {row.by_resource}"
            )
    places = [(row.city, row.resource, row.at_h) for row in facts.plan.service]
    places += [(row.city, row.resource, row.at_h) for row in facts.plan.stocks]
    for city, resource, at_h in places:
        if city not in facts.problem.city_of or resource not in facts.problem.resource_of:
            findings.wrong("scope", f"{city} {resource}", at_h, 0, "no such city or resource", "无此城市或资源")
    named = [(row.need, row.unit_hours) for row in facts.plan.baseline]
    named += [(row.need, row.unit_hours) for row in facts.plan.shortages]
    for need, amount in named:
        if need not in facts.problem.need_of:
            findings.wrong("scope", need, None, amount, "no such need", "无此需求")
    timed = [(row.need, row.at_h, row.served) for row in facts.plan.service]
    timed += [(f"{row.city} {row.resource}", row.at_h, row.on_hand) for row in facts.plan.stocks]
    for place, at_h, amount in timed:
        if not facts.on_grid(at_h) or not 0 <= facts.period(at_h) < facts.count:
            findings.wrong("scope", place, at_h, amount, "off the grid or outside the horizon", "不在网格或规划期内")


def _check_shipment(facts: Facts, findings: Findings, row: Shipment) -> None:
    resource = facts.problem.resource_of.get(row.resource)
    link = facts.links.get((row.origin, row.destination, row.mode))
    if resource is None or not resource.is_supply or link is None:
        findings.wrong("lane", row.line, row.depart_h, row.quantity, "no such lane or supply", "无此线路或物资")
        return
    _check_departure(
        facts, findings, row, link_open=facts.share(link, facts.period(row.depart_h), facts.travel(link)) > 0
    )
    expected = facts.arrived_h(row, row.depart_h + facts.travel(link) * facts.hours)
    findings.same("travel", row.line, row.depart_h, row.arrive_h, expected)
    if row.quantity <= 0:
        findings.wrong("quantity", row.line, row.depart_h, -row.quantity, "not above zero", "须大于零")
    is_past = facts.is_kept(row) and row.depart_h < facts.problem.settings.now_h
    if (
        resource.lot is not None
        and not is_past
        and abs(row.quantity / resource.lot - round(row.quantity / resource.lot)) > TOLERANCE
    ):
        findings.wrong(
            "lot",
            row.line,
            row.depart_h,
            row.quantity % resource.lot,
            f"lot {resource.lot:g}",
            f"批量 {resource.lot:g}",
        )
    price = 0.0 if row.vehicle is not None else float(link.t_cost or 0) * resource.weight_t * row.quantity
    if abs(float(row.cost) - price) > 0.0051 + TOLERANCE * price:
        findings.wrong(
            "cost", row.line, row.depart_h, abs(float(row.cost) - price), "the carrier's price", "承运人价格"
        )
    if row.vehicle is None and link.t_cost is None:
        findings.wrong(
            "carrier", row.line, row.depart_h, row.quantity, "no common carrier on this lane", "该线路无承运人"
        )
    if (row.trip is None) != (row.vehicle is None):
        findings.wrong("trip", row.line, row.depart_h, row.quantity, "vehicle and trip go together", "车型与车次须一致")


def _check_departure(facts: Facts, findings: Findings, row: Shipment | Deployment, *, link_open: bool) -> None:
    now_h = facts.problem.settings.now_h
    if facts.is_kept(row) and (row.depart_h < 0 or row.depart_h < now_h):
        return
    if not facts.is_kept(row) and facts.period(row.depart_h) < facts.period(now_h):
        amount = now_h - row.depart_h
        findings.wrong(
            "now", row.line, row.depart_h, amount, f"departs before now ({now_h:g})", f"出发早于当前时刻 ({now_h:g})"
        )
    if not facts.on_grid(row.depart_h) or not 0 <= facts.period(row.depart_h) < facts.count:
        findings.wrong(
            "grid",
            row.line,
            row.depart_h,
            0,
            "departs off the grid or outside the horizon",
            "出发时刻不在网格或规划期内",
        )
    if not link_open:
        findings.wrong("closure", row.line, row.depart_h, row.quantity, "the lane is closed", "线路关闭")


def _check_trip(facts: Facts, findings: Findings, row: Trip) -> None:
    link = facts.links.get((row.origin, row.destination, row.mode))
    fleet = facts.fleets.get((row.origin, row.mode, row.vehicle))
    if link is None or fleet is None:
        findings.wrong("fleet", row.trip, row.depart_h, row.trips, "no such lane or fleet", "无此线路或车队")
        return
    if row.trips < 1:
        findings.wrong("trips", row.trip, row.depart_h, 1 - row.trips, "no vehicle", "无车辆")
    findings.same("travel", row.trip, row.depart_h, row.arrive_h, row.depart_h + facts.travel(link) * facts.hours)
    away = away_periods(fleet.load_h or 0.0, link.travel_h, facts.hours)
    findings.same("away", row.trip, row.depart_h, row.back_h, row.depart_h + away * facts.hours)
    cost = float(link.trip_cost) if link.trip_cost is not None else float(fleet.km_cost or 0) * link.distance_km * 2
    if abs(float(row.cost) - cost * row.trips) > 0.0051:
        findings.wrong(
            "cost", row.trip, row.depart_h, abs(float(row.cost) - cost * row.trips), "cost of the trips", "车次费用"
        )


def _check_deployment(facts: Facts, findings: Findings, row: Deployment) -> None:
    resource = facts.problem.resource_of.get(row.resource)
    need = facts.problem.need_of.get(row.need)
    link = facts.lane_link(row)
    at_home = row.origin == row.destination
    if (
        resource is None
        or resource.is_supply
        or need is None
        or need.city != row.destination
        or (link is None and not at_home)
    ):
        findings.wrong(
            "lane", row.line, row.depart_h, row.quantity, "no such lane, unit or need", "无此线路, 单位或需求"
        )
        return
    if row.quantity <= 0:
        findings.wrong("quantity", row.line, row.depart_h, -row.quantity, "not above zero", "须大于零")
    travel = facts.travel(link) if link is not None else 0
    is_open = link is None or facts.share(link, facts.period(row.depart_h), travel) > 0
    _check_departure(facts, findings, row, link_open=is_open)
    expected = facts.arrived_h(row, row.depart_h + travel * facts.hours)
    findings.same("travel", row.line, row.depart_h, row.on_site_h, expected)
    if not facts.is_kept(row) or facts.on_grid(row.leave_h):
        findings.same("travel", row.line, row.leave_h, row.home_h, row.leave_h + travel * facts.hours)
    served = periods_up(row.leave_h, facts.hours) - facts.period(row.on_site_h)
    if served < 1 and not facts.has_left(row):
        findings.wrong("duty", row.line, row.on_site_h, 1 - served, "leaves before it has served", "未服务即撤离")
    if resource.duty_h is not None and not facts.has_left(row):
        findings.at_most("duty", row.line, row.on_site_h, served, periods_down(resource.duty_h, facts.hours))
    able = facts.ratio(need.resource, row.resource) is not None or _crews(facts, need.resource, row.resource)
    if not able:
        findings.wrong("lower-type", row.line, row.depart_h, row.quantity, "cannot serve this need", "不能服务该需求")
    if resource.rides and not at_home and row.trip is None:
        findings.wrong(
            "trip", row.line, row.depart_h, row.quantity, "equipment with weight needs a trip", "有重量装备须随车"
        )
    days = 0.0 if at_home else (row.home_h - row.depart_h) / 24
    cost = float(resource.day_cost or 0) * row.quantity * days
    if abs(float(row.cost) - cost) > 0.0051:
        findings.wrong(
            "cost", row.line, row.depart_h, abs(float(row.cost) - cost), "cost of the days away", "外出天数费用"
        )


def _crews(facts: Facts, needed: str, team: str) -> bool:
    """Whether a team is the crew of any equipment that serves the need."""
    return any(row.crew == team and facts.ratio(needed, row.resource) is not None for row in facts.problem.resources)


def _check_kept(facts: Facts, findings: Findings) -> None:
    lines = {row.line: row for row in facts.lines}
    for name, promised in facts.kept.items():
        row = lines.get(name)
        if row is None:
            findings.wrong(
                "commitment", name, promised.depart_h, promised.quantity, "the kept line is missing", "缺少须保留的线"
            )
            continue
        given = (promised.origin, promised.destination, promised.resource)
        ways = [(promised.mode, row.mode), (promised.vehicle, row.vehicle), (promised.need, row.need)]
        changed = any(before is not None and before != now for before, now in ways)
        if (row.origin, row.destination, row.resource) != given or changed:
            findings.wrong("commitment", name, promised.depart_h, promised.quantity, "not as promised", "与承诺不符")
        findings.same("commitment", name, promised.depart_h, row.quantity, promised.quantity)
        findings.same("commitment", name, promised.depart_h, row.depart_h, promised.depart_h)
        if isinstance(row, Deployment) and promised.leave_h is not None:
            findings.same("commitment", name, promised.depart_h, row.leave_h, promised.leave_h)


def _check_pairs(facts: Facts, findings: Findings) -> None:
    for row in facts.lines:
        if facts.is_kept(row) or row.origin == row.destination:
            continue
        rules = [
            pair for pair in facts.problem.pairs
            if pair.origin == row.origin and pair.resource in (None, row.resource)
        ]  # fmt: skip
        required = {pair.destination for pair in rules if pair.rule == "required"}
        forbidden = {pair.destination for pair in rules if pair.rule == "forbidden"}
        if row.destination in forbidden or (required and row.destination not in required):
            findings.wrong(
                "pairs", row.line, row.depart_h, row.quantity, "the pairing does not allow it", "配对规则不允许"
            )
