"""What is minimised: the tiers as columns, each defined by one row, so that a tier is chosen and capped by bounds alone."""

from __future__ import annotations

from pyomo.environ import ConcreteModel, Objective
from tongzhou.model.indices import Indices
from tongzhou.model.indices.flows import AID, OWN
from tongzhou.model.indices.grid import Demand, SupplyDemand
from tongzhou.model.indices.groups import GroupKey
from tongzhou.model.rows import Rows, Rule, Terms, at_most, equal
from tongzhou.model.units import HOURS_PER_DAY

SOURCE_RANK = {"origin": 0.0, "affected": 1.0, "hub": 1.0, "contributor": 2.0, "national": 3.0}
"""Order of sources: the origin's aid first, then affected cities', then third parties'."""


def _single(name: str) -> list[str]:
    return [name]


def _priority_index(ix: Indices) -> list[int]:
    return ix.priorities


def _hours_terms(m: ConcreteModel, demand: Demand) -> Terms:
    hours = m.ix.grid.hours
    return [(hours * demand.counts(period), m.unserved[demand.key, period]) for period in demand.periods]


def priority_value(m: ConcreteModel, priority: int) -> Rule:
    """Tier (a) of a priority: weighted unit-hours short.

    `tier = sum over n of weight_n * p * (sum over t of unserved[n,t])`  (weighted unit-hours)

    - a supply need counts from the first period of its window to the end of the horizon (what is lost keeps counting),
      a presence need in the periods of its window

    Source: formats.md "Weights inside a tier", "A supply need"; dispatch.md "Objective".
    """
    ix: Indices = m.ix
    terms: Terms = [(-1.0, m.tier[f"priority-{priority}"])]
    for demand in ix.demands.values():
        if demand.priority == priority:
            terms += [(demand.weight * factor, var) for factor, var in _hours_terms(m, demand)]
    return equal(terms, 0.0)


def _group_index(ix: Indices) -> list[GroupKey]:
    return list(ix.groups)


def relative_shortage(m: ConcreteModel, priority: int, city: str, resource: str) -> Rule:
    """Relative shortage of a group (city x resource): its unit-hours short as a share of those with nothing served.

    `relative[g] = sum over n in g of p * (sum over t of unserved[n,t]) / (the same with nothing served)`

    Source: formats.md "Weights inside a tier"; dispatch.md "Objective" (b).
    """
    ix: Indices = m.ix
    group = ix.groups[priority, city, resource]
    terms: Terms = [(-1.0, m.relative[priority, city, resource])]
    for key in group.members:
        terms += [(factor / group.nothing_served, var) for factor, var in _hours_terms(m, ix.demands[key])]
    return equal(terms, 0.0)


def fairness_level(m: ConcreteModel, priority: int, city: str, resource: str) -> Rule:
    """The level of a priority lies above the relative shortage of its groups (released for groups already fixed).

    `relative[g] <= largest[priority]`

    Source: dispatch.md "Objective" (b), leximin rounds.
    """
    key = (priority, city, resource)
    return at_most([(1.0, m.relative[key]), (-1.0, m.largest[priority])], 0.0)


def fairness_excess(m: ConcreteModel, priority: int, city: str, resource: str) -> Rule:
    """How far whole items keep a group above the level that divisible goods would reach.

    `relative[g] - excess[g] <= level[g]`  (`level` is 1 until the leximin rounds have set it)

    Source: dispatch.md "Objective" (b'), "With whole items".
    """
    key = (priority, city, resource)
    return at_most([(1.0, m.relative[key]), (-1.0, m.excess[key])], 1.0)


def excess_value(m: ConcreteModel, priority: int) -> Rule:
    """Tier (b) with whole items: the sum of what groups lie above their levels.

    `tier = sum over g of the priority of excess[g]`

    Source: dispatch.md "Objective" (b').
    """
    terms = [(1.0, m.excess[key]) for key in m.ix.groups if key[0] == priority]
    return equal([*terms, (-1.0, m.tier[f"excess-{priority}"])], 0.0)


def early_value(m: ConcreteModel, name: str) -> Rule:
    """Tie-break of the reference run: of plans equal in every tier (a), the one that serves earliest.

    `tier = sum over n, t of weight_n * p * (T - t) / T * unserved[n,t]`

    Source: dispatch.md family 5 (reference: tiers (a) and tie-break).
    """
    ix: Indices = m.ix
    terms: Terms = [(-1.0, m.tier[name])]
    for demand in ix.demands.values():
        for period in demand.periods:
            share = (ix.grid.count - period) / ix.grid.count
            terms.append((demand.weight * ix.grid.hours * share, m.unserved[demand.key, period]))
    return equal(terms, 0.0)


def _unit_worth(ix: Indices, resource: str) -> float:
    row = ix.problem.resource_of[resource]
    return float(row.unit_value or 0) or float(row.day_cost or 0) or 1.0


def national_draw(m: ConcreteModel, name: str) -> Rule:
    """What is drawn from national depots, at its value.

    `tier = sum value_s * ship[l,s,t] + sum value_r * depart[a,t]` over lanes and assignments of national cities

    - `value`: resources.unit_value, where blank day_cost, where both are blank 1

    Source: dispatch.md "Objective" 2 (least national draw).
    """
    ix: Indices = m.ix
    terms: Terms = [(-1.0, m.tier[name])]
    for key in ix.flows.ship:
        if key[3] == OWN and ix.problem.city_of[ix.lane_of[key[0]].origin].role == "national":
            terms.append((_unit_worth(ix, key[1]) * ix.lot(key[1]), m.ship[key]))
    for item in ix.assignments.by_key.values():
        if item.away and ix.problem.city_of[item.home].role == "national":
            terms += [(_unit_worth(ix, item.resource), m.depart[item.key, period]) for period in item.departs]
    return equal(terms, 0.0)


def source_order(m: ConcreteModel, name: str) -> Rule:
    """Aid comes from the origin first, then from affected cities, then from third parties.

    `tier = sum rank_c * (sum ship[l,s,t] / need_s + sum on_site[a,t] / need_r)`

    - `rank`: 0 origin, 1 affected, 2 contributor, 3 national; `need`: the total need the resource can serve, so that
      resources weigh alike (units: unit-periods)

    Source: formats.md `[governance]` self_first; dispatch.md family 5 (order of sources).
    """
    ix: Indices = m.ix
    terms: Terms = [(-1.0, m.tier[name])]
    if not any(row.self_first for row in ix.problem.governance_of.values()):
        return equal(terms, 0.0)
    for key in ix.flows.ship:
        rank = SOURCE_RANK[ix.problem.city_of[ix.lane_of[key[0]].origin].role]
        if key[3] == OWN and rank:
            terms.append((rank * ix.lot(key[1]) / ix.need_total[key[1]], m.ship[key]))
    for item in ix.assignments.by_key.values():
        rank = SOURCE_RANK[ix.problem.city_of[item.home].role]
        if item.away and rank:
            total = ix.need_total.get(item.resource) or sum(ix.presences[item.need].required)
            terms += [(rank / total, m.on_site[item.key, period]) for period in item.on_site]
    return equal(terms, 0.0)


def _money_terms(m: ConcreteModel) -> Terms:
    ix: Indices = m.ix
    terms: Terms = [(ix.lanes.by_vehicle[key].trip_cost, m.trips[key, period]) for key, period in ix.trip_periods]
    for key in ix.flows.ship:
        lane, row = ix.lane_of[key[0]], ix.problem.resource_of[key[1]]
        if not lane.vehicle and lane.t_cost:
            terms.append((lane.t_cost * row.weight_t * ix.lot(key[1]), m.ship[key]))
    for item in ix.assignments.by_key.values():
        day = float(ix.problem.resource_of[item.resource].day_cost or 0) * ix.grid.hours / HOURS_PER_DAY
        if item.away and day:
            terms += [(2 * item.travel * day, m.depart[item.key, period]) for period in item.departs]
            terms += [(day, m.on_site[item.key, period]) for period in item.on_site]
    for used in ix.flows.serve:
        if used[3] == AID:
            terms.append((float(ix.problem.resource_of[used[1]].unit_value or 0), m.serve[used]))
    return [term for term in terms if term[0]]


def money(m: ConcreteModel, name: str) -> Rule:
    """The cost of the plan, and the price of changing proposed lines.

    `tier = sum trip_cost_l * trips[l,t] + sum t_cost_l * weight_s * ship[l,s,t] + sum day_cost_r * (2 tau_a * depart[a,t] + on_site[a,t]) * p/24
    + sum unit_value_s * serve[n,s,t,aid] + sum change_cost * (1 - kept[line])`

    - `trip_cost`: links.trip_cost, else fleets.km_cost * 2 * links.distance_km; own use of own stock and duty at home cost nothing

    Source: formats.md "Money", "Trips", "Deployment"; dispatch.md "Objective" 2.
    """
    price = m.ix.problem.settings.objective.change_cost
    terms = [*_money_terms(m), *((-price, m.kept[line]) for line in m.kept), (-1.0, m.tier[name])]
    return equal(terms, -price * len(m.kept))


def change_count(m: ConcreteModel, name: str) -> Rule:
    """Proposed lines of the previous plan that are not kept: the last tier, so that nothing changes without need.

    `tier = sum over proposed lines of (1 - kept[line])`

    Source: dispatch.md "Explaining" (the previous plan is kept unless a tier improves).
    """
    return equal([*((-1.0, m.kept[line]) for line in m.kept), (-1.0, m.tier[name])], -float(len(m.kept)))


def social_cost(m: ConcreteModel, name: str) -> Rule:
    """One sum of money: the loss from what is short, and the cost of the plan.

    `tier = sum over n, t of loss[n,t] * unserved[n,t] + cost`

    - `loss[n,t] = (p/24) * rate_n * min(3, 1 + (t*p - from_h) / max(p, end - from_h))`, for supplies to the end of the horizon
    - `rate`: needs.loss_per_unit_day, else 10, 3 or 1 (priority 1, 2, 3) times unit_value (supply) or day_cost (unit)

    Source: formats.md "Loss".
    """
    ix: Indices = m.ix
    terms: Terms = [(1.0, m.tier["cost"]), (-1.0, m.tier[name])]
    for demand in ix.demands.values():
        for period in demand.periods:
            last = isinstance(demand, SupplyDemand) and period == demand.after - 1
            terms.append((sum(demand.loss[period:]) if last else demand.loss[period], m.unserved[demand.key, period]))
    return equal([term for term in terms if term[0]], 0.0)


FAMILY = (
    Rows(_priority_index, priority_value),
    Rows(_group_index, relative_shortage),
    Rows(_group_index, fairness_level),
    Rows(_group_index, fairness_excess),
    Rows(_priority_index, excess_value),
    Rows(lambda _: _single("early"), early_value),
    Rows(lambda _: _single("national"), national_draw),
    Rows(lambda _: _single("sources"), source_order),
    Rows(lambda _: _single("cost"), money),
    Rows(lambda _: _single("social-cost"), social_cost),
    Rows(lambda _: _single("changes"), change_count),
)


def add_objective(m: ConcreteModel) -> None:
    """Minimise the social cost; the solver layer puts the tier it is at in its place."""
    m.objective = Objective(expr=m.tier["social-cost"])
