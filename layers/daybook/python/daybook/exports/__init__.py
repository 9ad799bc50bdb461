"""Lists as files: the rows that a list shows, all of them."""
