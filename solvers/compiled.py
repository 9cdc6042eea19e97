"""The compiled model: sparse arrays, the meaning of every column and row, and patches.

Everything that comes after the build (tiers, coalitions, explanations, what-ifs) changes costs, bounds and right-hand sides of
these arrays through `Patch`; nothing builds again. Patches and solutions speak natural units; scaling stays inside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Block:
    """The consecutive columns of one variable, or rows of one constraint, and the index tuple of each."""

    name: str
    start: int
    keys: tuple[Any, ...]

    @property
    def span(self) -> slice:
        """Its place in the arrays."""
        return slice(self.start, self.start + len(self.keys))

    @cached_property
    def place(self) -> Mapping[Any, int]:
        """Index tuple to position in the arrays."""
        return {key: self.start + number for number, key in enumerate(self.keys)}


@dataclass(frozen=True)
class Patch:
    """A change of bounds of columns and rows, in natural units; `None` arrays leave a side as it is."""

    columns: Ints
    column_lower: Floats
    column_upper: Floats
    rows: Ints
    row_lower: Floats
    row_upper: Floats

    @staticmethod
    def of_columns(columns: Iterable[int], lower: Iterable[float], upper: Iterable[float]) -> Patch:
        """New bounds for columns."""
        return Patch(_ints(columns), _floats(lower), _floats(upper), _ints(()), _floats(()), _floats(()))

    @staticmethod
    def of_rows(rows: Iterable[int], lower: Iterable[float], upper: Iterable[float]) -> Patch:
        """New limits for rows."""
        return Patch(_ints(()), _floats(()), _floats(()), _ints(rows), _floats(lower), _floats(upper))


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int32)


def _floats(values: Iterable[float]) -> Floats:
    return np.fromiter(values, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class CompiledModel:
    """`row_lower <= A x <= row_upper`, `lower <= x <= upper`, some `x` whole, all scaled.

    A natural value is `column_scale * x`; row `i` was multiplied by `row_scale[i]`.
    """

    matrix: sparse.csc_matrix[np.float64]
    row_lower: Floats
    row_upper: Floats
    lower: Floats
    upper: Floats
    whole: Bools
    column_scale: Floats
    row_scale: Floats
    variables: Mapping[str, Block]
    constraints: Mapping[str, Block]

    @property
    def size(self) -> dict[str, int]:
        """Columns, whole columns, rows, non-zeros."""
        rows, columns = self.matrix.shape
        return {"columns": columns, "whole": int(self.whole.sum()), "rows": rows, "nonzeros": int(self.matrix.nnz)}

    def column(self, variable: str, key: Any) -> int:
        """Position of one column."""
        return self.variables[variable].place[key]

    def row(self, constraint: str, key: Any) -> int:
        """Position of one row."""
        return self.constraints[constraint].place[key]

    def patched(self, patch: Patch) -> CompiledModel:
        """The same model with other bounds and limits."""
        lower, upper = self.lower.copy(), self.upper.copy()
        row_lower, row_upper = self.row_lower.copy(), self.row_upper.copy()
        scale, factor = self.column_scale[patch.columns], self.row_scale[patch.rows]
        lower[patch.columns], upper[patch.columns] = patch.column_lower / scale, patch.column_upper / scale
        row_lower[patch.rows], row_upper[patch.rows] = patch.row_lower * factor, patch.row_upper * factor
        return replace(self, lower=lower, upper=upper, row_lower=row_lower, row_upper=row_upper)

    def with_sums(self, sums: Iterable[tuple[tuple[int, ...], float, float]]) -> CompiledModel:
        """The same model with a row more for each sum of columns that must lie between two values (natural units)."""
        wanted = list(sums)
        if not wanted:
            return self
        more = sparse.lil_matrix((len(wanted), self.matrix.shape[1]))
        lower, upper = np.zeros(len(wanted)), np.zeros(len(wanted))
        for row, (columns, least, most) in enumerate(wanted):
            unit = max(float(self.column_scale[column]) for column in columns)
            for column in columns:
                more[row, column] = self.column_scale[column] / unit
            lower[row], upper[row] = least / unit, most / unit
        return replace(
            self,
            matrix=sparse.csc_matrix(sparse.vstack([self.matrix, sparse.csr_matrix(more)])),
            row_lower=np.concatenate([self.row_lower, lower]),
            row_upper=np.concatenate([self.row_upper, upper]),
            row_scale=np.concatenate([self.row_scale, np.ones(len(wanted))]),
        )

    def natural(self, scaled: Floats) -> Floats:
        """Solution in natural units."""
        return scaled * self.column_scale

    def values(self, solution: Floats, variable: str) -> dict[Any, float]:
        """Index tuple to natural value, for one variable; zeros left out."""
        block = self.variables[variable]
        part = solution[block.span]
        return {block.keys[number]: float(part[number]) for number in np.flatnonzero(part)}
