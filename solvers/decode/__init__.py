"""From the solution array to the rows of a plan: rounded, re-simulated, so that what is published is consistent to the digit."""

from tongzhou.solvers.decode.plan_rows import decode, decode_movements

__all__ = ["decode", "decode_movements"]
