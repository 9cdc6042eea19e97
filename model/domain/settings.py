"""scenario.toml as frozen objects: the grid, who governs, reserves, objective, escalation, settlement."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tongzhou.model.domain.column import column


@dataclass(frozen=True, slots=True, kw_only=True)
class Governance:
    """Who may call on whom."""

    mode: str = column(
        "choice",
        "voluntary: only what was offered; led: a common superior may call on all above the floor",
        "voluntary: 仅动用承诺援助量; led: 共同上级可调用底线以上全部",
        optional=True,
        default="voluntary",
        choices=("voluntary", "led"),
    )
    self_first: bool = column(
        "flag", "own means serve own needs before others' aid", "先自救, 后受援", optional=True, default=True
    )
    no_worse_off: bool = column(
        "flag", "sending never deepens a sender's own shortage", "援出不得加重自身短缺", optional=True, default=True
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """The floor where stocks.csv gives none, and whether own needs may use it."""

    default_share: float = column(
        "number",
        "floor as a share of the quantity held",
        "缺省底线占持有量的比例",
        optional=True,
        default=0.2,
        low=0,
        high=1,
    )
    own_use: bool = column(
        "flag", "own needs may use what lies under the floor", "自身需求可动用底线以下", optional=True, default=True
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What is minimised."""

    kind: str = column(
        "choice",
        "tiered (lexicographic) or social-cost (one sum of money)",
        "tiered (字典序) 或 social-cost (总社会成本)",
        optional=True,
        default="tiered",
        choices=("tiered", "social-cost"),
    )
    tolerance: float = column(
        "number", "how much a tier may give way to the next, relative", "前一层可为后一层让出的相对量",
        optional=True, default=0.0, low=0, high=1,
    )  # fmt: skip
    change_cost: float = column(
        "number", "money a changed proposed line costs when re-planning", "重排时更改一条建议线的代价",
        optional=True, default=0.0, low=0,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """The next tier."""

    national_delay_h: float = column(
        "number",
        "national stocks move this long after the call",
        "国家库存在请求后多久可动用",
        optional=True,
        default=12.0,
        low=0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Replanning:
    """How far the incident has come; blank before it has begun."""

    now_h: float | None = column(
        "number",
        "hours that have passed: nothing before it is planned anew",
        "已过小时数: 此前不再重排",
        optional=True,
        low=0,
    )
    called_h: float | None = column(
        "number", "hour at which the next tier was called", "已请求上级支援的时刻", optional=True, low=0
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementRules:
    """How the compensation model divides the bill."""

    margin: float = column(
        "number", "share of its cost that giving must earn", "援出应得的成本加成", optional=True, default=0.0, low=0
    )
    rho: float = column(
        "number", "share of its cost a third-party contributor is reimbursed at least", "第三方援助最低补偿比例",
        optional=True, default=1.0, low=0,
    )  # fmt: skip
    liability: str = column(
        "choice", "what a finding of responsibility is reckoned on", "责任认定的计算基础",
        optional=True, default="bill", choices=("bill", "damage"),
    )  # fmt: skip
    conduct_share: float = column(
        "number", "most of the incentive that recorded conduct may cost", "行为记录最多可扣减的激励比例",
        optional=True, default=0.2, low=0, high=1,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything of a scenario that is not a table. Times elsewhere are hours since `start`."""

    name: str = column("text", "name of the scenario", "情景名称")
    name_zh: str | None = column("text", "name in Chinese", "中文名称", optional=True)
    start: datetime
    period_h: float = column("number", "length of a period, hours", "时段长度 (小时)", above=0, high=720)
    periods: int = column("whole", "number of periods", "时段数", low=1, high=2000)
    currency: str = column(
        "text",
        "currency of all money, three capital letters (ISO 4217)",
        "币种 (ISO 4217 三位大写字母)",
        optional=True,
        default="CNY",
        pattern="[A-Z]{3}",
    )
    situation: str = column(
        "choice", "how the risk crosses borders", "风险跨界方式",
        optional=True, default="shared-source", choices=("shared-source", "spreading", "separate"),
    )  # fmt: skip
    hazard: str = column(
        "choice", "kind of hazard", "灾害类别",
        optional=True, default="natural", choices=("natural", "public-health", "accident", "public-security"),
    )  # fmt: skip
    governance: Governance = field(default_factory=Governance)
    reserve: Reserve = field(default_factory=Reserve)
    objective: Objective = field(default_factory=Objective)
    escalation: Escalation = field(default_factory=Escalation)
    settlement: SettlementRules = field(default_factory=SettlementRules)
    replanning: Replanning = field(default_factory=Replanning)

    @property
    def now_h(self) -> float:
        """Hours that have passed."""
        return self.replanning.now_h or 0.0

    @property
    def horizon_h(self) -> float:
        """Hours from `start` to the end of the last period."""
        return self.period_h * self.periods


SECTIONS: dict[str, type] = {
    "governance": Governance,
    "reserve": Reserve,
    "objective": Objective,
    "escalation": Escalation,
    "settlement": SettlementRules,
    "replanning": Replanning,
}
"""The sub-tables of scenario.toml."""
