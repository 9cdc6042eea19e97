"""What the case river-pollution takes from reports and what it assumes.

`REPORTED_*` are numbers of news pages (named in the README of the case); every other number is synthetic.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from tongzhou.model.domain.tables import Resource

PERIOD_H, PERIODS = 12, 20
ORIGIN, DOWNSTREAM = "jilin", ("songyuan", "harbin", "jiamusi")
WATER_HELPERS = ("daqing", "qiqihar", "mudanjiang", "jiamusi")
"""Cities of Heilongjiang that were to send drinking water to Harbin (Suihua and Wuchang, also named, are left out)."""
CARBON_HELPERS = ("shijiazhuang", "taiyuan")
"""The capitals stand for Hebei and Shanxi, which sent activated carbon."""

REPORTED_PEOPLE = 3_800_000
"""People of Harbin that live on the city's tap water."""
REPORTED_SHENYANG_T, REPORTED_BARRELS_T = 1388 + 8000, 8000
"""Bottled water by rail and 800,000 barrels from Shenyang; as many barrels from the other cities together (10 l a barrel)."""
REPORTED_PLANTS_T = 2500
"""Drinking water that Harbin's own plants can fill a day."""
REPORTED_CARBON_T = 1200
"""Activated carbon with which Harbin called itself basically supplied; sent by Hebei and Shanxi."""
REPORTED_WELLS = 100
"""Wells that Harbin set out to drill."""
REPORTED_SECTIONS = {"harbin": 6, "jiamusi": 7}
"""Monitoring sections of Heilongjiang: thirteen, of which six upstream of Harbin."""

PEOPLE = {"harbin": REPORTED_PEOPLE, "songyuan": 400_000, "jiamusi": 550_000}
"""People on tap water; Songyuan and Jiamusi approximate."""
LITRES = 2.0
"""Drinking water a head and day."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Hours between which a city has no tap water, in whole days; hours between which its works need carbon."""

    from_h: float
    until_h: float
    carbon_from_h: float
    carbon_by_h: float
    watch_from_h: float
    watch_until_h: float


CUTS = {
    "songyuan": Cut(0, 96, 0, 72, 0, 96),
    "harbin": Cut(72, 168, 72, 144, 48, 192),
    "jiamusi": Cut(0, 0, 168, 240, 168, 240),
}
"""Songyuan 17-24 November, Harbin 23-27 November; Jiamusi prepares (the plume came on 8 December, after the horizon)."""
ORIGIN_WATCH = Cut(0, 0, 0, 0, 0, 96)

PEOPLE_PER_CONVOY = 200_000
WELLS_PER_TEAM = 5
SONGYUAN_TEAMS, SONGYUAN_WATCH, ORIGIN_WATCH_TEAMS = 2, 4, 2
CARBON_SPARE = 0.25
"""Carbon that Hebei and Shanxi send beyond the reported quantity, from hour 120."""
OFFERED_SHARE = 0.5
INHABITANTS_PER_CONVOY = 250_000
INHABITANTS_PER_WATCH = 800_000
INHABITANTS_PER_T_PER_H = 50_000
"""Hired lorries: a city can send a tonne an hour on each road for so many inhabitants, and no more than `ROAD_T_PER_H`."""
ROAD_T_PER_H = 40.0
ORIGIN_WATER_L = 0.5
DRILLING = {"daqing": (14, 14), "harbin": (6, 0), "shenyang": (4, 2), "jilin": (2, 1)}
"""Held and offered; that Daqing's oil field sent drilling teams is reported, the numbers are not."""
REVENUE_PER_HEAD = Decimal(1500)
ORIGIN_CAP = Decimal(60_000_000)
"""The most the origin can pay: about 2 % of a year's revenue."""


def resources() -> tuple[Resource, ...]:
    """Goods, tankers and teams, with weights, values and day costs (CNY)."""
    return (
        Resource(resource="water", name="Drinking water, bottled or in barrels", name_zh="瓶装/桶装饮用水", kind="supply",
                 unit="t", weight_t=1, volume_m3=1.3, unit_value=Decimal(800)),
        Resource(resource="carbon", name="Activated carbon", name_zh="活性炭", kind="supply",
                 unit="t", weight_t=1, volume_m3=2.2, unit_value=Decimal(6000)),
        Resource(resource="tankers", name="Convoy of 10 water tankers", name_zh="送水车队 (10辆)", kind="equipment",
                 unit="convoy", weight_t=0, volume_m3=0, day_cost=Decimal(12000)),
        _team("drilling-team", "Well-drilling team (8 people, rig)", "打井队 (8人, 含钻机)", "9000"),
        _team("monitoring-team", "Water monitoring team (4 people)", "水质监测组 (4人)", "3000"),
    )  # fmt: skip


def _team(key: str, name: str, zh: str, day_cost: str) -> Resource:
    return Resource(
        resource=key, name=name, name_zh=zh, kind="team", unit="team", weight_t=0, volume_m3=0,
        day_cost=Decimal(day_cost), duty_h=144, rest_h=24,
    )  # fmt: skip


LOSS = {"water": "600", "carbon": "3000", "tankers": "60000", "drilling-team": "30000", "monitoring-team": "20000"}
"""Loss of a missing unit and day, CNY."""
PRIORITY = {"water": 1, "monitoring-team": 1, "carbon": 2, "tankers": 2, "drilling-team": 3}


def whole(quantity: float) -> float:
    """The quantity to the nearest whole, at least one."""
    return float(max(1, math.floor(quantity + 0.5)))
