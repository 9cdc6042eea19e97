"""How a game is searched: exactness, groups a round, the clock."""

from __future__ import annotations

from dataclasses import dataclass, field

from tongzhou.model.errors import NoPlanError, Text
from tongzhou.solvers.progress import Clock

RELATIVE_TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True)
class Search:
    """Choices of a search. `tolerance`: money by which a group's excess may be misjudged; None: 1e-10 of the game's scale.

    A game whose separation leaves a gap needs a tolerance of at least twice that gap. `largest`: a bound on `|c(S)|` if one
    is known; otherwise it is taken from single players, the groups without one player, and all.
    """

    tolerance: float | None = None
    groups_a_round: int | None = None
    largest: float = 0.0
    clock: Clock = field(default_factory=lambda: Clock(None))

    def most(self, players: int) -> int:
        """Groups asked for in one separation."""
        return self.groups_a_round or 2 * players

    def check_clock(self) -> None:
        """Raise `NoPlanError` when the search was cancelled or its time is over."""
        if self.clock.over:
            raise NoPlanError(Text("stopped before there was an answer", "尚无结果即已停止"))
