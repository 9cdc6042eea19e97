"""The reference run per need."""

from __future__ import annotations

from collections import defaultdict

from tongzhou.model.indices import Indices
from tongzhou.model.indices.grid import SupplyDemand
from tongzhou.model.plan import Baseline
from tongzhou.solvers.decode.money import tidy


def baseline_rows(ix: Indices) -> list[Baseline]:
    """Unit-hours and shortage of every need with its city alone."""
    hours: dict[str, float] = defaultdict(float)
    short: dict[str, float] = defaultdict(float)
    for key, demand in ix.demands.items():
        missing = {period: ix.reference.unserved[key, period] for period in demand.periods}
        hours[demand.need] += sum(ix.grid.hours * demand.counts(period) * value for period, value in missing.items())
        if isinstance(demand, SupplyDemand):
            short[demand.need] += missing[demand.after - 1]
        else:
            quantity = ix.problem.need_of[demand.need].quantity
            short[demand.need] = min(quantity, max(missing.values(), default=0.0))
    return [
        Baseline(need=need.need, unit_hours=tidy(hours[need.need]), short=tidy(short[need.need]))
        for need in ix.problem.needs
    ]
