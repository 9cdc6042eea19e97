"""The independent verifier: recomputes a plan from scenario and rows alone.

It knows neither the formulation nor a solver. Each module checks one part of formats.md, "What the numbers mean".
"""

from tongzhou.model.verify.verifier import verify
from tongzhou.model.verify.violation import Violation

__all__ = ["Violation", "verify"]
