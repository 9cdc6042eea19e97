"""What each city reaches alone: constants of `no_worse_off` and `self_first`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Reference:
    """The reference run `R_c` of every city alone, kept commitments sunk.

    `unserved[key, t]`: what demand `key` lacks in period `t` (after its window: what was lost);
    `served[key]`: total served of a supply demand; `present[key, t]`: units on site for a presence demand.
    """

    unserved: Mapping[tuple[str, int], float] = field(default_factory=dict)
    served: Mapping[str, float] = field(default_factory=dict)
    present: Mapping[tuple[str, int], float] = field(default_factory=dict)
