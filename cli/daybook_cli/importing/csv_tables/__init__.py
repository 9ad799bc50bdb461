"""CSV files as entries: dialect, columns, cells and times."""
