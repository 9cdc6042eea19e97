"""FOR WHOM: use cases, reports, command line."""
