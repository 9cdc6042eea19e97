"""How fast struck cities can unload."""

from __future__ import annotations

import math
from dataclasses import replace

from tongzhou.model.domain.tables import City, Need
from tongzhou.scenarios.generate.catalogue import Good
from tongzhou.scenarios.generate.draw import Draw
from tongzhou.scenarios.generate.geography import Region
from tongzhou.scenarios.generate.needs import Clock


def limit_unloading(
    region: Region, goods: tuple[Good, ...], needs: tuple[Need, ...], clock: Clock, seed: int
) -> tuple[City, ...]:
    """The cities, struck ones with a limit round the average tonnage an hour of their needs.

    The first waves are the largest, so such a limit binds early and hardly late.
    """
    draw = Draw(seed, "handling")
    good_of = {good.row.resource: good for good in goods}
    heaviest_t = max(good.row.weight_t * (good.row.lot or 1.0) for good in goods)
    rows = []
    for row in region.cities:
        ease = draw.uniform(0.8, 1.2) * (1.6 if row.hub else 1.0)
        if row.city in region.struck:
            tonnes = sum(need.quantity * good_of[need.resource].row.weight_t for need in needs if need.city == row.city)
            rate = max(ease * tonnes / (clock.periods * clock.period_h), 2 * heaviest_t / clock.period_h)
            row = replace(row, unload_t_per_h=float(math.ceil(round(rate, 6))))
        rows.append(row)
    return tuple(rows)
