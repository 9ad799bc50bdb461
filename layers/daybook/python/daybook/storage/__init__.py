"""The one table: keys, items, reading them, and the content store."""
