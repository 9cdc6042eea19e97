"""Routes, one module a subject; each parses, calls one use case, presents."""
