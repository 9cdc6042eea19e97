"""Which whole columns a large neighbourhood search opens next: those of a few destinations, origins, periods, a resource, or
those where the best solution and the relaxation disagree.

Kinds that gained most a second lately are chosen more often (Ropke, Pisinger 2006), and every kind opens more columns
while its searches end soon, fewer once they do not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from tongzhou.solvers.compiled import Bools, Floats
from tongzhou.solvers.topics import NONE, Codes, Topics

KINDS = ("disagreement", "origin", "destination", "resource", "period")
"""Tried from the last to the first, then by what they gained."""
SIZES = {"destination": 600, "origin": 600, "period": 400, "resource": 250, "disagreement": 500}
"""Whole columns a kind opens at first: kinds that leave vehicles and units to choose among are harder."""
LEAST_SIZE = 60
GROW, SHRINK = 1.3, 0.6
CHANCE = 0.4
"""Share of the choices that is even among the kinds, whatever they gained."""
MEMORY = 0.7
"""Weight of what a kind gained before."""
APART = 0.1
"""Distance of best solution and relaxation that is a disagreement."""
TOO_MANY = 1.5
"""Times the size above which only a window of what belongs together is opened."""
SOON = 1 / 3
"""Share of the seconds at hand within which a search ended soon."""


@dataclass(slots=True)
class _Record:
    size: int
    gained: float = 1e-3
    seconds: float = 1e-3


class Neighbourhoods:
    """Chooses among `columns` (places in the full model of the whole columns that may be opened)."""

    def __init__(self, topics: Topics, columns: npt.NDArray[np.int64], relaxed: Floats, seed: int) -> None:
        self._codes: dict[str, Codes] = {
            "destination": topics.destination[columns],
            "origin": topics.origin[columns],
            "period": topics.period[columns],
            "resource": topics.resource[columns],
        }
        self._relaxed = relaxed[columns]
        self._random = np.random.default_rng(seed)
        self._untried = list(KINDS)
        self._records = {kind: _Record(SIZES[kind]) for kind in KINDS}

    def choose(self, best: Floats) -> tuple[str, Bools]:
        """A kind and the columns it opens; `best`: values of the columns in the best solution."""
        gains = np.array([item.gained / item.seconds for item in self._records.values()])
        chances = (1.0 - CHANCE) * gains / gains.sum() + CHANCE / len(KINDS)
        kind = KINDS[int(self._random.choice(len(KINDS), p=chances / chances.sum()))]
        if self._untried:
            kind = self._untried.pop()
        apart = np.abs(best - self._relaxed) > APART
        size = self._records[kind].size
        if kind == "disagreement":
            if int(apart.sum()) > TOO_MANY * size:
                return kind, self._window(apart, size)
            others = self._random.random(len(best)) < max(0, size - int(apart.sum())) / max(1, len(best))
            return kind, apart | others
        if kind == "period":
            return kind, self._window(np.ones(len(best), dtype=np.bool_), size)
        opened = self._together(self._codes[kind], size)
        if kind == "resource":  # trips carry every resource
            opened |= apart & (self._codes["resource"] == NONE)
        return kind, self._window(opened, size) if int(opened.sum()) > TOO_MANY * size else opened

    def learn(self, kind: str, gain: float, seconds: float, *, most_s: float, ended: bool) -> None:
        """Take in what a search brought: its gain relative to the value, whether it ended by itself."""
        record = self._records[kind]
        record.gained = MEMORY * record.gained + gain
        record.seconds = MEMORY * record.seconds + max(seconds, 1e-3)
        if not ended:
            record.size = max(LEAST_SIZE, int(record.size * SHRINK))
        elif seconds < SOON * most_s:
            record.size = min(len(self._relaxed), int(record.size * GROW) + 1)

    def _together(self, codes: Codes, size: int) -> Bools:
        """Whole codes in random order until the size is reached."""
        opened = np.zeros(len(codes), dtype=np.bool_)
        known = np.unique(codes[codes != NONE])
        for code in self._random.permutation(known):
            opened |= codes == code
            if int(opened.sum()) >= size:
                break
        return opened

    def _window(self, among: Bools, size: int) -> Bools:
        """Neighbouring periods of some columns, past the end round to the beginning."""
        codes = self._codes["period"]
        count = int(codes.max(initial=0)) + 1
        first = int(self._random.integers(count))
        for width in range(1, count + 1):
            opened = among & (codes != NONE) & ((codes - first) % count < width)
            if int(opened.sum()) >= size:
                break
        return np.asarray(opened, dtype=np.bool_)
