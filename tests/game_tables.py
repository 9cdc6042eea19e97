"""Tables of games for tests: values by bit mask, made from what a game is about."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from tongzhou.model.game import members
from tongzhou.model.game.cost_game import Floats
from tongzhou.model.game.table_game import TableGame, sums


def names(players: int) -> tuple[str, ...]:
    return tuple(f"p{place}" for place in range(players))


def cost_game(costs: Sequence[float] | Floats) -> TableGame:
    table = np.array(costs, dtype=float)
    return TableGame(names(len(table).bit_length() - 1), table)


def savings_game(values: Sequence[float] | Floats) -> TableGame:
    """The cost game of a savings game; its burdens are minus the shares."""
    return cost_game(-np.array(values, dtype=float))


def from_function(players: int, value: Callable[[list[int]], float]) -> Floats:
    return np.array([0.0] + [value(members(group)) for group in range(1, 1 << players)])


def bankruptcy(estate: float, claims: Sequence[float]) -> Floats:
    """O'Neill 1982: what the claims of all others leave."""
    return np.maximum(0.0, estate - (sum(claims) - sums(np.array(claims, dtype=float))))


def airport(lengths: Sequence[float]) -> Floats:
    return from_function(len(lengths), lambda places: max(lengths[place] for place in places))


def majority(quota: float, weights: Sequence[float]) -> Floats:
    return (sums(np.array(weights, dtype=float)) >= quota).astype(float)


def gloves(left: int, right: int) -> Floats:
    side = np.array([1.0] * left + [0.0] * right)
    return np.minimum(sums(side), sums(1 - side))


def permuted(table: Floats, order: Sequence[int]) -> Floats:
    """The table in which player `order[k]` of the old one is player `k`."""
    players = len(order)
    found = np.empty_like(table)
    for group in range(1 << players):
        found[group] = table[sum(1 << order[place] for place in members(group))]
    return found


def shapley_by_orders(table: Floats) -> Floats:
    """The definition: over all orders, what a player adds to those before it."""
    players = len(table).bit_length() - 1
    total, orders = np.zeros(players), list(itertools.permutations(range(players)))
    for order in orders:
        group = 0
        for place in order:
            total[place] += table[group | 1 << place] - table[group]
            group |= 1 << place
    return total / len(orders)


def write_game(path: Path, players: Sequence[str], values: Mapping[int, float]) -> Path:
    """The CSV file of a table, groups by bit mask."""
    rows = [f"{' '.join(players[place] for place in members(group))},{value!r}" for group, value in values.items()]
    path.write_text("coalition,value\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


@st.composite
def tables(draw: st.DrawFn, *, most: int = 5) -> Floats:
    """Random tables, many with ties, zeros, dummies or no interaction at all."""
    players = draw(st.integers(2, most))
    size = 1 << players
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    weights = random.integers(0, 5, players).astype(float)
    kinds: dict[str, Callable[[], Floats]] = {
        "uniform": lambda: random.random(size) * np.bitwise_count(np.arange(size)),
        "normal": lambda: random.normal(size=size),
        "ties": lambda: random.integers(-1, 3, size).astype(float),
        "zero": lambda: np.zeros(size),
        "additive": lambda: sums(random.normal(size=players)),
        "majority": lambda: majority(float(random.integers(1, 8)), list(weights)),
        "bankruptcy": lambda: bankruptcy(float(random.integers(0, int(weights.sum()) + 1)), list(weights)),
        "airport": lambda: airport(list(weights)),
        "gloves": lambda: gloves(players // 2, players - players // 2),
    }
    table = kinds[draw(st.sampled_from(sorted(kinds)))]()
    table[0] = 0.0
    return table * draw(st.sampled_from((1e-3, 1.0, 7.0, 1e9)))
