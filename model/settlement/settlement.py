"""What a settlement hands out: its rows, its certificate, what each rule would have done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tongzhou.model.domain.column import column
from tongzhou.model.ledger import LedgerLine
from tongzhou.model.settlement.bill import BillLine
from tongzhou.model.settlement.cents import CENT

RULES = ("responsibility", "nucleolus", "least-core", "shapley", "dual-prices", "benefit-proportional", "cost-proportional",
         "equal-surplus")  # fmt: skip
"""Every rule of settlement, the default first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CityRow:
    """What a city ends up with. `burden` is what it finally bears: loss, cost of giving and adjustment, less all it got."""

    city: str = column("id", "city", "城市")
    name: str = column("text", "name", "名称")
    name_zh: str | None = column("text", "name in Chinese", "中文名称", optional=True)
    role: str = column("text", "role", "角色")
    loss_without_aid: Decimal = column("amount", "least cost alone, without aid", "无援助时的最小成本")
    loss_with_aid: Decimal = column("amount", "remaining loss with aid", "受援后的剩余损失")
    cost_given: Decimal = column("amount", "verified cost of giving", "援出的核定成本")
    liability: Decimal = column("amount", "owed (+) or due (-) for causing harm", "致害责任: 应付 (+) 或应得 (-)")
    paid: Decimal = column("amount", "paid to other cities", "付给其他城市")
    received: Decimal = column("amount", "received from other cities", "收自其他城市")
    from_funds: Decimal = column("amount", "received from funds", "收自资金")
    in_kind_value: Decimal = column("amount", "value of what it receives in kind", "实物补偿价值")
    in_kind_cost: Decimal = column("amount", "cost of what it provides in kind", "提供实物补偿的成本")
    adjustment: Decimal = column(
        "amount", "part of the burden from priorities, whole vehicles, mishaps", "优先次序, 整车与意外的分摊"
    )
    burden: Decimal = column("amount", "final burden", "最终负担")
    alone: Decimal = column("amount", "burden had it stayed out, liability included", "不参与时的负担 (含责任)")
    gain: Decimal = column("amount", "gain from taking part", "参与收益")
    share_of_bill: float = column("number", "share of the bill it bears", "承担账单的比例")
    agreed_share: float = column("number", "share of the bill by responsibility", "按责任应承担的比例")
    conduct: Decimal = column("amount", "incentive lost by recorded conduct", "因行为记录扣减的激励")

    @property
    def is_worse_off(self) -> bool:
        """Whether it would have been better off alone, by more than the rounding of a cent."""
        return self.gain < -CENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One payment still to be made. `kind`: mutual (between cities), fund, refund (of an advance)."""

    reference: str = column("id", "reference of the payment", "付款编号")
    payer: str = column("id", "who pays", "付款方")
    payee: str = column("id", "who is paid", "收款方")
    amount: Decimal = column("amount", "amount", "金额")
    kind: str = column("text", "mutual, fund, refund", "互偿, 资金, 退款")


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRow:
    """What a fund pays to a city for one category of its costs, before advances."""

    fund: str = column("id", "fund", "资金")
    payer: str = column("text", "who stands behind it", "出资方")
    city: str = column("id", "city", "城市")
    category: str = column("text", "category of the bill, or incentive", "类别或激励")
    amount: Decimal = column("amount", "amount", "金额")


@dataclass(frozen=True, slots=True, kw_only=True)
class InKindRow:
    """Whole units of a programme for a city."""

    programme: str = column("id", "programme", "项目")
    provider: str = column("id", "provider", "提供方")
    city: str = column("id", "receiver", "受益城市")
    units: int = column("whole", "units", "单位数")
    value: Decimal = column("amount", "value to the receiver", "受益价值")
    cost: Decimal = column("amount", "cost to the provider", "提供成本")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainRow:
    """Where a city's gain comes from, by resource and receiver, at the prices of the best joint dispatch.

    `source`: alone (its cost without the others), need, stock, units, vehicles, lane, handling, rule, liability, rest (how the
    rule differs from the prices).
    """

    city: str = column("id", "city", "城市")
    source: str = column("text", "what earns or costs it", "来源")
    resource: str | None = column("id", "resource", "资源", optional=True)
    receiver: str | None = column("id", "city it went to", "受援城市", optional=True)
    amount: Decimal = column("amount", "part of the gain", "收益部分")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """One rule side by side with the others, for one city. `burden` is what it would finally bear."""

    rule: str = column("text", "rule", "规则")
    city: str = column("id", "city", "城市")
    burden: Decimal = column("amount", "final burden", "最终负担")
    gain: Decimal = column("amount", "gain from taking part", "参与收益")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSummary:
    """One rule as a whole: who would have been better off alone, the worst group and its excess, outside money used."""

    rule: str = column("text", "rule", "规则")
    worse_off: str | None = column("words", "cities better off alone", "独自更好的城市", optional=True)
    worst_group: str | None = column("words", "worst group", "最不满的群体", optional=True)
    worst_excess: Decimal = column("amount", "its excess", "其超额")
    excess_bound: Decimal = column("amount", "no group's excess is above", "任何群体的超额不高于")
    outside_money: Decimal = column("amount", "money from outside", "外部资金")
    note: str | None = column("text", "note", "说明", optional=True)


SETTLEMENT_TABLES: Mapping[str, type] = {
    "settlement": CityRow,
    "transfers": Transfer,
    "grants": GrantRow,
    "in_kind": InKindRow,
    "explain": ExplainRow,
    "bill": BillLine,
    "rules": RuleSummary,
    "rule_burdens": RuleRow,
    "ledger": LedgerLine,
}
"""Every table of a settlement and the class of its rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What proves a settlement.

    `excess`: the least by which the worst group must be left aggrieved (`eps`); `worst_group` and its excess on `y = x - d`,
    after rounding to cents; `bound`: no group's excess is above it, certified by the separation's dual bound; `worst_on_x`: the
    same group search with the adjustment left in. `groups_solved` of `groups_possible` dispatches were solved.
    """

    excess: Decimal
    worst_group: tuple[str, ...]
    worst_excess: Decimal
    bound: Decimal
    accuracy: Decimal
    worst_group_on_x: tuple[str, ...]
    worst_excess_on_x: Decimal
    bound_on_x: Decimal
    method: str
    complete: bool
    groups_solved: int
    groups_possible: int
    separations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Money: `stability_free` is the cost of stability; `stability_funds` what the funds' own rules would need; `missing` what is
    lacking. None: no amount of money under the funds' rules is enough, or it was not computed."""

    stability_free: Decimal | None
    stability_funds: Decimal | None
    missing: Decimal | None
    short_reimbursement: Decimal
    short_participation: Decimal


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """A whole settlement: rows, totals, proof. `interim` while disputed lines are carried over."""

    rule: str
    mode: str
    interim: bool
    scenario: str
    scenario_zh: str | None
    currency: str
    scenario_hash: str
    plan_hash: str
    instance_hash: str
    total_cost: Decimal
    gap: Decimal
    bill_total: Decimal
    outside_money: Decimal
    deviation: Decimal
    certificate: Certificate
    money: Missing
    stages: Mapping[str, float]
    conduct: tuple[str, ...] = ()
    carried_over: tuple[str, ...] = ()
    settlement: tuple[CityRow, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    grants: tuple[GrantRow, ...] = ()
    in_kind: tuple[InKindRow, ...] = ()
    explain: tuple[ExplainRow, ...] = ()
    bill: tuple[BillLine, ...] = ()
    rules: tuple[RuleSummary, ...] = ()
    rule_burdens: tuple[RuleRow, ...] = ()
    ledger: tuple[LedgerLine, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    wall_s: float = 0.0
    cpu_s: float = 0.0

    def tables(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Name and rows of every table."""
        for name in SETTLEMENT_TABLES:
            yield name, getattr(self, name)
