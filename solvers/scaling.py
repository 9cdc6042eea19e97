"""Scaling: each divisible resource to a total need of 1000, each tier to at most 1000, rows to at most 1.

Whole columns are never scaled. Scales are powers of two, so that they change no digit of a number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy import sparse
from tongzhou.model.indices import Indices
from tongzhou.solvers.compiled import Block, Floats

TIER_SIZE = 1000.0


def column_scales(
    ix: Indices, variables: Mapping[str, Block], matrix: sparse.csr_matrix[np.float64], constraints: Mapping[str, Block]
) -> Floats:
    """Natural value of one scaled unit of every column."""
    scale = np.ones(matrix.shape[1])
    resource_of: dict[str, Callable[[Any], str]] = {
        "ship": lambda key: key[1],
        "own_stock": lambda key: key[1],
        "passed": lambda key: key[1],
        "aid_stock": lambda key: key[1],
        "serve": lambda key: key[1],
    }
    for name, resource in resource_of.items():
        for key, column in variables[name].place.items():
            divisible = name != "ship" or ix.problem.resource_of[key[1]].lot is None
            scale[column] = ix.flow_scale(resource(key)) if divisible else 1.0
    for (key, _), column in variables["unserved"].place.items():
        if key in ix.supplies:
            scale[column] = ix.flow_scale(ix.supplies[key].resource)
    for name in ("relative", "excess", "largest"):
        scale[variables[name].span] = 1.0 / TIER_SIZE
    _scale_tiers(ix, variables, matrix, constraints, scale)
    return np.exp2(np.round(np.log2(scale)))


def _scale_tiers(
    ix: Indices,
    variables: Mapping[str, Block],
    matrix: sparse.csr_matrix[np.float64],
    constraints: Mapping[str, Block],
    scale: Floats,
) -> None:
    tiers = variables["tier"].place
    for priority in ix.priorities:
        nothing = sum(
            ix.demands[key].weight * group.nothing_served / len(group.members)
            for group in ix.groups.values()
            if group.key[0] == priority
            for key in group.members
        )
        scale[tiers[f"priority-{priority}"]] = max(nothing, 1e-9) / TIER_SIZE
        scale[tiers[f"excess-{priority}"]] = 1.0 / TIER_SIZE
    for tier, row in (
        ("early", "early_value"), ("national", "national_draw"), ("sources", "source_order"), ("cost", "money"),
        ("social-cost", "social_cost"),
    ):  # fmt: skip
        cut = slice(*matrix.indptr[constraints[row].start : constraints[row].start + 2])
        scale[tiers[tier]] = 1.0
        sizes = np.abs(matrix.data[cut]) * scale[matrix.indices[cut]]
        scale[tiers[tier]] = max(float(sizes.max(initial=0.0)), 1e-9)
    scale[tiers["social-cost"]] = max(scale[tiers["social-cost"]], scale[tiers["cost"]])


def row_scales(matrix: sparse.csr_matrix[np.float64]) -> Floats:
    """Factor of every row that brings its largest coefficient to about 1."""
    largest = np.ones(matrix.shape[0])
    by_row = sparse.csr_matrix(abs(matrix))
    for row in range(matrix.shape[0]):
        part = by_row.data[by_row.indptr[row] : by_row.indptr[row + 1]]
        if part.size:
            largest[row] = part.max()
    largest[largest <= 0] = 1.0
    return np.asarray(np.exp2(-np.round(np.log2(largest))), dtype=np.float64)
