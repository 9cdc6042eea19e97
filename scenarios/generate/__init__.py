"""Synthetic instances of any size, the same for the same seed."""

from tongzhou.scenarios.generate.generator import generate

__all__ = ["generate"]
