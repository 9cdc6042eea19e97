"""The variables of the dispatch model, over pruned index sets.

Columns are named as in `dispatch.md`; the same names are the blocks of the compiled model.
"""

from __future__ import annotations

from pyomo.environ import Binary, ConcreteModel, NonNegativeIntegers, NonNegativeReals, Reals, Var
from tongzhou.model.indices import Indices
from tongzhou.model.units import periods_up


def add_variables(m: ConcreteModel) -> None:
    """Declare every variable of the model; `m.ix` holds the index sets."""
    _goods(m, m.ix)
    _units(m, m.ix)
    _shortage(m, m.ix)
    _decisions(m, m.ix)


def _goods(m: ConcreteModel, ix: Indices) -> None:
    m.ship = Var(ix.flows.ship, domain=NonNegativeReals)
    for key in ix.flows.ship:
        if ix.problem.resource_of[key[1]].lot is not None:
            m.ship[key].domain = NonNegativeIntegers
    m.trips = Var(ix.trip_periods, domain=NonNegativeIntegers)
    for lane, period in ix.trip_periods:
        m.trips[lane, period].setub(ix.lanes.by_vehicle[lane].vehicles)
    m.own_stock = Var([(*key, t) for key, periods in ix.own_periods.items() for t in periods], domain=NonNegativeReals)
    m.passed = Var([(item.line, item.supply) for item in ix.departures.open.values()], domain=NonNegativeReals)
    for line, supply in m.passed:
        m.passed[line, supply].setub(ix.departures.open[line].quantity)
    m.aid_stock = Var([(*key, t) for key, periods in ix.aid_periods.items() for t in periods], domain=NonNegativeReals)
    if not ix.problem.settings.reserve.own_use:
        for city, supply, period in m.own_stock:
            own = ix.held[city, supply]
            m.own_stock[city, supply, period].setlb(min(own.floor, own.held[period]))
    m.serve = Var(ix.flows.serve, domain=NonNegativeReals)
    guarded = [
        key for key in ix.flows.ship
        if (ix.lane_of[key[0]].destination, key[1]) in ix.flows.least
    ]  # fmt: skip
    m.delivers = Var(guarded, domain=Binary)


def _units(m: ConcreteModel, ix: Indices) -> None:
    m.depart = Var(ix.assignments.depart, domain=NonNegativeIntegers)
    m.leave = Var(ix.assignments.leave, domain=NonNegativeIntegers)
    m.on_site = Var(ix.assignments.on_site, domain=NonNegativeReals)
    span = range(ix.grid.count)
    holders = [key for key, items in ix.assignments.of_holder.items() if items]
    m.idle = Var([(*key, t) for key in holders for t in span], domain=NonNegativeReals)
    limited = [key for key in holders if any(item.away for item in ix.assignments.of_holder[key])]
    if not ix.problem.settings.reserve.own_use:
        for city, resource, period in m.idle:
            own = ix.held[city, resource]
            m.idle[city, resource, period].setlb(min(own.floor, own.held[period]))
    m.lent = Var([(*key, t) for key in limited for t in span], domain=NonNegativeReals)
    for city, resource, period in m.lent:
        m.lent[city, resource, period].setub(ix.held[city, resource].release[period])
    m.working = Var(ix.working, domain=NonNegativeReals)


def _shortage(m: ConcreteModel, ix: Indices) -> None:
    m.unserved = Var(
        [(key, period) for key, demand in ix.demands.items() for period in demand.periods], domain=NonNegativeReals
    )
    m.relative = Var(list(ix.groups), domain=NonNegativeReals)
    m.excess = Var(list(ix.groups), domain=NonNegativeReals)
    m.largest = Var(ix.priorities, domain=NonNegativeReals)


def _decisions(m: ConcreteModel, ix: Indices) -> None:
    has_depot = not ix.alone and any(city.role == "national" for city in ix.problem.cities)
    m.call = Var(range(ix.grid.count) if has_depot else [], domain=Binary)
    called_h = ix.problem.settings.replanning.called_h
    for period in m.call:
        if period < ix.grid.now and (called_h is None or period != periods_up(called_h, ix.grid.hours)):
            m.call[period].setub(0)
    proposed = [row.line for row in ix.problem.commitments if row.status == "proposed"]
    m.kept = Var(proposed if not ix.alone else [], domain=Binary)
    m.tier = Var(
        [*(f"priority-{number}" for number in ix.priorities), *(f"excess-{number}" for number in ix.priorities),
         "early", "national", "sources", "cost", "social-cost", "changes"],
        domain=Reals,
    )  # fmt: skip
