"""The resources instances are made of, with what a million inhabitants keep of each; and the choice for an instance."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tongzhou.model.domain.tables import Resource, Substitute

SUBSTITUTES = (Substitute(needed="biscuits", used="meals", ratio=1.0),)


@dataclass(frozen=True, slots=True)
class Good:
    """A resource of the catalogue: `per_million` units held by a million inhabitants, `priority` of most needs for it.

    Quantities are multiples of `step`, in units.
    """

    row: Resource
    per_million: float
    priority: int
    step: float


def _supply(
    resource: str, name_zh: str, unit: str, size: tuple[float, float], value: str, held: float, priority: int,
    *, lot: float | None = None,
) -> Good:  # fmt: skip
    row = Resource(
        resource=resource, name=_name(resource), name_zh=name_zh, kind="supply", unit=unit,
        weight_t=size[0], volume_m3=size[1], lot=lot, unit_value=Decimal(value),
    )  # fmt: skip
    step = lot if lot is not None else 0.1 if unit == "t" else 10.0 if unit == "piece" else 1.0
    return Good(row, held, priority, step)


def _equipment(
    resource: str, name_zh: str, size: tuple[float, float], value: str, day_cost: str, held: float, priority: int,
    crew: tuple[str, float],
) -> Good:  # fmt: skip
    row = Resource(
        resource=resource, name=_name(resource), name_zh=name_zh, kind="equipment", unit="set",
        weight_t=size[0], volume_m3=size[1], unit_value=Decimal(value), day_cost=Decimal(day_cost),
        crew=crew[0], crew_size=crew[1],
    )  # fmt: skip
    return Good(row, held, priority, 1.0)


def _team(
    resource: str, name_zh: str, day_cost: str, duty: tuple[float, float], held: float, priority: int
) -> Good:  # fmt: skip
    row = Resource(
        resource=resource, name=_name(resource), name_zh=name_zh, kind="team", unit="team of 10",
        weight_t=0.0, volume_m3=0.0, day_cost=Decimal(day_cost), duty_h=duty[0], rest_h=duty[1],
    )  # fmt: skip
    return Good(row, held, priority, 1.0)


def _name(resource: str) -> str:
    return resource.replace("-", " ").capitalize()


DIVISIBLE = (
    _supply("water", "饮用水", "t", (1.0, 1.1), "1500", 300, 1),
    _supply("meals", "自热食品", "thousand portions", (0.5, 1.6), "15000", 150, 1),
    _supply("biscuits", "压缩饼干", "thousand portions", (0.13, 0.4), "4000", 120, 2),
    _supply("quilts", "棉被", "piece", (0.0025, 0.012), "90", 6000, 2),
    _supply("fuel", "燃油", "t", (1.0, 1.3), "8500", 60, 2),
    _supply("disinfectant", "消毒剂", "t", (1.0, 1.2), "6000", 15, 3),
    _supply("medicines", "药品", "thousand packs", (0.08, 0.3), "20000", 30, 1),
    _supply("clothing", "衣物", "piece", (0.003, 0.015), "180", 5000, 3),
    _supply("tarpaulins", "篷布", "piece", (0.005, 0.008), "120", 2500, 2),
    _supply("sandbags", "沙袋", "thousand pieces", (0.12, 0.25), "900", 80, 3),
    _supply("baby-formula", "婴儿奶粉", "t", (1.0, 3.0), "90000", 4, 1),
    _supply("sleeping-bags", "睡袋", "piece", (0.0018, 0.012), "150", 3000, 3),
    _supply("hygiene-kits", "卫生包", "piece", (0.004, 0.012), "120", 4000, 3),
    _supply("lamps", "应急灯", "piece", (0.001, 0.004), "80", 4000, 3),
    _supply("rice", "大米", "t", (1.0, 1.3), "4500", 60, 2),
)
IN_LOTS = (
    _supply("tents", "帐篷", "piece", (0.055, 0.25), "1600", 900, 1, lot=20.0),
    _supply("folding-beds", "折叠床", "piece", (0.009, 0.06), "180", 2500, 3, lot=50.0),
    _supply("medical-kits", "医疗箱", "piece", (0.012, 0.05), "900", 400, 1, lot=10.0),
    _supply("life-jackets", "救生衣", "piece", (0.0012, 0.015), "120", 2000, 2, lot=50.0),
    _supply("water-purifiers", "净水设备", "set", (1.2, 6.0), "90000", 5, 2, lot=1.0),
)
EQUIPMENT = (
    _equipment("boats", "冲锋舟", (0.6, 5.0), "60000", "800", 4, 1, ("rescue-team", 1.0)),
    _equipment("field-clinics", "帐篷医院", (5.0, 30.0), "900000", "9000", 1.5, 1, ("medical-team", 2.0)),
    _equipment("pumps", "排水泵组", (3.0, 12.0), "350000", "2500", 3, 2, ("drainage-team", 1.0)),
    _equipment("generators", "发电机组", (2.5, 8.0), "200000", "1800", 3, 2, ("power-team", 1.0)),
    _equipment("excavators", "挖掘机", (14.0, 40.0), "800000", "3000", 2, 2, ("engineering-team", 1.0)),
)
TEAMS = (
    _team("rescue-team", "救援队", "9000", (24.0, 12.0), 6, 1),
    _team("medical-team", "医疗队", "12000", (48.0, 12.0), 5, 1),
    _team("drainage-team", "排涝队", "7000", (36.0, 12.0), 4, 2),
    _team("power-team", "电力抢修队", "8000", (36.0, 12.0), 4, 2),
    _team("engineering-team", "工程队", "7500", (24.0, 12.0), 3, 2),
    _team("sanitation-team", "防疫队", "6000", (48.0, 24.0), 3, 3),
)
FEWEST, MOST = 2, 2 * len(DIVISIBLE)
"""Resources an instance may have."""


def choose_goods(resources: int) -> tuple[Good, ...]:
    """About half divisible supplies, a sixth in lots, a sixth equipment, the rest teams; always a supply and a team.

    There are never fewer teams than sorts of equipment, so that the crew of each sort is among the teams.
    """
    divisible, in_lots, equipment = (resources + 1) // 2, (resources + 2) // 6, resources // 6
    teams = resources - divisible - in_lots - equipment
    return (*DIVISIBLE[:divisible], *IN_LOTS[:in_lots], *EQUIPMENT[:equipment], *TEAMS[:teams])


def choose_substitutes(goods: tuple[Good, ...]) -> tuple[Substitute, ...]:
    """The substitutes of which both resources are in the instance."""
    present = {good.row.resource for good in goods}
    return tuple(row for row in SUBSTITUTES if {row.needed, row.used} <= present)
