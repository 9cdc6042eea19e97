"""What each city reaches alone: constants of `no_worse_off` and `self_first`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ROUNDING = 1e-8
"""For plans: less than what is sent for its own sake (`solvers.decode.goods`)."""
ROUNDING_OF_GROUPS = 1e-7
"""For the cost of groups, which no rounding brings back: tighter, groups of cities that do as well as alone were impossible."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The reference run `R_c` of every city alone, kept commitments sunk.

    `unserved[key, t]`: what demand `key` lacks in period `t` (after its window: what was lost);
    `served[key]`: total served of a supply demand; `present[key, t]`: units on site for a presence demand;
    `rounding`: share of a need by which it may be missed, since it is known to the solver's tolerance only.
    """

    unserved: Mapping[tuple[str, int], float] = field(default_factory=dict)
    served: Mapping[str, float] = field(default_factory=dict)
    present: Mapping[tuple[str, int], float] = field(default_factory=dict)
    rounding: float = ROUNDING
