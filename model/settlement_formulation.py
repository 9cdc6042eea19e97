"""The settlement model: who pays whom, under every rule of `compensation.md`; objectives are columns, solved one after another.

All money in the scenario's currency. Built again for every set of groups (the model is small); the dispatch behind the groups is
never built again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pyomo.environ import (
    Binary,
    ConcreteModel,
    Constraint,
    NonNegativeIntegers,
    NonNegativeReals,
    Objective,
    Reals,
    Var,
)
from tongzhou.model.game import members
from tongzhou.model.rows import Rule, Terms, at_least, at_most, equal
from tongzhou.model.settlement.terms import SettlementTerms
from tongzhou.model.settlement_outside import (
    capped_grants,
    city_cap,
    cost_first,
    fund_amount,
    grant_limit,
    granted_costs,
    grants,
    incentive_last,
    paid_once,
    paying_funds,
    programme_units,
    rewarded,
    taken_programmes,
    units_offered,
)

STAGES = ("reimbursement-worst", "reimbursement-sum", "participation-worst", "participation-sum", "excess", "outside",
          "above-target", "deviation", "gain", "in-kind")  # fmt: skip
"""Objectives in their order; which of them a rule uses is the solver's choice."""
LEAST_STAKE = 1e-8
"""Share of all money at stake below which a city's own stake is rounding."""
RANKS = 1000.0
"""Ranks weigh less than a unit as long as there are fewer cities."""


def build_settlement(terms: SettlementTerms) -> ConcreteModel:
    """The model over the given terms and groups."""
    m = ConcreteModel()
    m.terms = terms
    _add_variables(m)
    for over, rule in FAMILY:
        setattr(m, f"{rule.__name__}_rows", Constraint(over(terms), rule=rule))
    m.objective = Objective(expr=m.stage["deviation"])
    return m


def _places(terms: SettlementTerms) -> list[int]:
    return list(range(len(terms.cities)))


def _thirds(terms: SettlementTerms) -> list[int]:
    return [place for place in _places(terms) if terms.cities[place].third and terms.cities[place].cost > 0]


def _add_variables(m: ConcreteModel) -> None:
    terms: SettlementTerms = m.terms
    places = _places(terms)
    m.paid = Var(places, domain=NonNegativeReals)
    m.received = Var(places, domain=NonNegativeReals)
    for place, city in enumerate(terms.cities):
        m.paid[place].setub(0.0 if city.third or city.idle else city.ability)
        m.received[place].setub(0.0 if city.idle else None)
    m.grant = Var(grants(terms), domain=NonNegativeReals)
    for number, place, category in m.grant:
        m.grant[number, place, category].setub(grant_limit(terms.funds[number], terms.cities[place], category))
    m.units = Var(units_offered(terms), domain=NonNegativeIntegers)
    for number, place in m.units:
        m.units[number, place].setub(terms.programmes[number].units)
    m.burden = Var(places, domain=Reals)
    m.rest = Var([0], domain=Reals)
    m.rest[0].setlb(min(0.0, terms.gap))
    m.covered = Var([0] if terms.gap > 0 else [], domain=Binary)
    m.rewarded = Var(rewarded(terms), domain=Binary)
    m.short_paid = Var(_thirds(terms), domain=NonNegativeReals)
    m.worse_off = Var(places, domain=NonNegativeReals)
    m.above = Var(places, domain=NonNegativeReals)
    m.off_target = Var(places, domain=NonNegativeReals)
    m.relative_gain = Var(_stakes(terms), domain=Reals)
    m.level = Var([0], domain=Reals)
    m.level[0].setub(None if _stakes(terms) else 0.0)  # with nothing at stake no gain holds it
    m.stage = Var(list(STAGES), domain=Reals)
    m.stage["excess"].setlb(0.0)


def _outside(m: ConcreteModel, factor: float = 1.0) -> Terms:
    return [(factor, m.grant[key]) for key in m.grant]


def burden(m: ConcreteModel, place: int) -> Rule:
    """What a city finally bears.

    `burden[i] = B_i + paid[i] - received[i] - sum grant[f,i,c] - sum unit_value_p * units[p,i] + sum unit_cost_p * units[p,j] provided`

    - `B_i`: remaining loss and verified cost of giving; `grant`: money of a fund for a category of the bill

    Source: compensation.md "The game" (`x_i`).
    """
    terms: SettlementTerms = m.terms
    city = terms.cities[place]
    found: Terms = [(1.0, m.burden[place]), (-1.0, m.paid[place]), (1.0, m.received[place])]
    found += [(1.0, m.grant[key]) for key in m.grant if key[1] == place]
    for number, receiver in m.units:
        programme = terms.programmes[number]
        if receiver == place:
            found.append((programme.unit_value, m.units[number, receiver]))
        if programme.provider == city.city:
            found.append((-programme.unit_cost, m.units[number, receiver]))
    return equal(found, city.borne)


def balance(m: ConcreteModel, _: int) -> Rule:
    """What cities pay is what cities receive: `sum paid[i] = sum received[i]`. Source: compensation.md "balance"."""
    places = _places(m.terms)
    return equal([*((1.0, m.paid[place]) for place in places), *((-1.0, m.received[place]) for place in places)], 0.0)


def rest_at_least(m: ConcreteModel, _: int) -> Rule:
    """Funds cover the price of priorities, vehicles and mishaps first: `rest >= Delta - sum grant`, and `rest >= 0`.

    Source: compensation.md "The game" (`Delta`).
    """
    return at_least([(1.0, m.rest[0]), *_outside(m)], m.terms.gap)


def rest_at_most(m: ConcreteModel, _: int) -> Rule:
    """The rest is what the funds leave of it: `rest <= Delta - sum grant + M * covered`, `M` what all funds can pay."""
    terms: SettlementTerms = m.terms
    most = sum(fund.amount for fund in terms.funds) if not terms.unlimited else 10.0 * terms.size
    return at_most([(1.0, m.rest[0]), *_outside(m), (-most, m.covered[0])], terms.gap)


def rest_covered(m: ConcreteModel, _: int) -> Rule:
    """Nothing is left once the funds cover it: `rest <= Delta * (1 - covered)`."""
    return at_most([(1.0, m.rest[0]), (m.terms.gap, m.covered[0])], m.terms.gap)


def _gap_index(terms: SettlementTerms) -> list[int]:
    return [0] if terms.gap > 0 else []


def no_rest(m: ConcreteModel, _: int) -> Rule:
    """Where the real course cost less than the game's best (disputed lines are left out), that is the rest: `rest = Delta`."""
    return equal([(1.0, m.rest[0])], m.terms.gap)


def participation(m: ConcreteModel, place: int) -> Rule:
    """Taking part was worthwhile for every city: `burden[i] - worse_off[i] <= chat({i}) - margin * k_i`.

    - settings: settlement.margin. Source: compensation.md "participation".
    """
    city = m.terms.cities[place]
    return at_most([(1.0, m.burden[place]), (-1.0, m.worse_off[place])], city.alone - m.terms.margin * city.cost)


def worst_participation(m: ConcreteModel, place: int) -> Rule:
    """The largest of it: `worse_off[i] <= stage[participation-worst]`."""
    return at_most([(1.0, m.worse_off[place]), (-1.0, m.stage["participation-worst"])], 0.0)


def sum_participation(m: ConcreteModel, _: int) -> Rule:
    """Its sum: `stage[participation-sum] = sum worse_off[i]`."""
    found = [(1.0, m.worse_off[place]) for place in m.worse_off]
    return equal([*found, (-1.0, m.stage["participation-sum"])], 0.0)


def reimbursement(m: ConcreteModel, place: int) -> Rule:
    """A third party is reimbursed: `received[i] + sum grant[f,i,c] + short_paid[i] >= rho * k_i`.

    - cities without need and responsibility; settings: settlement.rho. Source: compensation.md "contributors".
    """
    found = [(1.0, m.grant[key]) for key in m.grant if key[1] == place]
    city = m.terms.cities[place]
    return at_least([*found, (1.0, m.received[place]), (1.0, m.short_paid[place])], m.terms.rho * city.cost)


def worst_reimbursement(m: ConcreteModel, place: int) -> Rule:
    """The largest of it: `short_paid[i] <= stage[reimbursement-worst]`."""
    return at_most([(1.0, m.short_paid[place]), (-1.0, m.stage["reimbursement-worst"])], 0.0)


def sum_reimbursement(m: ConcreteModel, _: int) -> Rule:
    """Its sum: `stage[reimbursement-sum] = sum short_paid[i]`."""
    found = [(1.0, m.short_paid[place]) for place in m.short_paid]
    return equal([*found, (-1.0, m.stage["reimbursement-sum"])], 0.0)


def nobody_short(m: ConcreteModel, _: int) -> Rule:
    """Without third parties nothing is short: `stage[reimbursement-worst] = 0`."""
    return equal([(1.0, m.stage["reimbursement-worst"])], 0.0)


def group(m: ConcreteModel, group: int) -> Rule:
    """No group bears more than it would alone: `sum over S of (burden[i] - adjusted_i * rest) - excess <= chat(S)`.

    - `adjusted`: shares of the rest by responsibility. Source: compensation.md "groups".
    """
    terms: SettlementTerms = m.terms
    inside = members(group)
    found: Terms = [(1.0, m.burden[place]) for place in inside]
    found.append((-sum(terms.cities[place].adjusted for place in inside), m.rest[0]))
    return at_most([*found, (-1.0, m.stage["excess"])], terms.groups[group])


def outside_money(m: ConcreteModel, _: int) -> Rule:
    """Money from outside: `stage[outside] = sum grant[f,i,c]`."""
    return equal([*_outside(m), (-1.0, m.stage["outside"])], 0.0)


def above_target(m: ConcreteModel, place: int) -> Rule:
    """What a city bears above its target: `burden[i] - above[i] <= target_i`."""
    return at_most([(1.0, m.burden[place]), (-1.0, m.above[place])], m.terms.cities[place].target)


def sum_above(m: ConcreteModel, _: int) -> Rule:
    """Its sum: `stage[above-target] = sum above[i]`."""
    return equal([*((1.0, m.above[place]) for place in m.above), (-1.0, m.stage["above-target"])], 0.0)


def over_target(m: ConcreteModel, place: int) -> Rule:
    """Deviation from the target, upwards: `burden[i] - off_target[i] <= target_i`. Source: compensation.md "responsibility"."""
    return at_most([(1.0, m.burden[place]), (-1.0, m.off_target[place])], m.terms.cities[place].target)


def under_target(m: ConcreteModel, place: int) -> Rule:
    """Deviation from the target, downwards: `burden[i] + off_target[i] >= target_i`."""
    return at_least([(1.0, m.burden[place]), (1.0, m.off_target[place])], m.terms.cities[place].target)


def sum_deviation(m: ConcreteModel, _: int) -> Rule:
    """Its sum: `stage[deviation] = sum off_target[i]`."""
    return equal([*((1.0, m.off_target[place]) for place in m.off_target), (-1.0, m.stage["deviation"])], 0.0)


def relative_gain(m: ConcreteModel, place: int) -> Rule:
    """Gain from taking part relative to what is at stake: `at_stake_i * relative_gain[i] + burden[i] = chat({i})`."""
    city = m.terms.cities[place]
    return equal([(city.at_stake, m.relative_gain[place]), (1.0, m.burden[place])], city.alone)


def least_gain(m: ConcreteModel, place: int) -> Rule:
    """Every city's relative gain is at least the level (released once a city is fixed): `level <= relative_gain[i]`."""
    return at_most([(1.0, m.level[0]), (-1.0, m.relative_gain[place])], 0.0)


def gain_stage(m: ConcreteModel, _: int) -> Rule:
    """The level is raised: `stage[gain] = -level`."""
    return equal([(1.0, m.stage["gain"]), (1.0, m.level[0])], 0.0)


def units_in_kind(m: ConcreteModel, _: int) -> Rule:
    """Few units, to those who gave most, ids deciding ties: `stage[in-kind] = sum (1 + rank_i / 1000) * units[p,i]`."""
    terms: SettlementTerms = m.terms
    order = sorted(_places(terms), key=lambda place: (-terms.cities[place].cost, place))
    rank = {place: number for number, place in enumerate(order)}
    found = [(1.0 + rank[key[1]] / RANKS, m.units[key]) for key in m.units]
    return equal([*found, (-1.0, m.stage["in-kind"])], 0.0)


def incentive_cap(m: ConcreteModel, place: int) -> Rule:
    """A recorded breach bounds what a city gets above its cost, in kind too.

    `received[i] + sum grant[f,i,c] + sum unit_value_p * units[p,i] <= k_i + cap_i`

    Source: compensation.md "conduct".
    """
    city = m.terms.cities[place]
    found = [(1.0, m.grant[key]) for key in m.grant if key[1] == place]
    found += [(m.terms.programmes[key[0]].unit_value, m.units[key]) for key in m.units if key[1] == place]
    return at_most([*found, (1.0, m.received[place])], city.cost + (city.incentive_cap or 0.0))


def _single(_: SettlementTerms) -> list[int]:
    return [0]


def _stakes(terms: SettlementTerms) -> list[int]:
    return [place for place in _places(terms) if terms.cities[place].at_stake > max(0.01, LEAST_STAKE * terms.size)]


def _capped(terms: SettlementTerms) -> list[int]:
    return [place for place in _places(terms) if terms.cities[place].incentive_cap is not None]


FAMILY: tuple[tuple[Callable[[SettlementTerms], Sequence[Any]], Callable[..., Rule]], ...] = (
    (_places, burden),
    (_single, balance),
    (paying_funds, fund_amount),
    (capped_grants, city_cap),
    (granted_costs, paid_once),
    (rewarded, cost_first),
    (rewarded, incentive_last),
    (taken_programmes, programme_units),
    (_gap_index, rest_at_least),
    (_gap_index, rest_at_most),
    (_gap_index, rest_covered),
    (lambda terms: [] if terms.gap > 0 else [0], no_rest),
    (_places, participation),
    (_places, worst_participation),
    (_single, sum_participation),
    (_thirds, reimbursement),
    (_thirds, worst_reimbursement),
    (_single, sum_reimbursement),
    (lambda terms: [] if _thirds(terms) else [0], nobody_short),
    (lambda terms: list(terms.groups), group),
    (_single, outside_money),
    (_places, above_target),
    (_single, sum_above),
    (_places, over_target),
    (_places, under_target),
    (_single, sum_deviation),
    (_stakes, relative_gain),
    (_stakes, least_gain),
    (_single, gain_stage),
    (_single, units_in_kind),
    (_capped, incentive_cap),
)
"""Every constraint and its index set, in the order of the written rules."""
