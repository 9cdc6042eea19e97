"""The cap of a tier once it is minimised: what later tiers may worsen it by."""

from __future__ import annotations

import numpy as np
from tongzhou.solvers.compiled import CompiledModel, Patch

CAP_SLACK = 1e-6
"""Least room between a tier's value and its cap, relative to the tier's scaled size (dispatch.md, "tolerance")."""
EXCESS_SLACK = 1e-7
"""The same of a sum of excesses over levels, in shares of a group's need: levels are known to the solver's tolerance only, and a cap
as tight as that made plans impossible that were even, and so a dearer one look proven."""


def tier_column(model: CompiledModel, name: str) -> int:
    """The column a tier minimises."""
    return model.column("tier", name.replace("fairness-", "excess-"))


def cap_patch(
    model: CompiledModel, column: int, value: float, tolerance: float, least: float, *, within: float = float("inf")
) -> Patch:
    """`tier <= V + max(tolerance * V, least * max(1, V))`, `V` the value after scaling.

    `within`: a cap in force already (natural units). What a tier gives way by is counted from its best value: a tier that has
    given way is not given the same room again.
    """
    scale = float(model.column_scale[column])
    scaled = value / scale
    room = min(tolerance * abs(scaled), within / scale - scaled)
    return Patch.of_columns([column], [-np.inf], [(scaled + max(room, least * max(1.0, abs(scaled)))) * scale])
