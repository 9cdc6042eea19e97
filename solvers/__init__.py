"""HOW: compiles the model to arrays, solves, patches and re-solves it."""
