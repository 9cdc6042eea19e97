"""The settlement as one self-contained page with pictures."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from tongzhou.model.domain import Problem
from tongzhou.model.errors import Text
from tongzhou.model.settlement.bill import CATEGORIES, DISPUTED
from tongzhou.model.settlement.settlement import CityRow, Settlement
from tongzhou.service.reports.document import Grid, Line, Say, line, listed, money
from tongzhou.service.reports.figures import figure_html
from tongzhou.service.reports.report_page import pages
from tongzhou.service.reports.settlement_figures import burden_charts, payment_map
from tongzhou.service.reports.settlement_words import CATEGORY, MODE, RULE, city_names, proof_sentences, word

KIND = {
    "mutual": Text("between cities", "城市互偿"),
    "fund": Text("from a fund", "资金拨付"),
    "refund": Text("refund", "退款"),
}
TOTAL = Text("total", "合计")
ZERO = Decimal(0)


def settlement_html(problem: Problem, settlement: Settlement, roads: Path | None = None) -> str:
    """The page of one settlement."""
    names = city_names(settlement)
    return (
        pages()
        .get_template("settlement.html")
        .render(
            settlement=settlement,
            rule=word(RULE, settlement.rule),
            mode=word(MODE, settlement.mode),
            tiles=list(_tiles(settlement)),
            map_html=figure_html(payment_map(problem, settlement, roads), with_library=True),
            charts=[figure_html(chart, with_library=False) for chart in burden_charts(settlement, names)],
            cities=_cities(settlement, names),
            transfers=_transfers(settlement, names),
            in_kind=_in_kind(settlement, names),
            proof=list(proof_sentences(settlement)),
            missing=list(_missing(settlement)),
            rules=_rules(settlement, names),
            bill=_bill(settlement),
            disputed=_disputed(settlement, names),
        )
    )


def _tiles(settlement: Settlement) -> Iterator[tuple[Text, str, str]]:
    unit, rows = settlement.currency, settlement.settlement
    better, worse = sum(row.gain > 0 for row in rows), sum(row.is_worse_off for row in rows)
    yield Text("bill of the aid", "援助账单"), money(settlement.bill_total), unit
    yield Text("paid between cities", "城市间付款"), money(sum((row.paid for row in rows), ZERO)), unit
    yield Text("outside money", "外部资金"), money(settlement.outside_money), unit
    yield (
        Text("cities better off by taking part", "因参与受益的城市"),
        f"{better} / {len(rows)}",
        f"better off alone 独自更好: {worse}",
    )
    gain = sum((row.gain for row in rows), ZERO)
    yield Text("gain of all together", "总收益"), money(gain), unit
    yield Text("payments to make", "待付款笔数"), str(len(settlement.transfers)), ""


def _cities(settlement: Settlement, names: dict[str, str]) -> Grid:
    head = (
        Text("city", "城市"), Text("alone", "不参与时负担"), Text("loss with aid", "剩余损失"),
        Text("cost given", "援出成本"), Text("pays", "付出"), Text("receives", "收入"), Text("from funds", "资金"),
        Text("in kind, net", "实物净值"), Text("final burden", "最终负担"), Text("gain", "收益"),
    )  # fmt: skip
    lines = [line(names[row.city], *_amounts(row)) for row in settlement.settlement]
    sums = [sum(column, ZERO) for column in zip(*(_amounts(row) for row in settlement.settlement), strict=True)]
    return Grid(head, (*lines, line(TOTAL, *sums, strong=True)))


def _amounts(row: CityRow) -> tuple[Decimal, ...]:
    return (row.alone, row.loss_with_aid, row.cost_given, row.paid, row.received, row.from_funds,
            row.in_kind_value - row.in_kind_cost, row.burden, row.gain)  # fmt: skip


def _transfers(settlement: Settlement, names: dict[str, str]) -> Grid | None:
    if not settlement.transfers:
        return None
    payers = {row.fund: row.payer for row in settlement.grants}
    known = {**{fund: f"{fund} ({payer})" for fund, payer in payers.items()}, **names}
    lines = [
        line(row.reference, known.get(row.payer, row.payer), known.get(row.payee, row.payee), word(KIND, row.kind), row.amount)
        for row in settlement.transfers
    ]  # fmt: skip
    total = sum((row.amount for row in settlement.transfers), ZERO)
    return Grid(
        (Text("payment reference", "付款编号"), Text("who pays", "付款方"), Text("who is paid", "收款方"), Text("kind", "类型"),
         Text("amount", "金额")),
        (*lines, line(TOTAL, "", "", "", total, strong=True)),
    )  # fmt: skip


def _in_kind(settlement: Settlement, names: dict[str, str]) -> Grid | None:
    if not settlement.in_kind:
        return None
    return Grid(
        (Text("programme", "项目"), Text("provided by", "提供方"), Text("for", "受益方"), Text("units", "单位数"),
         Text("value", "价值"), Text("cost", "成本")),
        tuple(line(row.programme, names.get(row.provider, row.provider), names.get(row.city, row.city), row.units, row.value, row.cost)
              for row in settlement.in_kind),
    )  # fmt: skip


def _missing(settlement: Settlement) -> Iterator[Say]:
    needed, unit = settlement.money, settlement.currency
    if needed.stability_free is not None:
        yield Say(Text(f"Cost of stability: {money(needed.stability_free)} {unit} from outside, freely spent, would satisfy every group.",
                       f"稳定成本: 若可自由使用, 外部资金 {money(needed.stability_free)} {unit} 即可使所有群体满意。"))  # fmt: skip
    if needed.stability_funds is None:
        yield Say(
            Text(
                "Under the funds' own rules no amount is known to be enough.", "按各资金自身规则, 尚无已知的足够金额。"
            ),
            "note",
        )
    else:
        yield Say(Text(f"Under the funds' own rules it takes {money(needed.stability_funds)} {unit}.",
                       f"按各资金自身规则需 {money(needed.stability_funds)} {unit}。"))  # fmt: skip
    if needed.missing:
        yield Say(
            Text(f"Missing: {money(needed.missing)} {unit}.", f"资金缺口: {money(needed.missing)} {unit}。"), "bad"
        )
    elif needed.missing is not None:
        yield Say(Text("No money is missing.", "没有资金缺口。"), "good")
    for amount, en, zh in (
        (needed.short_reimbursement, "Costs of contributors not reimbursed", "援助方未获偿付的成本"),
        (needed.short_participation, "Cities left worse off than alone, in all", "不如独自应对的城市合计差额"),
    ):
        if amount:
            yield Say(Text(f"{en}: {money(amount)} {unit}.", f"{zh}: {money(amount)} {unit}。"), "bad")


def _rules(settlement: Settlement, names: dict[str, str]) -> Grid | None:
    if not settlement.rules:
        return None
    lines = [
        line(word(RULE, row.rule), len((row.worse_off or "").split()), listed((row.worse_off or "").split(), names, most=4) or "–",
             listed((row.worst_group or "").split(), names, most=4) or "–", row.worst_excess, row.excess_bound, row.outside_money,
             row.note or "", strong=row.rule == settlement.rule)
        for row in settlement.rules
    ]  # fmt: skip
    return Grid(
        (Text("rule", "规则"), Text("better off alone", "独自更好"), Text("which", "城市"), Text("worst group", "最不满的群体"),
         Text("it would save", "其可节省"), Text("none above", "上界"), Text("outside money", "外部资金"), Text("note", "说明")),
        tuple(lines),
    )  # fmt: skip


def _bill(settlement: Settlement) -> Grid:
    lines: list[Line] = []
    sums = [ZERO, ZERO, ZERO]
    found = [*CATEGORIES, *sorted({row.category for row in settlement.bill} - set(CATEGORIES))]
    for category in found:
        rows = [row for row in settlement.bill if row.category == category]
        now = [row for row in rows if row.status != DISPUTED]
        parts = [
            sum((row.estimate for row in now), ZERO),
            sum((row.amount for row in now), ZERO),
            sum((row.amount for row in rows if row.status == DISPUTED), ZERO),
        ]
        sums = [total + part for total, part in zip(sums, parts, strict=True)]
        verified = sum(row.status == "verified" for row in now)
        lines.append(
            line(word(CATEGORY, category), len(now), verified, parts[0], parts[1], parts[1] - parts[0], parts[2])
        )
    settled = [row for row in settlement.bill if row.status != DISPUTED]
    lines.append(line(TOTAL, len(settled), sum(row.status == "verified" for row in settled), sums[0], sums[1], sums[1] - sums[0],
                      sums[2], strong=True))  # fmt: skip
    return Grid(
        (Text("category", "类别"), Text("lines", "行数"), Text("verified by actuals", "已核实行数"), Text("estimate", "估算"),
         Text("settled", "结算金额"), Text("difference", "差额"), Text("disputed, carried over", "有争议, 结转")),
        tuple(lines),
    )  # fmt: skip


def _disputed(settlement: Settlement, names: dict[str, str]) -> Grid | None:
    rows = [row for row in settlement.bill if row.status == DISPUTED]
    if not rows:
        return None
    return Grid(
        (Text("line", "线号"), Text("from", "援助方"), Text("for", "受援方"), Text("category", "类别"), Text("amount", "金额")),
        tuple(line(row.line, names.get(row.city, row.city), names.get(row.receiver, row.receiver), word(CATEGORY, row.category),
                   row.amount) for row in rows),
    )  # fmt: skip
