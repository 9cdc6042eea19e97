"""WHAT: the vocabulary and the mathematics of mutual aid between cities."""
