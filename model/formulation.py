"""The dispatch model: variables, constraint families, objective, in the order of the written formulation."""

from __future__ import annotations

from pyomo.environ import ConcreteModel
from tongzhou.model import objective
from tongzhou.model.constraints import commitment, deployment, escalation, governance, history, need, supply, transport
from tongzhou.model.indices import Indices
from tongzhou.model.rows import Rows, add_rows
from tongzhou.model.variables import add_variables

FAMILIES: dict[str, tuple[Rows, ...]] = {
    "supply": supply.FAMILY,
    "transport": transport.FAMILY,
    "deployment": deployment.FAMILY,
    "need": need.FAMILY,
    "governance": governance.FAMILY,
    "escalation": escalation.FAMILY,
    "commitment": commitment.FAMILY,
    "history": history.FAMILY,
    "objective": objective.FAMILY,
}
"""Every constraint of the model by family."""


def build(indices: Indices) -> ConcreteModel:
    """Build the model over the given index sets; nothing outside `solvers` compiles ever sees the result."""
    m = ConcreteModel()
    m.ix = indices
    add_variables(m)
    for family in FAMILIES.values():
        add_rows(m, family)
    objective.add_objective(m)
    return m
