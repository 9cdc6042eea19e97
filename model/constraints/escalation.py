"""Escalation: national stocks move only some time after the call."""

from __future__ import annotations

from pyomo.environ import ConcreteModel
from tongzhou.model.indices import Indices
from tongzhou.model.indices.flows import OWN
from tongzhou.model.rows import Rows, Rule, Terms, at_most
from tongzhou.model.units import periods_up


def _one_index(ix: Indices) -> list[int]:
    depots = any(city.role == "national" for city in ix.problem.cities)
    return [0] if depots and not ix.alone else []


def one_call(m: ConcreteModel, _: int) -> Rule:
    """The national tier is called at most once.

    `sum over t of call[t] <= 1`

    Source: dispatch.md family 6.
    """
    return at_most([(1.0, m.call[period]) for period in m.call], 1.0)


def _called(m: ConcreteModel, period: int, most: float) -> Terms:
    delay = m.ix.problem.settings.escalation.national_delay_h
    return [
        (-most, m.call[early])
        for early in m.call
        if early + periods_up(delay, m.ix.grid.hours) <= period
    ]  # fmt: skip


def _goods_index(ix: Indices) -> list[tuple[str, str, int]]:
    return sorted(
        (city, supply, period)
        for city, supply, pool, period in ix.flows.leaving
        if pool == OWN and ix.problem.city_of[city].role == "national"
    )


def national_goods(m: ConcreteModel, city: str, supply: str, period: int) -> Rule:
    """Goods leave a national depot only after the call and its delay.

    `sum ship[l,s,t] <= M * sum over t' with t' + ceil(national_delay_h / p) <= t of call[t']`

    - `M = min(what the depot may release, the total need the supply can serve, in whole lots)`; escalation.national_delay_h

    Source: formats.md "Stock and floor"; dispatch.md family 6.
    """
    ix: Indices = m.ix
    lot = ix.lot(supply)
    needed = ix.need_total.get(supply, 0.0) + lot * len(ix.supplies)
    most = min(ix.held[city, supply].release[-1], needed)
    terms: Terms = [(lot, m.ship[key]) for key in ix.flows.leaving[city, supply, OWN, period]]
    return at_most(terms + _called(m, period, most), 0.0)


def _units_index(ix: Indices) -> list[tuple[str, str, int]]:
    return sorted(
        {
            (item.home, item.resource, period)
            for item in ix.assignments.by_key.values()
            if item.away and ix.problem.city_of[item.home].role == "national"
            for period in item.departs
        }
    )


def national_units(m: ConcreteModel, city: str, resource: str, period: int) -> Rule:
    """Units leave a national depot only after the call and its delay.

    `sum depart[a,t] <= M * sum over t' with t' + ceil(national_delay_h / p) <= t of call[t']`

    - `M`: the units the depot may lend

    Source: formats.md "Stock and floor"; dispatch.md family 6.
    """
    ix: Indices = m.ix
    items = ix.assignments.of_holder[city, resource]
    terms: Terms = [(1.0, m.depart[item.key, period]) for item in items if item.away and period in item.departs]
    return at_most(terms + _called(m, period, max(ix.held[city, resource].release)), 0.0)


FAMILY = (Rows(_one_index, one_call), Rows(_goods_index, national_goods), Rows(_units_index, national_units))
