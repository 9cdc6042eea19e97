"""Leximin over the groups of one priority: the largest relative shortage as low as can be, then the next, and so on.

Rounds of LPs on the persistent session: minimise the level of all groups not yet fixed; groups whose row carries a dual price
are at that level in every optimal solution (complementary slackness), so they are fixed there; repeat on the rest. A group that
no plan can help is fixed in the round of its own level and levels nobody down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from tongzhou.model.indices import Indices
from tongzhou.model.indices.groups import GroupKey
from tongzhou.solvers.compiled import Patch
from tongzhou.solvers.highs import Solved
from tongzhou.solvers.search import Search

PRICE = 1e-6
"""Dual price (of a level whose prices add up to one) above which a group is taken to be bound."""
ROUNDS_WORTH = 1.5
"""Rounds are begun only if there is time for so many of the longest LP so far."""
EVEN = 1e-7
"""Level below which nobody is short."""
LEVEL_SLACK = 2e-9
"""Room left above a level, of the range 0..1, against rounding."""


@dataclass(frozen=True, slots=True)
class Leximin:
    """`levels`: of every group; `relaxed`: the relaxation's solution in which every group is at its level or below."""

    levels: dict[GroupKey, float]
    relaxed: Solved


def leximin_levels(search: Search, indices: Indices, priority: int, most_s: float) -> Leximin | None:
    """Level of every group of a priority, for divisible goods, under the caps now in force; None without time for one round.

    Groups still free after `options.fairness_rounds` rounds, or when the time share is used up, keep the last common level.
    """
    model, session, clock = search.model, search.relaxed, search.clock
    groups = [key for key in indices.groups if key[0] == priority]
    free = list(groups)
    if most_s < ROUNDS_WORTH * search.pace.lp_s:
        return None
    levels: dict[GroupKey, float] = {}
    level_column = model.column("largest", priority)
    began = clock.seconds
    last, even = 1.0, None
    for _ in range(search.options.fairness_rounds):
        if not free or clock.over or clock.seconds - began > most_s:
            break
        session.minimise(level_column)
        solved = search.solve_relaxed(f"fairness-{priority}", most_s)
        if solved.solution is None or solved.row_duals is None:
            break
        last, even = max(0.0, solved.value), solved
        bound = _bound_groups(search, free, solved.row_duals, solved.solution, last)
        if last <= EVEN:
            bound = list(free)
        for key in bound:
            levels[key] = last
        free = [key for key in free if key not in levels]
        session.apply(_fix(search, bound, last))
    session.apply(_release(search, groups, level_column))
    if even is None:
        return None
    levels.update(dict.fromkeys(free, last))
    return Leximin(levels, even)


def _bound_groups(
    search: Search, free: list[GroupKey], duals: np.ndarray[tuple[int], np.dtype[np.float64]],
    solution: np.ndarray[tuple[int], np.dtype[np.float64]], level: float
) -> list[GroupKey]:  # fmt: skip
    """Groups at the level with a dual price; failing any (degenerate dust), the one nearest to the level."""
    model = search.model
    priced = [key for key in free if abs(duals[model.row("fairness_level", key)]) > PRICE]
    if priced:
        return priced
    return [max(free, key=lambda key: (solution[model.column("relative", key)] - level, key))]


def _fix(search: Search, bound: list[GroupKey], level: float) -> Patch:
    """Cap groups at their level and take them out of the common one."""
    model = search.model
    columns = [model.column("relative", key) for key in bound]
    rows = [model.row("fairness_level", key) for key in bound]
    return _joined(columns, [0.0] * len(bound), [level + LEVEL_SLACK] * len(bound), rows, [np.inf] * len(bound))


def _release(search: Search, groups: list[GroupKey], level_column: int) -> Patch:
    """Undo every cap and row change of the rounds."""
    model = search.model
    columns = [*(model.column("relative", key) for key in groups), level_column]
    rows = [model.row("fairness_level", key) for key in groups]
    return _joined(columns, [0.0] * len(columns), [np.inf] * len(columns), rows, [0.0] * len(rows))


def _joined(
    columns: list[int], lower: list[float], upper: list[float], rows: list[int], row_upper: list[float]
) -> Patch:
    by_column = Patch.of_columns(columns, lower, upper)
    by_row = Patch.of_rows(rows, [-np.inf] * len(rows), row_upper)
    return Patch(
        by_column.columns,
        by_column.column_lower,
        by_column.column_upper,
        by_row.rows,
        by_row.row_lower,
        by_row.row_upper,
    )


def level_caps(search: Search, levels: dict[GroupKey, float]) -> Patch:
    """Measure the excess of every group from its level on."""
    rows = [search.model.row("fairness_excess", key) for key in levels]
    return Patch.of_rows(rows, [-np.inf] * len(rows), [level + LEVEL_SLACK for level in levels.values()])
