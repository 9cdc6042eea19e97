"""Generated instances large enough for the neighbourhood search, small enough for branch and cut to end."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from tongzhou.model.domain import Problem
from tongzhou.scenarios.generate import generate
from tongzhou.solvers.dispatch import Prepared, prepare
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock


def instance(objective: str, seed: int = 3, cities: int = 12) -> Problem:
    """A dozen cities, six resources, eight periods: about a thousand whole columns."""
    made = generate(cities, 6, 8, seed)
    return made.replace(settings=replace(made.settings, objective=replace(made.settings.objective, kind=objective)))


@cache
def prepared(objective: str = "social-cost", seed: int = 3) -> Prepared:
    """The same, compiled."""
    return prepare(instance(objective, seed), SolveOptions(), Clock(None))
