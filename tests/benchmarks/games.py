"""Plain games solved by tongzhou and by coopgame-py in one run: CPU seconds, their ratio, peak memory.

    python tests/benchmarks/games.py [PLAYERS ...]

Both get the values as their own game object, made outside the timing. `least core` is the epsilon with one burden (ours proves
it by a last separation); `nearest` is the rule `least-core`, which coopgame-py does not have.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable
from pathlib import Path

import coopgame
import numpy as np
from tongzhou.model.game.cost_game import Floats
from tongzhou.model.game.table_game import TableGame, sums
from tongzhou.solvers.games.equal_surplus import equal_surplus
from tongzhou.solvers.games.least_core import least_core
from tongzhou.solvers.games.nearest import nearest_in_least_core
from tongzhou.solvers.games.nucleolus import nucleolus
from tongzhou.solvers.games.shapley import exact_shapley

REPEATS = 3


def random_game(players: int) -> Floats:
    """Values drawn evenly up to 50 a head; nothing alone."""
    random = np.random.default_rng(0)
    values = np.floor(random.random(1 << players) * 50 * np.bitwise_count(np.arange(1 << players)))
    values[[0, *(1 << place for place in range(players))]] = 0.0
    values[-1] = 50.0 * players
    return values


def market_game(players: int) -> Floats:
    """Two sides with holdings that are worth something only in pairs."""
    holdings = np.random.default_rng(1).integers(1, 20, players).astype(float)
    left = np.where(np.arange(players) < players // 2, holdings, 0.0)
    return np.minimum(sums(left), sums(holdings - left)) * 7.0


def convex_game(players: int) -> Floats:
    """A weight for every pair in the group."""
    weights = np.random.default_rng(2).integers(1, 10, (players, players)).astype(float)
    values = np.zeros(1)
    for place in range(players):
        values = np.concatenate((values, values + sums(weights[:place, place])))
    return values


def airport_game(players: int) -> Floats:
    """What sharing one runway saves; player k alone needs k."""
    lengths = np.arange(1.0, players + 1)
    longest = np.zeros(1)
    for length in lengths:
        longest = np.concatenate((longest, np.maximum(longest, length)))
    return sums(lengths) - longest


def seconds(work: Callable[[], object]) -> float:
    """Least CPU seconds of a few runs."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def ours(values: Floats) -> TableGame:
    """The cost game of a savings game."""
    return TableGame(tuple(map(str, range(len(values).bit_length() - 1))), -values)


def peak_of(package: str, name: str, players: int) -> float:
    """MiB at most in a process of its own that makes the game and its nucleolus."""
    values = GAMES[name](players)
    if package == "ours":
        nucleolus(ours(values))
    else:
        coopgame.nucleolus(coopgame.Game(values[1:].tolist()))
    # Not `resource`: its ru_maxrss starts with what the parent held when it forked.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def peak(package: str, name: str, players: int) -> float:
    """`peak_of` in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(peak_of, (package, name, players))


def compare(players: int, name: str) -> None:
    """One line a rule."""
    values = GAMES[name](players)
    mine, peer = ours(values), coopgame.Game(values[1:].tolist())
    here, there = -nucleolus(mine).burden, np.array(coopgame.nucleolus(peer)["allocation"])
    assert np.allclose(here, there, atol=1e-9 * values.max()), (name, here, there)
    pairs: dict[str, tuple[Callable[[], object], Callable[[], object] | None]] = {
        "nucleolus": (lambda: nucleolus(mine), lambda: coopgame.nucleolus(peer)),
        "least core": (lambda: least_core(mine), lambda: coopgame.least_core(peer, "preimputation")),
        "nearest": (lambda: nearest_in_least_core(mine, equal_surplus(mine), least_core(mine)), None),
        "shapley": (lambda: exact_shapley(mine.costs), lambda: coopgame.shapley(peer)),
    }
    memory = f"{peak('ours', name, players):6.0f} {peak('peer', name, players):6.0f}"
    for rule, (work, other) in pairs.items():
        spent, theirs = seconds(work), seconds(other) if other else float("nan")
        print(
            f"{players:>3}  {name:<8} {rule:<11} {spent:8.4f} {theirs:8.4f} {spent / theirs:7.2f}  {memory}", flush=True
        )
        memory = ""


GAMES = {"random": random_game, "market": market_game, "convex": convex_game, "airport": airport_game}


def main() -> None:
    """The table."""
    print("  n  game     rule            ours     peer   ratio  MiB ours, peer (nucleolus)")
    for players in [int(word) for word in sys.argv[1:]] or [12, 16, 20]:
        for name in GAMES:
            compare(players, name)


if __name__ == "__main__":
    main()
