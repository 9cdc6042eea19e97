"""The settlement in whole cents: what every city pays, receives, is granted; and who is still to pay whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tongzhou.model.domain.tables import Advance
from tongzhou.model.settlement.cents import to_cents, to_money
from tongzhou.model.settlement.settlement import Transfer


@dataclass(frozen=True, slots=True)
class Amounts:
    """Cents. `net`: received less paid by city (sums to zero); `grants`: by fund, city, category; `units`: by programme, city."""

    net: Mapping[str, int]
    grants: Mapping[tuple[str, str, str], int]
    units: Mapping[tuple[str, str], int]

    def granted(self, city: str) -> int:
        """What a city gets from all funds."""
        return sum(cents for (_, place, _), cents in self.grants.items() if place == city)


def transfers_of(amounts: Amounts, advances: Iterable[Advance], prefix: str) -> tuple[Transfer, ...]:
    """Payments still to be made, advances set off: between cities netted (at most n-1), from every fund to every city."""
    advances = tuple(advances)
    due: dict[tuple[str, str], int] = defaultdict(int)
    for (fund, city, _), cents in amounts.grants.items():
        due[fund, city] += cents
    position = dict(amounts.net)
    for row in advances:
        cents = to_cents(row.amount)
        if row.payer not in position:
            due[row.payer, row.payee] -= cents
        elif row.payee not in position:  # a refund of a fund's advance
            due[row.payee, row.payer] += cents
        else:
            position[row.payer] += cents
            position[row.payee] -= cents
    found = [(payer, payee, cents, "mutual") for payer, payee, cents in netted(position)]
    found += [(fund, city, cents, "fund") for (fund, city), cents in sorted(due.items()) if cents > 0]
    found += [(city, fund, -cents, "refund") for (fund, city), cents in sorted(due.items()) if cents < 0]
    return tuple(
        Transfer(reference=f"{prefix}-P{number:03d}", payer=payer, payee=payee, amount=to_money(cents), kind=kind)
        for number, (payer, payee, cents, kind) in enumerate(found, start=1)
    )


def netted(position: Mapping[str, int]) -> list[tuple[str, str, int]]:
    """Payments (payer, payee, cents) that bring every position (positive: to receive) to zero, at most n-1 of them.

    The largest debtor pays the largest creditor until one of the two is settled; so each payment settles a party, the last both.
    """
    open_ones = {name: cents for name, cents in position.items() if cents}
    found = []
    while open_ones:
        payer = min(open_ones, key=lambda name: (open_ones[name], name))
        payee = max(open_ones, key=lambda name: (open_ones[name], name))
        cents = min(-open_ones[payer], open_ones[payee])
        found.append((payer, payee, cents))
        for name, change in ((payer, cents), (payee, -cents)):
            open_ones[name] += change
            if not open_ones[name]:
                del open_ones[name]
    return found
