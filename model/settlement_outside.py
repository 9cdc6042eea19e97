"""Money from outside and compensation in kind: which grants are possible, and the rules of funds and programmes."""

from __future__ import annotations

from pyomo.environ import ConcreteModel
from tongzhou.model.rows import Rule, at_least, at_most
from tongzhou.model.settlement.bill import CATEGORIES
from tongzhou.model.settlement.terms import CityTerms, FundTerms, SettlementTerms

INCENTIVE = "incentive"
Grant = tuple[int, int, str]
"""Fund, city, category of the bill or `incentive`."""


def grants(terms: SettlementTerms) -> list[Grant]:
    """What a fund may pay to which city: categories in which the city has costs, and an incentive to cities that gave."""
    found = []
    for number, fund in enumerate(terms.funds):
        everything = "all" in fund.pays_for
        for place, city in enumerate(terms.cities):
            found += [
                (number, place, category)
                for category in CATEGORIES
                if (everything or category in fund.pays_for) and city.costs.get(category, 0.0) > 0
            ]
            if (everything or INCENTIVE in fund.pays_for) and city.cost > 0:
                found.append((number, place, INCENTIVE))
    return found


def grant_limit(fund: FundTerms, city: CityTerms, category: str) -> float | None:
    """Most a fund pays a city for a category: its share of the cost; an incentive without a share has no limit of its own."""
    if category == INCENTIVE:
        return None if fund.share is None else fund.share * city.cost
    return (1.0 if fund.share is None else fund.share) * city.costs[category]


def rewarded(terms: SettlementTerms) -> list[int]:
    """Cities to which a fund may pay an incentive that it could not pay as a part of their cost instead."""
    bound = {number for number, fund in enumerate(terms.funds) if "all" not in fund.pays_for or fund.share is not None}
    return sorted({place for number, place, category in grants(terms) if category == INCENTIVE and number in bound})


def units_offered(terms: SettlementTerms) -> list[tuple[int, int]]:
    """Programme and city it is open to."""
    return [
        (number, place)
        for number, item in enumerate(terms.programmes)
        for place, city in enumerate(terms.cities)
        if city.city != item.provider and (not item.open_to or city.city in item.open_to) and not city.idle
    ]


def fund_amount(m: ConcreteModel, number: int) -> Rule:
    """A fund pays at most its amount: `sum over i, c of grant[f,i,c] <= amount_f`. Source: compensation.md "funds"."""
    return at_most([(1.0, m.grant[key]) for key in m.grant if key[0] == number], m.terms.funds[number].amount)


def paying_funds(terms: SettlementTerms) -> list[int]:
    """Funds that may pay something, where their amounts are limited."""
    paying = {key[0] for key in grants(terms)}
    return [] if terms.unlimited else sorted(paying)


def city_cap(m: ConcreteModel, number: int, place: int) -> Rule:
    """A fund pays one city at most its cap: `sum over c of grant[f,i,c] <= cap_f`. Source: compensation.md "funds"."""
    found = [(1.0, m.grant[key]) for key in m.grant if key[:2] == (number, place)]
    return at_most(found, m.terms.funds[number].cap_per_city)


def capped_grants(terms: SettlementTerms) -> list[tuple[int, int]]:
    """Fund and city, where the fund caps what it pays one city."""
    return sorted({key[:2] for key in grants(terms) if terms.funds[key[0]].cap_per_city is not None})


def paid_once(m: ConcreteModel, place: int, category: str) -> Rule:
    """No cost is paid twice from outside: `sum over f of grant[f,i,c] <= k[i,c]`. Source: EMAC, EU practice (double funding)."""
    found = [(1.0, m.grant[key]) for key in m.grant if key[1:] == (place, category)]
    return at_most(found, m.terms.cities[place].costs[category])


def granted_costs(terms: SettlementTerms) -> list[tuple[int, str]]:
    """City and category of the bill that some fund may pay."""
    return sorted({key[1:] for key in grants(terms) if key[2] != INCENTIVE})


def cost_first(m: ConcreteModel, place: int) -> Rule:
    """Who gets an incentive has its cost covered.

    `received[i] - paid[i] + sum grant[f,i,c] + sum unit_value_p * units[p,i] >= k_i * rewarded[i] - M * (1 - rewarded[i])`

    - `c`: categories of the bill; `M`: the most the city can pay. Source: formats.md "funds" (`incentive`, a margin above cost).
    """
    terms: SettlementTerms = m.terms
    city = terms.cities[place]
    most = terms.size if city.ability is None else min(city.ability, terms.size)
    found = [(1.0, m.grant[key]) for key in m.grant if key[1] == place and key[2] != INCENTIVE]
    found += [(terms.programmes[key[0]].unit_value, m.units[key]) for key in m.units if key[1] == place]
    found += [(1.0, m.received[place]), (-1.0, m.paid[place]), (-(city.cost + most), m.rewarded[place])]
    return at_least(found, -most)


def incentive_last(m: ConcreteModel, place: int) -> Rule:
    """An incentive is a margin above cost: `sum over f of grant[f,i,incentive] <= M * rewarded[i]`, `M` what the funds can pay.

    Source: formats.md "funds".
    """
    terms: SettlementTerms = m.terms
    keys = [key for key in m.grant if key[1:] == (place, INCENTIVE)]
    most = terms.size if terms.unlimited else min(terms.size, sum(terms.funds[key[0]].amount for key in keys))
    return at_most([*((1.0, m.grant[key]) for key in keys), (-most, m.rewarded[place])], 0.0)


def programme_units(m: ConcreteModel, number: int) -> Rule:
    """A programme has so many whole units: `sum over i of units[p,i] <= units_p`. Source: compensation.md "in kind"."""
    found = [(1.0, m.units[key]) for key in m.units if key[0] == number]
    return at_most(found, m.terms.programmes[number].units)


def taken_programmes(terms: SettlementTerms) -> list[int]:
    """Programmes that somebody may take part in."""
    return sorted({key[0] for key in units_offered(terms)})
