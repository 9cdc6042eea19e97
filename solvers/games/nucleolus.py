"""The nucleolus (Schmeidler 1969): excesses, sorted from the largest, lexicographically least."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from tongzhou.model.game import CostGame, everyone
from tongzhou.model.game.coalition import Group
from tongzhou.model.game.cost_game import Floats
from tongzhou.solvers.games.levels import Levels
from tongzhou.solvers.games.search import Search
from tongzhou.solvers.games.tally import tallied

NOTHING = 1e-11
"""Missing money, relative to the largest cost, that is rounding."""


@dataclass(frozen=True, slots=True)
class Nucleolus:
    """Burdens (n amounts of money), the levels of excess from the first on, and whether they are proven.

    `imputation_set_empty`: the players alone cost less than all together, so nobody-above-alone is impossible and `burden`
    is the prenucleolus. `gap`: most by which a level's separation bound exceeds the level.
    """

    burden: Floats
    levels: tuple[float, ...]
    imputation_set_empty: bool
    gap: float


def imputations_empty(game: CostGame) -> bool:
    """Whether the costs of the players alone sum to less than the cost of all."""
    total = game.cost(everyone(len(game.players)))
    alone = np.array([game.cost(1 << place) for place in range(len(game.players))])
    return float(alone.sum()) < total - NOTHING * max(abs(total), float(np.abs(alone).max()))


def nucleolus(
    game: CostGame, search: Search | None = None, *, rational: bool = True, known: Iterable[Group] = ()
) -> Nucleolus:
    """The nucleolus; the prenucleolus if nobody-above-alone is impossible or not asked for (`rational=False`).

    `known`: groups to start with. Raises `NoPlanError` when stopped.
    """
    game = tallied(game)
    empty = imputations_empty(game)
    if len(game.players) == 1:
        return Nucleolus(np.array([game.cost(1)]), (), empty, 0.0)
    levels = Levels(game, search or Search(), rational=rational and not empty, known=known)
    reached, gap = list[float](), 0.0
    while not levels.span.complete:
        level = levels.descend()
        levels.settle(level)
        reached.append(level.excess)
        gap = max(gap, level.bound - level.excess)
    return Nucleolus(levels.form.burden(levels.span.burden()), tuple(reached), empty, gap)
