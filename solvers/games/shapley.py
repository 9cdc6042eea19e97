"""The Shapley value: what players add to the cost of those before them, on average over all orders."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student
from tongzhou.model.game import CostGame, everyone
from tongzhou.model.game.cost_game import Floats
from tongzhou.solvers.games.search import Search
from tongzhou.solvers.games.tally import Tally

CONFIDENCE = 0.95
LEAST_PAIRS = 16
"""Pairs of orders below which a spread is not to be believed."""


def exact_shapley(costs: Floats) -> Floats:
    """Shapley value (n amounts) of a table of costs (2^n by bit mask, `costs[0] = 0`).

    `x_i = sum over S with i of c(S) (s-1)! (n-s)! / n!` less `sum over S without i of c(S) s! (n-s-1)! / n!`. With both
    weights added, that is a sum over the groups with `i` less one over all groups; the former are found for all players
    together by folding the table onto its lower half, in `2^(n+1)` additions.
    """
    players = len(costs).bit_length() - 1
    joins, leaves = _weights(players)
    sizes = np.bitwise_count(np.arange(len(costs), dtype=np.uint32))
    offset = float((leaves[sizes] * costs).sum())
    folded = (joins + leaves)[sizes] * costs
    found = np.empty(players)
    for place in reversed(range(players)):
        half = 1 << place
        found[place] = folded[half:].sum() - offset
        folded = folded[:half] + folded[half:]
    return found


def _weights(players: int) -> tuple[Floats, Floats]:
    """By size of a group (0..n): weight of its cost for a player in it, and for a player not in it."""
    leaves = np.array([1.0 / ((players - size) * math.comb(players, size)) for size in range(players)] + [0.0])
    joins = np.array([0.0] + [1.0 / (size * math.comb(players, size)) for size in range(1, players + 1)])
    return joins, leaves


@dataclass(frozen=True, slots=True)
class SampledShapley:
    """Estimate (n amounts of money) and half the width of each player's 95 % interval (Student's t over pairs of orders).

    The estimates sum to `c(N)`. `pairs`: pairs of opposite orders drawn; `values`: distinct costs computed.
    """

    burden: Floats
    half_width: Floats
    pairs: int
    values: int


def sampled_shapley(
    game: CostGame,
    *,
    seed: int = 0,
    relative_width: float = 0.01,
    most_values: int = 10_000,
    search: Search | None = None,
) -> SampledShapley:
    """Shapley value from random orders, each with its reverse (antithetic), of any game of cost.

    Stops when every half width is at most `relative_width` of `|c(N)|` (of the largest cost seen, if that is 0), or before
    a pair that could take it above `most_values` distinct costs. Raises `NoPlanError` when stopped from outside.
    """
    search = search or Search()
    tally, random = Tally(game), np.random.default_rng(seed)
    players = len(game.players)
    total = tally.cost(everyone(players))
    shares = _Spread(players)
    while True:
        search.check_clock()
        order = random.permutation(players)
        shares.add((_marginals(tally, order) + _marginals(tally, order[::-1])) / 2)
        width = shares.half_width()
        wanted = relative_width * (abs(total) or shares.largest)
        enough = shares.count >= LEAST_PAIRS and float(width.max()) <= wanted
        if enough or tally.values + 2 * players > most_values:
            burden = shares.mean + (total - shares.mean.sum()) / players
            return SampledShapley(burden, width, shares.count, tally.values)
        search.clock.report("shapley", float(width.max()), wanted)


def _marginals(game: Tally, order: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Floats:
    """What each player adds to those before it in the order."""
    found = np.empty(len(order))
    group, before = 0, 0.0
    for place in order:
        group |= 1 << int(place)
        cost = game.cost(group)
        found[place], before = cost - before, cost
    return found


class _Spread:
    """Mean and spread of vectors as they come (Welford 1962)."""

    def __init__(self, players: int) -> None:
        self.count, self.largest = 0, 0.0
        self.mean, self._squares = np.zeros(players), np.zeros(players)

    def add(self, shares: Floats) -> None:
        """One vector more."""
        self.count += 1
        self.largest = max(self.largest, float(np.abs(shares).max()))
        away = shares - self.mean
        self.mean = self.mean + away / self.count
        self._squares = self._squares + away * (shares - self.mean)

    def half_width(self) -> Floats:
        """Half the 95 % interval of every mean; infinite for a single vector."""
        if self.count < 2:
            return np.full(len(self.mean), np.inf)
        quantile = float(student.ppf((1 + CONFIDENCE) / 2, self.count - 1))
        return quantile * np.sqrt(self._squares / (self.count - 1) / self.count)
