"""What callers post and get, and what follows from a set of delivery events."""
