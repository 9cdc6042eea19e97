"""Transport: vehicles, lanes, handling, least useful deliveries."""

from __future__ import annotations

from pyomo.environ import ConcreteModel
from tongzhou.model.indices import Indices
from tongzhou.model.indices.cargo import OUT, Cargo, Departure
from tongzhou.model.indices.flows import OWN, ShipKey
from tongzhou.model.indices.lanes import FleetKey
from tongzhou.model.rows import Rows, Rule, Terms, at_least, at_most
from tongzhou.model.units import room_left

WEIGHT, VOLUME = 0, 1


def _out_terms(m: ConcreteModel, lane: str, period: int, measure: int) -> Terms:
    cargo: Cargo = m.ix.cargo
    return [
        *((piece[measure], m.ship[key]) for piece, key in cargo.shipped.get((lane, period), ()) if piece[measure]),
        *((piece[measure], m.depart[key]) for piece, key in cargo.deployed.get((lane, period), ()) if piece[measure]),
    ]


def _home_terms(m: ConcreteModel, lane: str, period: int, measure: int) -> Terms:
    found = m.ix.cargo.fetched.get((lane, period), ())
    return [(piece[measure], m.leave[key]) for piece, key in found if piece[measure]]


def _out_index(ix: Indices) -> list[Departure]:
    rides = {*ix.cargo.shipped, *ix.cargo.deployed, *ix.promises.out_load}
    return sorted(key for key in rides if key[0] in ix.lanes.by_vehicle)


def _home_index(ix: Indices) -> list[Departure]:
    return sorted({*ix.cargo.fetched, *ix.promises.home_load})


def payload_out(m: ConcreteModel, lane: str, period: int) -> Rule:
    """What rides out on a departure is at most the payload of its trips.

    `sum weight_s * ship[l,s,t] + sum weight_r * depart[a,t] + kept load <= payload_l * trips[l,t]`  (tonnes)

    - `weight`: resources.weight_t (times the lot); `payload`: fleets.payload_t; `a`: assignments of equipment on lane `l`

    Only the origin's fleet moves goods; a carrier's lane has no such row. Source: formats.md "Trips"; dispatch.md family 2.
    """
    promised = m.ix.promises.out_load.get((lane, period), (0.0, 0.0))[WEIGHT]
    payload = m.ix.lanes.by_vehicle[lane].payload_t
    return at_most([*_out_terms(m, lane, period, WEIGHT), (-payload, m.trips[lane, period])], -promised)


def volume_out(m: ConcreteModel, lane: str, period: int) -> Rule:
    """What rides out on a departure is at most the volume of its trips.

    `sum volume_s * ship[l,s,t] + sum volume_r * depart[a,t] + kept volume <= volume_l * trips[l,t]`  (cubic metres)

    - `volume`: resources.volume_m3 (times the lot); `volume_l`: fleets.volume_m3

    Left out where no cargo of the row is bulkier than the vehicle (then the payload binds first).
    Source: formats.md "Trips"; dispatch.md family 2.
    """
    promised = m.ix.promises.out_load.get((lane, period), (0.0, 0.0))[VOLUME]
    volume = m.ix.lanes.by_vehicle[lane].volume_m3
    return at_most([*_out_terms(m, lane, period, VOLUME), (-volume, m.trips[lane, period])], -promised)


def _bulky(ix: Indices, key: Departure, *, home: bool) -> bool:
    """Whether anything of the row needs more volume for its weight than the vehicle has."""
    lane = ix.lanes.by_vehicle[key[0]]
    promised = (ix.promises.home_load if home else ix.promises.out_load).get(key, (0.0, 0.0))
    pieces = [*ix.cargo.pieces(key, home=home), promised]
    return any(volume * lane.payload_t > weight * lane.volume_m3 * (1 + 1e-12) for weight, volume in pieces)


def _volume_out_index(ix: Indices) -> list[Departure]:
    return [key for key in _out_index(ix) if _bulky(ix, key, home=False)]


def _volume_home_index(ix: Indices) -> list[Departure]:
    return [key for key in _home_index(ix) if _bulky(ix, key, home=True)]


def payload_home(m: ConcreteModel, lane: str, period: int) -> Rule:
    """Equipment comes home by trips of its home fleet that arrive when it leaves the site.

    `sum weight_r * leave[a,t+tau_l] + kept load <= payload_l * trips[l,t]`  (tonnes, on the way back)

    A trip that leaves home in `t` is at the site in `t + tau_l`; it may bring goods out and equipment home.
    Source: formats.md "Trips" (equipment with weight rides on trips, out and home); dispatch.md family 2.
    """
    promised = m.ix.promises.home_load.get((lane, period), (0.0, 0.0))[WEIGHT]
    payload = m.ix.lanes.by_vehicle[lane].payload_t
    return at_most([*_home_terms(m, lane, period, WEIGHT), (-payload, m.trips[lane, period])], -promised)


def volume_home(m: ConcreteModel, lane: str, period: int) -> Rule:
    """Equipment that comes home fits the volume of the trips that fetch it.

    `sum volume_r * leave[a,t+tau_l] + kept volume <= volume_l * trips[l,t]`  (cubic metres, on the way back)

    Source: formats.md "Trips"; dispatch.md family 2.
    """
    promised = m.ix.promises.home_load.get((lane, period), (0.0, 0.0))[VOLUME]
    volume = m.ix.lanes.by_vehicle[lane].volume_m3
    return at_most([*_home_terms(m, lane, period, VOLUME), (-volume, m.trips[lane, period])], -promised)


def _fleet_index(ix: Indices) -> list[tuple[str, str, str, int]]:
    return sorted((*fleet, period) for fleet, period in ix.fleet_trips)


def fleet(m: ConcreteModel, home: str, mode: str, vehicle: str, period: int) -> Rule:
    """Vehicles away at once are at most the vehicles of the fleet.

    `sum over l, t' with t' <= t < t' + away_l of trips[l,t'] + kept vehicles <= vehicles`

    - `away_l = ceil((load_h + 2 * travel_h) / p)` periods (fleets.load_h, links.travel_h); `vehicles`: fleets.vehicles
    - kept vehicles: those of kept lines that left before the start

    Source: formats.md "Trips"; dispatch.md family 2.
    """
    ix: Indices = m.ix
    key: FleetKey = (home, mode, vehicle)
    trips = ix.fleet_trips[key, period]
    vehicles = ix.lanes.by_vehicle[trips[0][0]].vehicles
    return at_most([(1.0, m.trips[item]) for item in trips], vehicles - ix.promises.vehicles_away.get((key, period), 0))


def _capacity_index(ix: Indices) -> list[tuple[str, str, str, int]]:
    return [key for key, uses in ix.cargo.on_route.items() if ix.lane_of[uses[0][0]].capacity_t < float("inf")]


def lane_capacity(m: ConcreteModel, origin: str, destination: str, mode: str, period: int) -> Rule:
    """Tonnes that depart on a lane in a period are at most its capacity, scaled while it is narrowed.

    `sum weight_s * ship[l,s,t] + sum weight_r * depart[a,t] + kept tonnes <= capacity_t_per_h * p * share[t]`

    - over all vehicles and carriers of the lane; `share[t]`: the least closures.capacity_share of the periods the trip is under
      way in; where it is 0 the columns do not exist

    Source: formats.md "Trips"; dispatch.md family 2.
    """
    ix: Indices = m.ix
    uses = ix.cargo.on_route[origin, destination, mode, period]
    lane = ix.lane_of[uses[0][0]]
    terms = [term for use in uses for term in _out_terms(m, *use, WEIGHT)]
    promised = ix.promises.lane_t.get(((origin, destination, mode), period), 0.0)
    return at_most(terms, room_left(lane.capacity_t * lane.share(period), promised))


def _handling_terms(m: ConcreteModel, ways: list[tuple[str, Departure]]) -> Terms:
    return [term for way, key in ways for term in (_out_terms if way == OUT else _home_terms)(m, *key, WEIGHT)]


def _loading_index(ix: Indices) -> list[Departure]:
    return sorted(key for key in ix.cargo.loading if ix.problem.city_of[key[0]].load_t_per_h is not None)


def loading(m: ConcreteModel, city: str, period: int) -> Rule:
    """A city loads at most so many tonnes a period, for the way out and for equipment that goes home.

    `sum weight * (ship, depart, leave that load at c in t) + kept tonnes <= load_t_per_h * p`

    - `load_t_per_h`: cities.load_t_per_h; no row where blank

    Source: formats.md "Trips"; dispatch.md family 2.
    """
    limit = m.ix.problem.city_of[city].load_t_per_h * m.ix.grid.hours
    promised = m.ix.promises.loaded_t.get((city, period), 0.0)
    return at_most(_handling_terms(m, m.ix.cargo.loading[city, period]), room_left(limit, promised))


def _unloading_index(ix: Indices) -> list[Departure]:
    return sorted(key for key in ix.cargo.unloading if ix.problem.city_of[key[0]].unload_t_per_h is not None)


def unloading(m: ConcreteModel, city: str, period: int) -> Rule:
    """A city unloads at most so many tonnes a period, aid that arrives and equipment that comes home.

    `sum weight * (ship, depart, leave that unload at c in t) + kept tonnes <= unload_t_per_h * p`

    - `unload_t_per_h`: cities.unload_t_per_h; no row where blank

    Source: formats.md "Trips"; dispatch.md family 2.
    """
    limit = m.ix.problem.city_of[city].unload_t_per_h * m.ix.grid.hours
    promised = m.ix.promises.unloaded_t.get((city, period), 0.0)
    return at_most(_handling_terms(m, m.ix.cargo.unloading[city, period]), room_left(limit, promised))


def _guarded_index(ix: Indices) -> list[ShipKey]:
    return [key for key in ix.flows.ship if (ix.lane_of[key[0]].destination, key[1]) in ix.flows.least]


def least_delivery(m: ConcreteModel, lane: str, supply: str, period: int, pool: str) -> Rule:
    """A delivery is worth its way: either nothing, or at least the least useful delivery.

    `ship[l,s,t] >= least[c,s] * delivers[l,s,t]`

    - `least`: needs.least_delivery of the destination: the largest any need there asks for that the supply can serve

    Source: formats.md "needs"; dispatch.md family 2.
    """
    key = (lane, supply, period, pool)
    least = m.ix.flows.least[m.ix.lane_of[lane].destination, supply]
    return at_least([(m.ix.lot(supply), m.ship[key]), (-least, m.delivers[key])], 0.0)


def delivery_switch(m: ConcreteModel, lane: str, supply: str, period: int, pool: str) -> Rule:
    """Nothing is shipped unless the delivery is made.

    `ship[l,s,t] <= M * delivers[l,s,t]`

    - `M`: what the origin may release over the horizon (own goods), else all that the pool may release of the supply

    Source: dispatch.md family 2.
    """
    ix: Indices = m.ix
    key = (lane, supply, period, pool)
    if pool == OWN:
        most = ix.held[ix.lane_of[lane].origin, supply].release[-1]
    else:
        most = sum(own.release[-1] for (_, name), own in ix.held.items() if name == supply)
        most += sum(amount for (_, name, _), amount in ix.promises.arriving.items() if name == supply)
    return at_most([(ix.lot(supply), m.ship[key]), (-most, m.delivers[key])], 0.0)


FAMILY = (
    Rows(_out_index, payload_out),
    Rows(_volume_out_index, volume_out),
    Rows(_home_index, payload_home),
    Rows(_volume_home_index, volume_home),
    Rows(_fleet_index, fleet),
    Rows(_capacity_index, lane_capacity),
    Rows(_loading_index, loading),
    Rows(_unloading_index, unloading),
    Rows(_guarded_index, least_delivery),
    Rows(_guarded_index, delivery_switch),
)
