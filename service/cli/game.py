"""`tongzhou game`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from tongzhou.model.errors import NoPlanError
from tongzhou.service.cli.console import CANCELLED, Reporter, cancel_on_signal, progress_console, results, say
from tongzhou.service.cli.output import Output, OutputOption
from tongzhou.service.game_runs import GameKind, GameResult, open_game, solve_game
from tongzhou.solvers.progress import Progress

QUIET_S = 2.0
"""Seconds before progress is worth telling."""


def game_command(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Columns coalition,value. 联盟价值表")],
    kind: Annotated[GameKind, typer.Option(help="What the values are. 数值含义: 成本或节省")],
    rule: Annotated[str, typer.Option(help="nucleolus, least-core, shapley, equal-surplus. 分配规则")] = "nucleolus",
    format_: OutputOption = Output.TABLE,
) -> None:
    """Share the cost or the savings of a table of coalitions. 按联盟价值表分配成本或节省"""
    values = open_game(file, rule)
    with cancel_on_signal() as cancelled, Reporter() as reporter:

        def report(progress: Progress) -> None:
            if progress.seconds > QUIET_S:
                reporter(progress)

        try:
            result = solve_game(values, kind, rule, report=report, cancelled=cancelled)
        except NoPlanError as error:
            if not cancelled():
                raise
            progress_console().print(say(error.message.en, error.message.zh))
            raise typer.Exit(CANCELLED) from None
    if format_ is Output.JSON:
        typer.echo(json.dumps(asdict(result), ensure_ascii=False, indent=1))
    else:
        print_game(results(), result)


def print_game(console: Console, result: GameResult) -> None:
    """The allocation, and what every group can say about it."""
    table = Table(title=f"{result.rule}, {result.kind}", title_justify="left")
    table.add_column(say("player", "参与者"))
    table.add_column(say("amount", "金额"), justify="right")
    for name, amount in result.allocation.items():
        table.add_row(escape(name), f"{amount:,.6f}")
    console.print(table)
    yes, no = say("yes", "是"), say("no", "否")
    facts = [
        (say("core empty", "核为空"), yes if result.core_empty else no),
        (say("least core epsilon", "最小核 ε"), _amount(result.least_core_epsilon)),
        (say("cost of stability", "稳定成本"), _amount(result.cost_of_stability)),
        (say("worst group", "最不满的联盟"), escape(" ".join(result.worst_group or ("–",)))),
        (say("its excess", "其超额"), _amount(result.worst_excess)),
    ]
    for name, value in facts:
        console.print(f"{name}: {value}")
    if result.prenucleolus_returned:
        console.print(
            say(
                "alone the players do better than together: no imputation exists, this is the prenucleolus",
                "各自单独优于合作: 无个体理性分配, 所示为预核仁",
            )
        )


def _amount(value: float | None) -> str:
    return "–" if value is None else f"{value:,.6f}"
