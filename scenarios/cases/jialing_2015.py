"""The case jialing-2015: a tailings leak at Longnan, whose victims were the cities below: source and victims in different cities.

Dates, people and the loss are reported; needs by item, stocks and costs follow the rules stated here (synthetic).
`jialing-2015/README.md` says which is which, with sources and licences.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from tongzhou.model.domain import Problem
from tongzhou.model.domain.settings import Governance, Reserve, Settings, SettlementRules
from tongzhou.model.domain.tables import City, Conduct, Fund, Link, Need, Resource, Responsibility, Stock
from tongzhou.scenarios.cases.jialing_sources import START, city_rows, known_legs
from tongzhou.scenarios.links import LaneRules, estimated_legs, lanes_of

PERIOD_H, PERIODS = 24, 32
"""To 26 December 2015, when the water at the border of Sichuan was clean for good (reported)."""
SOURCE, VICTIMS = "longnan", ("hanzhong", "guangyuan")
REPORTED_PEOPLE = 108_000
REPORTED_LOSS = Decimal("61207900")
REGION = {"longnan": "Gansu", "tianshui": "Gansu", "lanzhou": "Gansu", "hanzhong": "Shaanxi", "baoji": "Shaanxi",
          "xian": "Shaanxi", "chongqing": "Chongqing"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Victim:
    """People without usable water and the days (from, until) without; tonnes of iron salt, due on a day; teams that watch."""

    people: int
    from_day: int
    until_day: int
    salt_t: float
    salt_from: int
    salt_by: int
    watch: int


PEOPLE = {"hanzhong": Victim(33_000, 2, 30, 600, 1, 10, 4), "guangyuan": Victim(75_000, 10, 31, 300, 6, 14, 6)}
"""The reported 108,000 people divided (synthetic); Lueyang in Hanzhong first, Guangyuan with its waterworks a week later."""
LITRES = 4.0
PEOPLE_PER_CONVOY = 15_000
CLOSING_TEAMS, CLOSING_DAYS = 3.0, 10
SOURCE_WATCH = 4.0
PER_CONVOY, PER_WATCH, PER_CLOSING, PER_T_WATER, PER_T_SALT = 400_000, 600_000, 2_500_000, 40_000, 20_000
"""Inhabitants of a helper for one convoy, team, tonne of bottled water a day's sale can spare, tonne of salt in stock."""
OFFERED_SHARE = 0.5
LANES = LaneRules(km_per_h=50.0, most_km=700.0, t_km_cost=0.5)
REVENUE_PER_HEAD = Decimal(2500)
LOSS = {"water": "60", "iron-salt": "500", "tankers": "15000", "monitoring-team": "8000", "closing-team": "40000"}
PRIORITY = {"water": 1, "closing-team": 1, "monitoring-team": 1, "iron-salt": 2, "tankers": 2}


def build_jialing_2015() -> Problem:
    """The case as a checked problem; the committed tables of `jialing-2015` are what `save` writes of it."""
    return Problem(
        settings=settings(), cities=cities(), resources=resources(), stocks=stocks(), needs=needs(), links=links(),
        funds=funds(), responsibility=responsibility(), conduct=conduct(),
    )  # fmt: skip


def settings() -> Settings:
    """32 days from 24 November 2015; the source's liability is reckoned on the damage of the others."""
    return Settings(
        name="Jialing antimony pollution, November 2015",
        name_zh="2015年11月嘉陵江锑污染",
        start=START,
        period_h=PERIOD_H,
        periods=PERIODS,
        situation="separate",
        hazard="accident",
        governance=Governance(mode="voluntary"),
        reserve=Reserve(default_share=0.2),
        settlement=SettlementRules(margin=0.05, liability="damage"),
    )


def cities() -> tuple[City, ...]:
    """The source, two cities below it, eight helpers."""
    return tuple(
        City(
            city=row["city"],
            name=row["name_en"],
            name_zh=row["name_zh"],
            latitude=float(row["lat"]),
            longitude=float(row["lon"]),
            population=float(row["population_geonames"]),
            role="origin" if row["city"] == SOURCE else "affected" if row["city"] in VICTIMS else "contributor",
            revenue=Decimal(row["population_geonames"]) * REVENUE_PER_HEAD,
            region=REGION.get(row["city"], "Sichuan"),
        )
        for row in city_rows()
    )


def resources() -> tuple[Resource, ...]:
    """Goods, tankers and teams, with weights, values and day costs (CNY)."""
    return (
        Resource(resource="water", name="Bottled drinking water", name_zh="瓶装饮用水", kind="supply", unit="t",
                 weight_t=1, volume_m3=1.3, unit_value=Decimal(1000)),
        Resource(resource="iron-salt", name="Polyferric sulphate", name_zh="聚合硫酸铁", kind="supply", unit="t",
                 weight_t=1, volume_m3=1.1, unit_value=Decimal(2500)),
        Resource(resource="tankers", name="Convoy of 5 water tankers", name_zh="送水车队 (5辆)", kind="equipment",
                 unit="convoy", weight_t=0, volume_m3=0, day_cost=Decimal(8000)),
        _team("monitoring-team", "Water monitoring team (4 people)", "水质监测组 (4人)", "3500"),
        _team("closing-team", "Team that closes the drain (20 people, machines)", "封堵工程队 (20人, 含机械)", "30000"),
    )  # fmt: skip


def _team(key: str, name: str, zh: str, day_cost: str) -> Resource:
    return Resource(
        resource=key, name=name, name_zh=zh, kind="team", unit="team", weight_t=0, volume_m3=0,
        day_cost=Decimal(day_cost), duty_h=240, rest_h=48,
    )  # fmt: skip


def needs() -> tuple[Need, ...]:
    """At the source the drain is closed and watched; those below it need water, salt, tankers, watchers."""
    found = [
        _unit(SOURCE, "closing-team", CLOSING_TEAMS, 0, CLOSING_DAYS),
        _unit(SOURCE, "monitoring-team", SOURCE_WATCH, 0, PERIODS),
    ]
    for city, victim in PEOPLE.items():
        days = victim.until_day - victim.from_day
        found.append(_supply(city, "water", victim.people * LITRES / 1000, victim.from_day, victim.from_day + 1, days))
        found.append(_supply(city, "iron-salt", victim.salt_t, victim.salt_from, victim.salt_by, 1))
        found.append(
            _unit(city, "tankers", math.ceil(victim.people / PEOPLE_PER_CONVOY), victim.from_day, victim.until_day)
        )
        found.append(_unit(city, "monitoring-team", victim.watch, max(1, victim.from_day - 2), PERIODS))
    return tuple(found)


def _supply(city: str, resource: str, quantity: float, from_day: int, by_day: int, days: int) -> Need:
    return Need(
        need=f"{city}-{resource}", city=city, resource=resource, quantity=quantity, from_h=24.0 * from_day,
        by_h=24.0 * by_day, priority=PRIORITY[resource], loss_per_unit_day=Decimal(LOSS[resource]),
        repeat_h=24 if days > 1 else None, repeats=days if days > 1 else None,
    )  # fmt: skip


def _unit(city: str, resource: str, quantity: float, from_day: int, until_day: int) -> Need:
    return Need(
        need=f"{city}-{resource}", city=city, resource=resource, quantity=float(quantity), from_h=24.0 * from_day,
        until_h=24.0 * until_day, priority=PRIORITY[resource], loss_per_unit_day=Decimal(LOSS[resource]),
    )  # fmt: skip


def stocks() -> tuple[Stock, ...]:
    """By inhabitants: water for the whole time, salt, convoys, teams; helpers offer half, those below the leak nothing."""
    found = []
    for city in cities():
        for resource, inhabitants, times in (
            ("water", PER_T_WATER, PERIODS), ("iron-salt", PER_T_SALT, 1), ("tankers", PER_CONVOY, 1),
            ("monitoring-team", PER_WATCH, 1), ("closing-team", PER_CLOSING, 1),
        ):  # fmt: skip
            quantity = float(int(city.population // inhabitants) * times)
            if quantity:
                offered = 0.0 if city.city in VICTIMS else float(math.ceil(quantity * OFFERED_SHARE))
                found.append(Stock(city=city.city, resource=resource, quantity=quantity, offered=offered))
    return tuple(found)


def links() -> tuple[Link, ...]:
    """Hired lorries: by the road graph to Hanzhong and Guangyuan; to and from Longnan, which it lacks, estimated."""
    estimated = [leg for leg in estimated_legs(cities(), known_legs()) if SOURCE in (leg.origin, leg.destination)]
    return lanes_of((*known_legs(), *estimated), LANES)


def funds() -> tuple[Fund, ...]:
    """Half of goods and travel from a national fund for the prevention of pollution (synthetic)."""
    return (
        Fund(fund="water-fund", payer="National water pollution fund (synthetic) 国家水污染防治资金 (虚拟)",
             amount=Decimal(3_000_000), pays_for="commodities travel", share=0.5),
    )  # fmt: skip


def responsibility() -> tuple[Responsibility, ...]:
    """The source alone; the most it can pay is the loss that was found."""
    return (
        Responsibility(
            city=SOURCE,
            share=1.0,
            ability_cap=REPORTED_LOSS,
            reason="Ministry of Environmental Protection, October 2016: a liability accident; share and cap synthetic",
        ),
    )


def conduct() -> tuple[Conduct, ...]:
    """Late and missing reports, as the investigation found."""
    return (
        Conduct(
            city=SOURCE,
            kind="late report",
            note="local departments reported late and left reports out; the city was slow at first",
            decided_by="investigation of the Ministry of Environmental Protection, October 2016",
        ),
    )
