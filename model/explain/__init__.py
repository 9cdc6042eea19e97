"""Why something is short, and what would help: read off a plan, without a solver."""
