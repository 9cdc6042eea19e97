"""The least core: the burdens whose largest excess is least."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from tongzhou.model.game import CostGame, Grievance
from tongzhou.model.game.coalition import Group
from tongzhou.model.game.cost_game import Floats
from tongzhou.solvers.games.levels import Level, Levels
from tongzhou.solvers.games.search import Search
from tongzhou.solvers.games.tally import tallied


@dataclass(frozen=True, slots=True)
class Certificate:
    """What proves a burden: its most aggrieved group, the bound that no excess is above, and how much was asked.

    `worst` is None for a game without proper groups. `values`: distinct groups whose cost was asked for or found.
    """

    worst: Grievance | None
    bound: float
    separations: int
    values: int


@dataclass(frozen=True, slots=True)
class LeastCore:
    """Least largest excess (money; negative where the core has room; no floor, no individual rationality).

    `epsilon` is exact when `certificate.bound - epsilon` is within the tolerance; otherwise it lies between the two.
    `burden`: one burden (n amounts) of the least core. `groups`: the rows generated, to start other searches with.
    """

    epsilon: float
    burden: Floats
    certificate: Certificate
    groups: tuple[Group, ...]
    largest: float

    @property
    def core_empty(self) -> bool:
        """Whether every burden leaves some group with a grievance, beyond rounding."""
        return self.epsilon > 1e-9 * self.largest


def least_core(game: CostGame, search: Search | None = None) -> LeastCore:
    """Least core of a game by row generation; a single player has epsilon -inf. Raises `NoPlanError` when stopped."""
    search = search or Search()
    game = tallied(game)
    if len(game.players) == 1:
        cost = game.cost(1)
        certificate = Certificate(None, -float("inf"), 0, game.values)
        return LeastCore(-float("inf"), np.array([cost]), certificate, (), abs(cost))
    levels = Levels(game, search)
    level = levels.descend()
    worst = _tightest(levels, level)
    certificate = Certificate(worst, level.bound, game.separations, game.values)
    return LeastCore(level.excess, level.burden, certificate, tuple(levels.open), levels.form.largest)


def _tightest(levels: Levels, level: Level) -> Grievance:
    """The worst group: what the separation found, or the row with the largest excess."""
    rows = [grievance(levels, group, level.burden) for group in levels.open]
    return max((*level.separation.found, *rows), key=lambda item: (item.excess, -item.group))


def grievance(levels: Levels, group: Group, burden: Floats) -> Grievance:
    """A group's cost and excess under a burden."""
    cost = levels.game.cost(group)
    bears = sum(float(amount) for place, amount in enumerate(burden) if group >> place & 1)
    return Grievance(group, cost, bears - cost)
