"""From a plan's proposal to what two cities signed, what moved, and what arrived."""
