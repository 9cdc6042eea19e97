"""What one city sees of a plan: its needs with and without aid, what it gives, gets and keeps, the risk it takes, what it is owed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from tongzhou.model.accounts import need_accounts
from tongzhou.model.domain import Problem
from tongzhou.model.plan import Plan, Shipment
from tongzhou.model.settlement.bill import bill
from tongzhou.model.verify.facts import Facts
from tongzhou.model.verify.use import GoodsUse, UnitUse, units_in_use, vehicles_away

LEAST = 1e-9


@dataclass(frozen=True, slots=True)
class NeedOfCity:
    """A need without and with aid: unit-hours unserved, units unserved at the end (presence: missing at the worst)."""

    need: str
    resource: str
    priority: int
    quantity: float
    unit_hours_alone: float
    unit_hours: float
    short_alone: float
    short: float


@dataclass(frozen=True, slots=True)
class LineOfCity:
    """A line out of the city or into it; `state` as of the scenario's hour."""

    line: str
    other: str
    resource: str
    quantity: float
    depart_h: float
    arrive_h: float
    need: str | None
    state: str


@dataclass(frozen=True, slots=True)
class Keeping:
    """What stays of a resource at home: supplies on hand, units at home or back (at rest included).

    `lowest` is reached first at `lowest_h`; `alone` is the lowest had no aid left or come; `hours_below` the floor: its own
    needs only can bring a city there.
    """

    resource: str
    held: float
    floor: float
    lowest: float
    lowest_h: float
    alone: float
    hours_below: float

    @property
    def above_floor(self) -> float:
        """Lowest margin above the floor; negative below it."""
        return self.lowest - self.floor


@dataclass(frozen=True, slots=True)
class Risk:
    """What a city gives up for a while: most units (or vehicles) elsewhere at once, since when, until when."""

    what: str
    held: float
    elsewhere: float
    from_h: float
    until_h: float


@dataclass(frozen=True, slots=True)
class Claim:
    """A cost of the city for another one, as the bill of the settlement will state it."""

    receiver: str
    category: str
    item: str
    amount: Decimal


@dataclass(frozen=True)
class CitySheet:
    """The whole sheet of one city."""

    city: str
    needs: tuple[NeedOfCity, ...]
    gives: tuple[LineOfCity, ...]
    gets: tuple[LineOfCity, ...]
    keeps: tuple[Keeping, ...]
    risks: tuple[Risk, ...]
    claims: tuple[Claim, ...]

    @property
    def owed(self) -> Decimal:
        """What its aid costs: the claims of the city, before any settlement."""
        return sum((row.amount for row in self.claims), Decimal())


def city_sheet(problem: Problem, plan: Plan, city: str) -> CitySheet:
    """The sheet of a city. Hours since the scenario's start, money in its currency."""
    facts = Facts(problem, plan)
    return CitySheet(
        city=city,
        needs=tuple(_needs(problem, plan, city)),
        gives=tuple(_lines(problem, plan, city, out=True)),
        gets=tuple(_lines(problem, plan, city, out=False)),
        keeps=tuple(_keeps(facts, city)),
        risks=tuple(_risks(facts, city)),
        claims=tuple(_claims(problem, plan, city)),
    )


def _needs(problem: Problem, plan: Plan, city: str) -> Iterator[NeedOfCity]:
    accounts = need_accounts(problem, plan.service)
    alone = {row.need: row for row in plan.baseline}
    for need in sorted(problem.needs, key=lambda row: (row.priority, row.need)):
        if need.city == city:
            base, account = alone[need.need], accounts[need.need]
            yield NeedOfCity(
                need.need, need.resource, need.priority, need.quantity, base.unit_hours, account.unit_hours, base.short, account.short
            )  # fmt: skip


def _lines(problem: Problem, plan: Plan, city: str, *, out: bool) -> Iterator[LineOfCity]:
    states = {row.line: row.status for row in problem.commitments}
    for row in sorted(plan.lines, key=lambda item: (item.depart_h, item.line)):
        here, there = (row.origin, row.destination) if out else (row.destination, row.origin)
        if here == city and there != city:
            arrive = row.arrive_h if isinstance(row, Shipment) else row.on_site_h
            yield LineOfCity(
                row.line, there, row.resource, float(row.quantity), row.depart_h, arrive, row.need,
                states.get(row.line, "proposed"),
            )  # fmt: skip


def _keeps(facts: Facts, city: str) -> Iterator[Keeping]:
    """Every resource of which the city ever has anything."""
    goods, units = GoodsUse(facts), units_in_use(facts)
    for resource in facts.problem.resources:
        key = (city, resource.resource)
        held = [facts.held(*key, period) for period in range(facts.count)]
        if resource.is_supply:
            there, alone = _on_hand(goods, key, held)
        else:
            use = units.get(key)
            there, alone = _at_home(use, held), held
        if max(there, default=0.0) <= LEAST and held[-1] <= LEAST:
            continue
        floor = facts.floor(*key)
        lowest = min(there)
        below = sum(facts.hours for level in there if level < floor - LEAST)
        yield Keeping(
            resource.resource, held[-1], floor, lowest, there.index(lowest) * facts.hours, min(alone), below
        )  # fmt: skip


def _on_hand(goods: GoodsUse, key: tuple[str, str], held: list[float]) -> tuple[list[float], list[float]]:
    """On hand by period; and had the city used of its own what it used, but neither sent nor received."""
    level = alone = 0.0
    there, without = [], []
    for period, quantity in enumerate(held):
        level += goods.landed[key][period] - goods.left[key][period] - goods.used[key][period]
        alone += goods.used[key][period]
        there.append(_tidy(quantity + level))
        without.append(_tidy(max(0.0, quantity - alone)))
    return there, without


def _at_home(use: UnitUse | None, held: list[float]) -> list[float]:
    if use is None:
        return held
    return [quantity + use.back[period] - use.elsewhere[period] for period, quantity in enumerate(held)]


def _tidy(quantity: float) -> float:
    return 0.0 if abs(quantity) < 1e-6 else quantity


def _risks(facts: Facts, city: str) -> Iterator[Risk]:
    for (home, resource), use in sorted(units_in_use(facts).items()):
        if home == city and max(use.elsewhere) > LEAST:
            held = max(facts.held(home, resource, period) for period in range(facts.count))
            yield _risk(resource, held, use.elsewhere, facts.hours)
    for (home, mode, vehicle), away in sorted(vehicles_away(facts).items()):
        counts = [float(away.get(period, 0)) for period in range(facts.count)]
        if home == city and max(counts) > LEAST:
            yield _risk(f"{vehicle} ({mode})", facts.fleets[home, mode, vehicle].vehicles, counts, facts.hours)


def _risk(what: str, held: float, elsewhere: list[float], hours: float) -> Risk:
    busy = [period for period, count in enumerate(elsewhere) if count > LEAST]
    return Risk(what, held, max(elsewhere), busy[0] * hours, (busy[-1] + 1) * hours)


def _claims(problem: Problem, plan: Plan, city: str) -> Iterator[Claim]:
    """The city's lines of the bill, one a receiver, category and item."""
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for row in bill(problem, plan):
        if row.city == city and row.receiver != city:
            sums[row.receiver, row.category, row.item] += row.amount
    for (receiver, category, item), amount in sorted(sums.items()):
        yield Claim(receiver, category, item, amount)
