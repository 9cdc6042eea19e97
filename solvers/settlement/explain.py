"""Where a gain comes from: the dual prices of the best joint dispatch, by city, resource and receiver.

At the dual prices a city's burden is the sum over the limits it brings of price times amount (Owen 1975): its needs cost, its
goods, units and vehicles earn. Earnings of goods and units are divided among those who received them in that dispatch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np
from tongzhou.model.settlement.cents import to_cents, to_money
from tongzhou.model.settlement.settlement import ExplainRow
from tongzhou.solvers.compiled import Floats
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.settlement.setting import Setting

ALONE, LIABILITY, REST = "alone", "liability", "rest"
SOURCES = {
    "own_balance": "stock", "aid_balance": "stock", "release": "stock", "within_offer": "stock", "passed_on": "stock", "own_stock_least": "stock",
    "idle_balance": "units", "lent_balance": "units", "lent_within_offer": "units", "lent_most": "units", "idle_least": "units", "working": "units",
    "crew": "units", "fleet": "vehicles", "loading": "handling", "unloading": "handling", "lane_capacity": "lane",
    "unserved": "need", "presence": "need", "no_worse_off": "rule", "self_first_supply": "rule", "self_first_presence": "rule",
    "delivers_most": "handling",
}  # fmt: skip
"""Constraint of the dispatch to what it is for a city."""
Part = tuple[str, str | None, str | None]
"""Source, resource, receiver."""


def explain_gains(setting: Setting, gains: Mapping[str, int], clock: Clock) -> tuple[ExplainRow, ...]:
    """Rows that add up, city by city, to `gains` (cents)."""
    solution, duals = setting.workers.valuer.dispatch_of_all(clock)
    flows = _receivers(setting, solution)
    found = []
    for place, city in enumerate(setting.game.players):
        parts: dict[Part, float] = {(ALONE, None, None): setting.alone[city]}
        for (source, resource), amount in _prices(setting, duals, place).items():
            for receiver, share in _shares(flows, city, source, resource).items():
                key = (source, resource, receiver)
                parts[key] = parts.get(key, 0.0) - amount * share
        parts[LIABILITY, None, None] = setting.owed.get(city, 0.0)
        found += _rows(city, parts, gains[city])
    return tuple(found)


def _rows(city: str, parts: Mapping[Part, float], gain: int) -> list[ExplainRow]:
    cents = {key: to_cents(amount) for key, amount in parts.items()}
    cents[REST, None, None] = gain - sum(cents.values())
    return [
        ExplainRow(city=city, source=source, resource=resource, receiver=receiver, amount=to_money(amount))
        for (source, resource, receiver), amount in sorted(cents.items(), key=lambda item: tuple(map(str, item[0])))
        if amount
    ]


def _prices(setting: Setting, duals: Floats, place: int) -> dict[tuple[str, str | None], float]:
    """What a city's limits cost it (negative: earn) at the dual prices, by source and resource."""
    model = setting.switched.model
    start = setting.switched.switches.start + place
    column = model.matrix[:, [start]].tocoo()
    amounts = -duals[column.row] * column.data / model.row_scale[column.row]
    found: dict[tuple[str, str | None], float] = defaultdict(float)
    names = _names(setting)
    for row, amount in zip(column.row, amounts, strict=True):
        constraint, key = names[int(row)]
        found[SOURCES[constraint], _resource(setting, constraint, key)] += float(amount)
    return dict(found)


def _names(setting: Setting) -> list[tuple[str, Any]]:
    return [(name, key) for name, block in setting.switched.model.constraints.items() for key in block.keys]


def _resource(setting: Setting, constraint: str, key: Any) -> str | None:
    source = SOURCES[constraint]
    if source in ("stock", "units") and constraint not in ("working", "crew"):
        return str(key[1])
    if source == "need" or constraint in ("working", "crew", "self_first_supply", "self_first_presence"):
        return setting.indices.demands[key[0] if isinstance(key, tuple) else key].resource
    return str(key[2]) if constraint == "fleet" else None


def _receivers(setting: Setting, solution: Floats) -> Mapping[tuple[str, str | None], dict[str, float]]:
    """How much of a resource each city sent to whom, in the best joint dispatch."""
    model, ix = setting.switched.model, setting.indices
    found: dict[tuple[str, str | None], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for key, quantity in model.values(solution, "ship").items():
        lane = ix.lane_of[key[0]]
        found[lane.origin, key[1]][lane.destination] += quantity * ix.lot(key[1])
    for (assignment, _), quantity in model.values(solution, "depart").items():
        item = ix.assignments.by_key[assignment]
        found[item.home, item.resource][ix.demands[item.need].city] += quantity
    return found


def _shares(
    flows: Mapping[tuple[str, str | None], dict[str, float]], city: str, source: str, resource: str | None
) -> dict[str | None, float]:
    sent = flows.get((city, resource), {}) if source in ("stock", "units") else {}
    total = sum(quantity for quantity in sent.values() if quantity > 0)
    if total <= 0:
        return {None: 1.0}
    return {receiver: float(np.float64(quantity) / total) for receiver, quantity in sent.items() if quantity > 0}
