"""A settlement on the screen: who pays, who receives, the proof, the rules side by side."""

from __future__ import annotations

from decimal import Decimal

from rich.console import Console
from rich.table import Table
from tongzhou.model.settlement.settlement import Certificate, CityRow, Settlement
from tongzhou.service.cli.console import say

SHOWN_NAMES = 6


def print_settlement(console: Console, settlement: Settlement) -> None:
    """City table, totals, certificate, rules, payments."""
    name = settlement.scenario_zh or settlement.scenario
    console.print(f"{say(settlement.scenario, name)} · {settlement.rule} · {settlement.mode} · {settlement.currency}")
    console.print(_city_table(settlement.settlement))
    _print_totals(console, settlement)
    _print_certificate(console, settlement)
    if len(settlement.rules) > 1:
        console.print(_rule_table(settlement))
    for note in settlement.conduct:
        console.print(f"{say('recorded conduct', '行为记录')}: {note}")
    if settlement.carried_over:
        console.print(f"{say('disputed, carried over', '有争议, 结转')}: {', '.join(settlement.carried_over)}")


def money(amount: Decimal | None) -> str:
    """An amount with thousands marks, or a dash."""
    return "–" if amount is None else f"{amount:,.2f}"


def _city_table(rows: tuple[CityRow, ...]) -> Table:
    table = Table(title=say("settlement", "结算"))
    table.add_column(say("city", "城市"))
    for en, zh in (("alone", "独自负担"), ("loss with aid", "剩余损失"), ("gave", "援出"), ("pays", "付出"), ("receives", "收入"),
                   ("in kind", "实物"), ("bears", "最终负担"), ("gain", "收益")):  # fmt: skip
        table.add_column(say(en, zh), justify="right")
    for row in rows:
        in_kind = row.in_kind_value - row.in_kind_cost
        table.add_row(
            row.city, money(row.alone), money(row.loss_with_aid), money(row.cost_given), money(row.paid),
            money(row.received + row.from_funds), money(in_kind), money(row.burden), money(row.gain),
        )  # fmt: skip
    return table


def _print_totals(console: Console, settlement: Settlement) -> None:
    console.print(
        f"{say('bill', '账单')} {money(settlement.bill_total)}; {say('outside money', '外部资金')} "
        f"{money(settlement.outside_money)}; {say('payments', '付款')} {len(settlement.transfers)}; "
        f"{say('price of priorities, whole vehicles, mishaps', '优先次序, 整车与意外的代价')} {money(settlement.gap)}"
    )
    missing = settlement.money
    console.print(
        f"{say('cost of stability', '稳定成本')}: {say('free', '不限规则')} {money(missing.stability_free)}, "
        f"{say('under the funds rules', '按资金规则')} {money(missing.stability_funds)}; "
        f"{say('missing', '缺口')} {money(missing.missing)}"
    )
    worse = [row.city for row in settlement.settlement if row.gain < 0]
    if worse:
        console.print(f"{say('better off alone', '独自更好')}: {', '.join(worse)}", style="red")


def _print_certificate(console: Console, settlement: Settlement) -> None:
    proof = settlement.certificate
    console.print(say(
        f"certificate: of all {proof.groups_possible:,} groups none bears more than {money(proof.bound)} above its cost alone "
        f"(accuracy {money(proof.accuracy)}); {proof.groups_solved} dispatches solved",
        f"证书: 全部 {proof.groups_possible:,} 个群体中, 无一负担超出其独自成本 {money(proof.bound)} 以上 "
        f"(精度 {money(proof.accuracy)}); 求解调度 {proof.groups_solved} 次",
    ))  # fmt: skip
    console.print(f"  {say('worst group', '最不满的群体')}: {_group(proof)} ({money(proof.worst_excess)})")
    if not proof.complete:
        console.print(say("  the search stopped before it was closed: the bound is what is proven",
                          "  搜索提前停止: 上界为已证明的结果"), style="yellow")  # fmt: skip


def _group(proof: Certificate) -> str:
    names = proof.worst_group
    if len(names) <= SHOWN_NAMES:
        return ", ".join(names) or "–"
    return f"{', '.join(names[:SHOWN_NAMES])} … ({len(names)})"


def _rule_table(settlement: Settlement) -> Table:
    table = Table(title=say("rules side by side", "规则对照"))
    for en, zh in (("rule", "规则"), ("better off alone", "独自更好"), ("worst group", "最不满的群体")):
        table.add_column(say(en, zh))
    for en, zh in (("its excess", "其超额"), ("none above", "上界"), ("outside money", "外部资金")):
        table.add_column(say(en, zh), justify="right")
    for row in settlement.rules:
        group = row.worst_group.split()
        shown = " ".join(group[:SHOWN_NAMES]) + (f" … ({len(group)})" if len(group) > SHOWN_NAMES else "")
        table.add_row(row.rule, row.worse_off or "–", shown or "–", money(row.worst_excess), money(row.excess_bound),
                      money(row.outside_money))  # fmt: skip
    return table
