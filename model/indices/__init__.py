"""Everything the formulation needs to know of a problem, as sparse index sets and plain numbers per period."""

from tongzhou.model.indices.indices import Indices, lay_indices
from tongzhou.model.indices.reference import Reference

__all__ = ["Indices", "Reference", "lay_indices"]
