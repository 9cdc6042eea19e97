"""The rows of every scenario table (formats.md, "Tables"): one frozen class a table.

Times are hours since the scenario's start, weights tonnes, volumes cubic metres, money the scenario's currency.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tongzhou.model.domain.column import column

ROLES = ("origin", "affected", "contributor", "national", "hub")
KINDS = ("supply", "equipment", "team")
MODES = ("road", "rail", "air", "water")
STATUSES = ("proposed", "accepted", "moving", "on-site", "returned", "withdrawn")
BILL_CATEGORIES = ("personnel", "travel", "equipment", "commodities", "other", "incentive", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """A city, a national depot or a place of transfer."""

    city: str = column("id", "id of the city", "城市编号")
    name: str = column("text", "name", "名称")
    name_zh: str | None = column("text", "name in Chinese", "中文名称", optional=True)
    latitude: float = column("number", "degrees north", "纬度", low=-90, high=90)
    longitude: float = column("number", "degrees east", "经度", low=-180, high=180)
    population: float = column("number", "inhabitants", "人口", low=0)
    role: str = column("choice", "part it plays in the incident", "在事件中的角色", choices=ROLES)
    hub: bool = column("flag", "may pass goods on", "可中转", optional=True, default=False)
    load_t_per_h: float | None = column("number", "loading, tonnes an hour", "装车能力 (吨/时)", optional=True, low=0)
    unload_t_per_h: float | None = column(
        "number", "unloading, tonnes an hour", "卸车能力 (吨/时)", optional=True, low=0
    )
    revenue: Decimal | None = column("amount", "local revenue a year", "年地方财政收入", optional=True, low=0)
    region: str | None = column("text", "region it belongs to", "所属区域", optional=True)

    @property
    def passes_on(self) -> bool:
        """Whether goods received may leave again."""
        return self.hub or self.role == "hub"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A supply (used up), equipment or a team (both return)."""

    resource: str = column("id", "id of the resource", "资源编号")
    name: str = column("text", "name", "名称")
    name_zh: str | None = column("text", "name in Chinese", "中文名称", optional=True)
    kind: str = column(
        "choice", "supply is used up; equipment and teams return", "supply 消耗; equipment, team 归还", choices=KINDS
    )
    unit: str = column("text", "unit of quantity", "计量单位")
    weight_t: float = column("number", "tonnes a unit", "单位重量 (吨)", low=0)
    volume_m3: float = column("number", "cubic metres a unit", "单位体积 (立方米)", low=0)
    lot: float | None = column("number", "indivisible quantity shipped", "不可拆分批量", optional=True, above=0)
    unit_value: Decimal | None = column("rate", "money a unit", "单位价值", optional=True, low=0)
    day_cost: Decimal | None = column("rate", "money a unit and day away", "每单位每日费用", optional=True, low=0)
    duty_h: float | None = column("number", "longest time on site, hours", "最长在岗 (小时)", optional=True, above=0)
    rest_h: float | None = column("number", "rest at home afterwards, hours", "归建后休整 (小时)", optional=True, low=0)
    crew: str | None = column("id", "team that works it", "操作队伍", optional=True, refers="resources")
    crew_size: float | None = column(
        "number", "units of the team for one unit", "每台所需队伍数", optional=True, above=0
    )

    @property
    def is_supply(self) -> bool:
        """Used up by its need."""
        return self.kind == "supply"

    @property
    def rides(self) -> bool:
        """Equipment with weight rides on trips; teams and weightless equipment drive themselves."""
        return self.kind == "equipment" and self.weight_t > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitute:
    """One unit of `used` serves `ratio` units of `needed`; a one-way street."""

    needed: str = column("id", "resource needed", "所需资源", refers="resources")
    used: str = column("id", "resource that may stand in", "可替代资源", refers="resources")
    ratio: float = column("number", "units of the need served by one unit used", "每单位替代量", above=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What a city holds of a resource at the start."""

    city: str = column("id", "city", "城市", refers="cities")
    resource: str = column("id", "resource", "资源", refers="resources")
    quantity: float = column("number", "held", "持有量", low=0)
    floor: float | None = column("number", "reserve that does not leave", "不外援底线", optional=True, low=0)
    offered: float | None = column("number", "offered to others", "承诺援助量", optional=True, low=0)
    from_h: float | None = column("number", "available from", "可用起始", optional=True)
    until_h: float | None = column("number", "nothing leaves after", "最迟出发", optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Resupply, production or purchase of a city's own."""

    city: str = column("id", "city", "城市", refers="cities")
    resource: str = column("id", "resource", "资源", refers="resources")
    at_h: float = column("number", "hour", "到达时刻")
    quantity: float = column("number", "quantity", "数量", low=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One of several incidents that share the pool, and who may call on whom for its needs."""

    incident: str = column("id", "id of the incident", "事件编号")
    name: str = column("text", "name", "名称")
    name_zh: str | None = column("text", "name in Chinese", "中文名称", optional=True)
    mode: str = column(
        "choice", "voluntary: only what was offered; led: all above the floor", "voluntary: 仅承诺援助量; led: 底线以上全部",
        choices=("voluntary", "led"),
    )  # fmt: skip
    self_first: bool = column(
        "flag", "own means serve its needs before others' aid", "先自救, 后受援", optional=True, default=True
    )
    no_worse_off: bool = column(
        "flag", "sending never deepens a sender's shortage of its needs", "援出不得加重该事件的自身短缺",
        optional=True, default=True,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a city needs, when, and how urgently."""

    need: str = column("id", "id of the need", "需求编号")
    city: str = column("id", "city", "城市", refers="cities")
    resource: str = column("id", "resource", "资源", refers="resources")
    quantity: float = column("number", "quantity, or units on site", "数量", above=0)
    from_h: float = column("number", "needed from", "需求起始")
    by_h: float | None = column("number", "useful until (supplies)", "最迟有效 (物资)", optional=True)
    until_h: float | None = column("number", "needed until (equipment, teams)", "需求截止 (装备, 队伍)", optional=True)
    priority: int = column("whole", "1 life-critical to 3", "优先级 1 (救命) 至 3", low=1, high=3)
    loss_per_unit_day: Decimal | None = column(
        "rate", "loss a missing unit and day", "每缺一单位每日损失", optional=True, low=0
    )
    repeat_h: float | None = column("number", "repeated every so many hours", "重复间隔 (小时)", optional=True, above=0)
    repeats: int | None = column("whole", "how many times in all", "总次数", optional=True, low=1, high=10000)
    least_delivery: float | None = column("number", "least useful delivery", "最小有效送达量", optional=True, low=0)
    incident: str | None = column("id", "incident it belongs to", "所属事件", optional=True, refers="incidents")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A direct lane between two cities for one mode."""

    origin: str = column("id", "from", "起点", refers="cities")
    destination: str = column("id", "to", "终点", refers="cities")
    mode: str = column("choice", "mode", "方式", choices=MODES)
    travel_h: float = column("number", "hours one way", "单程时间 (小时)", above=0)
    distance_km: float = column("number", "kilometres one way", "单程距离 (公里)", low=0)
    capacity_t_per_h: float | None = column(
        "number", "tonnes departing an hour", "通过能力 (吨/时)", optional=True, low=0
    )
    trip_cost: Decimal | None = column("rate", "money a trip", "每趟费用", optional=True, low=0)
    t_cost: Decimal | None = column("rate", "a common carrier's price a tonne", "承运人每吨价格", optional=True, low=0)
    both_ways: bool = column("flag", "the same lane back", "双向", optional=True, default=False)
    estimate: bool = column(
        "flag", "distance and time are reckoned, not measured", "里程与时间为估算", optional=True, default=False
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """A time in which one direction of a lane is closed or narrowed."""

    origin: str = column("id", "from", "起点", refers="cities")
    destination: str = column("id", "to", "终点", refers="cities")
    mode: str = column("choice", "mode", "方式", choices=MODES)
    from_h: float = column("number", "from", "起始")
    until_h: float = column("number", "until", "截止")
    capacity_share: float = column("number", "0 closed, 0.5 half of what may depart", "剩余通行能力", low=0, high=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Vehicles of one class at their home."""

    city: str = column("id", "home", "驻地", refers="cities")
    mode: str = column("choice", "mode", "方式", choices=MODES)
    vehicle: str = column("id", "vehicle class", "车型")
    vehicles: int = column("whole", "vehicles, those under way included", "车辆数 (含在途)", low=0, high=1_000_000)
    payload_t: float = column("number", "tonnes a vehicle", "载重 (吨)", above=0)
    volume_m3: float = column("number", "cubic metres a vehicle", "容积 (立方米)", above=0)
    km_cost: Decimal | None = column("rate", "money a kilometre", "每公里费用", optional=True, low=0)
    load_h: float | None = column("number", "loading, hours", "装车时间 (小时)", optional=True, low=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """A line of an earlier plan and how far it has come."""

    line: str = column("id", "id of the line", "线号")
    kind: str = column("choice", "shipment or deployment", "运输或派遣", choices=("shipment", "deployment"))
    origin: str = column("id", "from", "起点", refers="cities")
    destination: str = column("id", "to", "终点", refers="cities")
    resource: str = column("id", "resource", "资源", refers="resources")
    quantity: float = column("number", "quantity", "数量", above=0)
    depart_h: float = column("number", "departure, may be negative", "出发时刻 (可为负)")
    leave_h: float | None = column("number", "leaves the site (deployments)", "撤离时刻 (派遣)", optional=True)
    need: str | None = column("id", "need it serves", "所服务需求", optional=True, refers="needs")
    mode: str | None = column("choice", "mode", "方式", optional=True, choices=MODES)
    vehicle: str | None = column("id", "vehicle class", "车型", optional=True)
    status: str = column("choice", "state of the line", "状态", choices=STATUSES)
    received: float | None = column(
        "number",
        "what was accepted at the destination of a line that left, blank: all of it",
        "已出发的线在目的地被接收的数量 (空=全部)",
        optional=True,
        low=0,
    )
    arrived_h: float | None = column(
        "number", "hour at which a line that left arrived, where it is known", "已出发的线实际到达的时刻", optional=True
    )

    @property
    def is_kept(self) -> bool:
        """Accepted, moving and on-site lines are kept as given."""
        return self.status in ("accepted", "moving", "on-site")

    @property
    def has_left(self) -> bool:
        """Whether it has set out: what happened is not held to limits."""
        return self.status in ("moving", "on-site", "returned")

    def is_past(self, now_h: float) -> bool:
        """Whether it left and came back between hour 0 and now: over, but part of what happened."""
        return self.status == "returned" and 0 <= self.depart_h < now_h


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Goods that served a need before `now_h`: re-planning changes nothing of it."""

    need: str = column("id", "need", "需求", refers="needs")
    by_resource: str = column("id", "supply used", "所用物资", refers="resources")
    at_h: float = column("number", "hour, before now_h", "时刻 (早于 now_h)", low=0)
    used: float = column("number", "units of the supply used", "使用量", above=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Paired assistance ("one province, one city") or an exclusion."""

    origin: str = column("id", "helper", "援助方", refers="cities")
    destination: str = column("id", "helped", "受援方", refers="cities")
    resource: str | None = column("id", "resource, blank = all", "资源 (空=全部)", optional=True, refers="resources")
    rule: str = column("choice", "required or forbidden", "指定或禁止", choices=("required", "forbidden"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fund:
    """Money from outside the cities."""

    fund: str = column("id", "id of the fund", "资金编号")
    payer: str = column("text", "who pays", "出资方")
    amount: Decimal = column("amount", "amount", "金额", low=0)
    pays_for: str = column("words", "categories of the bill, incentive, or all", "支付类别", choices=BILL_CATEGORIES)
    share: float | None = column("number", "share of the cost it pays", "支付比例", optional=True, low=0, high=1)
    cap_per_city: Decimal | None = column("amount", "most for one city", "单市上限", optional=True, low=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """Compensation in kind, in whole units."""

    programme: str = column("id", "id of the programme", "项目编号")
    provider: str = column("id", "city that provides it", "提供方", refers="cities")
    unit_cost: Decimal = column("rate", "cost of a unit to its provider", "单位成本", low=0)
    unit_value: Decimal = column("rate", "value of a unit to its receiver", "单位价值", low=0)
    units: int = column("whole", "units available", "可提供单位数", low=0, high=1_000_000)
    open_to: str | None = column(
        "words", "cities it is open to, blank = all", "适用城市 (空=全部)", optional=True, refers="cities"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Responsibility:
    """Agreed share of responsibility and the most a city can pay."""

    city: str = column("id", "city", "城市", refers="cities")
    share: float | None = column("number", "agreed share", "责任份额", optional=True, low=0, high=1)
    ability_cap: Decimal | None = column("amount", "most it can pay", "支付能力上限", optional=True, low=0)
    reason: str | None = column("text", "reason", "理由", optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actual:
    """What really happened to a line of the plan."""

    line: str = column("id", "line of the plan", "计划线号")
    shipped: float = column("number", "shipped", "发出", low=0)
    arrived: float = column("number", "arrived", "到达", low=0)
    accepted: float = column("number", "accepted", "验收", low=0)
    damaged: float = column("number", "damaged", "损坏", low=0)
    departed_h: float = column("number", "departed", "实际出发")
    arrived_h: float = column("number", "arrived", "实际到达")
    cost: Decimal | None = column("amount", "cost", "费用", optional=True, low=0)
    evidence: str | None = column("text", "evidence", "凭证", optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """A recorded breach."""

    city: str = column("id", "city", "城市", refers="cities")
    kind: str = column(
        "text", "late, incomplete or concealed report; declined; slow; withdrew", "迟报, 漏报, 瞒报, 拒绝, 迟缓, 撤回"
    )
    hours_late: float | None = column("number", "hours late", "迟延 (小时)", optional=True, low=0)
    note: str = column("text", "note", "说明")
    decided_by: str = column("text", "who decided", "认定方")


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """Money already paid on account of the settlement: an advance, or a transfer of an interim settlement."""

    reference: str = column("id", "reference of the payment", "付款编号")
    payer: str = column("id", "city or fund that paid", "付款方 (城市或资金)")
    payee: str = column("id", "city that was paid, or the fund that was refunded", "收款城市 (或退款的资金)")
    amount: Decimal = column("amount", "amount", "金额", low=0)
    note: str | None = column("text", "note", "说明", optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A line of the plan whose cost is disputed: left out of the settlement and carried over to the next."""

    line: str = column("id", "line or trip of the plan", "计划线号或车次")
    reason: str = column("text", "reason", "理由")
    raised_by: str | None = column("id", "city that disputes it", "提出方", optional=True, refers="cities")
