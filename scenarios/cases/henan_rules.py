"""What the case henan-2021 assumes: resources, people in need, and quantities by head. Every number here is synthetic.

The README of the case states each rule with its number; nothing here was reported by anyone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from tongzhou.model.domain.tables import Resource, Substitute

SQUAD_PEOPLE, CREW_PEOPLE = 10, 5
"""People of a rescue squad, and of a pump crew or medical team."""


@dataclass(frozen=True, slots=True)
class Struck:
    """A struck city: share of its people in need, hour of the onset, whether water stands in streets or dikes give way."""

    share: float
    onset_h: float
    deep: bool = False


ORIGIN = "zhengzhou"
STRUCK = {
    "zhengzhou": Struck(0.02, 0, deep=True),
    "jiaozuo": Struck(0.01, 12),
    "kaifeng": Struck(0.01, 12),
    "xuchang": Struck(0.008, 12),
    "xinxiang": Struck(0.04, 24, deep=True),
    "anyang": Struck(0.015, 24, deep=True),
    "hebi": Struck(0.06, 36, deep=True),
    "zhoukou": Struck(0.015, 60, deep=True),
}
"""Zhengzhou first, the north from 21 July, Hebi from 22 July, Zhoukou downstream from 23 July."""
HUBS = ("luohe", "shangqiu")
"""Cities of Henan on the railway and outside the flood that pass goods on."""


@dataclass(frozen=True, slots=True)
class SupplyRule:
    """Need and stock of a supply.

    Need: `per_person` in need, from `after_h` after the onset for `window_h`, in `waves` a day apart; `deep_only`: only where
    water stands deep. Stock: `per_inhabitant` of cities of Henan (`lent`: also of large cities outside the flood),
    `per_capital_inhabitant` of the capitals with a railway to a hub, `depot`; all rounded to `step`.
    """

    per_person: float
    after_h: float
    window_h: float
    waves: int
    priority: int
    per_inhabitant: float
    per_capital_inhabitant: float = 0.0
    depot: float = 0.0
    step: float = 1.0
    lent: bool = True
    deep_only: bool = False


SUPPLIES = {
    "water": SupplyRule(0.004, 12, 24, 2, 1, 0.0001),
    "medicine": SupplyRule(0.002, 12, 36, 1, 1, 0.00001, depot=1200),
    "meals": SupplyRule(1.0, 12, 24, 2, 2, 0.025, step=100),
    "sandbags": SupplyRule(0.0006, 0, 24, 1, 2, 0.000008, deep_only=True),
    "tents": SupplyRule(0.05, 12, 36, 1, 2, 0.0003, depot=30_000, step=10),
    "blankets": SupplyRule(0.5, 12, 36, 1, 3, 0.004, 0.005, depot=200_000, step=100, lent=False),
}
"""Water 4 l a day; a kit for 500 people; a ration a day; 600 bags for 1,000 people; a tent for every 20; a blanket for two."""


@dataclass(frozen=True, slots=True)
class UnitRule:
    """Need and stock of units.

    Need: `per_thousand` people in need where water stands deep, from `after_h` after the onset for `stays_h`. Stock:
    `per_million` inhabitants of struck cities with deep water and (`lent`) of large cities outside the flood, which offer
    `offered_share` of it.
    """

    per_thousand: float
    after_h: float
    stays_h: float
    priority: int
    per_million: float
    offered_share: float = 0.0
    lent: bool = True


UNITS = {
    "boat": UnitRule(0.4, 6, 48, 1, 3),
    "rescue-squad": UnitRule(0.3, 0, 48, 1, 5),
    "drainage-pump": UnitRule(0.12, 12, 48, 2, 2, lent=False),
    "medical-team": UnitRule(0.1, 12, 48, 2, 2, 0.5),
}
"""Boats work with half a squad each (on top of the squads needed), pumps with a crew each (held in the number of pumps)."""

LARGE = 3_500_000
"""Inhabitants from which a city outside the flood helps."""
RAIL_CAPITALS = ("wuhan", "nanjing", "hefei", "jinan")
"""Capitals with a railway to a hub: these hold blankets for Henan."""
FLOOR_SHARE = 0.2
"""Share of a stock that stays at home where nothing else is said."""
OFFERED_SHARE = 0.5
"""Share of a stock of supplies that cities outside the flood offer."""
INHABITANTS_PER_TRUCK = 100_000
"""A city's lorries for aid."""
VEHICLES_PER_TRUCK = 6
"""One lorry for equipment in so many vehicles of a province's column."""
HANDLING_T_PER_H_PER_MILLION = 15
"""What a struck city can unload, by its inhabitants."""


def resources() -> tuple[Resource, ...]:
    """The goods, machines and teams of the case, with weights, values and day costs (CNY)."""
    supplies = (
        ("water", "Drinking water", "饮用水", "t", 1, 1.2, None, "1500"),
        ("medicine", "Medicine kit (500 people)", "药品箱 (500人份)", "kit", 0.05, 0.3, None, "3000"),
        ("meals", "Meal ration (person-day)", "食品 (人日份)", "person-day", 0.0012, 0.004, None, "25"),
        ("sandbags", "Sandbags, empty (thousand)", "编织袋 (千条)", "thousand", 0.08, 0.3, None, "1200"),
        ("tents", "Family tent 12 m2", "12平方米救灾帐篷", "tent", 0.05, 0.25, 10, "1500"),
        ("blankets", "Blanket", "毛毯", "piece", 0.002, 0.008, None, "80"),
    )
    return (
        *(
            Resource(
                resource=key, name=name, name_zh=zh, kind="supply", unit=unit,
                weight_t=weight, volume_m3=volume, lot=lot, unit_value=Decimal(value),
            )
            for key, name, zh, unit, weight, volume, lot, value in supplies
        ),
        _equipment("boat", "Rescue boat", "冲锋舟/橡皮艇", 0.2, 1.5, "400", "rescue-squad", 0.5),
        _equipment("drainage-pump", "Mobile drainage pump", "移动排涝泵", 2, 8, "1500", "pump-crew", 1),
        _equipment("remote-pump", "Remote water supply system", "远程供水系统", 0, 0, "4000", "pump-crew", 1),
        _equipment("suction-truck", "Dragon suction truck", "龙吸水排水车", 0, 0, "6000", "pump-crew", 1),
        _team("rescue-squad", "Rescue squad (10 people)", "救援小队 (10人)", "squad", "3000"),
        _team("pump-crew", "Pump crew (5 people)", "排水组 (5人)", "crew", "1500"),
        _team("medical-team", "Medical team (5 people)", "医疗队 (5人)", "team", "3500"),
    )  # fmt: skip


def _equipment(
    key: str, name: str, zh: str, weight_t: float, volume_m3: float, day_cost: str, crew: str, crew_size: float
) -> Resource:
    return Resource(
        resource=key, name=name, name_zh=zh, kind="equipment", unit="piece", weight_t=weight_t, volume_m3=volume_m3,
        day_cost=Decimal(day_cost), crew=crew, crew_size=crew_size,
    )  # fmt: skip


def _team(key: str, name: str, zh: str, unit: str, day_cost: str) -> Resource:
    return Resource(
        resource=key, name=name, name_zh=zh, kind="team", unit=unit, weight_t=0, volume_m3=0,
        day_cost=Decimal(day_cost), duty_h=48, rest_h=12,
    )  # fmt: skip


def substitutes() -> tuple[Substitute, ...]:
    """Larger machines stand in for mobile pumps, not the other way round."""
    return (
        Substitute(needed="drainage-pump", used="remote-pump", ratio=2),
        Substitute(needed="drainage-pump", used="suction-truck", ratio=3),
    )


def in_steps(quantity: float, step: float) -> float:
    """The quantity to the nearest step, at least one."""
    return float(max(1, math.floor(quantity / step + 0.5)) * step)
