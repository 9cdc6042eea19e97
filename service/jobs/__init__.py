"""Jobs: submitted in one transaction with their audit row, run by workers in processes of their own, resumed after any crash."""
