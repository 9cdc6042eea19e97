"""A game given as a table of the costs of all groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from tongzhou.model.errors import Text, UsageError
from tongzhou.model.game.coalition import Group
from tongzhou.model.game.cost_game import Floats, Grievance, Separation

Groups = npt.NDArray[np.int64]

MOST_PLAYERS = 24
"""2^24 costs are 128 MiB; every player more doubles that."""
BLOCK_BITS = 15
"""Groups are looked at 2^15 at a time: burdens, costs and excesses of a block stay in the processor's cache."""
ORTHOGONAL = 1e-8


def refuse_too_many(players: int) -> None:
    """Raise `UsageError` when a table for that many players would not fit."""
    if players > MOST_PLAYERS:
        raise UsageError(
            Text(
                f"a table of coalition values holds at most {MOST_PLAYERS} players, not {players}",
                f"联盟价值表最多 {MOST_PLAYERS} 个参与者, 现有 {players} 个",
            )
        )


def sums(amounts: Floats) -> Floats:
    """Sum of the amounts of every group of `n` players, 2^n in the order of their bit masks."""
    found = np.empty(1 << len(amounts))
    found[0] = 0.0
    for place, amount in enumerate(amounts):
        half = 1 << place
        np.add(found[:half], amount, out=found[half : 2 * half])
    return found


@dataclass(frozen=True, slots=True, eq=False)
class TableGame:
    """Costs of all groups of `players`: float64, length 2^n, by bit mask; `costs[0]` is 0."""

    players: Sequence[str]
    costs: Floats

    def __post_init__(self) -> None:
        refuse_too_many(len(self.players))
        assert self.costs.shape == (1 << len(self.players),)
        assert self.costs.dtype == np.float64
        assert self.costs[0] == 0.0

    def cost(self, group: Group) -> float:
        """`c(S)`."""
        return float(self.costs[group])

    def separate(self, burden: Floats, *, above: float, most: int, outside: Floats | None = None) -> Separation:
        """The most aggrieved groups among all 2^n - 2, by enumeration: `bound` is the largest excess itself."""
        if len(self.players) < 2:
            return Separation((), -float("inf"))
        blocks = _Blocks(self.costs, burden, outside)
        groups, excesses = np.empty(0, dtype=np.int64), np.empty(0)
        cut = -float("inf")
        for block in np.argsort(-blocks.highest, kind="stable"):
            if blocks.highest[block] <= cut:
                break
            more_groups, more_excesses = blocks.above(int(block), cut)
            groups, excesses = _worst(
                np.concatenate((groups, more_groups)), np.concatenate((excesses, more_excesses)), most
            )
            if len(excesses):
                # Below `above` only the largest excess matters, for the bound.
                cut = max(min(above, float(excesses[0])), float(excesses[-1]) if len(excesses) >= most else cut)
        bound = float(excesses[0]) if len(excesses) else -float("inf")
        return Separation(tuple(self._grievances(groups, excesses, above)), bound)

    def _grievances(self, groups: Groups, excesses: Floats, above: float) -> Iterator[Grievance]:
        for group, excess in zip(groups, excesses, strict=True):
            if excess > above:
                yield Grievance(int(group), self.cost(int(group)), float(excess))


def _worst(groups: Groups, excesses: Floats, most: int) -> tuple[Groups, Floats]:
    """The `most` groups of largest excess, the worst first; of equals the smaller bit mask."""
    if len(groups) > most:
        kept = np.argpartition(-excesses, most - 1)[:most]
        groups, excesses = groups[kept], excesses[kept]
    order = np.lexsort((groups, -excesses))
    return groups[order], excesses[order]


class _Blocks:
    """Excesses of all groups under one burden, a block of groups with the same upper bits at a time."""

    def __init__(self, costs: Floats, burden: Floats, outside: Floats | None) -> None:
        players = len(burden)
        bits = min(BLOCK_BITS, players)
        self._costs = costs.reshape(-1, 1 << bits)
        self._low, self._high = sums(burden[:bits]), sums(burden[bits:])
        # A group is orthogonal to all columns exactly when, but for an accident of probability 1e-13, two random mixes are.
        mixes = () if outside is None else (outside @ np.random.default_rng(0).normal(size=(outside.shape[1], 2))).T
        self._mixes = [(sums(mix[:bits]), sums(mix[bits:])) for mix in mixes]
        self.highest = np.array([self._excesses(block).max() for block in range(len(self._costs))])

    def _excesses(self, block: int) -> Floats:
        excesses: Floats = self._low - self._costs[block]
        excesses += self._high[block]
        if block == 0:
            excesses[0] = -np.inf
        if block == len(self._costs) - 1:
            excesses[-1] = -np.inf
        return excesses

    def above(self, block: int, cut: float) -> tuple[Groups, Floats]:
        """Groups of a block that count, with an excess above `cut`, and their excesses."""
        excesses = self._excesses(block)
        places = np.flatnonzero(excesses > cut)
        if self._mixes:
            near = [np.abs(low[places] + high[block]) < ORTHOGONAL for low, high in self._mixes]
            places = places[~np.logical_and.reduce(near)]
        return places + block * len(self._low), excesses[places]
