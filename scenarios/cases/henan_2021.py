"""The case henan-2021: the July 2021 flood, 18 cities of Henan, seven provinces that really sent help, a national depot.

Facts come from the files of `henan-2021/sources`, the rest from the stated rules of `henan_rules` and `henan_lanes`
(synthetic). `henan-2021/README.md` says which is which, with sources and licences.
"""

from __future__ import annotations

from tongzhou.model.domain import Problem
from tongzhou.model.domain.settings import Escalation, Governance, Reserve, Settings
from tongzhou.model.domain.tables import City
from tongzhou.scenarios.cases import henan_rules as rules
from tongzhou.scenarios.cases import henan_settlement as settlement
from tongzhou.scenarios.cases.henan_lanes import closures, fleets, links
from tongzhou.scenarios.cases.henan_needs import needs, stocks
from tongzhou.scenarios.cases.henan_sources import DEPOT, START, Place, capitals, henan

PERIOD_H, PERIODS = 6, 20


def build_henan_2021() -> Problem:
    """The case as a checked problem; the committed tables of `henan-2021` are what `save` writes of it."""
    return Problem(
        settings=settings(),
        cities=cities(),
        resources=rules.resources(),
        substitutes=rules.substitutes(),
        stocks=stocks(),
        needs=needs(),
        links=links(),
        closures=closures(),
        fleets=fleets(),
        funds=settlement.funds(),
        programmes=settlement.programmes(),
        responsibility=settlement.responsibility(),
    )


def settings() -> Settings:
    """Five days from the evening of 20 July 2021, in periods of six hours; provinces help voluntarily."""
    return Settings(
        name="Henan flood, July 2021",
        name_zh="2021年7月河南暴雨洪涝",
        start=START,
        period_h=PERIOD_H,
        periods=PERIODS,
        situation="shared-source",
        hazard="natural",
        governance=Governance(mode="voluntary"),
        reserve=Reserve(default_share=rules.FLOOR_SHARE),
        escalation=Escalation(national_delay_h=12),
    )


def cities() -> tuple[City, ...]:
    """The 18 cities of Henan, seven provincial capitals, and the depot at Wuhan."""
    wuhan = next(place for place in capitals() if place.city == "wuhan")
    return (
        *(_city(place) for place in (*henan(), *capitals())),
        City(
            city=DEPOT,
            name="National depot at Wuhan (synthetic)",
            name_zh="中央救灾物资储备库·武汉 (虚拟)",
            latitude=wuhan.latitude,
            longitude=wuhan.longitude,
            population=0,
            role="national",
            region="National",
        ),
    )


def _city(place: Place) -> City:
    struck = place.city in rules.STRUCK
    role = "origin" if place.city == rules.ORIGIN else "affected" if struck else "contributor"
    return City(
        city=place.city,
        name=place.name,
        name_zh=place.name_zh,
        latitude=place.latitude,
        longitude=place.longitude,
        population=place.population,
        role=role,
        hub=place.city in rules.HUBS,
        unload_t_per_h=rules.in_steps(place.population / 1e6 * rules.HANDLING_T_PER_H_PER_MILLION, 1)
        if struck
        else None,
        region=place.region,
    )
