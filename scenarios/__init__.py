"""WITH WHAT: tables and files to domain objects and back, generators, the bundled catalogue."""
