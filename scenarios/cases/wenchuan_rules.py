"""What the case wenchuan-2008 assumes: resources, people in need, quantities by head. Every number here is synthetic.

The README of the case states each rule with its number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from tongzhou.model.domain.tables import Resource
from tongzhou.scenarios.cases.wenchuan_sources import County, Province

PERIOD_H, PERIODS = 168, 12
"""Twelve weeks."""
EXTREME_SHARE, HEAVY_SHARE = 0.35, 0.2
"""People without a home, as a share of the population: the ten counties assessed as extremely hit, and the others."""
CAP_SHARE = Decimal("0.01")
"""The rule of June 2008: at least 1 % of the previous year's local revenue a year; here also the most it is asked for."""
COUNTY_REVENUE_PER_HEAD = Decimal(300)
"""Local revenue of a county, CNY a head."""


@dataclass(frozen=True, slots=True)
class Supply:
    """A supply: people in need for one unit, window, priority, loss a missing unit and day; units in depot."""

    people: float
    from_h: float
    by_h: float
    priority: int
    loss: str
    value: str
    depot: float = 0.0


@dataclass(frozen=True, slots=True)
class Team:
    """A team: people in need for one, window, priority, loss; one in so many inhabitants at home in the county."""

    people: float
    from_h: float
    until_h: float
    priority: int
    loss: str
    day_cost: str
    inhabitants: float


SUPPLIES = {
    "home-kit": Supply(3.5, 0, 1680, 1, "100", "12000", depot=30_000),
    "room-kit": Supply(500, 336, 1848, 2, "1500", "60000"),
}
"""A household has 3.5 people; a classroom or clinic for 500. Homes until the end of week 10, rooms until the end of week 11."""
TEAMS = {
    "medical-team": Team(10_000, 168, 1176, 1, "30000", "9000", 80_000),
    "engineering-team": Team(10_000, 168, 1848, 2, "80000", "40000", 250_000),
    "planning-team": Team(50_000, 336, 1344, 3, "10000", "6000", 1_000_000),
}
"""Present in the county from week 2 or 3 on."""
AT_ONCE = 0.4
"""Share of a province's supplies in stock at the start; the rest comes from its factories in equal parts."""
ARRIVALS_H = (336.0, 672.0, 1008.0)
"""After two, four and six weeks."""
SPARE = {"medical-team": 2}
"""Teams more than its county needs that a province has ready (relieves the others of the May list)."""
UNLOAD_PER_1000, UNLOAD_MOUNTAIN = 0.08, 0.07
"""Tonnes an hour that 1,000 inhabitants can unload; less in the valleys of Aba."""
RAIL_KM_PER_H, RAIL_HANDLING_H, RAIL_CNY_PER_T_KM = 50.0, 36.0, 0.2
ROAD_KM_PER_H = 50.0
DEPOT_CNY_PER_T_KM = 0.6
"""Goods come by a common carrier: railway to the gateway and lorry from there; from the depot by hired lorry."""


def people_in_need(county: County) -> float:
    """People without a home."""
    return county.population * (EXTREME_SHARE if county.extreme else HEAVY_SHARE)


def needed(county: County) -> dict[str, float]:
    """Units of every resource that a county needs, in whole numbers, at least one."""
    rules = {name: rule.people for name, rule in SUPPLIES.items()} | {name: rule.people for name, rule in TEAMS.items()}
    return {name: max(1.0, math.floor(people_in_need(county) / people + 0.5)) for name, people in rules.items()}


def value_needed(county: County) -> Decimal:
    """Money that serving all needs of a county would cost, transport apart: supplies, and team-days on site."""
    found = Decimal(0)
    for name, quantity in needed(county).items():
        if name in SUPPLIES:
            found += Decimal(quantity) * Decimal(SUPPLIES[name].value)
        else:
            days = Decimal(TEAMS[name].until_h - TEAMS[name].from_h) / 24
            found += Decimal(quantity) * days * Decimal(TEAMS[name].day_cost)
    return found


def ability(province: Province) -> Decimal:
    """1 % of last year's revenue, in whole yuan."""
    return (province.revenue * CAP_SHARE).quantize(Decimal(1))


def ready(province: Province, county: County) -> dict[str, float]:
    """What a province makes ready for its county: all that is needed, or the share of it that 1 % of its revenue buys."""
    share = float(min(Decimal(1), ability(province) / value_needed(county)))
    return {name: math.floor(quantity * share) + SPARE.get(name, 0) for name, quantity in needed(county).items()}


def resources() -> tuple[Resource, ...]:
    """Goods and teams, with weights, values and day costs (CNY)."""
    return (
        _supply("home-kit", "Temporary home, 20 m2", "过渡安置板房 (20平方米)", 1.2, 4.0),
        _supply("room-kit", "Prefabricated classroom or clinic", "活动教室/诊室", 6.0, 20.0),
        _team("medical-team", "Medical team (10 people)", "医疗队 (10人)", 1008),
        _team("engineering-team", "Engineering team (50 people, machines)", "工程队 (50人, 含机械)", 1680),
        _team("planning-team", "Planning and survey team (6 people)", "规划勘察组 (6人)", 1008),
    )


def _supply(key: str, name: str, zh: str, weight_t: float, volume_m3: float) -> Resource:
    return Resource(
        resource=key, name=name, name_zh=zh, kind="supply", unit="set", weight_t=weight_t, volume_m3=volume_m3,
        unit_value=Decimal(SUPPLIES[key].value),
    )  # fmt: skip


def _team(key: str, name: str, zh: str, duty_h: float) -> Resource:
    return Resource(
        resource=key, name=name, name_zh=zh, kind="team", unit="team", weight_t=0, volume_m3=0,
        day_cost=Decimal(TEAMS[key].day_cost), duty_h=duty_h, rest_h=168,
    )  # fmt: skip
