"""The bill: what each city's contribution cost, line by line, traced to the plan and to its evidence.

Supplies used up by others at replacement value, equipment and teams by the day, transport, damage; in the categories of EMAC
(personnel, travel, equipment, commodities, other). Sums of lines are sums of cents.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tongzhou.model.domain import Problem
from tongzhou.model.domain.column import column
from tongzhou.model.domain.tables import Actual
from tongzhou.model.plan import Deployment, Plan, Trip
from tongzhou.model.settlement.cents import largest_remainder, to_cents, to_money
from tongzhou.model.settlement.ownership import Load, loads, parcels
from tongzhou.model.settlement.parties import players
from tongzhou.model.settlement.record import LineRecord, line_records, trip_actuals
from tongzhou.model.units import HOURS_PER_DAY

CATEGORIES = ("personnel", "travel", "equipment", "commodities", "other")
"""What finance teams sort costs by (EMAC's five claim categories)."""
VERIFIED, ESTIMATED, DISPUTED = "verified", "estimated", "disputed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BillLine:
    """One cost of one city: `estimate` from the plan, `amount` what is settled on (actual where there is one)."""

    city: str = column("id", "city whose cost it is", "费用承担城市")
    line: str = column("id", "line or trip of the plan", "计划线号或车次")
    category: str = column("text", "category", "类别")
    item: str = column("text", "goods, transport, days, damage", "物资, 运输, 天数, 损坏")
    receiver: str = column("id", "city that was helped", "受援城市")
    resource: str | None = column("id", "resource", "资源", optional=True)
    quantity: float = column("number", "quantity", "数量")
    rate: Decimal | None = column("rate", "money a unit", "单价", optional=True)
    estimate: Decimal = column("amount", "estimate, from the plan", "估算")
    amount: Decimal = column("amount", "cost settled on", "结算金额")
    status: str = column("text", "verified by actuals, estimated from the plan, or disputed", "已核实, 估算或有争议")
    evidence: str | None = column("text", "evidence", "凭证", optional=True)


@dataclass(frozen=True, slots=True)
class _Cost:
    city: str
    line: str
    category: str
    item: str
    receiver: str
    resource: str | None
    quantity: float
    rate: Decimal | None
    cents: int

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        return self.city, self.line, self.category, self.item, self.receiver


def bill(problem: Problem, plan: Plan) -> tuple[BillLine, ...]:
    """Every cost of every city of the pool (national depots are outside), sorted. Raises `ScenarioError` for unknown lines."""
    records = line_records(problem, plan)
    by_trip = trip_actuals(problem, plan)
    real = {cost.key: cost for cost in _costs(problem, plan, records, by_trip)}
    planned = {cost.key: cost for cost in _costs(problem, plan, line_records(problem, plan, as_planned=True), {})}
    known = {record.line: record for record in records}
    disputed = {row.line for row in problem.disputes}
    lines = []
    for key in sorted({*real, *planned}):
        cost = real.get(key) or planned[key]
        record = known.get(cost.line)
        trip = record.trip if record is not None else cost.line
        actual = by_trip.get(trip or "") if cost.item == "transport" else None
        seen = (record is not None and record.is_actual) or actual is not None
        evidence = (record.evidence if record is not None else None) or (
            actual.evidence if actual is not None else None
        )
        in_dispute = bool({cost.line, trip if cost.item == "transport" else None} & disputed)
        lines.append(BillLine(
            city=cost.city, line=cost.line, category=cost.category, item=cost.item, receiver=cost.receiver,
            resource=cost.resource, quantity=cost.quantity if key in real else 0.0, rate=cost.rate,
            estimate=to_money(planned[key].cents if key in planned else 0),
            amount=to_money(real[key].cents if key in real else 0),
            status=DISPUTED if in_dispute else VERIFIED if seen else ESTIMATED, evidence=evidence,
        ))  # fmt: skip
    return tuple(lines)


def settled(lines: Iterable[BillLine]) -> list[BillLine]:
    """The lines that are settled now: disputed ones are carried over."""
    return [line for line in lines if line.status != DISPUTED]


def costs_of_cities(lines: Iterable[BillLine]) -> dict[str, dict[str, int]]:
    """City to category to cents, of the lines settled now."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(CATEGORIES, 0))
    for line in settled(lines):
        found[line.city][line.category] += to_cents(line.amount)
    return dict(found)


def _costs(problem: Problem, plan: Plan, records: Sequence[LineRecord], trips: Mapping[str, Actual]) -> list[_Cost]:
    carried = loads(problem, records)
    costs = [*_goods(problem, records), *_days(problem, records), *_damage(problem, records, carried)]
    costs += _carriers(
        problem, records, {**loads(problem, line_records(problem, plan, as_planned=True)), **_full(carried)}
    )
    by_trip: dict[str, list[LineRecord]] = defaultdict(list)
    for record in records:
        if record.trip is not None:
            by_trip[record.trip].append(record)
    for trip in plan.trips:
        costs += _transport(problem, trip, by_trip[trip.trip], trips[trip.trip].cost if trip.trip in trips else None)
    outside = {row.city for row in problem.cities if row.role == "national"}
    return [cost for cost in costs if cost.cents and cost.city not in outside]


def _goods(problem: Problem, records: Sequence[LineRecord]) -> list[_Cost]:
    known = {record.line: record for record in records}
    found = []
    for owner_line, places in parcels(problem, records).items():
        record = known[owner_line]
        value = problem.resource_of[record.resource].unit_value or Decimal(0)
        by_user: dict[str, float] = defaultdict(float)
        for parcel in places:
            by_user[parcel.user] += parcel.quantity
        for user, quantity in by_user.items():
            if user != record.origin:
                found.append(_Cost(record.origin, owner_line, "commodities", "goods", user, record.resource, quantity,
                                   value, to_cents(float(value) * quantity)))  # fmt: skip
    return found


def _days(problem: Problem, records: Sequence[LineRecord]) -> list[_Cost]:
    found = []
    for record in records:
        if not isinstance(record.row, Deployment) or record.origin == record.destination:
            continue
        spec = problem.resource_of[record.resource]
        rate = spec.day_cost or Decimal(0)
        category = "personnel" if spec.kind == "team" else "equipment"
        days = max(0.0, record.row.home_h - record.depart_h) / HOURS_PER_DAY
        if record.actual_cost is not None:
            cents = to_cents(record.actual_cost)
        elif record.is_actual:
            cents = to_cents(record.accepted * days * float(rate))
        else:
            cents = to_cents(record.row.cost)
        found.append(_Cost(record.origin, record.line, category, "days", record.destination, record.resource,
                           record.accepted * days, rate, cents))  # fmt: skip
    return found


def _damage(problem: Problem, records: Sequence[LineRecord], carried: Mapping[str, Sequence[Load]]) -> list[_Cost]:
    """What was lost or spoilt is its owner's loss, also where a hub had passed it on."""
    found = []
    for record in records:
        if record.lost <= 0 or record.origin == record.destination:
            continue
        value = problem.resource_of[record.resource].unit_value or Decimal(0)
        missing = {load.owner_line: load.shipped - load.accepted for load in carried.get(record.line, ())}
        for owner, part in _by_owner(record, missing, records).items():
            lost = record.lost * part
            found.append(_Cost(owner, record.line, "other", "damage", record.destination, record.resource, lost, value,
                               to_cents(float(value) * lost)))  # fmt: skip
    return found


def _full(carried: Mapping[str, Sequence[Load]]) -> dict[str, Sequence[Load]]:
    return {line: found for line, found in carried.items() if found}


def _by_owner(record: LineRecord, weights: Mapping[str, float], records: Sequence[LineRecord]) -> dict[str, float]:
    """City to its part (the parts add up to one) of what happened to a line, by what owner lines weigh in it."""
    origins = {item.line: item.origin for item in records}
    total = sum(weights.values())
    if total <= 0:
        return {record.origin: 1.0}
    found: dict[str, float] = defaultdict(float)
    for line, weight in weights.items():
        if weight > 0:
            found[origins[line]] += weight / total
    return dict(found)


def _carriers(problem: Problem, records: Sequence[LineRecord], carried: Mapping[str, Sequence[Load]]) -> list[_Cost]:
    """Shipments by common carrier: the carrier's price; onward from a mere place of transfer the owners of the goods pay it."""
    parties, found = set(players(problem)), []
    for record in records:
        if isinstance(record.row, Deployment) or record.trip is not None or not record.went:
            continue
        price = to_cents(record.row.cost if record.actual_cost is None else record.actual_cost)
        parts = {record.origin: 1.0}
        if record.origin not in parties:
            weights = {load.owner_line: load.shipped for load in carried.get(record.line, ())}
            parts = _by_owner(record, weights, records)
        cents = largest_remainder([price * part for part in parts.values()], price)
        for city, paid in zip(parts, cents, strict=True):
            found.append(_Cost(city, record.line, "travel", "transport", record.destination, None, 1.0, None, paid))
    return found


def _transport(problem: Problem, trip: Trip, riders: Sequence[LineRecord], actual: Decimal | None) -> list[_Cost]:
    """A trip's cost, split over what rides on it by tonnes; a line's own actual cost takes the place of its part.

    A trip that only fetches equipment is a line of its own. What never set out pays for no trip.
    """
    total = to_cents(trip.cost if actual is None else actual)
    riding = [record for record in riders if record.went or actual is not None]
    if not riding:
        cents = 0 if riders else total
        return [_Cost(trip.origin, trip.trip, "travel", "transport", trip.destination, None, trip.trips, None, cents)]
    weights = [max(1e-9, problem.resource_of[item.resource].weight_t * item.planned) for item in riding]
    parts = largest_remainder([total * weight / sum(weights) for weight in weights], total)
    found = []
    for record, part in zip(riding, parts, strict=True):
        paid = record.actual_cost if not isinstance(record.row, Deployment) else None
        cents = part if paid is None else to_cents(paid)
        found.append(
            _Cost(trip.origin, record.line, "travel", "transport", record.destination, None, trip.trips, None, cents)
        )
    return found


def bill_total(lines: Iterable[BillLine]) -> int:
    """Sum in cents of the lines settled now."""
    return sum(to_cents(line.amount) for line in settled(lines))


def received_aid(lines: Iterable[BillLine]) -> Mapping[str, int]:
    """City to the value in cents of the aid it received, of the lines settled now."""
    found: dict[str, int] = defaultdict(int)
    for line in settled(lines):
        found[line.receiver] += to_cents(line.amount)
    return dict(found)
