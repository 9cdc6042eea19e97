"""Claims, settlements on their way, the ledger, statements."""
