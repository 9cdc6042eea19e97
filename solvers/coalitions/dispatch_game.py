"""The game of a scenario: the cost of every group of cities is a dispatch of its own, valued when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace

import numpy as np
from tongzhou.model.game import Grievance, Separation, everyone
from tongzhou.model.game.coalition import Group, members
from tongzhou.solvers.coalitions.cuts import Candidate, CutPool
from tongzhou.solvers.coalitions.memory import ValuationMemory
from tongzhou.solvers.coalitions.valuation import Valuation
from tongzhou.solvers.coalitions.workers import Workers
from tongzhou.solvers.compiled import Floats
from tongzhou.solvers.progress import Clock

TOLERANCE = 1e-10
"""Excess, as a share of the size of the game, that counts as none: the accuracy of the dispatches."""
MANY, ROUGHLY = 60, 1e-5
"""Players beyond which groups are certified to this share of what all together cost: with 300 cities the exact search had closed
all but 3e-6 of it after seconds, and none of that after ten minutes more."""
STARTS = 200
MASTER_LIMIT_S = 120.0


class DispatchGame:
    """A `CostGame` over dispatch; every group's cost may be shifted by amounts of its members (liability).

    With `whole` trips a group's cost is what no dispatch of it is below: of its relaxation, until `sharpen` has solved it with
    whole trips. So an excess is never told too small; every city alone is sharp, and all together cost what was really found.
    """

    def __init__(
        self, players: Sequence[str], workers: Workers, memory: ValuationMemory, clock: Clock, *, whole: bool = False
    ) -> None:
        self.players = tuple(players)
        self.whole = whole
        self._workers, self._memory, self._clock = workers, memory, clock
        self._shift: Floats = np.zeros(len(self.players))
        self._rng = np.random.default_rng(0)
        self._known: dict[Group, Valuation] = {}
        count = len(self.players)
        self._together: float | None = None
        self._apart: Floats = np.zeros(count)
        self._alone = workers.valuer.value_alone(clock.unhurried())
        self.size = max(1.0, float(np.abs(self._alone).sum()))
        self._cuts = CutPool(count, self.size)
        self.value([everyone(count)])
        if whole:
            singles = [1 << place for place in range(count)]
            self.value(singles)
            self.sharpen([*singles, everyone(count)])
            self._alone = np.array([self._known[group].bound for group in singles])
            self._apart = np.array([self._known[group].cost for group in singles])
            self._together = self._known[everyone(count)].bound
            self._cuts.add_affine(self._apart, self._together - float(self._apart.sum()))
            for item in [item for item in self._known.values() if not item.sharp]:
                self._known[item.group] = self._raised(item)

    def shifted(self, amounts: Sequence[float]) -> DispatchGame:
        """The same game, everything learnt included, with each group's cost raised by its members' amounts."""
        other = copy(self)
        other._shift = self._shift + np.array(amounts, dtype=float)
        return other

    def timed(self, clock: Clock) -> DispatchGame:
        """The same game, everything learnt included, under another clock."""
        other = copy(self)
        other._clock = clock
        return other

    def shared(self, prices: Sequence[float]) -> Floats:
        """Amounts of money a city, with the shift of each."""
        return np.array(prices, dtype=float) + self._shift

    @property
    def solved(self) -> int:
        """Groups whose dispatch was solved so far."""
        return len(self._known)

    def value(self, groups: Iterable[Group]) -> list[Valuation]:
        """Valuations of groups (without shift), many at once."""
        wanted = list(groups)
        fresh = [group for group in dict.fromkeys(wanted) if group not in self._known]
        for item in self._recall(fresh):
            self._cut(item)
        return [self._known[group] for group in wanted]

    def cost(self, group: Group) -> float:
        """`c(S)` with the shift of its members; with whole trips its certified lower bound, but for all together."""
        if not group:
            return 0.0
        inside = members(group)
        if len(inside) == 1 and len(self.players) > 1:
            return float(self._alone[inside[0]] + self._shift[inside[0]])
        item = self.value([group])[0]
        cost = item.cost if group == everyone(len(self.players)) else item.bound
        return cost + float(self._shift[inside].sum())

    def is_sharp(self, group: Group) -> bool:
        """Whether a group's cost is known with whole trips, where the game has whole trips."""
        return group in self._known and self._known[group].sharp

    def sharpen(self, groups: Iterable[Group]) -> None:
        """Solve groups with whole trips: their costs rise, never fall."""
        if not self.whole:
            return
        blunt = [group for group in groups if not self.is_sharp(group)]
        for item in self._workers.value(blunt, self._clock.unhurried(), whole=True):
            self._memory.keep([item])
            self._known[item.group] = item
            self._cut(item)

    def separate(self, burden: Floats, *, above: float, most: int, outside: Floats | None = None) -> Separation:
        """The most aggrieved groups: those already valued, then good guesses, then the exact search over the cuts."""
        net = np.asarray(burden, dtype=float) - self._shift
        slack = TOLERANCE * self.size
        found = self._above(self._valued(), net, above + slack, outside)
        if not found:
            found = self._guess(net, above + slack, most, outside)
        if found:
            return Separation(tuple(self._told(item, net) for item in found[:most]), float("inf"))
        return self._search(net, above, slack, outside)

    def glance(self, burden: Floats, *, above: float, most: int) -> list[Grievance]:
        """Aggrieved groups by guessing alone: none found proves nothing."""
        net = np.asarray(burden, dtype=float) - self._shift
        threshold = above + TOLERANCE * self.size
        found = self._above(self._known.values(), net, threshold, None) or self._guess(net, threshold, most, None)
        return [self._told(item, net) for item in found[:most]]

    @property
    def gap(self) -> float:
        """Money by which the cost of all together may still be above its bound; 0 without whole trips."""
        together = self._known[everyone(len(self.players))]
        return together.cost - together.bound

    @property
    def accuracy(self) -> float:
        """Money to which groups are certified: the dispatches' own, and the rounding of burdens to cents; see `ROUGHLY`."""
        exact = 10 * TOLERANCE * self.size + 0.01 * len(self.players) / 4
        together = self._known[everyone(len(self.players))].cost
        return exact if len(self.players) <= MANY else exact + ROUGHLY * abs(together)

    def known_bound(self, burden: Floats) -> Separation:
        """The worst of the groups valued so far, and what the cuts bound every excess by: no dispatch is solved for it."""
        net = np.asarray(burden, dtype=float) - self._shift
        _, bound = self._cuts.worst(net, None, min(MASTER_LIMIT_S, self._clock.left))
        best = self._above(self._valued(), net, -float("inf"), None)
        return Separation(tuple(self._told(item, net) for item in best[:1]), bound)

    @property
    def center(self) -> Floats:
        """The dual prices of all cities together: in the core of the relaxation, the still point of stabilised searches."""
        return self.shared(self._known[everyone(len(self.players))].prices)

    def _guess(self, net: Floats, above: float, most: int, outside: Floats | None) -> list[Valuation]:
        candidates = [
            item.group
            for item in self._cuts.guess(net, self._rng, starts=STARTS)
            if item.most > above and item.group not in self._known and _counts(item.group, outside)
        ]
        chosen = candidates[: max(most, self._workers.count)]
        return self._above(self.value(chosen), net, above, outside)

    def _search(self, net: Floats, above: float, slack: float, outside: Floats | None) -> Separation:
        direction = self._direction(outside)
        while True:
            self._clock.report("separation", above, None)
            candidate, bound = self._cuts.worst(net, direction, min(MASTER_LIMIT_S, self._clock.left))
            if candidate is None or bound <= above + slack or self._clock.over:
                break
            new = candidate.group not in self._known
            item = self.value([candidate.group])[0]
            if _excess(item, net) > above + slack and _counts(item.group, outside):
                return Separation((self._told(item, net),), bound)
            if not new or candidate.most - _excess(item, net) <= slack:
                break  # the cuts are exact there: only the gap of the master or of whole trips is left
            self._value_near(candidate, net, above + slack)
        best = self._above(self._valued(), net, -float("inf"), outside)
        return Separation(tuple(self._told(item, net) for item in best[:1]), bound)

    def _value_near(self, candidate: Candidate, net: Floats, above: float) -> None:
        """Guesses under the sharpened cuts keep the other workers busy, and the exact search short."""
        del candidate
        groups = [item.group for item in self._cuts.guess(net, self._rng, starts=STARTS) if item.most > above]
        self.value([group for group in groups if group not in self._known][: self._workers.count])

    def _direction(self, outside: Floats | None) -> Floats | None:
        if outside is None:
            return None
        direction = outside @ self._rng.normal(size=outside.shape[1])
        return np.asarray(direction / np.abs(direction).max(), dtype=float)

    def _valued(self) -> Iterator[Valuation]:
        """Every group whose cost is known; of a city alone it is, without a dispatch of its own."""
        yield from self._known.values()
        for place, cost in enumerate(self._alone):
            if 1 << place not in self._known:
                yield Valuation(1 << place, float(cost), float(cost), ())

    def _above(self, items: Iterable[Valuation], net: Floats, above: float, outside: Floats | None) -> list[Valuation]:
        grand = everyone(len(self.players))
        found = [item for item in items if item.group != grand and _excess(item, net) > above]
        found = [item for item in found if _counts(item.group, outside)]
        return sorted(found, key=lambda item: (-_excess(item, net), item.group))

    def _told(self, item: Valuation, net: Floats) -> Grievance:
        cost = item.bound + float(self._shift[members(item.group)].sum())
        return Grievance(item.group, cost, _excess(item, net))

    def _recall(self, groups: Sequence[Group]) -> list[Valuation]:
        found = self._memory.recall(groups)
        fresh = [group for group in groups if group not in found]
        solved = self._workers.value(fresh, self._clock.unhurried())
        if self.whole:
            solved = [self._raised(replace(item, sharp=False)) for item in solved]
        self._memory.keep(solved)
        found.update({item.group: item for item in solved})
        self._known.update(found)
        return [found[group] for group in groups]

    def _raised(self, item: Valuation) -> Valuation:
        """A relaxed group's bound raised by what all together cost: dispatches add up, so `c(S) >= c(N) - sum of c({i})` over
        the cities outside; groups that only lack contributors cost at least what all together do."""
        if self._together is None:
            return item
        missing = everyone(len(self.players)) ^ item.group
        bound = max(item.bound, self._together - float(self._apart[members(missing)].sum()))
        return replace(item, cost=max(item.cost, bound), bound=bound)

    def _cut(self, item: Valuation) -> None:
        prices = np.array(item.prices)
        self._cuts.add(prices)
        self._cuts.lift(item.group, prices, item.bound)


def _excess(item: Valuation, net: Floats) -> float:
    return float(net[members(item.group)].sum()) - item.bound


def _counts(group: Group, outside: Floats | None) -> bool:
    """Whether a group is not spanned by the groups already fixed."""
    return outside is None or bool(np.abs(outside[members(group)].sum(axis=0)).max() > 1e-8)
