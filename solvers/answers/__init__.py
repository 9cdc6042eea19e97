"""Questions about a plan, answered by patches and second solves of the same model."""
