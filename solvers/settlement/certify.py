"""The proof of a settlement: its most aggrieved group, found and bounded by exact separation."""

from __future__ import annotations

from dataclasses import dataclass

from tongzhou.model.game import Grievance
from tongzhou.solvers.coalitions.dispatch_game import DispatchGame
from tongzhou.solvers.compiled import Floats
from tongzhou.solvers.progress import Clock

GROUPS_A_ROUND = 8


@dataclass(frozen=True, slots=True)
class Proof:
    """The worst group of a burden and the bound that no group's excess is above; None without proper groups."""

    worst: Grievance | None
    bound: float
    separations: int

    @property
    def excess(self) -> float:
        """Excess of the worst group."""
        return self.worst.excess if self.worst is not None else 0.0


def prove(game: DispatchGame, burden: Floats, clock: Clock, *, roughly: bool = False) -> Proof:
    """Separate until no group is more aggrieved than the worst found, or the clock is over (the bound then says how far).

    What is known may prove it at once; `roughly` stops there in any case.
    """
    if len(game.players) < 2:
        return Proof(None, 0.0, 0)
    known = game.known_bound(burden)
    worst: Grievance | None = known.found[0]
    count = 1
    if roughly or known.bound <= first_excess(worst) + game.accuracy:
        return Proof(worst, max(known.bound, first_excess(worst)), count)
    while True:
        above = first_excess(worst)
        found = game.separate(burden, above=above, most=GROUPS_A_ROUND)
        count += 1
        first = found.found[0] if found.found else None
        improved = first is not None and first.excess > above
        if improved:
            worst = first
        if not improved or found.bound <= first_excess(worst) or clock.over:
            return Proof(worst, max(found.bound, first_excess(worst)), count)


def first_excess(worst: Grievance | None) -> float:
    """Excess of a group, or of none."""
    return worst.excess if worst is not None else -float("inf")
