"""Governance: aid helps its giver too, and the territory helps itself first.

Offers and floors are limits of `release` and `lent_balance`; `pairs` decide which columns exist.
"""

from __future__ import annotations

from pyomo.environ import ConcreteModel
from tongzhou.model.indices import Indices
from tongzhou.model.indices.flows import AID
from tongzhou.model.indices.grid import Demand, SupplyDemand
from tongzhou.model.rows import Rows, Rule, Terms, at_most

HELPED = 1e-9
"""Share of a quantity below which the reference run serves nothing."""


def _state(demand: Demand, period: int) -> int | None:
    """The period whose `unserved` tells what the demand lacks in `period`; None before it starts or between its periods."""
    if isinstance(demand, SupplyDemand):
        return None if period < demand.first else min(period, demand.after - 1)
    return period if demand.required[period] > 0 else None


def _worst(demand: Demand, period: int) -> float:
    return demand.quantity if isinstance(demand, SupplyDemand) else demand.required[period]


def _no_worse_index(ix: Indices) -> list[tuple[str, int, int]]:
    if ix.alone:
        return []
    found: set[tuple[str, int, int]] = set()
    for demand in ix.demands.values():
        if not ix.problem.governance_of[demand.need].no_worse_off:
            continue
        for period in range(ix.grid.count):  # what is lost keeps counting beside what others still lack
            state = _state(demand, period)
            if state is None:
                continue
            reached = ix.reference.unserved.get((demand.key, state), _worst(demand, state))
            if reached < _worst(demand, state) * (1 - HELPED):
                found.add((demand.city, demand.priority, period))
    return sorted(found)


def no_worse_off(m: ConcreteModel, city: str, priority: int, period: int) -> Rule:
    """In no period does a city lack more, weighted, than it would lack alone.

    `sum over n of the city and priority of weight_n * unserved[n,t] <= the same sum in the reference run`

    - `weight_n`: needs.loss_per_unit_day where given for the priority, else 1 / (total quantity of the resource needed in it)
    - reference: each city alone, kept commitments sunk, tiers (a) and earliest service; a constant

    Built where the city alone serves anything (elsewhere it holds by itself). Switched by governance.no_worse_off, of each need's incident.
    Source: formats.md `[governance]`; dispatch.md family 5.
    """
    ix: Indices = m.ix
    terms: Terms = []
    limit = 0.0
    for demand in ix.demands.values():
        if demand.city != city or demand.priority != priority or not ix.problem.governance_of[demand.need].no_worse_off:
            continue
        state = _state(demand, period)
        if state is not None:
            terms.append((demand.weight, m.unserved[demand.key, state]))
            reached = ix.reference.unserved.get((demand.key, state), _worst(demand, state))
            limit += demand.weight * (reached + ix.reference.rounding * _worst(demand, state))
    return at_most(terms, limit)


def _self_supply_index(ix: Indices) -> list[str]:
    if ix.alone:
        return []
    aided = {key[0] for key in ix.flows.serve if key[3] == AID}
    aided = {key for key in aided if ix.problem.governance_of[ix.supplies[key].need].self_first}
    return [
        key for key, demand in ix.supplies.items()
        if key in aided and ix.reference.served.get(key, 0.0) > HELPED * demand.quantity
    ]  # fmt: skip


def self_first_supply(m: ConcreteModel, need: str) -> Rule:
    """Aid serves what the city cannot serve itself.

    `sum over t of ratio_s * serve[n,s,t,aid] <= quantity - (what the city alone serves of n)`

    - the reference run's service is a constant; it falls due by every `t` at once, because aid used only grows and the limit
      only falls with `t`, so the row of the last period implies those before

    Switched by governance.self_first, of the need's incident. Source: formats.md `[governance]`; dispatch.md family 5.
    """
    ix: Indices = m.ix
    demand = ix.supplies[need]
    ratio = dict(ix.problem.served_by[demand.resource])
    terms = [
        (ratio[key[1]], m.serve[key])
        for period in demand.periods
        for key in ix.flows.serving.get((need, period), ())
        if key[3] == AID
    ]
    return at_most(terms, max(0.0, demand.quantity - ix.reference.served[need]))


def _self_presence_index(ix: Indices) -> list[tuple[str, int]]:
    if ix.alone:
        return []
    aided = {(key[0], key[2]) for key in ix.working if key[3] == AID}
    aided = {key for key in aided if ix.problem.governance_of[ix.presences[key[0]].need].self_first}
    return [key for key in sorted(aided) if ix.reference.present.get(key, 0.0) > HELPED]


def self_first_presence(m: ConcreteModel, need: str, period: int) -> Rule:
    """Units of others work where the city's own do not suffice.

    `sum ratio_r * working[n,r,t,aid] <= required[n,t] - (units the city alone has at work)`

    Switched by governance.self_first, of the need's incident. Source: formats.md `[governance]`; dispatch.md family 5.
    """
    ix: Indices = m.ix
    demand = ix.presences[need]
    terms = [
        (ratio, m.working[need, used, period, AID])
        for used, ratio in ix.problem.served_by[demand.resource]
        if (need, used, period, AID) in m.working
    ]
    return at_most(terms, max(0.0, demand.required[period] - ix.reference.present[need, period]))


FAMILY = (
    Rows(_no_worse_index, no_worse_off),
    Rows(_self_supply_index, self_first_supply),
    Rows(_self_presence_index, self_first_presence),
)
