"""Supply: what a city holds, receives, uses and lets go."""

from __future__ import annotations

from pyomo.environ import ConcreteModel
from tongzhou.model.domain.incidents import MIXED
from tongzhou.model.indices import Indices
from tongzhou.model.indices.flows import AID, OWN, ShipKey
from tongzhou.model.rows import Rows, Rule, Terms, at_most, equal
from tongzhou.model.units import room_left


def _own_index(ix: Indices) -> list[tuple[str, str, int]]:
    return [(*key, period) for key, periods in ix.own_periods.items() for period in periods]


def own_balance(m: ConcreteModel, city: str, supply: str, period: int) -> Rule:
    """A city's own stock is what it held, plus its own arrivals, less what left and what its own needs used.

    `own_stock[c,s,t] = own_stock[c,s,t-1] + (held[c,s,t] - held[c,s,t-1]) - departed[c,s,t] - sum ship[l,s,t] - sum serve[n,s,t]`

    - `own_stock`, `ship` (times the lot), `serve`: units of `s`; only draws on the pool `own`
    - `held`: stocks.quantity from stocks.from_h on, plus arrivals.quantity up to `t`
    - `departed`: kept shipments (commitments) that leave in `t`; of a hub's, all but `passed[line]`

    Built only where own needs draw on the stock; a mere donor is held by `release` alone.
    Source: formats.md "Stock and floor"; dispatch.md family 1.
    """
    ix: Indices = m.ix
    held = ix.held[city, supply].held
    gained = held[period] - (held[period - 1] if period else 0.0) - ix.departed(city, supply, OWN, period)
    terms: Terms = [(1.0, m.own_stock[city, supply, period])]
    if period:
        terms.append((-1.0, m.own_stock[city, supply, period - 1]))
    for item in ix.departures.open_at(city, supply, period):
        gained -= item.quantity
        terms.append((-1.0, m.passed[item.line, supply]))
    return equal(terms + _draws(m, city, supply, OWN, period), gained)


def _aid_index(ix: Indices) -> list[tuple[str, str, int]]:
    return [(*key, period) for key, periods in ix.aid_periods.items() for period in periods]


def aid_balance(m: ConcreteModel, city: str, supply: str, period: int) -> Rule:
    """Goods received are used by the city's needs or, at a hub, passed on.

    `aid_stock[c,s,t] = aid_stock[c,s,t-1] + sum ship[l,s,t-tau_l] + arriving[c,s,t] - departed[c,s,t] - sum ship[l,s,t] - sum serve[n,s,t]`

    - `tau_l`: travel periods of the lane (links.travel_h)
    - `arriving`: kept shipments that arrive in `t`; `departed`: those that leave, with `passed[line]` of a hub's
    - `ship` out of the pool `aid` exists at hubs only: only hubs pass goods on

    Source: formats.md "Trips" (last sentence); dispatch.md family 1.
    """
    ix: Indices = m.ix
    landed = ix.promises.arriving.get((city, supply, period), 0.0)
    first = ix.aid_periods[city, supply][0]
    if period == first:
        landed += sum(ix.promises.arriving.get((city, supply, early), 0.0) for early in range(first))
        landed -= sum(ix.departed(city, supply, AID, early) for early in range(first))
    terms: Terms = [(1.0, m.aid_stock[city, supply, period])]
    if period != first:
        terms.append((-1.0, m.aid_stock[city, supply, period - 1]))
    lot = ix.lot(supply)
    terms += [(-lot, m.ship[key]) for key in ix.flows.landing.get((city, supply, period), ())]
    for early in range(0 if period == first else period, period + 1):
        terms += [(1.0, m.passed[item.line, supply]) for item in ix.departures.open_at(city, supply, early)]
    return equal(terms + _draws(m, city, supply, AID, period), landed - ix.departed(city, supply, AID, period))


def _draws(m: ConcreteModel, city: str, supply: str, pool: str, period: int) -> Terms:
    flows, lot = m.ix.flows, m.ix.lot(supply)
    key = (city, supply, pool, period)
    return [
        *((lot, m.ship[item]) for item in flows.leaving.get(key, ())),
        *((1.0, m.serve[item]) for item in flows.drawing.get(key, ())),
    ]


def _release_index(ix: Indices) -> list[tuple[str, str, int]]:
    """Periods at whose end the limit is tested: before each rise, and the last."""
    senders = {(city, supply) for city, supply, pool, _ in ix.flows.leaving if pool == OWN}
    senders |= {(item.city, item.supply) for item in ix.departures.open.values()}
    last = ix.grid.count - 1
    return [
        (*key, period)
        for key in sorted(senders)
        for period in range(ix.grid.count)
        if period == last or ix.held[key].release[period + 1] > ix.held[key].release[period]
        if any(_leaves_own(ix, *key, early) for early in range(period + 1))
    ]


def _leaves_own(ix: Indices, city: str, supply: str, period: int) -> bool:
    return (city, supply, OWN, period) in ix.flows.leaving or bool(ix.departures.open_at(city, supply, period))


def _passed(m: ConcreteModel, city: str, supply: str, period: int, *, on_offer: bool = False) -> tuple[Terms, float]:
    """Of kept lines of a hub that leave in a period: the part that it received, as terms below their quantity."""
    lines = [item for item in m.ix.departures.open_at(city, supply, period) if item.on_offer or not on_offer]
    return [(-1.0, m.passed[item.line, supply]) for item in lines], sum(item.quantity for item in lines)


def release(m: ConcreteModel, city: str, supply: str, period: int) -> Rule:
    """What left for other cities up to `t` is at most what lies above the floor, in voluntary mode at most the offer.

    `sum over t' <= t of (ship[l,s,t'] + departed[c,s,t']) <= max(0, held[c,s,t] - floor[c,s])`, and `<= offered[c,s]`

    - `floor`: stocks.floor, else reserve.default_share * stocks.quantity
    - `offered`: stocks.offered (voluntary mode; blank = nothing; national depots need no offer)

    Aid received never counts: only the pool `own` is bound. Since the limit never falls, testing it before each rise is enough.
    Source: formats.md "Stock and floor"; dispatch.md family 1.
    """
    ix: Indices = m.ix
    lot = ix.lot(supply)
    terms: Terms = []
    gone, of_hub, past = 0.0, 0.0, ix.departures.forced.get((city, supply), 0.0)
    for early in range(period + 1):
        terms += [(lot, m.ship[key]) for key in ix.flows.leaving.get((city, supply, OWN, early), ())]
        last = ix.departed(city, supply, OWN, early)
        gone += last
        past += last if early < ix.grid.now else 0.0
        passed, kept = _passed(m, city, supply, early)
        terms, of_hub = terms + passed, of_hub + kept
    return at_most(terms, room_left(max(past, ix.held[city, supply].release[period]), gone) - of_hub)


def _on_offer(ix: Indices, city: str, supply: str, period: int) -> list[ShipKey]:
    """What leaves a city's own goods in a period for needs helped by offers only."""
    keys = ix.flows.leaving.get((city, supply, OWN, period), ())
    return [key for key in keys if (ix.lane_of[key[0]].destination, supply) in ix.problem.helped_by_offers]


def _within_offer_index(ix: Indices) -> list[tuple[str, str, int]]:
    """Where incidents differ: the periods of `release`, and those before which the offer rises."""
    if ix.problem.mode != MIXED:
        return []
    senders = {(city, supply) for city, supply, pool, _ in ix.flows.leaving if pool == OWN}
    senders |= {(item.city, item.supply) for item in ix.departures.open.values()}
    last = ix.grid.count - 1
    return [
        (*key, period)
        for key in sorted(senders)
        if ix.held[key].offer != ix.held[key].release
        for period in range(ix.grid.count)
        if period == last or ix.held[key].offer[period + 1] > ix.held[key].offer[period]
        if any(
            _on_offer(ix, *key, early) or any(item.on_offer for item in ix.departures.open_at(*key, early))
            for early in range(period + 1)
        )
    ]


def within_offer(m: ConcreteModel, city: str, supply: str, period: int) -> Rule:
    """Where incidents differ: what left up to `t` for a voluntary one is within the offer, whatever a led one calls on.

    `sum over t' <= t of (ship[l,s,t'] + departed[c,s,t']) <= min(offered[c,s], max(0, held[c,s,t] - floor[c,s]))`

    - over lanes to cities with a need under voluntary governance that `s` can serve, and to hubs that lead to one
    - no rows where all incidents are governed alike: `release` is the limit then

    Source: model/domain/incidents.py (several incidents, one pool); dispatch.md family 1.
    """
    ix: Indices = m.ix
    lot = ix.lot(supply)
    terms: Terms = []
    gone, of_hub, past = 0.0, 0.0, ix.departures.forced_on_offer.get((city, supply), 0.0)
    for early in range(period + 1):
        terms += [(lot, m.ship[key]) for key in _on_offer(ix, city, supply, early)]
        last = ix.departures.on_offer.get((city, supply, early), 0.0)
        gone += last
        past += last if early < ix.grid.now else 0.0
        passed, kept = _passed(m, city, supply, early, on_offer=True)
        terms, of_hub = terms + passed, of_hub + kept
    return at_most(terms, room_left(max(past, ix.held[city, supply].offer[period]), gone) - of_hub)


FAMILY = (
    Rows(_own_index, own_balance),
    Rows(_aid_index, aid_balance),
    Rows(_release_index, release),
    Rows(_within_offer_index, within_offer),
)
