"""The items of the table, attribute by attribute, and what callers read of them."""
