"""The constraint families of the dispatch model, one module each."""
