"""A game that remembers costs and counts what it was asked."""

from __future__ import annotations

from collections.abc import Sequence

from tongzhou.model.game import CostGame, Separation
from tongzhou.model.game.coalition import Group
from tongzhou.model.game.cost_game import Floats


class Tally:
    """A `CostGame` around another one: every cost is computed once, separations and distinct costs are counted."""

    def __init__(self, game: CostGame) -> None:
        self._game = game
        self._costs: dict[Group, float] = {0: 0.0}
        self.separations = 0

    @property
    def players(self) -> Sequence[str]:
        """Names of the players."""
        return self._game.players

    @property
    def values(self) -> int:
        """Distinct groups whose cost was computed or found."""
        return len(self._costs) - 1

    def cost(self, group: Group) -> float:
        """`c(S)`."""
        if group not in self._costs:
            self._costs[group] = self._game.cost(group)
        return self._costs[group]

    def separate(self, burden: Floats, *, above: float, most: int, outside: Floats | None = None) -> Separation:
        """The most aggrieved groups."""
        self.separations += 1
        found = self._game.separate(burden, above=above, most=most, outside=outside)
        for grievance in found.found:
            self._costs.setdefault(grievance.group, grievance.cost)
        return found


def tallied(game: CostGame) -> Tally:
    """The game as a `Tally`: itself if it is one."""
    return game if isinstance(game, Tally) else Tally(game)
