"""Units at work for presence needs, from the cycles that put them on site."""

from __future__ import annotations

from collections import defaultdict

from tongzhou.model.indices import Indices
from tongzhou.model.indices.flows import AID, OWN
from tongzhou.solvers.decode.cycles import Cycle

Work = dict[tuple[str, str, int], tuple[float, float]]
"""Need, resource, period to (served in units of the need, units used)."""
DUST = 1e-6


def units_at_work(ix: Indices, found: list[Cycle], working: dict[tuple[str, str, int, str], float]) -> Work:
    """Round what the solver let work, within what is on site and what is required."""
    on_site: dict[tuple[str, str, str, int], float] = defaultdict(float)
    for cycle in found:
        pool = AID if cycle.assignment.away else OWN
        for period in range(cycle.depart + cycle.assignment.travel, cycle.leave):
            on_site[cycle.assignment.need, cycle.assignment.resource, pool, period] += cycle.quantity
    for (need, resource, at_home, period), quantity in ix.promises.on_site.items():
        on_site[need, resource, OWN if at_home else AID, period] += quantity
    left = {(key, period): demand.required[period] for key, demand in ix.presences.items() for period in demand.periods}
    work: Work = {}
    for (need, resource, period, pool), quantity in sorted(working.items()):
        ratio = dict(ix.problem.served_by[ix.presences[need].resource])[resource]
        units = min(_clean(quantity), on_site[need, resource, pool, period])
        served = min(ratio * units, left[need, period])
        if abs(left[need, period] - ratio * units) <= DUST:
            served = left[need, period]
        if served <= DUST:
            continue
        left[need, period] -= served
        before = work.get((need, resource, period), (0.0, 0.0))
        work[need, resource, period] = (before[0] + served, before[1] + min(units, served / ratio + DUST))
    return work


def _clean(quantity: float) -> float:
    return float(round(quantity)) if abs(quantity - round(quantity)) <= DUST else round(quantity, 6)
