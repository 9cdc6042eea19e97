"""The terms of a settlement from the scenario, the real course of events and the game's values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tongzhou.model.domain import Problem
from tongzhou.model.settlement.bill import costs_of_cities
from tongzhou.model.settlement.course import Course
from tongzhou.model.settlement.parties import Responsible, players
from tongzhou.model.settlement.terms import CityTerms, FundTerms, ProgrammeTerms, SettlementTerms


def terms_of(
    problem: Problem, course: Course, alone: Mapping[str, float], owed: Mapping[str, float], total: float
) -> SettlementTerms:
    """Terms without groups and targets. `alone`: `c({i})`; `owed`: liability; `total`: `c(N)`. Money, not cents."""
    costs = costs_of_cities(course.lines)
    needing = {row.city for row in problem.needs}
    caps = {row.city: row.ability_cap for row in problem.responsibility}
    responsible = {row.city for row in problem.responsibility if (row.share or 0) > 0}
    cities = []
    for city in players(problem):
        k = {name: cents / 100 for name, cents in costs.get(city, {}).items()}
        innocent = city not in needing and city not in responsible and problem.city_of[city].role != "origin"
        provides = any(row.provider == city for row in problem.programmes)
        cap = caps.get(city)
        cities.append(CityTerms(
            city=city,
            loss=course.loss_cents.get(city, 0) / 100,
            costs=k,
            alone=alone[city] + owed.get(city, 0.0),
            at_stake=alone[city] + sum(k.values()),
            ability=None if cap is None else float(cap),
            third=innocent,
            idle=innocent and sum(k.values()) == 0 and not provides,
            adjusted=0.0,
        ))  # fmt: skip
    terms = SettlementTerms(
        cities=tuple(cities),
        funds=tuple(
            FundTerms(row.fund, float(row.amount), tuple(row.pays_for.split()), row.share,
                      None if row.cap_per_city is None else float(row.cap_per_city))
            for row in problem.funds
        ),
        programmes=tuple(
            ProgrammeTerms(row.programme, row.provider, float(row.unit_cost), float(row.unit_value), row.units,
                           tuple((row.open_to or "").split()))
            for row in problem.programmes
        ),
        total=total,
        margin=problem.settings.settlement.margin,
        rho=problem.settings.settlement.rho,
        led=problem.settings.governance.mode == "led",
    )  # fmt: skip
    gap = terms.gap
    parts = responsible_of(problem, terms).divide(gap)
    adjusted = {city: part / gap for city, part in parts.items()} if gap else {}
    return replace(terms, cities=tuple(replace(item, adjusted=adjusted.get(item.city, 0.0)) for item in terms.cities))


def responsible_of(problem: Problem, terms: SettlementTerms) -> Responsible:
    """Who bears an amount: agreed shares, else the origins up to their ability, then the affected by the loss aid avoided."""
    shares = {row.city: row.share for row in problem.responsibility if row.share is not None}
    origins = tuple(
        item.city for item in terms.cities if problem.city_of[item.city].role == "origin" and item.city not in shares
    )
    innocent = [item for item in terms.cities if not item.third]
    affected = [item for item in innocent if item.city not in shares] or innocent
    avoided = {item.city: max(0.0, item.at_stake - item.cost - item.loss) for item in affected}
    if sum(avoided.values()) <= 0:
        avoided = {item.city: item.at_stake for item in affected}
    if sum(avoided.values()) <= 0:
        avoided = {item.city: 1.0 for item in affected}
    return Responsible(
        share=shares,
        origins=origins,
        limit={item.city: item.ability + item.cost for item in terms.cities if item.ability is not None},
        weight=avoided,
        givers={item.city: item.cost for item in terms.cities},
    )


def with_targets(problem: Problem, terms: SettlementTerms, outside: float) -> SettlementTerms:
    """Targets of the rule `responsibility`: a city's own loss, and its part of what outside money leaves of the bill."""
    bill = sum(item.cost for item in terms.cities)
    parts = responsible_of(problem, terms).divide(bill - outside)
    cities = (replace(item, target=item.loss + parts.get(item.city, 0.0)) for item in terms.cities)
    return replace(terms, cities=tuple(cities))
