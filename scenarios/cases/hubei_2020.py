"""The case hubei-2020: "one province, one city" in February 2020, and what the same teams could do without pairs.

Daily cases, pairs and distances are facts of `hubei-2020/sources`; teams, staff a patient and costs follow the rules stated
here (synthetic). `hubei-2020/README.md` says which is which, with sources and licences.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from tongzhou.model.domain import Problem
from tongzhou.model.domain.settings import Governance, Objective, Reserve, Settings
from tongzhou.model.domain.tables import City, Link, Need, Pair, Resource, Stock
from tongzhou.model.errors import Text
from tongzhou.scenarios.cases.hubei_sources import FIRST, SECOND, WUHAN, pairs, patients, places, prefectures, road_km

START = datetime.fromisoformat("2020-02-10T00:00:00+08:00")
"""Hour 0: the day of the second list."""
DAY_H, WEEK_DAYS, WEEKS = 24, 7, 3
TEAM = "medical-team"
TEAM_STAFF, STAFF_A_PATIENT = 30, 0.4
"""0.4 staff from outside a patient: 5,259 people were with the 13,145 patients outside Wuhan in the middle of February."""
TEAMS_A_PROVINCE = 9
"""5,259 people of 19 provinces are 277 each: nine teams of 30."""
ROAD_KM_PER_H = 70.0
REST_H = 14 * DAY_H
"""Fourteen days of isolation at home."""
DAY_COST, LOSS = Decimal(9_000), Decimal(60_000)
"""CNY a team and day: 300 a head away from home; 2,000 a head and day that is missing."""
CHANGE_COST = 1_000.0
"""CNY that changing a proposed line costs in a new plan."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the three scenarios: whose teams are there, and whether the pairs bind."""

    plan: str
    paired: bool
    about: Text


VARIANTS = {
    "hubei-2020": Variant(SECOND, True, Text("as paired on 10 February 2020", "按2020年2月10日结对")),
    "hubei-2020-first": Variant(FIRST, True, Text("as paired on 7 February 2020", "按2020年2月7日结对")),
    "hubei-2020-free": Variant(
        SECOND, False, Text("the teams of 10 February, without pairs", "2月10日各省队伍, 不结对")
    ),
}


def build_hubei_2020(name: str = "hubei-2020") -> Problem:
    """One of `VARIANTS` as a checked problem; the committed tables of its folder are what `save` writes of it."""
    variant = VARIANTS[name]
    return Problem(
        settings=settings(variant),
        cities=cities(),
        resources=resources(),
        stocks=stocks(variant),
        needs=needs(),
        links=links(),
        pairs=paired(variant),
    )


def settings(variant: Variant) -> Settings:
    """Three weeks from 10 February 2020, by days; a common superior leads."""
    return Settings(
        name=f"Hubei, February 2020: medical teams {variant.about.en}",
        name_zh=f"2020年2月湖北医疗队: {variant.about.zh}",
        start=START,
        period_h=DAY_H,
        periods=WEEKS * WEEK_DAYS,
        situation="spreading",
        hazard="public-health",
        governance=Governance(mode="led"),
        reserve=Reserve(default_share=0),
        objective=Objective(change_cost=CHANGE_COST),
    )


def cities() -> tuple[City, ...]:
    """Provinces at their capitals, prefectures; Wuhan, whose own teams are not in the case, is the origin."""
    return tuple(
        City(
            city=place.place,
            name=place.name,
            name_zh=place.name_zh,
            latitude=place.latitude,
            longitude=place.longitude,
            population=place.population,
            role="contributor" if place.is_province else "origin" if place.place == WUHAN else "affected",
            region=place.name if place.is_province else "Hubei",
        )
        for place in places().values()
    )


def resources() -> tuple[Resource, ...]:
    """The medical team."""
    return (
        Resource(
            resource=TEAM, name=f"Medical team ({TEAM_STAFF} people)", name_zh=f"医疗队 ({TEAM_STAFF}人)", kind="team",
            unit="team", weight_t=0, volume_m3=0, day_cost=DAY_COST, duty_h=WEEKS * WEEK_DAYS * DAY_H, rest_h=REST_H,
        ),
    )  # fmt: skip


def stocks(variant: Variant) -> tuple[Stock, ...]:
    """Teams of the provinces that the variant's list names."""
    return tuple(
        Stock(city=province, resource=TEAM, quantity=TEAMS_A_PROVINCE)
        for province in sorted({province for province, _ in pairs(variant.plan)})
    )


def teams_needed(prefecture: str) -> list[int]:
    """Teams from outside, week by week: by the mean number of people ill."""
    found = []
    for week in range(WEEKS):
        days = [START.date() + timedelta(days=week * WEEK_DAYS + day) for day in range(WEEK_DAYS)]
        ill = sum(patients()[prefecture][day] for day in days) / len(days)
        found.append(math.ceil(ill * STAFF_A_PATIENT / TEAM_STAFF))
    return found


def layers(levels: list[int]) -> list[tuple[int, int, int]]:
    """A course of levels as stacked layers: quantity, first step, step after the last.

    A team serves one need from its arrival to its leave; layers let it stay as long as its place is needed.
    """
    if not levels:
        return []
    least = min(levels)
    found = [(least, 0, len(levels))] if least else []
    start = 0
    for step, level in enumerate([*levels, least]):
        if level == least:
            above = [item - least for item in levels[start:step]]
            found += [(quantity, start + first, start + after) for quantity, first, after in layers(above)]
            start = step + 1
    return found


def needs() -> tuple[Need, ...]:
    """Teams on site from the second day on, by prefecture and layer."""
    found = []
    for prefecture in prefectures():
        for number, (quantity, first, after) in enumerate(layers(teams_needed(prefecture)), start=1):
            found.append(
                Need(
                    need=f"{prefecture}-{number}",
                    city=prefecture,
                    resource=TEAM,
                    quantity=float(quantity),
                    from_h=max(DAY_H, first * WEEK_DAYS * DAY_H),
                    until_h=float(after * WEEK_DAYS * DAY_H),
                    priority=1,
                    loss_per_unit_day=LOSS,
                )
            )
    return tuple(found)


def links() -> tuple[Link, ...]:
    """By road from every province to every prefecture."""
    return tuple(
        Link(
            origin=province,
            destination=prefecture,
            mode="road",
            travel_h=round(road_km(province, prefecture) / ROAD_KM_PER_H, 2),
            distance_km=road_km(province, prefecture),
        )
        for province, place in places().items()
        if place.is_province
        for prefecture in prefectures()
    )


def paired(variant: Variant) -> tuple[Pair, ...]:
    """The real pairs: a province with a pair helps no other prefecture."""
    found = pairs(variant.plan) if variant.paired else ()
    return tuple(Pair(origin=province, destination=city, rule="required") for province, city in found)
