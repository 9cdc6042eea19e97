"""A settlement on the screen: who pays, who receives, the proof, the rules side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table
from tongzhou.model.settlement.settlement import CityRow, Settlement
from tongzhou.service.cli.console import say
from tongzhou.service.settings import language

SHOWN_NAMES = 6
RULE_NAMES = 3
FIRST_WIDTH = 24
NAME_WIDTH = 12
PIPED_WIDTH = 130
WIDEST = 10_000


@dataclass(frozen=True)
class Column:
    """One column: its heading (a line each language) and its cells. Numbers are never cut or folded."""

    head: tuple[str, ...]
    cells: list[str]
    number: bool = False


def print_settlement(console: Console, settlement: Settlement) -> None:
    """City table, totals, certificate, rules, payments."""
    name = settlement.scenario_zh or settlement.scenario
    console.print(f"{say(settlement.scenario, name)} · {settlement.rule} · {settlement.mode} · {settlement.currency}")
    _print_tables(console, say("settlement", "结算"), _city_columns(settlement.settlement))
    _print_totals(console, settlement)
    _print_certificate(console, settlement)
    if len(settlement.rules) > 1:
        _print_tables(console, say("rules side by side", "规则对照"), _rule_columns(settlement))
        _print_tables(console, say("final burden by rule", "各规则下的最终负担"), _burden_columns(settlement))
    for note in settlement.conduct:
        console.print(f"{say('recorded conduct', '行为记录')}: {note}")
    if settlement.carried_over:
        console.print(f"{say('disputed, carried over', '有争议, 结转')}: {', '.join(settlement.carried_over)}")


def money(amount: Decimal | None) -> str:
    """An amount in whole units of the currency with thousands marks, or a dash; below one unit, the cents."""
    if amount is None:
        return "–"
    return f"{amount:,.2f}" if 0 < abs(amount) < 1 else f"{amount + 0:,.0f}"


def _print_tables(console: Console, title: str, columns: Sequence[Column]) -> None:
    """The table at its natural width; where the terminal is too narrow, as several tables with the first column on each.

    Off a terminal nothing is folded: the width is that of the table.
    """
    limit = console.width if console.is_terminal else max(console.width, PIPED_WIDTH)
    first, rest = columns[0], list(columns[1:])
    while rest:
        count = len(rest)
        while count > 1 and _natural(console, title, [first, *rest[:count]]) > limit:
            count -= 1
        shown, rest = [first, *rest[:count]], rest[count:]
        table = _table(title, shown)
        _print_at(console, table, max(limit, _least(console, table)))


def _print_at(console: Console, table: Table, width: int) -> None:
    """Print at a width of its own: a console cuts what is wider than itself."""
    before = console.width
    console.width = width
    try:
        console.print(table, crop=False, soft_wrap=False)
    finally:
        console.width = before


def _table(title: str, columns: Sequence[Column]) -> Table:
    table = Table(title=title)
    for place, column in enumerate(columns):
        longest = max((cell_len(text) for text in column.cells), default=0)
        names = min(longest, FIRST_WIDTH if place == 0 else NAME_WIDTH)
        table.add_column("\n".join(column.head), justify="right" if column.number else "left", no_wrap=column.number,
                         overflow="fold", min_width=None if column.number else names)  # fmt: skip
    for row in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*map(escape, row))
    return table


def _natural(console: Console, title: str, columns: Sequence[Column]) -> int:
    """Width with numbers whole and names as narrow as they may get."""
    return _least(console, _table(title, columns))


def _least(console: Console, table: Table) -> int:
    return Measurement.get(console, console.options.update(width=WIDEST), table).minimum


def _heads(en: str, zh: str) -> tuple[str, ...]:
    chosen = language()
    return (en, zh) if chosen == "both" else (zh,) if chosen == "zh" else (en,)


def _city_columns(rows: tuple[CityRow, ...]) -> list[Column]:
    def of(en: str, zh: str, amount: Callable[[CityRow], Decimal]) -> Column:
        return Column(_heads(en, zh), [money(amount(row)) for row in rows], number=True)

    return [
        Column(_heads("city", "城市"), [row.city for row in rows]),
        of("alone", "独自负担", lambda row: row.alone),
        of("loss with aid", "剩余损失", lambda row: row.loss_with_aid),
        of("gave", "援出", lambda row: row.cost_given),
        of("pays", "付出", lambda row: row.paid),
        of("receives", "收入", lambda row: row.received + row.from_funds),
        of("in kind", "实物", lambda row: row.in_kind_value - row.in_kind_cost),
        of("bears", "最终负担", lambda row: row.burden),
        of("gain", "收益", lambda row: row.gain),
    ]


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
    worse = [row.city for row in settlement.settlement if row.is_worse_off]
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
    console.print(
        f"  {say('worst group', '最不满的群体')}: {_named(proof.worst_group, SHOWN_NAMES)} ({money(proof.worst_excess)})"
    )
    if not proof.complete:
        console.print(say("  the search stopped before it was closed: the bound is what is proven",
                          "  搜索提前停止: 上界为已证明的结果"), style="yellow")  # fmt: skip


def _named(names: Sequence[str], most: int) -> str:
    """How many there are and the first few names."""
    shown = ", ".join(names[:most]) + ("\u00a0…" if len(names) > most else "")
    return f"{len(names)}: {shown}" if names else "–"


def _rule_columns(settlement: Settlement) -> list[Column]:
    rows = settlement.rules
    return [
        Column(_heads("rule", "规则"), [row.rule for row in rows]),
        Column(
            _heads("better off alone", "独自更好"), [_named((row.worse_off or "").split(), RULE_NAMES) for row in rows]
        ),
        Column(
            _heads("worst group", "最不满的群体"), [_named((row.worst_group or "").split(), RULE_NAMES) for row in rows]
        ),
        Column(_heads("its excess", "其超额"), [money(row.worst_excess) for row in rows], number=True),
        Column(_heads("none above", "上界"), [money(row.excess_bound) for row in rows], number=True),
        Column(_heads("outside money", "外部资金"), [money(row.outside_money) for row in rows], number=True),
    ]


def _burden_columns(settlement: Settlement) -> list[Column]:
    """What every city ends up with under each rule."""
    burden = {(row.rule, row.city): row.burden for row in settlement.rule_burdens}
    cities = [row.city for row in settlement.settlement]
    return [
        Column(_heads("city", "城市"), cities),
        *(
            Column((row.rule,), [money(burden[row.rule, city]) for city in cities], number=True)
            for row in settlement.rules
        ),
    ]
