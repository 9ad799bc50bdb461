"""Entries from JSON, sent to the API in batches, and the outcome of each."""
