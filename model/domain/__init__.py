"""The frozen objects a scenario is made of, and their checks."""

from tongzhou.model.domain.problem import Problem, Tables
from tongzhou.model.domain.settings import Settings

__all__ = ["Problem", "Settings", "Tables"]
