"""Reading what callers post: what is refused and in which words, and what is kept with a warning."""
