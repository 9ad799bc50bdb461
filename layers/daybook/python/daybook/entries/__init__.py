"""Writing entries, and reading those of a record."""
