"""What recorded conduct costs: a share of a city's incentive, never of its verified cost.

The share grows with the breach and is at most settlement.conduct_share: concealing and withdrawing cost all of it, an incomplete
report and declining half, lateness half of it after a day (in proportion to the hours before).
"""

from __future__ import annotations

from collections.abc import Mapping

from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import Conduct

GRAVITY: Mapping[str, float] = {
    "conceal": 1.0,
    "withdr": 1.0,
    "incomplete": 0.5,
    "declin": 0.5,
    "late": 0.5,
    "slow": 0.5,
}
"""Beginning of a recorded kind to the part of the largest penalty it costs."""
CHINESE: Mapping[str, float] = {"瞒": 1.0, "撤": 1.0, "漏": 0.5, "拒": 0.5, "迟": 0.5, "慢": 0.5}
DAY_H = 24.0


def penalty_shares(problem: Problem) -> dict[str, float]:
    """City to the share of its incentive that its recorded breaches cost, at most settlement.conduct_share."""
    most = problem.settings.settlement.conduct_share
    found: dict[str, float] = {}
    for row in problem.conduct:
        found[row.city] = min(most, found.get(row.city, 0.0) + most * _gravity(row))
    return {city: share for city, share in found.items() if share > 0}


def _gravity(row: Conduct) -> float:
    kind = row.kind.casefold()
    words = {**GRAVITY, **CHINESE}
    gravity = max((weight for word, weight in words.items() if word in kind), default=0.5)
    timed = any(word in kind for word in ("late", "slow", "迟", "慢")) and gravity < 1
    if timed and row.hours_late is not None:
        gravity *= min(1.0, row.hours_late / DAY_H)
    return gravity


def conduct_notes(problem: Problem, lost_cents: Mapping[str, int]) -> tuple[str, ...]:
    """One line a record: who, what, who decided it, and what it costs the city in all."""
    return tuple(
        f"{row.city}: {row.kind}; {row.note} ({row.decided_by}); {lost_cents.get(row.city, 0) / 100:.2f}"
        for row in problem.conduct
    )
