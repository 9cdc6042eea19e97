"""Solution rules of cooperative games of cost, by linear programs whose rows are generated."""
