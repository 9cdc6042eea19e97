"""Which fund pays what to whom: of all grants that leave every city with the same, those for costs before incentives, then even ones.

The stages of a settlement settle what every city bears and how much money comes from outside; who gets it from which fund, and who
from the other cities, is then often free. Least squares, weighted by what a grant may cover, divide it in proportion: cities alike
are treated alike, and the order of ids or tables decides nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

import highspy
import numpy as np
from scipy import sparse
from tongzhou.model.settlement.terms import SettlementTerms
from tongzhou.model.settlement_outside import INCENTIVE, Grant, grants
from tongzhou.solvers.compiled import Floats
from tongzhou.solvers.settlement.stages import Paid

SIZE = 10_000.0
"""Outside money in the units of this problem: the solver's tolerances are small beside it."""
MOST_S = 5.0
"""Seconds after which the division stays as it is."""
DUST = 1e-7
"""In these units."""


@dataclass(frozen=True, slots=True)
class _Division:
    """Grants (columns, in units of `unit` money) under limits on sums of them; `weights`: what each may cover."""

    keys: list[Grant]
    unit: float
    most: Floats
    weights: Floats
    sums: list[tuple[list[int], float]]
    total: float


def even_grants(terms: SettlementTerms, paid: Paid) -> Paid:
    """The same solution with its outside money divided evenly. Where the solver fails the division stays as it is."""
    if paid.outside <= 0:
        return paid
    division = _lay(terms, paid)
    amounts = _divide(division)
    if amounts is None:
        return paid
    received = np.array(paid.received, dtype=float)
    for (_, place, _), amount in paid.grants.items():
        received[place] += amount
    found = {}
    for key, amount in zip(division.keys, amounts, strict=True):
        if amount > DUST:
            found[key] = float(amount * division.unit)
            received[key[1]] -= found[key]
    return replace(paid, grants=found, received=np.maximum(received, 0.0))


def _lay(terms: SettlementTerms, paid: Paid) -> _Division:
    keys = grants(terms)
    unit = paid.outside / SIZE
    now = np.array([paid.grants.get(key, 0.0) for key in keys]) / unit
    weights = np.array([_base(terms, key) for key in keys]) / unit
    shares = [terms.funds[fund].share for fund, _, _ in keys]
    most = np.array([
        np.inf if share is None and key[2] == INCENTIVE else (1.0 if share is None else share) * weight
        for key, share, weight in zip(keys, shares, weights, strict=True)
    ])  # fmt: skip
    columns: dict[tuple[object, ...], list[int]] = defaultdict(list)
    limits: dict[tuple[object, ...], float] = {}
    for number, key in enumerate(keys):
        fund, place, category = key
        got = float(paid.received[place]) + sum(amount for name, amount in paid.grants.items() if name[1] == place)
        cap = terms.funds[fund].cap_per_city
        above = got + _in_kind(terms, paid, place) - float(paid.paid[place]) - terms.cities[place].cost
        if key[2] == INCENTIVE:
            columns["margin", place].append(number)
            limits["margin", place] = max(0.0, above) / unit
        for name, limit in (
            (("fund", fund), np.inf if terms.unlimited else terms.funds[fund].amount),
            (("cap", fund, place), np.inf if cap is None else cap),
            (("once", place, category), np.inf if category == INCENTIVE else terms.cities[place].costs[category]),
            (("city", place), got),
        ):
            columns[name].append(number)
            limits[name] = limit / unit
    sums = [
        (found, max(limits[name], float(now[found].sum()))) for name, found in columns.items() if limits[name] < np.inf
    ]
    return _Division(keys, unit, np.maximum(most, now), np.maximum(weights, 1.0), sums, float(now.sum()))


def _in_kind(terms: SettlementTerms, paid: Paid, place: int) -> float:
    return sum(terms.programmes[number].unit_value * units for (number, to), units in paid.units.items() if to == place)


def _base(terms: SettlementTerms, key: Grant) -> float:
    city = terms.cities[key[1]]
    return city.cost if key[2] == INCENTIVE else city.costs[key[2]]


def _divide(division: _Division) -> Floats | None:
    """Least incentives first, then least squares."""
    incentive = np.array([key[2] == INCENTIVE for key in division.keys], dtype=float)
    sums = list(division.sums)
    if incentive.any():
        first = _solve(division, sums, incentive, None)
        if first is None:
            return None
        sums.append(([int(column) for column in np.flatnonzero(incentive)], float(first @ incentive) + DUST))
    return _solve(division, sums, np.zeros(len(incentive)), float(division.weights.mean()) / division.weights)


def _solve(
    division: _Division, sums: list[tuple[list[int], float]], cost: Floats, squares: Floats | None
) -> Floats | None:
    count = len(division.keys)
    rows = sparse.lil_array((len(sums) + 1, count))
    for number, (columns, _) in enumerate(sums):
        rows[number, columns] = 1.0
    rows[len(sums), :] = 1.0
    matrix = sparse.csc_array(rows)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = count, len(sums) + 1
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, np.zeros(count), division.most
    lp.row_lower_ = np.array([*(-np.inf for _ in sums), division.total])
    lp.row_upper_ = np.array([*(limit for _, limit in sums), division.total])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("qp_iteration_limit", 20 * (count + len(sums)))  # its active-set method may cycle
    highs.setOptionValue("time_limit", MOST_S)
    highs.passModel(lp)
    if squares is not None:
        places = np.arange(count + 1, dtype=np.int32)
        highs.passHessian(count, count, highspy.HessianFormat.kTriangular, places, places[:-1], squares)
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    found = np.array(highs.getSolution().col_value)
    return found if abs(found.sum() - division.total) <= DUST * count * 100 else None
