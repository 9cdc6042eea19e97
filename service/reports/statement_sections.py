"""The sections of a city's statement: what it gave, received, bears, pays, and what that was worth."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from tongzhou.model.errors import Text
from tongzhou.model.settlement.bill import DISPUTED, BillLine, settled
from tongzhou.model.settlement.settlement import CityRow, Settlement
from tongzhou.service.reports.document import Block, Grid, Line, Say, Section, line, listed, money
from tongzhou.service.reports.settlement_words import CATEGORY, ITEM, STATUS, city_names, together, word

ZERO = Decimal(0)
AMOUNT = Text("amount", "金额")
TOTAL = Text("total", "合计")


@dataclass(frozen=True)
class Case:
    """One city in its settlement."""

    settlement: Settlement
    row: CityRow
    names: dict[str, str]

    @classmethod
    def of(cls, settlement: Settlement, city: str) -> Case:
        """Raises KeyError where the settlement has no such city."""
        rows = {row.city: row for row in settlement.settlement}
        return cls(settlement, rows[city], city_names(settlement))

    @property
    def city(self) -> str:
        """Its id."""
        return self.row.city

    @property
    def unit(self) -> str:
        """The currency."""
        return self.settlement.currency

    def name(self, party: str) -> str:
        """A city's name in both languages; the id of a fund with who stands behind it."""
        if party in self.names:
            return self.names[party]
        payer = next((row.payer for row in self.settlement.grants if row.fund == party), "")
        return f"{party} ({payer})" if payer else party

    def given(self) -> list[BillLine]:
        """Lines of its bill that are settled now."""
        return [row for row in settled(self.settlement.bill) if row.city == self.city]

    def got(self) -> list[BillLine]:
        """Lines of the others' bills for the aid it received, settled now."""
        return [row for row in settled(self.settlement.bill) if row.receiver == self.city and row.city != self.city]

    def disputed(self) -> list[BillLine]:
        """Lines it gave or received that are carried over."""
        return [row for row in self.settlement.bill
                if row.status == DISPUTED and self.city in (row.city, row.receiver)]  # fmt: skip

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all happened to it."""
        row = self.row
        amounts = (row.loss_without_aid, row.loss_with_aid, row.cost_given, row.liability, row.paid, row.received,
                   row.from_funds, row.in_kind_value, row.in_kind_cost, row.burden, row.alone, row.conduct)  # fmt: skip
        return not (any(amounts) or self.given() or self.got() or self.disputed() or any(
            self.city in (item.payer, item.payee) for item in self.settlement.transfers
        ))  # fmt: skip


def bill_table(rows: Iterable[BillLine], case: Case, *, by_giver: bool) -> Grid:
    """Bill lines by city and category, estimate beside amount, with status and evidence."""
    groups: dict[tuple[str, str], list[BillLine]] = defaultdict(list)
    for row in rows:
        groups[row.city if by_giver else row.receiver, row.category].append(row)
    who = Text("from", "来自") if by_giver else Text("for", "受援方")
    head = (who, Text("category", "类别"), Text("lines", "行数"), Text("estimate", "估算"), AMOUNT,
            Text("status", "状态"), Text("evidence", "凭证"))  # fmt: skip
    lines: list[Line] = []
    for (city, category), items in sorted(groups.items()):
        counts = Counter(item.status for item in items)
        lines.append(line(
            case.name(city), word(CATEGORY, category), len(items), _sum(item.estimate for item in items),
            _sum(item.amount for item in items), _statuses(counts), _evidence(items),
        ))  # fmt: skip
    every = [item for items in groups.values() for item in items]
    lines.append(line(TOTAL, "", len(every), _sum(item.estimate for item in every), _sum(item.amount for item in every),
                      "", "", strong=True))  # fmt: skip
    return Grid(head, tuple(lines))


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def _statuses(counts: Counter[str]) -> Text:
    if len(counts) == 1:
        return word(STATUS, next(iter(counts)))
    parts = [(word(STATUS, status), count) for status, count in sorted(counts.items())]
    return Text(", ".join(f"{count} {text.en}" for text, count in parts),
                ", ".join(f"{text.zh} {count}" for text, count in parts))  # fmt: skip


def _evidence(items: Iterable[BillLine]) -> str:
    found = sorted({item.evidence for item in items if item.evidence})
    return listed(found, {}, most=3) or "–"


def given_section(case: Case) -> Section:
    """What it gave, and what that cost."""
    rows, blocks = case.given(), list[Block]()
    if rows:
        blocks.append(Say(Text(
            f"You helped others at a cost of {money(case.row.cost_given)} {case.unit}. "
            "Every line is in the annex. Use of your own goods and people at home is not counted as cost.",
            f"贵方援助他方, 结算成本为 {money(case.row.cost_given)} {case.unit}; 逐行明细见附录。自用物资与本地执勤不计为援出成本。",
        )))  # fmt: skip
        blocks.append(bill_table(rows, case, by_giver=False))
    else:
        blocks.append(Say(Text("You gave nothing that is settled now.", "本次结算中贵方没有援出。")))
    provided = [row for row in case.settlement.in_kind if row.provider == case.city]
    if provided:
        blocks.append(Say(Text("You also provide compensation in kind:", "贵方另提供实物补偿:")))
        blocks.append(Grid(
            (Text("programme", "项目"), Text("for", "受益方"), Text("units", "单位数"), Text("your cost", "贵方成本")),
            (*(line(row.programme, case.name(row.city), row.units, row.cost) for row in provided),
             line(TOTAL, "", sum(row.units for row in provided), _sum(row.cost for row in provided), strong=True)),
        ))  # fmt: skip
    return Section(Text("What you gave, and what it cost", "贵方付出了什么, 成本多少"), tuple(blocks))


def received_section(case: Case) -> Section:
    """What aid, money and programmes it received."""
    row, blocks = case.row, list[Block]()
    aid = case.got()
    if row.loss_without_aid or row.loss_with_aid:
        blocks.append(Say(Text(
            f"Without any aid your least loss would have been {money(row.loss_without_aid)} {case.unit}; "
            f"with aid it was {money(row.loss_with_aid)} {case.unit}.",
            f"若无援助, 贵方损失至少为 {money(row.loss_without_aid)} {case.unit}; 受援后为 {money(row.loss_with_aid)} {case.unit}。",
        )))  # fmt: skip
    if aid:
        blocks.append(Say(Text("Aid from other cities, at what it cost them:", "来自其他城市的援助 (按其成本):")))
        blocks.append(bill_table(aid, case, by_giver=True))
    money_rows = list(_money_received(case))
    if money_rows:
        total = row.received + row.from_funds + row.in_kind_value
        blocks.append(Say(Text("Money and compensation in kind:", "资金与实物补偿:")))
        blocks.append(Grid((Text("from", "来自"), Text("for what", "用途"), AMOUNT),
                           (*money_rows, line(TOTAL, "", total, strong=True))))  # fmt: skip
    if not blocks:
        blocks.append(Say(Text("You received nothing that is settled now.", "本次结算中贵方没有受援。")))
    return Section(Text("What you received", "贵方得到了什么"), tuple(blocks))


def _money_received(case: Case) -> Iterator[Line]:
    if case.row.received:
        yield line(Text("other cities", "其他城市"), Text("mutual compensation", "城市间互偿"), case.row.received)
    for grant in case.settlement.grants:
        if grant.city == case.city:
            yield line(case.name(grant.fund), word(CATEGORY, grant.category), grant.amount)
    for item in case.settlement.in_kind:
        if item.city == case.city:
            yield line(case.name(item.provider), Text(f"{item.units:,} units of {item.programme}, in kind",
                                                      f"实物: {item.programme} {item.units:,} 单位"), item.value)  # fmt: skip


def burden_section(case: Case) -> Section:
    """The addition that leads to the final burden."""
    row = case.row
    parts = (
        (Text("your remaining loss, with aid", "受援后的剩余损失"), "", row.loss_with_aid),
        (Text("your cost of giving", "援出成本"), "+", row.cost_given),
        (Text("what you pay to other cities", "付给其他城市"), "+", row.paid),
        (Text("what you receive from other cities", "收自其他城市"), "−", row.received),
        (Text("what you receive from funds", "收自资金"), "−", row.from_funds),
        (Text("value of what you receive in kind", "得到的实物补偿价值"), "−", row.in_kind_value),
        (Text("cost of what you provide in kind", "提供实物补偿的成本"), "+", row.in_kind_cost),
    )
    lines = [line(sign, label, amount) for label, sign, amount in parts if amount or not sign]
    lines.append(line("=", Text("your final burden", "贵方最终负担"), row.burden, strong=True))
    blocks: list[Block] = [Grid((Text("", ""), Text("part", "组成"), AMOUNT), tuple(lines))]
    if row.burden < 0:
        blocks.append(Say(Text("A burden below zero means that you got more (in money and in kind) than you lost and spent.",
                               "负担为负表示贵方所得 (资金与实物) 超过损失与支出。"), "note"))  # fmt: skip
    if row.adjustment:
        blocks.append(Say(Text(
            f"Of this, {money(row.adjustment)} {case.unit} is your part of the price of priorities, whole vehicles and mishaps: "
            "the real course of events was not the cheapest.",
            f"其中 {money(row.adjustment)} {case.unit} 为优先次序, 整车与意外的分摊: 实际过程并非成本最低。",
        ), "note"))  # fmt: skip
    bill = case.settlement.bill_total
    if bill and (row.share_of_bill > 0 or row.agreed_share > 0):
        blocks.append(Say(Text(
            f"You bear {row.share_of_bill:.1%} of the bill of all aid ({money(bill)} {case.unit}); by the rule's own target it would be "
            f"{row.agreed_share:.1%}.",
            f"贵方承担全部援助账单 ({money(bill)} {case.unit}) 的 {row.share_of_bill:.1%}; 按规则目标应为 {row.agreed_share:.1%}。",
        ), "note"))  # fmt: skip
    return Section(Text("Your final burden, added up", "最终负担的计算"), tuple(blocks))


def annex(case: Case) -> Section | None:
    """Every line of its own bill."""
    rows = case.given()
    if not rows:
        return None
    head = (Text("line", "线号"), Text("for", "受援方"), Text("what", "内容"), Text("quantity", "数量"), Text("rate", "单价"),
            Text("estimate", "估算"), AMOUNT, Text("status", "状态"), Text("evidence", "凭证"))  # fmt: skip
    lines = [
        line(row.line, case.name(row.receiver), _what(row), row.quantity, "–" if row.rate is None else row.rate,
             row.estimate, row.amount, word(STATUS, row.status), row.evidence or "–")
        for row in rows
    ]  # fmt: skip
    lines.append(line(TOTAL, "", "", "", "", _sum(row.estimate for row in rows), _sum(row.amount for row in rows), "", "",
                      strong=True))  # fmt: skip
    return Section(Text("Annex: every line of your bill", "附录: 贵方账单逐行明细"), (Grid(head, tuple(lines)),))


def _what(row: BillLine) -> Text:
    """Category, item and resource of a line."""
    item = word(ITEM, row.item)
    thing = f": {row.resource}" if row.resource else ""
    return Text(f"{item.en}{thing}", item.zh)


def disputed_section(case: Case) -> Section | None:
    """Lines carried over."""
    rows = case.disputed()
    if not rows:
        return None
    blocks: tuple[Block, ...] = (
        Say(Text("These lines are disputed. They are in none of the sums on this page and are carried over to the next settlement.",
                 "以下各行有争议, 未计入本页任何合计, 结转至下次结算。")),
        Grid((Text("line", "线号"), Text("from", "援助方"), Text("for", "受援方"), Text("what", "内容"), Text("estimate", "估算"), AMOUNT),
             tuple(line(row.line, case.name(row.city), case.name(row.receiver), together(_what(row)), row.estimate, row.amount)
                   for row in rows)),
    )  # fmt: skip
    return Section(Text("Disputed, carried over", "有争议, 结转"), blocks)
