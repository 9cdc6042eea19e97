"""The case wenchuan-2008: paired assistance after the earthquake, a province for each county, 1 % of revenue as the cap.

Pairs, revenues and the rule are facts of `wenchuan-2008/sources`; needs, stocks and costs follow the stated rules of
`wenchuan_rules` (synthetic). `wenchuan-2008/README.md` says which is which, with sources and licences.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from tongzhou.model.domain import Problem
from tongzhou.model.domain.settings import Escalation, Governance, Reserve, Settings, SettlementRules
from tongzhou.model.domain.tables import Arrival, City, Link, Need, Stock
from tongzhou.scenarios.cases import wenchuan_rules as rules
from tongzhou.scenarios.cases import wenchuan_settlement as settlement
from tongzhou.scenarios.cases.wenchuan_sources import DEPOT, DEPOT_AT, counties, pairs, provinces, road_km

START = datetime.fromisoformat("2008-06-16T00:00:00+08:00")
"""The Monday after the document of 11 June 2008."""
CHENGDU = (30.66667, 104.06667)


def build_wenchuan_2008() -> Problem:
    """The case as a checked problem; the committed tables of `wenchuan-2008` are what `save` writes of it."""
    return Problem(
        settings=settings(),
        cities=cities(),
        resources=rules.resources(),
        stocks=stocks(),
        arrivals=arrivals(),
        needs=needs(),
        links=links(),
        pairs=settlement.paired(),
        funds=settlement.funds(),
        programmes=settlement.programmes(),
        responsibility=settlement.responsibility(),
    )


def settings() -> Settings:
    """Twelve weeks from 16 June 2008; a common superior leads; supporting provinces keep their cost (rho 0)."""
    return Settings(
        name="Wenchuan paired assistance, summer 2008",
        name_zh="2008年夏汶川地震对口支援",
        start=START,
        period_h=rules.PERIOD_H,
        periods=rules.PERIODS,
        situation="shared-source",
        hazard="natural",
        governance=Governance(mode="led"),
        reserve=Reserve(default_share=0),
        escalation=Escalation(national_delay_h=168),
        settlement=SettlementRules(rho=0),
    )


def cities() -> tuple[City, ...]:
    """Provinces at their capitals, counties at their seats, the depot at Chengdu."""
    return (
        *(
            City(
                city=place.province,
                name=place.name,
                name_zh=place.name_zh,
                latitude=place.latitude,
                longitude=place.longitude,
                population=place.population,
                role="contributor",
                revenue=place.revenue,
                region="Guangdong" if place.province == "shenzhen" else place.name,
            )
            for place in provinces()
        ),
        *(
            City(
                city=place.county,
                name=place.name,
                name_zh=place.name_zh,
                latitude=place.latitude,
                longitude=place.longitude,
                population=place.population,
                role="affected",
                unload_t_per_h=round(
                    place.population / 1000 * (rules.UNLOAD_MOUNTAIN if place.mountain else rules.UNLOAD_PER_1000), 1
                ),
                revenue=Decimal(place.population) * rules.COUNTY_REVENUE_PER_HEAD,
                region=place.region,
            )
            for place in counties()
        ),
        City(
            city=DEPOT,
            name="National depot at Chengdu (synthetic)",
            name_zh="中央储备库·成都 (虚拟)",
            latitude=CHENGDU[0],
            longitude=CHENGDU[1],
            population=0,
            role="national",
            region="National",
        ),
    )


def needs() -> tuple[Need, ...]:
    """By the people without a home in each county."""
    found = []
    for place in counties():
        for name, quantity in rules.needed(place).items():
            supply, team = rules.SUPPLIES.get(name), rules.TEAMS.get(name)
            rule = supply or team
            assert rule is not None
            found.append(
                Need(
                    need=f"{place.county}-{name}",
                    city=place.county,
                    resource=name,
                    quantity=quantity,
                    from_h=rule.from_h,
                    by_h=supply.by_h if supply else None,
                    until_h=team.until_h if team else None,
                    priority=rule.priority,
                    loss_per_unit_day=Decimal(rule.loss),
                )
            )
    return tuple(found)


def _ready() -> dict[str, dict[str, float]]:
    """What each province makes ready for its county."""
    county = {place.county: place for place in counties()}
    province = {place.province: place for place in provinces()}
    return {origin: rules.ready(province[origin], county[to]) for origin, to in pairs(settlement.JUNE)}


def stocks() -> tuple[Stock, ...]:
    """Teams of the provinces and the part of their supplies that is there at once; teams of the counties; the depot."""
    found = []
    for origin, units in _ready().items():
        for name, quantity in units.items():
            at_once = float(int(quantity * rules.AT_ONCE)) if name in rules.SUPPLIES else quantity
            found.append(Stock(city=origin, resource=name, quantity=at_once, floor=0))
    for place in counties():
        for name, rule in rules.TEAMS.items():
            own = place.population // rule.inhabitants
            if own:
                found.append(Stock(city=place.county, resource=name, quantity=own, floor=own))
    found += [
        Stock(city=DEPOT, resource=name, quantity=rule.depot, floor=0)
        for name, rule in rules.SUPPLIES.items()
        if rule.depot
    ]
    return tuple(found)


def arrivals() -> tuple[Arrival, ...]:
    """What the factories of the provinces deliver later: whole sets, the last delivery takes the rest."""
    found = []
    for origin, units in _ready().items():
        for name in rules.SUPPLIES:
            rest = units[name] - int(units[name] * rules.AT_ONCE)
            part = rest // len(rules.ARRIVALS_H)
            for at_h in rules.ARRIVALS_H:
                quantity = part if at_h != rules.ARRIVALS_H[-1] else rest - part * (len(rules.ARRIVALS_H) - 1)
                if quantity:
                    found.append(Arrival(city=origin, resource=name, at_h=at_h, quantity=quantity))
    return tuple(found)


def links() -> tuple[Link, ...]:
    """Goods by a common carrier and teams by road to the county of June; teams by road to that of May; the depot's lorries.

    All are estimates: the last leg, to the county seat, is reckoned from a straight line.
    """
    capital = {place.province: place.capital for place in provinces()}
    county = {place.county: place for place in counties()}
    found = []
    for origin, to in pairs(settlement.JUNE):
        km = road_km(capital[origin], county[to])
        found += [_rail(origin, to, km), _road(origin, to, km)]
    for origin, to in pairs(settlement.MAY):
        if (origin, to) not in pairs(settlement.JUNE):
            found.append(_road(origin, to, road_km(capital[origin], county[to])))
    for place in counties():
        km = road_km(DEPOT_AT, place)
        found.append(_road(DEPOT, place.county, km, Decimal(str(round(km * rules.DEPOT_CNY_PER_T_KM, 2)))))
    return tuple(found)


def _rail(origin: str, to: str, km: float) -> Link:
    return Link(
        origin=origin,
        destination=to,
        mode="rail",
        travel_h=round(km / rules.RAIL_KM_PER_H + rules.RAIL_HANDLING_H, 2),
        distance_km=km,
        t_cost=Decimal(str(round(km * rules.RAIL_CNY_PER_T_KM, 2))),
        estimate=True,
    )


def _road(origin: str, to: str, km: float, t_cost: Decimal | None = None) -> Link:
    return Link(
        origin=origin,
        destination=to,
        mode="road",
        travel_h=round(km / rules.ROAD_KM_PER_H, 2),
        distance_km=km,
        t_cost=t_cost,
        estimate=True,
    )
