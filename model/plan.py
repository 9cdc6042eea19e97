"""The plan: what a solve hands out, independent of how it was found (formats.md, "The plan").

Hours are hours since the scenario's start, loads tonnes and cubic metres, costs the scenario's currency.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tongzhou.model.domain.column import column

STATUSES = ("optimal", "gap", "time-limit", "memory-limit", "cancelled")
"""Why the solver stopped; whether there is a plan is a separate fact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """A quantity of a supply that leaves on a lane at an hour; `need` where it serves only one."""

    line: str = column("id", "id of the line", "线号")
    trip: str | None = column("id", "trip it rides on, blank = carrier", "车次 (空=承运人)", optional=True)
    origin: str = column("id", "from", "起点")
    destination: str = column("id", "to", "终点")
    mode: str = column("text", "mode", "方式")
    vehicle: str | None = column("id", "vehicle class, blank = carrier", "车型 (空=承运人)", optional=True)
    resource: str = column("id", "resource", "资源")
    quantity: float = column("number", "quantity", "数量")
    depart_h: float = column("number", "departure", "出发 (小时)")
    arrive_h: float = column("number", "arrival", "到达 (小时)")
    need: str | None = column("id", "need it serves", "所服务需求", optional=True)
    cost: Decimal = column("amount", "cost", "费用")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """Vehicles of one class that leave together; `load_*` is what rides out."""

    trip: str = column("id", "id of the trip", "车次")
    origin: str = column("id", "home", "驻地")
    destination: str = column("id", "to", "终点")
    mode: str = column("text", "mode", "方式")
    vehicle: str = column("id", "vehicle class", "车型")
    trips: int = column("whole", "vehicles", "车辆数")
    depart_h: float = column("number", "departure", "出发 (小时)")
    arrive_h: float = column("number", "arrival", "到达 (小时)")
    back_h: float = column("number", "back and free", "返回可用 (小时)")
    load_t: float = column("number", "tonnes out", "去程载重 (吨)")
    load_m3: float = column("number", "cubic metres out", "去程体积 (立方米)")
    cost: Decimal = column("amount", "cost", "费用")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """Units that leave, serve one need, and return; origin = destination is duty at home."""

    line: str = column("id", "id of the line", "线号")
    trip: str | None = column("id", "trip that carries it out", "去程车次", optional=True)
    origin: str = column("id", "home", "驻地")
    destination: str = column("id", "to", "终点")
    resource: str = column("id", "resource", "资源")
    quantity: int = column("whole", "units", "单位数")
    depart_h: float = column("number", "departure", "出发 (小时)")
    on_site_h: float = column("number", "on site from", "到场 (小时)")
    leave_h: float = column("number", "leaves the site", "撤离 (小时)")
    home_h: float = column("number", "home", "归建 (小时)")
    need: str = column("id", "need it serves", "所服务需求")
    mode: str | None = column("text", "mode", "方式", optional=True)
    vehicle: str | None = column("id", "vehicle class", "车型", optional=True)
    cost: Decimal = column("amount", "cost", "费用")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What serves a need at an hour: `served` in units of the need, `used` in units of the resource used."""

    need: str = column("id", "need", "需求")
    city: str = column("id", "city", "城市")
    resource: str = column("id", "resource needed", "所需资源")
    at_h: float = column("number", "hour", "时刻")
    served: float = column("number", "served, units of the need", "满足量")
    by_resource: str = column("id", "resource used", "所用资源")
    used: float = column("number", "used, units of the resource used", "使用量")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """A need that waited or stayed short."""

    need: str = column("id", "need", "需求")
    city: str = column("id", "city", "城市")
    resource: str = column("id", "resource", "资源")
    priority: int = column("whole", "priority", "优先级")
    short: float = column("number", "unserved at the end of the window, or most missing at once", "最终短缺")
    unit_hours: float = column("number", "unit-hours unserved", "短缺量·小时")
    reason: str | None = column("words", "why, of the closed list", "原因 (封闭清单)", optional=True)
    limit: str | None = column("text", "limits that bind", "起约束作用的限制", optional=True)
    relief: str | None = column("text", "what would help, proven", "可行的缓解措施 (已证)", optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliefStep:
    """One change of a relief; the rows of one need belong together. `row` says which row of the scenario's table."""

    need: str = column("id", "need", "需求")
    step: int = column("whole", "number of the change", "序号", low=1)
    table: str = column("text", "table of the scenario", "情景数据表")
    row: str = column("text", "key columns of the row, as JSON", "行 (键, JSON)")
    cell: str = column("text", "column of the row", "列")
    was: str | None = column("text", "value now", "现值", optional=True)
    becomes: str | None = column("text", "value that helps", "新值", optional=True)
    tier: str = column("text", "tier whose value falls", "下降的目标层级")
    fall: float = column("number", "least fall of the tier's value", "层级值至少下降")
    gain: float = column("number", "unit-hours this need gains in the second solve", "本需求改善 (单位·小时)")
    short_gain: float = column("number", "units less short", "短缺减少量")
    proof: str = column("text", "exact: whole model; near: around the need", "证明方式")
    alone: str = column("text", "yes: helps by itself; no: only together", "单独有效", choices=("yes", "no"))


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitPrice:
    """What one more unit of a binding limit is worth to a tier, at the margin of its relaxation."""

    tier: str = column("text", "tier", "目标层级")
    limit: str = column("text", "limit", "限制")
    place: str = column("text", "where", "位置")
    unit: str = column("text", "unit", "单位")
    value: float = column("number", "fall of the tier's value a unit", "每单位价值")


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLevel:
    """Supplies on hand at a city after the arrivals, service and departures of a period."""

    city: str = column("id", "city", "城市")
    resource: str = column("id", "resource", "资源")
    at_h: float = column("number", "hour", "时刻")
    on_hand: float = column("number", "on hand", "现存")
    floor: float = column("number", "floor", "底线")
    in_transit: float = column("number", "under way to the city", "在途")


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A need in the reference run of its city alone."""

    need: str = column("id", "need", "需求")
    unit_hours: float = column("number", "unit-hours unserved", "短缺量·小时")
    short: float = column("number", "unserved at the end", "最终短缺")


@dataclass(frozen=True, slots=True, kw_only=True)
class CityAccount:
    """What a city sends, receives, keeps and spends, and what it lacks alone and with aid."""

    city: str = column("id", "city", "城市")
    role: str = column("text", "role", "角色")
    sent_value: Decimal = column("amount", "value sent to others", "援出价值")
    received_value: Decimal = column("amount", "value received", "受援价值")
    kept_t: float = column("number", "tonnes of supplies on hand at the end", "期末库存 (吨)")
    unit_hours_alone: float = column("number", "unit-hours short alone", "自救时短缺量·小时")
    unit_hours: float = column("number", "unit-hours short", "短缺量·小时")
    spent: Decimal = column("amount", "spent: trips, days away, supplies others used", "支出")


PLAN_TABLES: Mapping[str, type] = {
    "shipments": Shipment,
    "trips": Trip,
    "deployments": Deployment,
    "service": Service,
    "shortages": Shortage,
    "stocks": StockLevel,
    "baseline": Baseline,
    "cities": CityAccount,
    "reliefs": ReliefStep,
    "prices": LimitPrice,
}
"""Every table of a plan and the class of its rows."""
LATER_TABLES = ("reliefs", "prices")
"""Tables of the explanations; a plan without them has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """One tier of the objective: what was reached and what cannot be beaten under the caps of the earlier tiers.

    An infinite gap says that nothing is proven of the value: the tier was not reached in time, or only zero is known to bound it.
    """

    name: str
    value: float
    bound: float
    gap: float

    @property
    def is_measured(self) -> bool:
        """Whether the value says anything: evenness is measured against levels that nobody knows before the tier is reached."""
        return self.gap < float("inf") or not self.name.startswith("fairness-")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The tables of a plan, canonically sorted."""

    shipments: tuple[Shipment, ...] = ()
    trips: tuple[Trip, ...] = ()
    deployments: tuple[Deployment, ...] = ()
    service: tuple[Service, ...] = ()
    shortages: tuple[Shortage, ...] = ()
    stocks: tuple[StockLevel, ...] = ()
    baseline: tuple[Baseline, ...] = ()
    cities: tuple[CityAccount, ...] = ()
    reliefs: tuple[ReliefStep, ...] = ()
    prices: tuple[LimitPrice, ...] = ()
    national_call_h: float | None = None
    tiers: tuple[Tier, ...] = ()

    @property
    def lines(self) -> tuple[Shipment | Deployment, ...]:
        """Everything that moves: shipments, then deployments."""
        return (*self.shipments, *self.deployments)

    def tables(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Name and rows of every table."""
        for name in PLAN_TABLES:
            yield name, getattr(self, name)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Why a run stopped, its plan if it has one, and what is needed to repeat it."""

    status: str
    plan: Plan | None
    scenario_hash: str
    mode: str
    objective: str
    seed: int
    options: Mapping[str, float | int | str | None] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    size: Mapping[str, int] = field(default_factory=dict)
    cpu_s: float = 0.0
    wall_s: float = 0.0

    @property
    def has_plan(self) -> bool:
        """Whether there is a plan, whatever the reason for stopping."""
        return self.plan is not None


def gap_of(value: float, bound: float, without_aid: float) -> float:
    """Gap of a tier: (value - bound) / max(bound, 0.001 x its value without aid) (formats.md, "The plan")."""
    distance = max(0.0, value - bound)
    if distance == 0:
        return 0.0
    base = max(bound, 1e-3 * without_aid)
    return distance / base if base > 0 else float("inf")
