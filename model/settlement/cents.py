"""Whole cents: rounding of one amount, and of many that must add up (largest remainder, Hamilton's method)."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
NEAR = 1e-4
"""Part of a cent by which an optimal amount may miss a whole one by rounding of the solver."""


def to_cents(amount: Decimal | float) -> int:
    """An amount of money in whole cents, half up."""
    exact = amount if isinstance(amount, Decimal) else Decimal(repr(round(float(amount), 6)))
    return int((exact * 100).to_integral_value(rounding=ROUND_HALF_UP))


def to_money(cents: int) -> Decimal:
    """Cents as an amount with two decimals."""
    return Decimal(cents) * CENT


def largest_remainder(amounts: Sequence[float], total: int, favoured: Collection[int] = ()) -> list[int]:
    """Whole cents that add up to `total`, each less than a cent from its amount (in cents) where the amounts add up to it.

    Every amount is rounded down; the cents left over go to the `favoured` places first, then to the largest remainders, ties
    (within the solver's rounding) to the first. Without favours a sum of any members moves by at most n/4 cents.
    """
    whole = [round(item) if abs(item - round(item)) <= NEAR else math.floor(item) for item in amounts]
    left = total - sum(whole)
    order = sorted(
        range(len(amounts)),
        key=lambda place: (
            place not in favoured or whole[place] >= amounts[place] - NEAR,
            round((whole[place] - amounts[place]) / NEAR),
            place,
        ),
    )
    if left < 0:
        order.reverse()
    step = 1 if left > 0 else -1
    for number in range(abs(left)):
        whole[order[number % len(order)]] += step
    return whole


def round_down(amount: float) -> int:
    """Whole cents not above the amount (in cents), but for the rounding of the solver."""
    return round(amount) if abs(amount - round(amount)) <= NEAR else math.floor(amount)
