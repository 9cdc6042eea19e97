"""What a constraint is made of: a name, its index set, its rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from pyomo.core.expr import LinearExpression
from pyomo.environ import ConcreteModel, Constraint
from tongzhou.model.indices import Indices

Rule = tuple[float | None, Any, float | None]
"""Lower limit, linear expression, upper limit."""
Terms = list[tuple[float, Any]]
"""Coefficient and variable."""


class Rows(NamedTuple):
    """One constraint of a family. The rule's docstring is its page in the formulation."""

    over: Callable[[Indices], Sequence[Any]]
    rule: Callable[..., Rule]

    @property
    def name(self) -> str:
        """Name of the constraint: that of its rule."""
        return self.rule.__name__


def add_rows(m: ConcreteModel, family: Iterable[Rows]) -> None:
    """Add every constraint of a family to the model."""
    for rows in family:
        setattr(m, f"{rows.name}_rows", Constraint(rows.over(m.ix), rule=rows.rule))


def total(terms: Terms) -> Any:
    """A linear expression from coefficients and variables (ten times faster than adding them up)."""
    return LinearExpression(
        constant=0, linear_coefs=[item[0] for item in terms], linear_vars=[item[1] for item in terms]
    )


def at_most(terms: Terms, limit: float) -> Rule:
    """`sum of terms <= limit`."""
    return None, total(terms), limit


def at_least(terms: Terms, limit: float) -> Rule:
    """`sum of terms >= limit`."""
    return limit, total(terms), None


def equal(terms: Terms, value: float) -> Rule:
    """`sum of terms = value`."""
    return value, total(terms), value
