"""Money at the end of the optimization: cents."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def cents(amount: float) -> Decimal:
    """An amount in whole cents, half up."""
    return Decimal(repr(round(amount, 6))).quantize(CENT, rounding=ROUND_HALF_UP)


def tidy(number: float) -> float:
    """A number without the dust of floating point: twelve significant digits."""
    return float(f"{number:.12g}") + 0.0
