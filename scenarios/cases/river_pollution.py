"""The case river-pollution: the Songhua spill of November 2005, in which the origin compensates the cities downstream.

Dates and some quantities are reported; needs, stocks and costs follow the stated rules of `river_rules` (synthetic).
`river-pollution/README.md` says which is which, with sources and licences.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from tongzhou.model.domain import Problem
from tongzhou.model.domain.settings import Governance, Reserve, Settings, SettlementRules
from tongzhou.model.domain.tables import Arrival, City, Link, Need, Stock
from tongzhou.scenarios.cases import river_rules as rules
from tongzhou.scenarios.cases import river_settlement as settlement
from tongzhou.scenarios.cases.river_sources import START, is_road_known, places, road_km

ROAD_KM_PER_H, ROAD_CNY_PER_T_KM = 60.0, 0.5
RAIL_KM_PER_H, RAIL_HANDLING_H, RAIL_CNY_PER_T_KM, RAIL_T_PER_H = 45.0, 8.0, 0.25, 60.0
REGION = {"jilin": "Jilin", "songyuan": "Jilin", "shenyang": "Liaoning", "shijiazhuang": "Hebei", "taiyuan": "Shanxi"}


def build_river_pollution() -> Problem:
    """The case as a checked problem; the committed tables of `river-pollution` are what `save` writes of it."""
    return Problem(
        settings=settings(),
        cities=cities(),
        resources=rules.resources(),
        stocks=stocks(),
        arrivals=arrivals(),
        needs=needs(),
        links=links(),
        funds=settlement.funds(),
        programmes=settlement.programmes(),
        responsibility=settlement.responsibility(),
        conduct=settlement.conduct(),
    )


def settings() -> Settings:
    """Ten days from 20 November 2005; the origin's liability is reckoned on the damage of the others."""
    return Settings(
        name="Songhua river pollution, November 2005",
        name_zh="2005年11月松花江水污染",
        start=START,
        period_h=rules.PERIOD_H,
        periods=rules.PERIODS,
        situation="spreading",
        hazard="accident",
        governance=Governance(mode="voluntary"),
        reserve=Reserve(default_share=0.2),
        settlement=SettlementRules(margin=0.05, liability="damage"),
    )


def cities() -> tuple[City, ...]:
    """The origin, three cities downstream, six helpers."""
    return tuple(
        City(
            city=place.city,
            name=place.name,
            name_zh=place.name_zh,
            latitude=place.latitude,
            longitude=place.longitude,
            population=_people(place.city),
            role="origin" if place.city == rules.ORIGIN else "affected" if place.city in rules.CUTS else "contributor",
            revenue=Decimal(_people(place.city)) * rules.REVENUE_PER_HEAD,
            region=REGION.get(place.city, "Heilongjiang"),
        )
        for place in places().values()
    )


def _people(city: str) -> float:
    """People on tap water downstream, inhabitants of the urban place elsewhere."""
    return float(rules.PEOPLE.get(city, places()[city].population))


def needs() -> tuple[Need, ...]:
    """Water, carbon, tankers, wells and monitoring, later the farther downstream."""
    found: list[Need] = []
    for city, cut in rules.CUTS.items():
        share = rules.PEOPLE[city] / rules.REPORTED_PEOPLE
        found.append(_supply(city, "carbon", rules.REPORTED_CARBON_T * share, cut.carbon_from_h, cut.carbon_by_h))
        days = int((cut.until_h - cut.from_h) // 24)
        if days:
            litres = rules.PEOPLE[city] * rules.LITRES
            found.append(_supply(city, "water", litres / 1000, cut.from_h, cut.from_h + 24, days))
            found.append(_unit(city, "tankers", rules.PEOPLE[city] / rules.PEOPLE_PER_CONVOY, cut.from_h, cut.until_h))
    teams = {"harbin": rules.REPORTED_WELLS / rules.WELLS_PER_TEAM, "songyuan": float(rules.SONGYUAN_TEAMS)}
    found += [_unit(city, "drilling-team", count, rules.CUTS[city].from_h, rules.CUTS[city].until_h)
              for city, count in teams.items()]  # fmt: skip
    watch = {**rules.REPORTED_SECTIONS, "songyuan": rules.SONGYUAN_WATCH, rules.ORIGIN: rules.ORIGIN_WATCH_TEAMS}
    for city, count in watch.items():
        cut = rules.CUTS.get(city, rules.ORIGIN_WATCH)
        found.append(_unit(city, "monitoring-team", count, cut.watch_from_h, cut.watch_until_h))
    return tuple(found)


def _supply(city: str, resource: str, quantity: float, from_h: float, by_h: float, days: int = 1) -> Need:
    return Need(
        need=f"{city}-{resource}",
        city=city,
        resource=resource,
        quantity=rules.whole(quantity),
        from_h=from_h,
        by_h=by_h,
        priority=rules.PRIORITY[resource],
        loss_per_unit_day=Decimal(rules.LOSS[resource]),
        repeat_h=24 if days > 1 else None,
        repeats=days if days > 1 else None,
    )


def _unit(city: str, resource: str, quantity: float, from_h: float, until_h: float) -> Need:
    return Need(
        need=f"{city}-{resource}",
        city=city,
        resource=resource,
        quantity=rules.whole(quantity),
        from_h=from_h,
        until_h=until_h,
        priority=rules.PRIORITY[resource],
        loss_per_unit_day=Decimal(rules.LOSS[resource]),
    )


def stocks() -> tuple[Stock, ...]:
    """What was reported sent, offered in full; the rest by head, half of it offered."""
    helpers = sum(places()[city].population for city in rules.WATER_HELPERS)
    found = [_offer("shenyang", "water", float(rules.REPORTED_SHENYANG_T), from_h=36)]
    for city in rules.WATER_HELPERS:
        barrels = rules.whole(rules.REPORTED_BARRELS_T * places()[city].population / helpers)
        found.append(_offer(city, "water", barrels))
    held = rules.whole(places()[rules.ORIGIN].population * rules.ORIGIN_WATER_L / 1000)
    found.append(Stock(city=rules.ORIGIN, resource="water", quantity=held, offered=held * rules.OFFERED_SHARE))
    found += [_carbon(city) for city in rules.CARBON_HELPERS]
    for city, (count, offered) in rules.DRILLING.items():
        found.append(Stock(city=city, resource="drilling-team", quantity=count, floor=count - offered, offered=offered))
    found += [row for city in places() for row in _by_head(city)]
    return tuple(found)


def _offer(city: str, resource: str, quantity: float, from_h: float | None = None) -> Stock:
    return Stock(city=city, resource=resource, quantity=quantity, floor=0, offered=quantity, from_h=from_h)


def _carbon(city: str) -> Stock:
    reported = rules.REPORTED_CARBON_T / len(rules.CARBON_HELPERS)
    return Stock(city=city, resource="carbon", quantity=reported, floor=0, offered=reported * (1 + rules.CARBON_SPARE))


def _by_head(city: str) -> Iterator[Stock]:
    """Tankers and monitoring teams; cities downstream keep theirs; Hebei and Shanxi are too far to send any."""
    if city in rules.CARBON_HELPERS:
        return
    for resource, inhabitants in (
        ("tankers", rules.INHABITANTS_PER_CONVOY),
        ("monitoring-team", rules.INHABITANTS_PER_WATCH),
    ):
        quantity = rules.whole(_people(city) / inhabitants)
        offered = 0.0 if city in rules.CUTS else float(int(quantity * rules.OFFERED_SHARE + 0.5))
        yield Stock(city=city, resource=resource, quantity=quantity, floor=quantity - offered, offered=offered)


def arrivals() -> tuple[Arrival, ...]:
    """What Harbin's plants fill each day of the cut, and the carbon that follows."""
    cut = rules.CUTS["harbin"]
    extra = rules.REPORTED_CARBON_T / len(rules.CARBON_HELPERS) * rules.CARBON_SPARE
    return (
        *(
            Arrival(
                city="harbin", resource="water", at_h=cut.from_h + 24 * day, quantity=float(rules.REPORTED_PLANTS_T)
            )
            for day in range(int((cut.until_h - cut.from_h) // 24))
        ),
        *(Arrival(city=city, resource="carbon", at_h=120, quantity=extra) for city in rules.CARBON_HELPERS),
    )


def links() -> tuple[Link, ...]:
    """Hired lorries from origin and helpers to the cities downstream and between these; goods trains from the far ones."""
    near = [city for city in places() if city not in (*rules.DOWNSTREAM, *rules.CARBON_HELPERS)]
    found = [_road(city, to, both_ways=False) for city in near for to in rules.DOWNSTREAM]
    found += [_road("songyuan", "harbin", both_ways=True), _road("harbin", "jiamusi", both_ways=True)]
    found += [_rail(city, to) for city in ("shenyang", *rules.CARBON_HELPERS) for to in rules.DOWNSTREAM]
    return tuple(found)


def _road(origin: str, to: str, *, both_ways: bool) -> Link:
    km = road_km(origin, to)
    return Link(
        origin=origin,
        destination=to,
        mode="road",
        travel_h=round(km / ROAD_KM_PER_H, 2),
        distance_km=km,
        capacity_t_per_h=min(rules.ROAD_T_PER_H, rules.whole(_people(origin) / rules.INHABITANTS_PER_T_PER_H)),
        t_cost=Decimal(str(round(km * ROAD_CNY_PER_T_KM, 2))),
        both_ways=both_ways,
        estimate=not is_road_known(origin, to),
    )


def _rail(origin: str, to: str) -> Link:
    km = road_km(origin, to)
    return Link(
        origin=origin,
        destination=to,
        mode="rail",
        travel_h=round(km / RAIL_KM_PER_H + RAIL_HANDLING_H, 2),
        distance_km=km,
        capacity_t_per_h=RAIL_T_PER_H,
        t_cost=Decimal(str(round(km * RAIL_CNY_PER_T_KM, 2))),
        estimate=not is_road_known(origin, to),
    )
