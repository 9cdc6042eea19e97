"""Explanations as rows of the plan."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from tongzhou.model.change import Change, key_of
from tongzhou.model.explain.changes import written
from tongzhou.model.explain.explanation import Explanation, Price
from tongzhou.model.plan import LimitPrice, Plan, ReliefStep


def with_explanations(plan: Plan, explanations: Iterable[Explanation], prices: Iterable[Price] = ()) -> Plan:
    """The plan with reasons, limits and reliefs in its shortages, and the tables of reliefs and prices."""
    found = {item.need: item for item in explanations}
    shortages = []
    for row in plan.shortages:
        item = found.get(row.need)
        if item is not None:
            row = replace(
                row,
                reason=" ".join(item.reasons),
                limit="; ".join(limit.line for limit in item.limits),
                relief=item.relief.line if item.relief is not None else None,
            )
        shortages.append(row)
    told = tuple(
        LimitPrice(
            tier=item.tier, limit=item.limit.name, place=" ".join(item.limit.place), unit=item.unit, value=item.value
        )
        for item in prices
    )
    steps = tuple(step for name in sorted(found) for step in _steps(found[name]))
    return replace(plan, shortages=tuple(shortages), reliefs=steps, prices=told)


def _row(change: Change) -> str:
    key = dict(zip(key_of(change.table), change.key, strict=True)) | dict(change.also)
    return json.dumps(
        {name: float(value) if isinstance(value, Decimal) else value for name, value in key.items()}, ensure_ascii=False
    )


def _steps(item: Explanation) -> Iterator[ReliefStep]:
    relief = item.relief
    if relief is None:
        return
    for number, change in enumerate(relief.changes, start=1):
        yield ReliefStep(
            need=item.need, step=number, table=change.table, row=_row(change), cell=change.column,
            was=written(change.was) or None, becomes=written(change.becomes) or None, tier=relief.tier, fall=relief.fall,
            gain=relief.gain, short_gain=relief.short_gain, proof="exact" if relief.exact else "near",
            alone="no" if relief.singles_fail else "yes",
        )  # fmt: skip
