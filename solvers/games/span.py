"""The groups whose burden is settled, and all groups these determine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from tongzhou.model.game import members
from tongzhou.model.game.coalition import Group
from tongzhou.model.game.cost_game import Floats

INDEPENDENT = 1e-7
"""Length that is left of an indicator vector when what settled groups determine is taken away."""


def indicators(groups: Sequence[Group], players: int) -> Floats:
    """One row of zeros and ones a group: groups x players."""
    found = np.zeros((len(groups), players))
    for row, group in enumerate(groups):
        found[row, members(group)] = 1.0
    return found


class Span:
    """Settled groups with linearly independent indicators, and their burdens in normal form."""

    def __init__(self, players: int) -> None:
        self.players = players
        self.groups: list[Group] = []
        self.burdens: list[float] = []
        self._basis = np.zeros((players, 0))

    @property
    def complete(self) -> bool:
        """Whether the burden of every player is determined."""
        return len(self.groups) == self.players

    def settle(self, group: Group, burden: float) -> bool:
        """Settle the burden of a group; False when the groups before determine it already."""
        rest = indicators([group], self.players)[0]
        for _ in range(2):  # once more against rounding
            rest = rest - self._basis @ (self._basis.T @ rest)
        length = float(np.linalg.norm(rest))
        if length < INDEPENDENT:
            return False
        self._basis = np.column_stack((self._basis, rest / length))
        self.groups.append(group)
        self.burdens.append(burden)
        return True

    def outside(self) -> Floats:
        """Orthonormal columns (players x rank missing) orthogonal to all settled groups."""
        return np.linalg.qr(self._basis, mode="complete")[0][:, len(self.groups) :]

    def determined(self, groups: Sequence[Group]) -> list[bool]:
        """For every group, whether the settled groups determine its burden."""
        left = indicators(groups, self.players) @ self.outside()
        return [bool(item) for item in np.linalg.norm(left, axis=1) < INDEPENDENT]

    def burden(self) -> Floats:
        """Burden of every player in normal form, once complete."""
        return np.linalg.solve(indicators(self.groups, self.players), np.array(self.burdens))
