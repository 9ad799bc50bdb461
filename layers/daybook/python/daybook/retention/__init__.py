"""Expiry of entries: applying a policy, previewing one, the daily check, the archive."""
