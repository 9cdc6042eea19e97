"""A game without its dummies: cities that bring nothing and need nothing change no group's cost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from tongzhou.model.game import CostGame, Grievance, Separation, group_of, members
from tongzhou.model.game.coalition import Group
from tongzhou.solvers.compiled import Floats


class SubGame:
    """The players at `kept` places of a game; everybody else is a dummy of a fixed own cost and belongs to no group."""

    def __init__(self, game: CostGame, kept: Sequence[int]) -> None:
        self._game, self._kept = game, tuple(kept)
        self.players = tuple(game.players[place] for place in kept)

    def cost(self, group: Group) -> float:
        """`c(S)`."""
        return self._game.cost(self.outer(group))

    def separate(self, burden: Floats, *, above: float, most: int, outside: Floats | None = None) -> Separation:
        """The most aggrieved groups among the kept players."""
        if len(self._kept) < 2:
            return Separation((), -float("inf"))
        full = self.spread(burden)
        wider = None
        if outside is not None:
            wider = np.zeros((len(self._game.players), outside.shape[1]))
            wider[list(self._kept)] = outside
        found = self._game.separate(full, above=above, most=most, outside=wider)
        told = {}
        for item in found.found:
            inner = self._inner(item.group)
            if 0 < len(members(inner)) < len(self._kept):
                told[inner] = Grievance(inner, self.cost(inner), item.excess)
        if found.found and not told and outside is None and found.bound > above:
            # Groups of dummies, or of all others, hid the rest: ask off the span of the group of all kept players.
            inner_only = np.linalg.qr(np.ones((len(self._kept), 1)), mode="complete")[0][:, 1:]
            return self.separate(burden, above=above, most=most, outside=inner_only)
        return Separation(tuple(told.values()), found.bound)

    def spread(self, burden: Floats) -> Floats:
        """A burden of the kept players as one of all, the dummies bearing their own cost."""
        full = np.array([self._game.cost(1 << place) for place in range(len(self._game.players))])
        full[list(self._kept)] = burden
        return full

    def outer(self, group: Group) -> Group:
        """The same group among all players."""
        return group_of(self._kept[place] for place in members(group))

    def _inner(self, group: Group) -> Group:
        return group_of(number for number, place in enumerate(self._kept) if group >> place & 1)
