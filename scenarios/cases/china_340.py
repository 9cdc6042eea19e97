"""The case china-340: 340 cities on the real road network, one region struck by an earthquake (an exercise, synthetic).

Cities and distances are facts of `china-340/sources`; the event, needs, stocks and costs follow the rules stated here.
`china-340/README.md` says which is which, with sources and licences.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tongzhou.model.domain import Problem
from tongzhou.model.domain.settings import Governance, Reserve, Settings
from tongzhou.model.domain.tables import City, Fleet, Link, Need, Resource, Stock
from tongzhou.scenarios.cases.china_sources import Place, places, road_km, struck

START = datetime.fromisoformat("2026-01-15T06:00:00+08:00")
PERIOD_H, PERIODS = 12, 8
"""Four days."""
WORST_SHARE, REACH_KM = 0.15, 200.0
"""Share of people without shelter at the epicentre, falling evenly to nothing at this distance."""
ROAD_KM_PER_H, MOST_KM = 60.0, 2500.0
TRUCK_T, TRUCK_M3, TRUCK_KM_COST = 10.0, 50.0, Decimal(4)
PEOPLE_PER_TRUCK = 200_000
OFFERED_SHARE = 0.5
"""Share of a stock that cities outside the region offer."""
LARGE = 1_000_000
"""Inhabitants from which a city outside the region has teams to send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """People for one unit, window, priority; inhabitants for one unit in stock."""

    name: str
    name_zh: str
    people: float
    from_h: float
    until_h: float
    priority: int
    inhabitants: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply(Rule):
    """With unit, weight, volume, value."""

    unit: str
    weight_t: float
    volume_m3: float
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Team(Rule):
    """With its cost a day away."""

    day_cost: str


SUPPLIES = {
    "water": Supply(
        name="Drinking water", name_zh="饮用水", unit="t", people=250, from_h=12, until_h=48, priority=1, inhabitants=8_000,
        weight_t=1.0, volume_m3=1.2, value="1500",
    ),
    "meals": Supply(
        name="Meals (1000)", name_zh="食品 (千份)", unit="thousand", people=500, from_h=12, until_h=48, priority=2,
        inhabitants=20_000, weight_t=0.6, volume_m3=2.0, value="12000",
    ),
    "tents": Supply(
        name="Family tent", name_zh="家庭帐篷", unit="tent", people=8, from_h=12, until_h=72, priority=2, inhabitants=800,
        weight_t=0.06, volume_m3=0.3, value="1500",
    ),
    "quilts": Supply(
        name="Winter quilt", name_zh="棉被", unit="piece", people=1.5, from_h=12, until_h=72, priority=3, inhabitants=120,
        weight_t=0.003, volume_m3=0.02, value="120",
    ),
}  # fmt: skip
TEAMS = {
    "rescue-team": Team(
        name="Rescue team (50 people)", name_zh="救援队 (50人)", people=15_000, from_h=0, until_h=72, priority=1,
        inhabitants=1_500_000, day_cost="40000",
    ),
    "medical-team": Team(
        name="Medical team (15 people)", name_zh="医疗队 (15人)", people=12_000, from_h=12, until_h=96, priority=1,
        inhabitants=1_200_000, day_cost="15000",
    ),
}  # fmt: skip
RULES: Mapping[str, Rule] = {**SUPPLIES, **TEAMS}


def build_china_340() -> Problem:
    """The case as a checked problem; the committed tables of `china-340` are what `save` writes of it."""
    return Problem(
        settings=settings(), cities=cities(), resources=resources(), stocks=stocks(), needs=needs(), links=links(),
        fleets=fleets(),
    )  # fmt: skip


def settings() -> Settings:
    """Four days of winter; cities outside the region offer half of what they hold."""
    return Settings(
        name="China, 340 cities: an earthquake in Guanzhong (exercise)",
        name_zh="全国340城: 关中地震 (演练)",
        start=START,
        period_h=PERIOD_H,
        periods=PERIODS,
        situation="shared-source",
        hazard="natural",
        governance=Governance(mode="voluntary"),
        reserve=Reserve(default_share=0.2),
    )


def people_in_need(place: Place) -> float:
    """People without shelter."""
    return place.population * WORST_SHARE * max(0.0, 1 - place.km_from_epicentre / REACH_KM)


def cities() -> tuple[City, ...]:
    """All 340; the region is affected, the others contribute."""
    region = set(struck())
    return tuple(
        City(
            city=place.city,
            name=place.name,
            latitude=place.latitude,
            longitude=place.longitude,
            population=place.population,
            role="affected" if place.city in region else "contributor",
        )
        for place in places().values()
    )


def resources() -> tuple[Resource, ...]:
    """Four supplies and two teams."""
    return (
        *(
            Resource(
                resource=key, name=row.name, name_zh=row.name_zh, kind="supply", unit=row.unit, weight_t=row.weight_t,
                volume_m3=row.volume_m3, unit_value=Decimal(row.value),
            )
            for key, row in SUPPLIES.items()
        ),
        *(
            Resource(
                resource=key, name=row.name, name_zh=row.name_zh, kind="team", unit="team", weight_t=0, volume_m3=0,
                day_cost=Decimal(row.day_cost), duty_h=72, rest_h=24,
            )
            for key, row in TEAMS.items()
        ),
    )  # fmt: skip


def needs() -> tuple[Need, ...]:
    """By the people in need of each struck city."""
    found = []
    for city in struck():
        people = people_in_need(places()[city])
        for name, row in RULES.items():
            supply = name in SUPPLIES
            found.append(
                Need(
                    need=f"{city}-{name}",
                    city=city,
                    resource=name,
                    quantity=float(math.ceil(people / row.people)),
                    from_h=row.from_h,
                    by_h=row.until_h if supply else None,
                    until_h=None if supply else row.until_h,
                    priority=row.priority,
                )
            )
    return tuple(found)


def stocks() -> tuple[Stock, ...]:
    """By the inhabitants: what struck cities hold is theirs, others offer half of their supplies and teams."""
    region = set(struck())
    found = []
    for place in places().values():
        for name, row in RULES.items():
            if name in TEAMS and place.city not in region and place.population < LARGE:
                continue
            quantity = float(place.population // row.inhabitants)
            if quantity:
                offered = 0.0 if place.city in region else float(math.ceil(quantity * OFFERED_SHARE))
                found.append(Stock(city=place.city, resource=name, quantity=quantity, offered=offered))
    return tuple(found)


def links() -> tuple[Link, ...]:
    """By road from every city to every struck city within reach."""
    return tuple(
        Link(
            origin=origin,
            destination=to,
            mode="road",
            travel_h=round(road_km(origin, to) / ROAD_KM_PER_H, 2),
            distance_km=road_km(origin, to),
        )
        for origin in places()
        for to in struck()
        if origin != to and origin not in struck() and road_km(origin, to) <= MOST_KM
    )


def fleets() -> tuple[Fleet, ...]:
    """Lorries by the inhabitants; those of the struck region are taken up at home."""
    return tuple(
        Fleet(
            city=place.city, mode="road", vehicle="truck", vehicles=math.ceil(place.population / PEOPLE_PER_TRUCK),
            payload_t=TRUCK_T, volume_m3=TRUCK_M3, km_cost=TRUCK_KM_COST, load_h=2,
        )
        for place in places().values()
        if place.city not in struck()
    )  # fmt: skip
