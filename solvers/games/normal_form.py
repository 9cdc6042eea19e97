"""A game seen relative to what its players cost alone: `c'(S) = (c(S) - sum of c({i})) / scale`.

Burdens shift and scale along (strategic equivalence), so linear programs see numbers near 1 whether money is in cents or in
billions, and a large cost that players share with nobody takes no digits from what they do share.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from tongzhou.model.game import CostGame, everyone, members
from tongzhou.model.game.coalition import Group
from tongzhou.model.game.cost_game import Floats
from tongzhou.solvers.games.search import RELATIVE_TOLERANCE, Search

LEAST_SCALE = 1e-4
"""Least scale, relative to the largest cost: below it there are rounding errors of the costs themselves."""


@dataclass(frozen=True, slots=True)
class NormalForm:
    """`alone`: `c({i})` of every player (n amounts); `scale`, `largest` (largest `|c(S)|` seen) and `tolerance` in money."""

    alone: Floats
    scale: float
    largest: float
    tolerance: float

    def normal(self, group: Group, amount: float) -> float:
        """A cost or burden of a group, in normal form."""
        return float(amount - self.alone[members(group)].sum()) / self.scale

    def burden(self, normal: Floats) -> Floats:
        """Burdens in money (n amounts) from burdens in normal form."""
        return self.alone + normal * self.scale


def normal_form(game: CostGame, search: Search) -> NormalForm:
    """The normal form of a game; asks for at most `2 n + 1` costs."""
    players = len(game.players)
    alone = np.array([game.cost(1 << place) for place in range(players)])
    groups = starting_groups(players) | {everyone(players)}
    costs = {group: game.cost(group) for group in groups}
    largest = max(search.largest, *(abs(cost) for cost in costs.values()))
    gains = max(abs(cost - alone[members(group)].sum()) for group, cost in costs.items())
    scale = max(float(gains), LEAST_SCALE * largest) or 1.0
    tolerance = RELATIVE_TOLERANCE * scale if search.tolerance is None else search.tolerance
    return NormalForm(alone, scale, largest, tolerance)


def starting_groups(players: int) -> set[Group]:
    """Single players and all but one: with them every level of a game has a bounded linear program."""
    whole = everyone(players)
    groups = {group for place in range(players) for group in (1 << place, whole ^ 1 << place)}
    return groups - {0, whole}
