"""How far a city's promises are kept: a mean with its interval, from what was promised, what came, and when.

A beta distribution of the share kept (Jøsang and Ismail 2002, "The Beta Reputation System"): each promise counts as kept to a degree
between 0 and 1, weighted by half for every `HALF_LIFE_DAYS` since; Jeffreys' prior Beta(1/2, 1/2) stands for knowing nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scipy.stats import beta

HALF_LIFE_DAYS = 365.0
PRIOR = 0.5
LEVEL = 0.9
FREE_LATE_SHARE = 0.1
"""A promise that took at most a tenth longer than promised counts as in time."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise: quantities in the resource's unit; hours from departure to arrival as promised and as they were; its age."""

    promised: float
    kept: float
    promised_h: float
    took_h: float
    age_days: float

    @property
    def degree(self) -> float:
        """The share that came, times how timely it was: 1 up to a tenth late, 0 when it took three times as long or more."""
        share = min(1.0, max(0.0, self.kept / self.promised))
        late = max(0.0, self.took_h - self.promised_h * (1 + FREE_LATE_SHARE)) / max(self.promised_h, 1.0)
        return share * max(0.0, 1.0 - late / (2.0 - FREE_LATE_SHARE))

    @property
    def weight(self) -> float:
        """Half for every half-life that has passed."""
        return float(0.5 ** (max(0.0, self.age_days) / HALF_LIFE_DAYS))


@dataclass(frozen=True, slots=True)
class Reliability:
    """The expected share kept, an equal-tailed interval of 90 %, and the weight of the promises it rests on."""

    mean: float
    low: float
    high: float
    weight: float


def reliability(promises: Iterable[Promise]) -> Reliability:
    """From any number of promises; from none it is 0.5 with an interval that says that nothing is known."""
    kept = broken = 0.0
    for promise in promises:
        kept += promise.weight * promise.degree
        broken += promise.weight * (1.0 - promise.degree)
    a, b = PRIOR + kept, PRIOR + broken
    tail = (1.0 - LEVEL) / 2
    return Reliability(a / (a + b), float(beta.ppf(tail, a, b)), float(beta.ppf(1 - tail, a, b)), kept + broken)
