"""The sections of a city's statement that answer: what now, was it worth it, who proves it, how to object."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from tongzhou.model.errors import Text
from tongzhou.service.reports.document import Bars, Block, Grid, Line, Say, Section, line, money, waterfall
from tongzhou.service.reports.settlement_words import SOURCE, proof_sentences, word
from tongzhou.service.reports.statement_sections import AMOUNT, TOTAL, ZERO, Case

ADVANCE = "advance "
"""How the ledger's memo of an advance begins."""


def still_due(case: Case) -> Decimal:
    """What it is still paid (negative: pays) by the payments of this settlement."""
    signed = [
        item.amount if item.payee == case.city else -item.amount
        for item in case.settlement.transfers
        if case.city in (item.payer, item.payee)
    ]
    return sum(signed, ZERO)


def headline(case: Case) -> Iterator[Say]:
    """The two things it wants to know first."""
    due, gain, unit = still_due(case), case.row.gain, case.unit
    if due > 0:
        yield Say(Text(f"You are to be paid {money(due)} {unit} now.", f"贵方现应收款 {money(due)} {unit}。"))
    elif due < 0:
        yield Say(Text(f"You are to pay {money(-due)} {unit} now.", f"贵方现应付款 {money(-due)} {unit}。"))
    else:
        yield Say(Text("You have nothing to pay now and nothing to be paid.", "贵方现无应付款, 亦无应收款。"))
    if gain > 0:
        yield Say(Text(f"Taking part left you {money(gain)} {unit} better off than staying out.",
                       f"与不参与相比, 参与使贵方的负担减少 {money(gain)} {unit}。"), "good")  # fmt: skip
    elif gain == 0:
        yield Say(Text("Taking part left you exactly as well off as staying out.", "参与与不参与, 贵方的负担相同。"))
    else:
        yield Say(Text(f"This city would have been better off alone, by {money(-gain)} {unit}.",
                       f"贵方若不参与会更好: 负担可少 {money(-gain)} {unit}。"), "bad")  # fmt: skip


def picture(case: Case) -> Bars:
    """From the burden alone to the final burden."""
    row = case.row
    steps = [
        (Text("staying out", "不参与"), row.alone, True),
        (Text("liability", "致害责任"), row.loss_without_aid - row.alone, False),
        (Text("loss avoided by aid", "援助避免的损失"), row.loss_with_aid - row.loss_without_aid, False),
        (Text("cost of giving", "援出成本"), row.cost_given, False),
        (Text("paid to cities", "付给城市"), row.paid, False),
        (Text("from cities", "收自城市"), -row.received, False),
        (Text("from funds", "收自资金"), -row.from_funds, False),
        (Text("in kind", "实物补偿"), row.in_kind_cost - row.in_kind_value, False),
        (Text("final burden", "最终负担"), row.burden, True),
    ]
    return waterfall([step for step in steps if step[1] or step[2]])


def payment_section(case: Case) -> Section:
    """Payments of this settlement, and how advances lead to them."""
    heading = Text("What you pay or are paid now", "贵方现在应付或应收")
    lines = [
        line(item.reference, case.name(item.payer), case.name(item.payee),
             item.amount if item.payee == case.city else -item.amount)
        for item in case.settlement.transfers if case.city in (item.payer, item.payee)
    ]  # fmt: skip
    blocks: list[Block] = []
    if lines:
        blocks.append(Grid(
            (Text("payment reference", "付款编号"), Text("who pays", "付款方"), Text("who is paid", "收款方"),
             Text("you receive (+) or pay (−)", "贵方收 (+) 付 (−)")),
            (*lines, line(TOTAL, "", "", still_due(case), strong=True)),
        ))  # fmt: skip
        blocks.append(Say(Text(
            "Payments between cities are netted to as few as possible: whom you pay need not be who helped you.",
            "城市间付款已轧差至最少笔数: 贵方的付款对象不一定是援助过贵方的城市。",
        ), "note"))  # fmt: skip
    else:
        blocks.append(Say(Text("No payment.", "无需付款。")))
    due = case.row.received + case.row.from_funds - case.row.paid
    if due != still_due(case):
        blocks.append(_set_off(case, due))
    return Section(heading, tuple(blocks))


def _set_off(case: Case, due: Decimal) -> Grid:
    """Due in all, less what was advanced, is what is due now."""
    lines: list[Line] = [line(Text("due to you (+) or from you (−) in all", "应收 (+) 应付 (−) 总额"), due)]
    rest = still_due(case) - due
    for label, amount in _advances(case):
        lines.append(line(label, amount))
        rest -= amount
    if rest:
        lines.append(line(Text("already paid or received in advance", "已预付或预收"), rest))
    lines.append(line(Text("left for the payments above", "即上表付款"), still_due(case), strong=True))
    return Grid((Text("advances set off", "预付款冲抵"), AMOUNT), tuple(lines))


def _advances(case: Case) -> Iterator[tuple[Text, Decimal]]:
    """Advances it paid (+) or received (−), from the ledger's bank lines."""
    moves: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(dict)
    for row in case.settlement.ledger:
        if row.memo.startswith(ADVANCE) and row.account == "bank" and row.party:
            moves[row.transaction, row.memo.removeprefix(ADVANCE)][row.party] = row.credit - row.debit
    for (_, reference), parties in moves.items():
        if case.city in parties:
            other = ", ".join(case.name(party) for party in parties if party != case.city)
            paid = parties[case.city] > 0
            yield Text(f"advance {reference} {'to' if paid else 'from'} {other}",
                       f"预付款 ({'付给' if paid else '收自'}该方)"), parties[case.city]  # fmt: skip


def worth_section(case: Case) -> Section:
    """Burden had it stayed out against its final burden, and where the difference comes from."""
    row, blocks = case.row, list[Block]()
    lines = [line("", Text("your least loss alone, without aid", "独自应对时的最小损失"), row.loss_without_aid)]
    liability = row.alone - row.loss_without_aid
    if liability:
        lines.append(line("+" if liability > 0 else "−", _liability(liability), abs(liability)))
        lines.append(line("=", Text("your burden had you stayed out", "若不参与的负担"), row.alone, strong=True))
    lines.append(line("−", Text("your final burden", "贵方最终负担"), row.burden))
    lines.append(line("=", Text("your gain from taking part", "参与的收益"), row.gain, strong=True))
    blocks.append(Grid((Text("", ""), Text("comparison", "比较"), AMOUNT), tuple(lines)))
    if row.is_worse_off:
        blocks.append(Say(Text(
            f"This city would have been better off alone, by {money(-row.gain)} {case.unit}. "
            + ("The aid was ordered by a common superior, so taking part was not its choice."
               if case.settlement.mode == "led" else "The rule or the money at hand did not allow more."),
            f"贵方若不参与会更好: 负担可少 {money(-row.gain)} {case.unit}。"
            + ("援助由共同上级统一指挥, 参与并非自行选择。" if case.settlement.mode == "led" else "现有规则或资金未能做到更多。"),
        ), "bad"))  # fmt: skip
    reasons = list(_reasons(case))
    if reasons:
        blocks.append(Say(Text("Where the difference comes from, at the prices of the best joint dispatch:",
                               "按最优联合调度的价格, 差额来源如下:")))  # fmt: skip
        blocks.append(
            Grid((Text("source", "来源"), Text("resource", "资源"), Text("used by", "使用方"), AMOUNT), tuple(reasons))
        )
    heading = (Text("What taking part meant for you", "参与对贵方意味着什么") if row.gain <= 0
               else Text("Why this was still worth it", "为什么参与仍然值得"))  # fmt: skip
    return Section(heading, tuple(blocks))


def _liability(amount: Decimal) -> Text:
    if amount > 0:
        return Text("owed for causing harm, aid or no aid", "致害责任: 无论是否参与均应承担")
    return Text("due to you from who caused the harm, aid or no aid", "致害方应给付贵方: 无论是否参与均应得")


def _reasons(case: Case) -> Iterator[Line]:
    rows = [row for row in case.settlement.explain if row.city == case.city]
    order = list(SOURCE)
    rows.sort(
        key=lambda row: (
            order.index(row.source) if row.source in order else len(order),
            row.resource or "",
            row.receiver or "",
        )
    )
    for row in rows:
        used_by = "" if row.receiver is None else case.name(row.receiver)
        yield line(word(SOURCE, row.source), row.resource or "", used_by, row.amount)
    if rows:
        yield line(TOTAL, "", "", sum((row.amount for row in rows), ZERO), strong=True)


def proof_section(case: Case) -> Section:
    """The certificate in plain words."""
    heading = Text("Would a group of cities do better without the others?", "是否有城市群体自行行动会更好?")
    return Section(heading, tuple(proof_sentences(case.settlement, case.city)))


def conduct_section(case: Case) -> Section | None:
    """What was recorded about its conduct, by whom, and what it cost."""
    prefix = f"{case.city}: "
    notes = [note.removeprefix(prefix) for note in case.settlement.conduct if note.startswith(prefix)]
    if not notes and not case.row.conduct:
        return None
    lost = case.row.conduct
    blocks: list[Block] = [Grid((Text("record (who decided it); incentive lost", "记录 (认定方); 扣减的激励"),),
                                tuple(line(note) for note in notes))] if notes else []  # fmt: skip
    blocks.append(Say(Text(
        f"Incentive lost by this: {money(lost)} {case.unit}. Your verified cost is never reduced by it.",
        f"因此扣减的激励: {money(lost)} {case.unit}; 核定成本不因此减少。",
    )))  # fmt: skip
    return Section(Text("Recorded conduct", "行为记录"), tuple(blocks))


def objection_section(case: Case) -> Section:
    """How to object."""
    hashes = f"{case.settlement.scenario_hash[:16] or '–'} / {case.settlement.plan_hash[:16] or '–'}"
    return Section(Text("If you do not agree", "如有异议"), (
        Say(Text(
            "Write to the coordinator of the joint body before it approves this settlement, and name the line of the bill or the "
            "payment reference. A disputed line is left out and carried over; the rest is settled.",
            "请在联合机构批准本结算之前书面告知其协调人, 并注明账单线号或付款编号。有争议的行将被剔除并结转, 其余照常结算。",
        )),
        Say(Text(f"Computed from scenario / plan {hashes}.", f"计算依据: 情景 / 方案 {hashes}。"), "note"),
        Say(Text("The lines of the aid you received are in bill.csv of the settlement, the payments in transfers.csv.",
                 "贵方所受援助的逐行明细见结算文件 bill.csv, 付款见 transfers.csv。"), "note"),
    ))  # fmt: skip


def first_section(case: Case) -> Section:
    """The answer in short, with the picture."""
    return Section(Text("In short", "摘要"), (*headline(case), picture(case)))
