"""Seeded numbers that are the same on every machine and with every release of NumPy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from zlib import crc32

import numpy as np


class Draw:
    """A stream of numbers for one topic of one seed.

    Only the bits of PCG64 and exact arithmetic are used: NumPy's own distributions may change between releases.
    Topics have streams of their own, so that a change to one topic leaves the others as they are.
    """

    def __init__(self, seed: int, topic: str) -> None:
        self._source = np.random.Generator(np.random.PCG64([seed, crc32(topic.encode())]))

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """A number from `low` up to, but without, `high`."""
        return low + (high - low) * float(self._source.random())

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self.uniform() * (high - low + 1))

    def chance(self, share: float) -> bool:
        """True in `share` of the cases."""
        return self.uniform() < share

    def bell(self) -> float:
        """A nearly normal number of mean 0 and deviation 1, between -6 and 6."""
        return math.fsum(self.uniform() for _ in range(12)) - 6.0


def rounded_to(value: float, step: float) -> float:
    """The multiple of `step` nearest to a value, without the dust of floating point."""
    return round(round(value / step) * step, 6)


def apportion(total: int, weights: Sequence[float]) -> list[int]:
    """Whole parts of `total` in proportion to the weights, by largest remainder."""
    whole = math.fsum(weights)
    exact = [total * weight / whole for weight in weights]
    parts = [math.floor(part) for part in exact]
    order = sorted(range(len(exact)), key=lambda item: (-round(exact[item] - parts[item], 9), item))
    for item in order[: total - sum(parts)]:
        parts[item] += 1
    return parts
