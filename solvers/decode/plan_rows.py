"""The tables of the plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from tongzhou.model.accounts import need_accounts
from tongzhou.model.indices import Indices
from tongzhou.model.indices.holdings import floor_of
from tongzhou.model.indices.promises import KeptDeployment, kept_deployments
from tongzhou.model.plan import Deployment, Plan, Service, Shipment, Shortage, StockLevel
from tongzhou.model.units import HOURS_PER_DAY, tidy_hours
from tongzhou.solvers.compiled import CompiledModel, Floats
from tongzhou.solvers.decode.baseline import baseline_rows
from tongzhou.solvers.decode.city_rows import with_cities
from tongzhou.solvers.decode.cycles import Cycle, cycles
from tongzhou.solvers.decode.goods import Flows, Goods, Rounding, settle_goods
from tongzhou.solvers.decode.lines import Line, shipment_lines
from tongzhou.solvers.decode.money import cents, tidy
from tongzhou.solvers.decode.names import deployment_key, lay_names
from tongzhou.solvers.decode.presence import Work, units_at_work
from tongzhou.solvers.decode.room import room_of
from tongzhou.solvers.decode.trips import TripBook


def decode(ix: Indices, model: CompiledModel, solution: Floats, rounding: Rounding = Rounding.PLAIN) -> Plan:
    """The plan a solution stands for; tiers are added by the caller."""
    plan, lines, goods = _movements(ix, model, solution, rounding)
    plan = replace(
        plan,
        shortages=tuple(_shortages(ix, plan.service)),
        stocks=tuple(_stocks(ix, goods, lines)),
        baseline=tuple(baseline_rows(ix)),
        national_call_h=_national_call(ix, plan.shipments, plan.deployments),
    )
    return with_cities(ix, plan, _goods_used(ix, lines))


def decode_movements(ix: Indices, model: CompiledModel, solution: Floats) -> Plan:
    """The plan's lines, trips and service only: enough for one option among many."""
    return _movements(ix, model, solution, Rounding.PLAIN)[0]


def _movements(
    ix: Indices, model: CompiledModel, solution: Floats, rounding: Rounding
) -> tuple[Plan, list[Line], Goods]:
    room = room_of(ix, model, solution)
    passed = {line: quantity for (line, _), quantity in model.values(solution, "passed").items()}
    flows = Flows(model.values(solution, "ship"), model.values(solution, "serve"), passed)
    goods = settle_goods(ix, flows, room, rounding)
    found = cycles(ix, model.values(solution, "depart"), model.values(solution, "leave"))
    work = units_at_work(ix, found, model.values(solution, "working"))
    lines = shipment_lines(ix, goods)
    book = TripBook(ix)
    shipments = [_shipment(ix, line, book) for line in lines]
    deployments = _deployments(ix, found, book)
    service = _service(ix, goods, work)
    plan = Plan(
        shipments=tuple(sorted(shipments, key=lambda row: row.line)),
        trips=tuple(book.rows()),
        deployments=tuple(sorted(deployments, key=lambda row: row.line)),
        service=tuple(service),
    )
    return plan, lines, goods


def _goods_used(ix: Indices, lines: list[Line]) -> dict[str, Decimal]:
    """Value of the supplies of each city that others used."""
    spent: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        value = float(ix.problem.resource_of[line.supply].unit_value or 0)
        spent[line.lane.origin] += cents(value * line.used)
    return spent


def _shipment(ix: Indices, line: Line, book: TripBook) -> Shipment:
    row = ix.problem.resource_of[line.supply]
    cost = 0.0 if line.lane.vehicle else line.lane.t_cost * row.weight_t * line.quantity
    need = line.need if line.need is not None else next(iter(line.needs)) if len(line.needs) == 1 else None
    return Shipment(
        line=line.line,
        trip=book.out(line.lane, line.depart_h, line.supply, line.quantity),
        origin=line.lane.origin,
        destination=line.lane.destination,
        mode=line.lane.mode,
        vehicle=line.lane.vehicle or None,
        resource=line.supply,
        quantity=tidy(line.quantity),
        depart_h=tidy_hours(line.depart_h),
        arrive_h=tidy_hours(line.arrive_h),
        need=need,
        cost=cents(cost),
    )


def _deployments(ix: Indices, found: list[Cycle], book: TripBook) -> list[Deployment]:
    rows = [_kept_deployment(ix, kept, book) for kept in kept_deployments(ix.problem, ix.grid, ix.lanes, ix.presences)]
    names = lay_names(ix)
    for cycle in found:
        row = _deployment(ix, cycle, book)
        item = cycle.assignment
        key = deployment_key(item.home, item.need, row.vehicle or "", item.resource, cycle.depart, cycle.leave)
        for line, quantity, _ in names.split(key, cycle.quantity, row.line):
            share = round(quantity)
            rows.append(replace(row, line=line, quantity=share, cost=cents(float(row.cost) * share / row.quantity)))
    return rows


def _deployment(ix: Indices, cycle: Cycle, book: TripBook) -> Deployment:
    item, hours = cycle.assignment, ix.grid.hours
    depart_h = tidy_hours(cycle.depart * hours)
    leave_h = tidy_hours(cycle.leave * hours)
    home_h = tidy_hours((cycle.leave + item.travel) * hours)
    trip = None
    if item.rides and item.lane is not None:
        trip = book.out(item.lane, depart_h, item.resource, cycle.quantity)
        book.home(item.lane, (cycle.leave - item.travel) * hours, item.resource, cycle.quantity)
    vehicle = item.lane.vehicle if item.rides and item.lane else None
    city = ix.presences[item.need].city
    return Deployment(
        line=f"D:{item.home}>{city}:{vehicle or ('road' if item.away else 'home')}:{item.resource}:{item.need}:{depart_h:g}-{leave_h:g}",
        trip=trip,
        origin=item.home,
        destination=city,
        resource=item.resource,
        quantity=cycle.quantity,
        depart_h=depart_h,
        on_site_h=tidy_hours((cycle.depart + item.travel) * hours),
        leave_h=leave_h,
        home_h=home_h,
        need=item.need,
        mode=item.lane.mode if item.lane is not None else None,
        vehicle=vehicle,
        cost=_days_cost(ix, item.resource, cycle.quantity, home_h - depart_h) if item.away else Decimal("0.00"),
    )


def _days_cost(ix: Indices, resource: str, quantity: float, away_h: float) -> Decimal:
    day_cost = ix.problem.resource_of[resource].day_cost or Decimal(0)
    return cents(float(day_cost) * quantity * away_h / HOURS_PER_DAY)


def _kept_deployment(ix: Indices, kept: KeptDeployment, book: TripBook) -> Deployment:
    row, hours = kept.row, ix.grid.hours
    rides = kept.lane is not None and ix.problem.resource_of[row.resource].rides
    trip = None
    if rides and kept.lane is not None:
        trip = book.out(kept.lane, row.depart_h, row.resource, row.quantity)
        book.home(kept.lane, (kept.leave - kept.lane.travel) * hours, row.resource, row.quantity)
    assert row.need is not None
    travel = kept.lane.travel if kept.lane else 0
    home_h = tidy_hours(kept.home * hours)
    return Deployment(
        line=row.line,
        trip=trip,
        origin=row.origin,
        destination=row.destination,
        resource=row.resource,
        quantity=round(row.quantity),
        depart_h=tidy_hours(row.depart_h),
        on_site_h=tidy_hours(row.depart_h + travel * hours if row.arrived_h is None else row.arrived_h),
        leave_h=tidy_hours(row.leave_h if row.leave_h is not None else kept.leave * hours),
        home_h=home_h,
        need=row.need,
        mode=kept.lane.mode if kept.lane else None,
        vehicle=kept.lane.vehicle if rides and kept.lane else None,
        cost=_days_cost(ix, row.resource, row.quantity, home_h - row.depart_h) if kept.lane else Decimal("0.00"),
    )


def _service(ix: Indices, goods: Goods, work: Work) -> list[Service]:
    sums: dict[tuple[str, int, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for key, quantity in goods.used.items():
        total = sums[ix.supplies[key[0]].need, key[2], key[1]]
        total[0] += goods.served[key]
        total[1] += quantity
    for (need, resource, period), (served, used) in work.items():
        sums[need, period, resource] = [served, used]
    rows = []
    for (need, period, used_resource), (served, used) in sorted(sums.items()):
        row = ix.problem.need_of[need]
        rows.append(Service(need=need, city=row.city, resource=row.resource, at_h=tidy_hours(period * ix.grid.hours),
                            served=tidy(served), by_resource=used_resource, used=tidy(used)))  # fmt: skip
    return rows


def _shortages(ix: Indices, service: Sequence[Service]) -> list[Shortage]:
    rows = []
    for need, account in sorted(need_accounts(ix.problem, service).items()):
        if account.unit_hours <= 0 and account.short <= 0:
            continue
        row = ix.problem.need_of[need]
        rows.append(Shortage(need=need, city=row.city, resource=row.resource, priority=row.priority,
                             short=tidy(account.short), unit_hours=tidy(account.unit_hours)))  # fmt: skip
    return rows


def _stocks(ix: Indices, goods: Goods, lines: list[Line]) -> list[StockLevel]:
    """On hand = held and received so far, less departures and service so far."""
    change: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0] * ix.grid.count)
    transit: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0] * ix.grid.count)
    for holder, holding in ix.held.items():
        if ix.is_supply(holder[1]):
            for period, quantity in enumerate(holding.held):
                change[holder][period] += quantity - (holding.held[period - 1] if period else 0.0)
    for line in lines:
        if line.depart_h >= 0:
            change[line.lane.origin, line.supply][line.depart] -= line.quantity
        arrive = max(0, line.arrive)
        if line.arrives and arrive < ix.grid.count:
            change[line.lane.destination, line.supply][arrive] += line.received
        for period in range(max(0, line.depart), min(ix.grid.count, arrive if line.arrives else 0)):
            transit[line.lane.destination, line.supply][period] += line.quantity
    for key, quantity in goods.used.items():
        change[ix.supplies[key[0]].city, key[1]][key[2]] -= quantity
    rows = []
    stocks = {(row.city, row.resource): row for row in ix.problem.stocks}
    for holder in sorted({*change, *transit}):
        on_hand = 0.0
        floor = floor_of(ix.problem, holder, stocks.get(holder))
        for period in range(ix.grid.count):
            on_hand += change[holder][period]
            shown = 0.0 if abs(on_hand) < 1e-9 * max(1.0, floor) else round(on_hand, 9)
            rows.append(StockLevel(city=holder[0], resource=holder[1], at_h=tidy_hours(period * ix.grid.hours),
                                   on_hand=tidy(shown), floor=floor, in_transit=tidy(transit[holder][period])))  # fmt: skip
    return rows


def _national_call(ix: Indices, shipments: Sequence[Shipment], deployments: Sequence[Deployment]) -> float | None:
    """The latest call that allows every national departure."""
    rows: tuple[Shipment | Deployment, ...] = (*shipments, *deployments)
    departures = [row.depart_h for row in rows if ix.problem.city_of[row.origin].role == "national"]
    if not departures:
        return None
    latest = tidy_hours(min(departures) - ix.problem.settings.escalation.national_delay_h)
    called_h = ix.problem.settings.replanning.called_h
    return latest if called_h is None else min(latest, called_h)
