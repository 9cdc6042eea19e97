"""How to solve: limits, gap, seed. What to solve is the problem and the formulation."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_TIME_LIMIT_S = 120.0
DEFAULT_GAP = 1e-4


@dataclass(frozen=True, slots=True)
class SolveOptions:
    """`gap` is relative, as reported for each tier; `memory_gib` limits each of the solver's processes.

    `workers`: with two a second process raises bounds beside the search; with one the same input gives the same plan to the
    byte at any size, unless a limit of time stops a search.
    """

    time_limit_s: float | None = DEFAULT_TIME_LIMIT_S
    gap: float = DEFAULT_GAP
    seed: int = 0
    memory_gib: float | None = None
    fairness_rounds: int = 25
    workers: int = 2

    @property
    def told(self) -> dict[str, float | int | str | None]:
        """What a plan says of how it was solved, beside the seed."""
        return {
            "time_limit_s": self.time_limit_s,
            "gap": self.gap,
            "memory_gib": self.memory_gib,
            "workers": self.workers,
        }


@dataclass(frozen=True, slots=True)
class ExplainOptions:
    """How far shortages are explained: reasons always, reliefs proven for the `reliefs` largest, all within `seconds`."""

    reliefs: int = 20
    seconds: float = 60.0
