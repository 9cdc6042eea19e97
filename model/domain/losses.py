"""The loss that a shortage causes, in money (formats.md, "Loss")."""

from __future__ import annotations

from tongzhou.model.domain.tables import Need, Resource
from tongzhou.model.units import HOURS_PER_DAY

LOSS_FACTOR = {1: 10.0, 2: 3.0, 3: 1.0}
"""Loss a unit and day as a multiple of its value, by priority, where the scenario gives none."""


def loss_rate(need: Need, resource: Resource) -> float | None:
    """Money a missing unit and day: given, else a multiple of the unit's value (supply) or day cost (units); None without."""
    if need.loss_per_unit_day is not None:
        return float(need.loss_per_unit_day)
    value = resource.unit_value if resource.is_supply else resource.day_cost
    return None if value is None else LOSS_FACTOR[need.priority] * float(value)


def loss_of_period(period: int, period_h: float, rate: float, from_h: float, end_h: float) -> float:
    """Money a unit missing in period t costs: `(p/24) * rate * min(3, 1 + (t*p - from_h) / max(p, end - from_h))`."""
    age = (period * period_h - from_h) / max(period_h, end_h - from_h)
    return period_h / HOURS_PER_DAY * rate * min(3.0, 1.0 + age)
