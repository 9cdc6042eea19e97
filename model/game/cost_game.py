"""What every solution rule asks of a game of cost, however its values come about: from a table, or from dispatch.

A burden `x` gives every player an amount to bear. The excess of a group is `x(S) - c(S)`: what it bears above what it would
have cost alone. A savings game `v` is the cost game `c = -v` with burdens `-x`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from tongzhou.model.game.coalition import Group

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Grievance:
    """A group, what it would cost alone, and its excess under the burden asked about."""

    group: Group
    cost: float
    excess: float


@dataclass(frozen=True, slots=True)
class Separation:
    """Answer of a game to "who is most aggrieved?": groups, the worst first, and a bound that no group's excess is above.

    `bound` is certified (by enumeration, or by the dual bound of the search); without any group in question it is -inf.
    """

    found: tuple[Grievance, ...]
    bound: float


class CostGame(Protocol):
    """A game `c` over proper non-empty groups of `players`; values in money."""

    @property
    def players(self) -> Sequence[str]:
        """Names of the players."""

    def cost(self, group: Group) -> float:
        """`c(S)`; `c` of nobody is 0. An error while it is computed is raised, never turned into a number."""

    def separate(self, burden: Floats, *, above: float, most: int, outside: Floats | None = None) -> Separation:
        """Proper non-empty groups of large excess under `burden` (n amounts): at most `most`, the worst first.

        Only groups with an excess above `above` matter to the caller. `outside` (n x r, orthonormal columns): only groups
        whose indicator vector is not orthogonal to all its columns count (those not spanned by groups already fixed).
        """
