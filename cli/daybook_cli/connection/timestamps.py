"""Timestamps as the API and AWS write them: UTC, in milliseconds, with a Z."""

from __future__ import annotations

from datetime import UTC, datetime


def format_timestamp(moment: datetime) -> str:
    """As `2026-03-01T10:00:00.000Z`; what is below a millisecond is cut. `moment` has an offset."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
