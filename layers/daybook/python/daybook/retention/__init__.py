"""When entries go, and what is kept of them."""
