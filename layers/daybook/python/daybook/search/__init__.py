"""Finding audit entries of an org: the query line, the plan of a query, entries by time and by words, the index."""
