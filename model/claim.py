"""The life of a claim: what a giver asks to be repaid for one line, with proof of work and proof of payment.

Two rules of EMAC, FEMA, the EU's mechanism and Chinese practice alike: proof of the work and proof of the payment precede approval,
and aid may be donated (`waived`).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

TRANSITIONS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "submit": (("draft",), "claimed"),
    "approve": (("claimed", "disputed"), "approved"),
    "disallow": (("claimed", "disputed"), "disallowed"),
    "dispute": (("approved",), "disputed"),
    "waive": (("draft", "claimed", "approved", "disputed"), "waived"),
}
"""Action to (states it may begin in, state it leads to)."""
NEEDED_EVIDENCE = ("work", "payment")
CENTS = Decimal(100)


def cost_cents(quantity: Decimal, rate: Decimal) -> int:
    """Quantity times rate in whole cents, half a cent up."""
    return int((quantity * rate * CENTS).quantize(Decimal(1), ROUND_HALF_UP))
