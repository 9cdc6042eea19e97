"""The levels of a game: the least largest excess, then, with the groups settled that must have it, the next, and so on.

Sequential linear programs (Maschler, Peleg, Shapley 1979; Kopelowitz 1967) with generated rows. At each level ONLY groups
with a positive price are settled: these have the level's excess in every optimal burden. A group that is merely tight at one
vertex need not (Guajardo, Joernsten 2015).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from tongzhou.model.game import Separation, everyone
from tongzhou.model.game.coalition import Group
from tongzhou.model.game.cost_game import Floats
from tongzhou.solvers.games.master import Master, Vertex
from tongzhou.solvers.games.normal_form import NormalForm, normal_form, starting_groups
from tongzhou.solvers.games.search import Search
from tongzhou.solvers.games.span import Span
from tongzhou.solvers.games.tally import Tally

PRICED = 1e-7
"""The prices of a level sum to 1; those above this are positive beyond doubt."""
STEP = "level"


@dataclass(frozen=True, slots=True)
class Level:
    """One level, in money: largest excess of the groups not settled, a burden (n) that has it, and what proves it.

    `bound`: no group's excess is larger under `burden`. `worst`: groups found by the last separation.
    """

    excess: float
    burden: Floats
    separation: Separation
    vertex: Vertex

    @property
    def bound(self) -> float:
        """What no group's excess is above, of those not settled."""
        return max(self.excess, self.separation.bound)


class Levels:
    """Levels of a game of at least two players, from the first on. `rational`: nobody bears more than alone."""

    def __init__(self, game: Tally, search: Search, *, rational: bool = False, known: Iterable[Group] = ()) -> None:
        players = len(game.players)
        whole = everyone(players)
        self.game, self.search = game, search
        self.form: NormalForm = normal_form(game, search)
        self.span = Span(players)
        total = self.form.normal(whole, game.cost(whole))
        self._master = Master(players, total, to="groups", ceiling=0.0 if rational else float("inf"))
        self._rational = rational
        self.span.settle(whole, total)
        self.open: list[Group] = []
        self._add([*dict.fromkeys((*sorted(starting_groups(players)), *known))])

    def cost(self, group: Group) -> float:
        """Cost of a group in normal form."""
        return self.form.normal(group, self.game.cost(group))

    def _add(self, groups: list[Group]) -> None:
        self._master.add(groups, [self.cost(group) for group in groups])
        self.open += groups

    def descend(self) -> Level:
        """The level reached with the groups settled so far: rows are added until no group outside is above it."""
        outside = self.span.outside() if len(self.span.groups) > 1 else None
        form, most = self.form, self.search.most(self.span.players)
        while True:
            self.search.check_clock()
            vertex = self._master.solve()
            level, burden = vertex.relief * form.scale, form.burden(vertex.burden)
            found = self.game.separate(burden, above=level + form.tolerance, most=most, outside=outside)
            self.search.clock.report(f"{STEP} {len(self.span.groups)}", level, found.bound)
            known = set(self.open)
            new = [item.group for item in found.found if item.group not in known]
            if found.bound <= level + form.tolerance or not new:
                return Level(level, burden, found, vertex)
            self._add(new)

    def settle(self, level: Level) -> None:
        """Settle what must have the level's excess; groups that this determines are no longer asked about."""
        vertex = level.vertex
        priced = [(-vertex.prices[group], group) for group in self.open if vertex.prices[group] > PRICED]
        assert priced, "the prices of a level sum to 1"
        for _, group in sorted(priced):
            self._settle(group, self.cost(group) + vertex.relief)
        if self._rational:
            for place in np.flatnonzero(vertex.ceiling_prices > PRICED):
                self._settle(1 << int(place), 0.0)
        gone = dict(zip(self.open, self.span.determined(self.open), strict=True))
        for group in self.open:
            if gone[group] and group not in self.span.groups:
                self._master.release(group)
        self.open = [group for group in self.open if not gone[group]]

    def _settle(self, group: Group, burden: float) -> None:
        if self.span.settle(group, burden):
            self._master.fix(group, burden)
