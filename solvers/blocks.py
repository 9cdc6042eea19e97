"""Independent parts of a compiled model: columns that share no row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph
from tongzhou.solvers.compiled import Block, CompiledModel

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Part:
    """A part as a model of its own: its columns at `columns` of the whole model come first, then the shared ones."""

    model: CompiledModel
    columns: Places


def independent_parts(model: CompiledModel, *, shared: str, kept_sums: Sequence[str], left_out: Sequence[str],
                      unused: Sequence[str]) -> Iterator[Part]:  # fmt: skip
    """Parts of a model in the order of their first column.

    `shared`: the variable whose columns every part gets a copy of; `kept_sums`: constraints that add up over all parts and are
    kept in each; `left_out`: constraints dropped everywhere; `unused`: variables dropped everywhere.
    """
    inner = np.ones(model.matrix.shape[0], dtype=bool)
    for name in (*kept_sums, *left_out):
        inner[model.constraints[name].span] = False
    free = np.ones(model.matrix.shape[1], dtype=bool)
    for name in (shared, *unused):
        free[model.variables[name].span] = False
    rows = sparse.csr_matrix(model.matrix)[inner]
    inner_rows = np.flatnonzero(inner)
    by_column = sparse.csc_matrix(rows)
    _, labels = csgraph.connected_components(abs(rows.T) @ abs(rows), directed=False)
    members: dict[int, list[int]] = {}
    for column in np.flatnonzero(free):
        members.setdefault(int(labels[column]), []).append(int(column))
    sums = np.concatenate(
        [np.arange(len(block.keys)) + block.start for block in map(model.constraints.get, kept_sums) if block]
    )
    for columns in members.values():
        inside = np.array(columns, dtype=np.int64)
        touched = inner_rows[np.unique(by_column[:, inside].indices)]
        yield Part(_part(model, inside, np.concatenate([touched, sums]), shared), inside)


def _part(model: CompiledModel, inside: Places, rows: Places, shared: str) -> CompiledModel:
    block = model.variables[shared]
    columns = np.concatenate([inside, np.arange(len(block.keys)) + block.start])
    return CompiledModel(
        matrix=sparse.csc_matrix(sparse.csr_matrix(model.matrix)[rows][:, columns]),
        row_lower=model.row_lower[rows],
        row_upper=model.row_upper[rows],
        lower=model.lower[columns],
        upper=model.upper[columns],
        whole=model.whole[columns],
        column_scale=model.column_scale[columns],
        row_scale=model.row_scale[rows],
        variables={shared: Block(shared, len(inside), block.keys)},
        constraints={},
    )
