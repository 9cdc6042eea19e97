"""From the Pyomo model to arrays, once; after this no Pyomo."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
from pyomo.core.expr import LinearExpression
from pyomo.environ import ConcreteModel, Constraint, Var
from scipy import sparse
from tongzhou.model.indices import Indices
from tongzhou.solvers.compiled import Block, Bools, CompiledModel, Floats
from tongzhou.solvers.scaling import column_scales, row_scales

Scales = Callable[[Mapping[str, Block], "sparse.csr_matrix[np.float64]", Mapping[str, Block]], Floats]
"""Natural value of one scaled unit of every column, from variables, matrix and constraints."""


def compile_model(m: ConcreteModel, scales: Scales) -> CompiledModel:
    """Sparse, scaled arrays of a built model. Rows must be linear expressions, as `model.rows` makes them."""
    variables, lower, upper, whole, position = _columns(m)
    constraints, matrix, row_lower, row_upper = _rows(m, position)
    scale = scales(variables, matrix, constraints)
    scaled = sparse.csr_matrix(matrix @ sparse.diags_array(scale))
    by_row = row_scales(scaled)
    return CompiledModel(
        matrix=sparse.csc_matrix(sparse.diags_array(by_row) @ scaled),
        row_lower=row_lower * by_row,
        row_upper=row_upper * by_row,
        lower=lower / scale,
        upper=upper / scale,
        whole=whole,
        column_scale=scale,
        row_scale=by_row,
        variables=variables,
        constraints=constraints,
    )


def _columns(m: ConcreteModel) -> tuple[dict[str, Block], Floats, Floats, Bools, dict[int, int]]:
    variables: dict[str, Block] = {}
    position: dict[int, int] = {}
    lower: list[float] = []
    upper: list[float] = []
    whole: list[bool] = []
    for var in m.component_objects(Var):
        start = len(lower)
        for data in var.values():
            position[id(data)] = len(lower)
            low, high = data.bounds
            lower.append(-np.inf if low is None else low)
            upper.append(np.inf if high is None else high)
            whole.append(not data.is_continuous())
        variables[var.local_name] = Block(var.local_name, start, tuple(var.keys()))
    return variables, np.array(lower, dtype=float), np.array(upper, dtype=float), np.array(whole, dtype=bool), position


def _rows(
    m: ConcreteModel, position: dict[int, int]
) -> tuple[dict[str, Block], sparse.csr_matrix[np.float64], Floats, Floats]:
    constraints: dict[str, Block] = {}
    data: list[list[float]] = []
    columns: list[list[int]] = []
    lower: list[float] = []
    upper: list[float] = []
    for constraint in m.component_objects(Constraint):
        name = constraint.local_name.removesuffix("_rows")
        constraints[name] = Block(name, len(lower), tuple(constraint.keys()))
        for row in constraint.values():
            coefficients, names = _linear(row.body, position)
            data.append(coefficients)
            columns.append(names)
            lower.append(-np.inf if row.lower is None else row.lower)
            upper.append(np.inf if row.upper is None else row.upper)
    starts = np.concatenate([[0], np.cumsum([len(item) for item in columns], dtype=np.int64)])
    matrix = sparse.csr_matrix(
        (
            np.fromiter(chain.from_iterable(data), dtype=np.float64),
            np.fromiter(chain.from_iterable(columns), dtype=np.int32),
            starts,
        ),
        shape=(len(lower), len(position)),
    )
    matrix.sum_duplicates()
    return constraints, matrix, np.array(lower, dtype=float), np.array(upper, dtype=float)


def _linear(body: Any, position: dict[int, int]) -> tuple[list[float], list[int]]:
    if not isinstance(body, LinearExpression):
        message = f"a row is not linear: {body}"
        raise TypeError(message)
    return body.linear_coefs, [position[id(var)] for var in body.linear_vars]


def compile_indices(indices: Indices) -> CompiledModel:
    """Build and compile in one step."""
    from tongzhou.model.formulation import build  # Pyomo takes half a second to import: only where a model is built

    with _no_collection():
        return compile_model(build(indices), partial(column_scales, indices))


@contextmanager
def _no_collection() -> Iterator[None]:
    """A build makes millions of objects that stay; looking through them for garbage again and again took half its time
    (50 cities: 38 microseconds a column with, 18 without)."""
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()
