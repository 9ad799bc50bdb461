"""The bounds of a range of keys, lowest and highest; both are included where the table is read."""

from __future__ import annotations

# The character after `/`: `email/` <= key < `email0` is every key that starts with `email/`.
AFTER_SLASH = "0"

# Bounds of all keys that begin with a digit or a letter.
ALL = ("0", "~")


def of_prefix(prefix: str) -> tuple[str, str]:
    """Bounds of all keys that start with this and a `/`."""
    return f"{prefix}/", f"{prefix}{AFTER_SLASH}"
