"""Need: what is served, and what stays short."""

from __future__ import annotations

from pyomo.environ import ConcreteModel
from tongzhou.model.indices import Indices
from tongzhou.model.indices.flows import AID, OWN
from tongzhou.model.rows import Rows, Rule, Terms, equal


def _unserved_index(ix: Indices) -> list[tuple[str, int]]:
    return [(key, period) for key, demand in ix.supplies.items() for period in demand.periods]


def unserved(m: ConcreteModel, need: str, period: int) -> Rule:
    """What a supply need lacks after the service of a period: what it lacked before, less what is served.

    `unserved[n,t] = unserved[n,t-1] - sum ratio_s * serve[n,s,t]`, before its window `unserved = quantity`

    - `serve[n,s,t,pool]`: units of `s` used at the start of `t`, for `t` in the window `W = [ceil(from_h/p), floor(by_h/p))`
    - `ratio_s`: 1 for the resource itself, substitutes.ratio for a listed substitute (one way, not transitive)

    `unserved >= 0` keeps service within the quantity; what is unserved at the window's end is lost.
    Source: formats.md "A supply need", "Substitutes"; dispatch.md family 4.
    """
    ix: Indices = m.ix
    demand = ix.supplies[need]
    ratio = dict(ix.problem.served_by[demand.resource])
    terms: Terms = [(1.0, m.unserved[need, period])]
    terms += [(ratio[key[1]], m.serve[key]) for key in ix.flows.serving.get((need, period), ())]
    if period == demand.first:
        return equal(terms, demand.quantity)
    return equal([*terms, (-1.0, m.unserved[need, period - 1])], 0.0)


def _presence_index(ix: Indices) -> list[tuple[str, int]]:
    return [(key, period) for key, demand in ix.presences.items() for period in demand.periods]


def presence(m: ConcreteModel, need: str, period: int) -> Rule:
    """Units that work for a presence need, and the units missing, make up what is required.

    `sum ratio_r * working[n,r,t,pool] + unserved[n,t] = required[n,t]`

    - `required`: needs.quantity in every period of `[ceil(from_h/p), floor(until_h/p))`, repeats added up

    Source: formats.md "A presence need", "Substitutes"; dispatch.md family 4.
    """
    ix: Indices = m.ix
    demand = ix.presences[need]
    terms: Terms = [(1.0, m.unserved[need, period])]
    for used, ratio in ix.problem.served_by[demand.resource]:
        keys = ((need, used, period, pool) for pool in (OWN, AID))
        terms += [(ratio, m.working[key]) for key in keys if key in m.working]
    return equal(terms, demand.required[period])


FAMILY = (Rows(_unserved_index, unserved), Rows(_presence_index, presence))
