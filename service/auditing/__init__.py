"""The audit: everything recomputed from the database alone, read-only, by code that shares nothing with the code that wrote it."""
