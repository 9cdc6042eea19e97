"""The database: engine, schema and its migrations, changes with their audit rows, documents by content."""
