"""One more request beside a plan that stands: who could serve it, how, by when, at what cost, and what it leaves of their means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from tongzhou.model.domain import Problem
from tongzhou.model.domain.settings import Governance
from tongzhou.model.domain.tables import Need
from tongzhou.model.explain.slack import UNBOUND, Slack
from tongzhou.model.plan import Deployment, Plan, Shipment, Trip
from tongzhou.solvers.answers.option_search import OptionSearch
from tongzhou.solvers.answers.residual import Around, around, dust_of, prepare_part, residual
from tongzhou.solvers.answers.standing import lacking
from tongzhou.solvers.compiled import Floats
from tongzhou.solvers.decode import decode_movements
from tongzhou.solvers.dispatch import Prepared
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock

SAME = 1e-6
OWN, POOL = "own", "several"
"""Options in which nobody sends anything, and in which several send."""


@dataclass(frozen=True, slots=True)
class Request:
    """`quantity` of `resource` for `city`: goods by `by_h`; units on site from `by_h` until `until_h` (default: to the end)."""

    city: str
    resource: str
    quantity: float
    by_h: float
    priority: int = 1
    until_h: float | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """What an option leaves a sender of: `free` may still leave (None: nothing bounds it), `vehicles` stand at home then."""

    city: str
    free: float | None
    vehicles: int | None


@dataclass(frozen=True, slots=True)
class Option:
    """One way to serve a request with everything else as planned.

    `sender`: a city, `own` or `several`; `unit_hours`: what the request still waits; `short`: what it never gets; `cost`: trips,
    carriers, days away, goods of others.
    """

    sender: str
    served: float
    short: float
    unit_hours: float
    first_h: float | None
    last_h: float | None
    cost: Decimal
    shipments: tuple[Shipment, ...]
    deployments: tuple[Deployment, ...]
    trips: tuple[Trip, ...]
    left: tuple[Left, ...]


class Desk:
    """A plan that stands, ready for requests. What it leaves is worked out once a city and resource."""

    def __init__(self, problem: Problem, plan: Plan, options: SolveOptions) -> None:
        self._problem, self._plan, self._options = problem, plan, replace(options, workers=1)
        self._slack = Slack(problem, plan)

    def ask(self, request: Request) -> list[Option]:
        """Options, the best first: least unit-hours, then the order of sources, then cost. The first may be a joint effort.

        Raises `ScenarioError` where the request makes no valid need.
        """
        need = self._need(request)
        asked = self._problem.replace(needs=(*self._problem.needs, need))
        part = residual(asked, self._plan, self._part(asked, need), frozen=True)
        clock = Clock(None)
        prepared = prepare_part(part, part, {need.need}, self._options, clock)
        desk = OptionSearch(prepared, need, self._options)
        found = [desk.best()]
        senders = desk.senders()
        found += [desk.best(sender) for sender in senders] if len(senders) > 1 else []
        options = [self._option(need, prepared, solution) for solution in found if solution is not None]
        return _ranked(options)

    def _part(self, asked: Problem, need: Need) -> Around:
        return replace(around(asked, need), needs=frozenset({need.need}))

    def _need(self, request: Request) -> Need:
        """The request as a need of the incident that its city has needs of, as dear as the dearest of its priority."""
        rates = [row.loss_per_unit_day for row in self._problem.needs if row.priority == request.priority]
        dearest = max((rate for rate in rates if rate is not None), default=None)
        spec = self._problem.resource_of.get(request.resource)
        supply = spec is None or spec.is_supply
        now_h, horizon_h = self._problem.settings.now_h, self._problem.settings.horizon_h
        incidents = [row.incident for row in self._problem.needs if row.city == request.city]
        name = f"request {request.city} {request.resource}"
        while name in self._problem.need_of:
            name += "+"
        return Need(
            need=name, city=request.city, resource=request.resource, quantity=request.quantity,
            from_h=now_h if supply else request.by_h, by_h=request.by_h if supply else None,
            until_h=None if supply else request.until_h or horizon_h, priority=request.priority, loss_per_unit_day=dearest,
            incident=incidents[0] if incidents else None,
        )  # fmt: skip

    def _option(self, need: Need, prepared: Prepared, solution: Floats) -> Option:
        plan = decode_movements(prepared.indices, prepared.model, solution)
        old = {row.line for row in prepared.problem.kept}
        found = tuple(row for row in plan.shipments if row.line not in old)
        shipments = tuple(self._plainly(found))
        deployments = tuple(row for row in plan.deployments if row.line not in old)
        dust = max((dust_of(self._plan, row) for row in shipments), default=0.0)
        served = sorted((row.at_h, row.served) for row in plan.service if row.need == need.need)
        hours, short = lacking(prepared, solution, need.need)
        lost = self._reaching(need, found) - self._reaching(need, shipments)
        hours_served = [at_h for at_h, quantity in served if quantity > dust]
        total = sum(quantity for _, quantity in served) - lost
        lines: tuple[Shipment | Deployment, ...] = (*shipments, *deployments)
        senders = sorted({row.origin for row in lines if row.origin != need.city})
        trips = self._new_trips(plan.trips, lines)
        supply = self._problem.resource_of[need.resource].is_supply
        cost = sum((row.cost for row in lines), Decimal(0)) + sum((row.cost for row in trips), Decimal(0))
        cost += self._goods(need, shipments)
        return Option(
            sender=OWN if not senders else senders[0] if len(senders) == 1 else POOL,
            served=round(total, 6) if supply else max((quantity for _, quantity in served), default=0.0),
            short=round(short + lost, 6) + 0.0, unit_hours=round(hours, 6) + 0.0,
            first_h=hours_served[0] if hours_served else None, last_h=hours_served[-1] if hours_served else None, cost=cost,
            shipments=shipments, deployments=deployments, trips=trips,
            left=tuple(self._left(city, lines, prepared.problem.governance_of[need.need]) for city in senders),
        )  # fmt: skip

    def _plainly(self, rows: Iterable[Shipment]) -> Iterator[Shipment]:
        """Lines without the dust that shaving kept goods has left room for."""
        for row in rows:
            dust = dust_of(self._plan, row)
            quantity = next(
                (
                    plain
                    for plain in (round(row.quantity, digits) for digits in range(9))
                    if 0 <= row.quantity - plain <= dust
                ),
                row.quantity,
            )
            if quantity > 0:
                yield replace(row, quantity=quantity)

    def _reaching(self, need: Need, rows: Sequence[Shipment]) -> float:
        """What lines bring to the city that asks, in units of its need."""
        ratio = dict(self._problem.served_by[need.resource])
        return sum(ratio.get(row.resource, 0.0) * row.quantity for row in rows if row.destination == need.city)

    def _new_trips(self, trips: Sequence[Trip], lines: Sequence[Shipment | Deployment]) -> tuple[Trip, ...]:
        """Vehicles that leave beyond those planned anyway."""
        before = {row.trip: row.trips for row in self._plan.trips}
        fetched = {(row.origin, row.destination, row.vehicle) for row in lines if isinstance(row, Deployment)}
        cited = {row.trip for row in lines}
        found = []
        for row in trips:
            more = row.trips - before.get(row.trip, 0)
            mine = row.trip in cited or (row.origin, row.destination, row.vehicle) in fetched
            if mine and more > 0:
                share = (row.cost * more / row.trips).quantize(Decimal("0.01"))
                found.append(replace(row, trips=more, cost=share))
        return tuple(found)

    def _goods(self, need: Need, shipments: Sequence[Shipment]) -> Decimal:
        total = Decimal(0)
        for row in shipments:
            if row.destination == need.city:
                total += (self._problem.resource_of[row.resource].unit_value or Decimal(0)) * Decimal(str(row.quantity))
        return total.quantize(Decimal("0.01"))

    def _left(self, city: str, lines: Sequence[Shipment | Deployment], governance: Governance) -> Left:
        """What stays free of the resource that a city sends, and of the vehicles it uses, at its first departure."""
        mine = [row for row in lines if row.origin == city]
        resource = mine[0].resource
        sent = sum(float(row.quantity) for row in mine if row.resource == resource)
        last = max(self._slack.facts.period(row.depart_h) for row in mine)
        last = min(last, self._slack.count - 1)
        if self._problem.resource_of[resource].is_supply:
            free = self._slack.leavable((city, resource), mine[0].destination, back=False)[last] - sent
        else:
            holder = (city, resource)
            home = self._slack.units_held(holder, last) - self._slack.unit_use(holder).engaged[last]
            free = min(home, self._slack.lendable(holder, last, governance)) - sent
        vehicles = None
        riding = next((row for row in mine if row.trip is not None), None)
        if riding is not None:
            fleet = self._slack.facts.fleets.get((city, riding.mode or "", riding.vehicle or ""))
            link = self._slack.facts.links.get((city, riding.destination, riding.mode or ""))
            if fleet is not None and link is not None:
                vehicles = self._slack.vehicles_free(fleet, link, self._slack.facts.period(riding.depart_h))
        return Left(city, None if free == UNBOUND else round(max(0.0, free), 6), vehicles)


def _ranked(options: Sequence[Option]) -> list[Option]:
    """Best first; ways that are the same stand once."""
    first, rest = options[0], list(options[1:])
    rest.sort(key=lambda item: (round(item.unit_hours, 4), item.cost, item.sender))
    found = [first]
    for option in rest:
        if option.served > SAME and not any(_lines(option) == _lines(other) for other in found):
            found.append(option)
    return found


def _lines(option: Option) -> set[tuple[str, float]]:
    goods = {(row.line, round(row.quantity, 4)) for row in option.shipments}
    return goods | {(row.line, float(row.quantity)) for row in option.deployments}
