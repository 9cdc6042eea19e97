"""Supplies: shipments and service rounded to clean numbers and simulated period by period.

The solver keeps balances to its own tolerance only. Here every flow is rounded, then clipped to what is really there, so that
stocks, releases and needs hold exactly; goods that nobody uses are not sent.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field, replace
from enum import StrEnum

from tongzhou.model.indices import Indices
from tongzhou.model.indices.flows import AID, OWN, ServeKey, ShipKey
from tongzhou.model.indices.holdings import Holder, Holding
from tongzhou.solvers.decode.room import Room

DIGITS, PLAIN_DIGITS, DOWN_DIGITS = 9, 6, 12
"""Digits kept, counted from the total need of the resource; a number within dust of one with the fewer digits is that one. Rounding
down keeps most: no limit is stretched, and next to nothing lost."""
WRITTEN = 1e-6
"""Part of the last digit by which a number may lie below one of so many digits only because it is binary."""
DUST = 2e-8
"""Share of the total need of a resource below which a quantity is the solver's tolerance, not a shipment."""
MOST_PASSES = 20
"""Passes of sending less: each frees goods one leg further up a chain of hubs."""
SNAP = 1e-6
"""Share of a need below which what is left counts as served."""


class Rounding(StrEnum):
    """How quantities are rounded: to few digits, to many, or down."""

    PLAIN = "plain"
    FULL = "full"
    DOWN = "down"


@dataclass(slots=True)
class Goods:
    """Quantities that move and serve; stocks are after everything that happens at the start of a period."""

    room: Room
    rounding: Rounding = Rounding.PLAIN
    shipped: dict[ShipKey, float] = field(default_factory=dict)
    used: dict[ServeKey, float] = field(default_factory=dict)
    served: dict[ServeKey, float] = field(default_factory=dict)
    aid_stock: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    passed: dict[str, float] = field(default_factory=dict)


def clean(ix: Indices, supply: str, quantity: float, rounding: Rounding) -> float:
    """A quantity without the dust of the solver."""
    if rounding is Rounding.DOWN:
        size = 10.0 ** _decimals(ix, supply, DOWN_DIGITS)
        return math.floor(quantity * size + WRITTEN) / size
    short = round(quantity, _decimals(ix, supply, PLAIN_DIGITS))
    near = abs(short - quantity) <= DUST * _total(ix, supply)
    return short if rounding is Rounding.PLAIN and near else round(quantity, _decimals(ix, supply, DIGITS))


def _total(ix: Indices, supply: str) -> float:
    return max(ix.need_total.get(supply, 1.0), 1e-6)


def _decimals(ix: Indices, supply: str, digits: int) -> int:
    return max(0, digits - math.ceil(math.log10(_total(ix, supply))))


@dataclass(frozen=True, slots=True)
class Flows:
    """What a solution moves and uses; `passed`: kept line of a hub to what it takes of goods received."""

    ship: dict[ShipKey, float]
    serve: dict[ServeKey, float]
    passed: dict[str, float]


def settle_goods(ix: Indices, flows: Flows, room: Room, rounding: Rounding) -> Goods:
    """Simulate, and send less where goods would be left over, until nothing is sent in vain."""
    wanted = replace(flows, ship={key: quantity * ix.lot(key[1]) for key, quantity in flows.ship.items()})
    for _ in range(MOST_PASSES):
        goods = _simulate(ix, wanted, room.copy(), rounding)
        if not _send_less(ix, goods):
            break
        wanted = replace(wanted, ship=dict(goods.shipped))
    return _simulate(ix, wanted, room.copy(), rounding)


@dataclass(slots=True)
class _Pools:
    """What is there, and what left of the own goods (for cities helped by offers), by city and supply, as the hours go by."""

    own: dict[Holder, float] = field(default_factory=lambda: defaultdict(float))
    aid: dict[Holder, float] = field(default_factory=lambda: defaultdict(float))
    released: dict[Holder, float] = field(default_factory=lambda: defaultdict(float))
    on_offer: dict[Holder, float] = field(default_factory=lambda: defaultdict(float))

    def take(self, holder: Holder, quantity: float, pool: str, *, on_offer: bool) -> None:
        """Goods leave for another city."""
        (self.own if pool == OWN else self.aid)[holder] -= quantity
        if pool == OWN:
            self.released[holder] += quantity
            self.on_offer[holder] += quantity if on_offer else 0.0

    def may_leave(self, holding: Holding, holder: Holder, period: int, *, on_offer: bool) -> float:
        """What may leave of the own goods."""
        most = min(self.own[holder], holding.release[period] - self.released[holder])
        return min(most, holding.offer[period] - self.on_offer[holder]) if on_offer else most


def _simulate(ix: Indices, flows: Flows, room: Room, rounding: Rounding) -> Goods:
    ship, serve = flows.ship, flows.serve
    goods, pools = Goods(room, rounding), _Pools()
    unserved = {key: demand.quantity for key, demand in ix.supplies.items()}
    landing: dict[int, list[tuple[Holder, float]]] = defaultdict(list)
    for (city, supply, period), quantity in ix.promises.arriving.items():
        landing[period].append(((city, supply), quantity))
    leaving = _by_period({key: quantity for key, quantity in ship.items() if quantity > 0})
    serving = _by_period(serve)
    for period in range(ix.grid.count):
        for holder, holding in ix.held.items():
            pools.own[holder] += holding.held[period] - (holding.held[period - 1] if period else 0.0)
        for holder, quantity in landing[period]:
            pools.aid[holder] += quantity
        _keep_promises(ix, pools, period)
        _keep_open_promises(ix, goods, pools, period, flows.passed)
        for key in leaving[period]:
            _depart(ix, goods, key, ship[key], pools, landing)
        for used_key in serving[period]:
            _serve(ix, goods, used_key, serve[used_key], pools.own, pools.aid, unserved)
        for holder, quantity in pools.aid.items():
            goods.aid_stock.setdefault(holder, [0.0] * ix.grid.count)[period] = quantity
    return goods


def _keep_promises(ix: Indices, pools: _Pools, period: int) -> None:
    """Kept lines leave first."""
    for (city, supply, pool, at), quantity in ix.departures.by_pool.items():
        if at == period:
            on_offer = ix.departures.on_offer.get((city, supply, at), 0.0) if pool == OWN else 0.0
            pools.take((city, supply), quantity - on_offer, pool, on_offer=False)
            pools.take((city, supply), on_offer, pool, on_offer=True)


def _keep_open_promises(ix: Indices, goods: Goods, pools: _Pools, period: int, passed: dict[str, float]) -> None:
    """Kept lines of hubs that take of both: what was received as the solution says, as far as it is there."""
    for item in ix.departures.open.values():
        if item.period != period:
            continue
        holder = (item.city, item.supply)
        least = item.quantity - max(0.0, pools.may_leave(ix.held[holder], holder, period, on_offer=item.on_offer))
        wanted = max(least, clean(ix, item.supply, passed.get(item.line, 0.0), goods.rounding))
        aid = min(item.quantity, max(0.0, min(wanted, pools.aid[holder])))
        goods.passed[item.line] = aid
        pools.take(holder, aid, AID, on_offer=False)
        pools.take(holder, item.quantity - aid, OWN, on_offer=item.on_offer)


def _by_period(keys: dict[tuple[str, str, int, str], float]) -> dict[int, list[tuple[str, str, int, str]]]:
    found: dict[int, list[tuple[str, str, int, str]]] = defaultdict(list)
    for key in sorted(keys):
        found[key[2]].append(key)
    return found


def _depart(
    ix: Indices,
    goods: Goods,
    key: ShipKey,
    quantity: float,
    pools: _Pools,
    landing: dict[int, list[tuple[Holder, float]]],
) -> None:
    lane, supply, period, pool = key
    holder, destination = (ix.lane_of[lane].origin, supply), ix.lane_of[lane].destination
    on_offer = (destination, supply) in ix.problem.helped_by_offers
    there = pools.aid[holder]
    if pool == OWN:
        there = pools.may_leave(ix.held[holder], holder, period, on_offer=on_offer)
    quantity = max(0.0, min(_loaded(ix, goods, key, quantity), there))
    least = ix.flows.least.get((destination, supply), 0.0)
    if quantity < least:
        quantity = least if quantity > least * (1 - SNAP) and there >= least else 0.0
    if ix.problem.resource_of[supply].lot is not None:
        lot = ix.lot(supply)
        quantity = math.floor(quantity / lot + 1e-6) * lot
    if quantity <= 0:
        return
    pools.take(holder, quantity, pool, on_offer=on_offer)
    goods.shipped[key] = quantity
    landing[period + ix.lane_of[lane].travel].append(((destination, supply), quantity))


def _loaded(ix: Indices, goods: Goods, key: ShipKey, quantity: float) -> float:
    """The quantity rounded as plainly as its vehicles allow; indivisible lots are whole numbers already."""
    if ix.problem.resource_of[key[1]].lot is None:
        quantity = goods.room.shed(key, quantity)
    for rounding in (goods.rounding, Rounding.FULL):
        rounded = clean(ix, key[1], quantity, rounding)
        if goods.room.take(key, (rounded - quantity) / ix.lot(key[1])):
            return rounded
    return clean(ix, key[1], quantity, Rounding.DOWN)


def _serve(
    ix: Indices,
    goods: Goods,
    key: ServeKey,
    quantity: float,
    own: dict[tuple[str, str], float],
    aid: dict[tuple[str, str], float],
    unserved: dict[str, float],
) -> None:
    demand = ix.supplies[key[0]]
    ratio = dict(ix.problem.served_by[demand.resource])[key[1]]
    holder = (demand.city, key[1])
    stock = own if key[3] == OWN else aid
    quantity = _clipped(quantity, stock[holder], ix, key[1], goods.rounding)
    served = min(ratio * quantity, unserved[demand.key])
    if abs(unserved[demand.key] - ratio * quantity) <= SNAP * demand.quantity:
        quantity = min(stock[holder], unserved[demand.key] / ratio)
        whole = unserved[demand.key] - ratio * quantity <= SNAP * max(1.0, ratio * quantity)
        served = unserved[demand.key] if whole else ratio * quantity
    elif served < ratio * quantity:
        quantity = served / ratio
    if quantity <= 0 or served <= 0:
        return
    stock[holder] -= quantity
    unserved[demand.key] -= served
    goods.used[key] = quantity
    goods.served[key] = served


def _clipped(quantity: float, there: float, ix: Indices, supply: str, rounding: Rounding) -> float:
    """The quantity rounded to its decimals, or all that is there where that is less or almost the same."""
    rounded = clean(ix, supply, quantity, rounding)
    near = SNAP * max(1.0, abs(there))
    return max(0.0, there) if rounded > there or abs(rounded - there) <= near else rounded


def _send_less(ix: Indices, goods: Goods) -> bool:
    """Take off every shipment what its destination never draws on from its arrival on; whether anything changed.

    The latest arrivals give up first: earlier ones may have been used before the later came.
    """
    changed = False
    for key in sorted(goods.shipped, key=lambda item: (-(item[2] + ix.lane_of[item[0]].travel), item)):
        lane, sent = ix.lane_of[key[0]], goods.shipped[key]
        arrive = key[2] + lane.travel
        stock = goods.aid_stock.get((lane.destination, key[1]), [])
        spare = min(sent, min(stock[arrive:], default=0.0))
        lot = ix.problem.resource_of[key[1]].lot
        if lot is not None:
            spare = math.floor(spare / lot + 1e-9) * lot
        rest = sent - spare
        too_small = 0 < rest < ix.flows.least.get((lane.destination, key[1]), 0.0)
        if spare <= SNAP * max(1.0, sent) or too_small:
            continue
        changed = True
        goods.shipped[key] = 0.0 if rest <= SNAP * sent else rest
        for period in range(arrive, len(stock)):
            stock[period] -= spare
    return changed
