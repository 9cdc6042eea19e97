"""Use cases for plain games: a table of coalition values, a rule, an answer in the terms of the table."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tongzhou.model.game.coalition import names_of
from tongzhou.model.game.table_game import TableGame
from tongzhou.scenarios.game_table import ValueTable, read_game
from tongzhou.solvers.games.rules import check_rule, solve_table
from tongzhou.solvers.progress import Clock, Progress

DIGITS = 12
"""Decimal digits that are shown, relative to the largest value: the rest is rounding."""


class GameKind(StrEnum):
    """Whether the values of a table are costs to share or savings to share."""

    COST = "cost"
    SAVINGS = "savings"


@dataclass(frozen=True, slots=True)
class GameResult:
    """A plain game solved: amounts and excesses as the table means them.

    The excess of a group is what it bears above its cost, or what it saves alone above what it gets. `least_core_epsilon`,
    `worst_group` and `worst_excess` are None for a single player.
    """

    rule: str
    kind: str
    players: tuple[str, ...]
    allocation: Mapping[str, float]
    core_empty: bool
    least_core_epsilon: float | None
    cost_of_stability: float
    worst_group: tuple[str, ...] | None
    worst_excess: float | None
    imputation_set_empty: bool
    prenucleolus_returned: bool


def open_game(path: Path, rule: str) -> ValueTable:
    """The table of coalition values in a CSV file. Raises `UsageError` (also for an unknown rule), `ScenarioError`."""
    check_rule(rule)
    return read_game(path)


def solve_game(
    table: ValueTable,
    kind: GameKind,
    rule: str,
    *,
    report: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> GameResult:
    """Solve a table of costs or of savings. Raises `UsageError` for an unknown rule, `NoPlanError` when cancelled."""
    sign = 1.0 if kind is GameKind.COST else -1.0
    game = TableGame(table.players, sign * table.values)
    answer = solve_table(game, rule, Clock(None, report=report, cancelled=cancelled))
    digits = _digits(answer.least_core.largest)
    worst = answer.worst
    return GameResult(
        rule=rule,
        kind=kind.value,
        players=table.players,
        allocation={
            name: _clean(sign * amount, digits) for name, amount in zip(table.players, answer.burden, strict=True)
        },
        core_empty=answer.least_core.core_empty,
        least_core_epsilon=None if worst is None else _clean(answer.least_core.epsilon, digits),
        cost_of_stability=_clean(answer.stability.amount, digits),
        worst_group=None if worst is None else names_of(worst.group, table.players),
        worst_excess=None if worst is None else _clean(worst.excess, digits),
        imputation_set_empty=answer.imputation_set_empty,
        prenucleolus_returned=answer.prenucleolus_returned,
    )


def _digits(largest: float) -> int:
    """Decimals to show when the largest value is of this size."""
    return DIGITS - (math.ceil(math.log10(largest)) if largest > 0 else 0)


def _clean(amount: float, digits: int) -> float:
    """An amount without the rounding errors of its last bits, and no negative zero."""
    return round(float(amount), digits) + 0.0
