"""Whole cents after the optimization: grants by controlled rounding, net payments by largest remainder."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp
from tongzhou.model.errors import CoalitionError, Text
from tongzhou.model.settlement.amounts import Amounts
from tongzhou.model.settlement.cents import NEAR, largest_remainder
from tongzhou.model.settlement.terms import SettlementTerms
from tongzhou.solvers.settlement.stages import Paid

Grant = tuple[int, int, str]
TIGHT = 0.01
"""Gain below which a city has no cent to lose."""


def whole_cents(terms: SettlementTerms, paid: Paid) -> Amounts:
    """The solution in cents: sums between cities exactly zero, every limit of a fund kept, every amount less than two cents away."""
    names = [city.city for city in terms.cities]
    grants = round_grants(paid.grants)
    lost = [0.0] * len(names)
    for key, amount in paid.grants.items():
        lost[key[1]] += amount * 100 - grants.get(key, 0)
    net = [(float(paid.received[place]) - float(paid.paid[place])) * 100 + lost[place] for place in range(len(names))]
    tight = {place for place, city in enumerate(terms.cities) if float(paid.burden[place]) > city.alone - TIGHT}
    return Amounts(
        dict(zip(names, _net_cents(terms, net, tight), strict=True)),
        {(terms.funds[fund].fund, names[place], category): cents
         for (fund, place, category), cents in sorted(grants.items()) if cents},
        {(terms.programmes[number].programme, names[place]): units for (number, place), units in sorted(paid.units.items())},
    )  # fmt: skip


def _net_cents(terms: SettlementTerms, net: list[float], tight: Collection[int]) -> list[int]:
    """Cents that sum to zero; who may neither pay nor receive stays out; who has no gain to lose is rounded in its favour."""
    free = [place for place, amount in enumerate(net) if not terms.cities[place].idle and abs(amount) > NEAR]
    favoured = {number for number, place in enumerate(free) if place in tight}
    parts = largest_remainder([net[place] for place in free], 0, favoured) if free else []
    found = [0] * len(net)
    for place, cents in zip(free, parts, strict=True):
        found[place] = cents
    return found


def round_grants(grants: Mapping[Grant, float]) -> dict[Grant, int]:
    """Controlled rounding (Cox 1987): every grant, every sum by fund, by fund and city, by city, and the total, rounds up or down.

    Sums by fund and by city are two laminar families, so the limits form a totally unimodular matrix and whole amounts exist.
    """
    amounts = {key: value * 100 for key, value in grants.items() if value * 100 >= 1.0 - NEAR}
    if not amounts:
        return {}
    keys = sorted(amounts)
    families: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for column, (fund, place, category) in enumerate(keys):
        for family in (("fund", fund), ("cap", fund, place), ("city", place), ("once", place, category), ("all",)):
            families[family].append(column)
    rows, low, high = sparse.lil_array((len(families), len(keys))), [], []
    for number, columns in enumerate(families.values()):
        rows[number, columns] = 1.0
        total = sum(amounts[keys[column]] for column in columns)
        low.append(_down(total))
        high.append(_up(total))
    cells = [amounts[key] for key in keys]
    limits = Bounds([_down(cell) for cell in cells], [_up(cell) for cell in cells])
    weights = np.array(
        [1.0 - 2.0 * (cell - _down(cell)) for cell in cells]
    )  # what rounding up, not down, adds to the distance
    solved = milp(weights, constraints=LinearConstraint(sparse.csr_array(rows), low, high), bounds=limits,
                  integrality=np.ones(len(keys), dtype=np.int64))  # fmt: skip
    if solved.x is None:
        raise CoalitionError(
            Text(f"the grants could not be rounded to cents ({solved.message})", "资金金额无法取整到分")
        )
    return {key: round(value) for key, value in zip(keys, solved.x, strict=True)}


def _down(amount: float) -> int:
    return round(amount) if abs(amount - round(amount)) <= NEAR else math.floor(amount)


def _up(amount: float) -> int:
    return round(amount) if abs(amount - round(amount)) <= NEAR else math.ceil(amount)
