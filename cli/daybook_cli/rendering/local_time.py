"""Timestamps of the API in a time zone, with the zone's abbreviation: a clock may show a time twice."""

from __future__ import annotations

from datetime import datetime, tzinfo


def to_minute(timestamp: object, zone: tzinfo | None) -> str:
    """As `2026-11-01 01:30 CST`; without a zone in UTC, as `2026-11-01 07:30`. None is empty."""
    if zone is None:
        return str(timestamp or "")[: len("2026-03-01T10:00")].replace("T", " ")
    return _in_zone(str(timestamp or ""), zone, "minutes")


def to_second(timestamp: object, zone: tzinfo | None) -> str:
    """As `2026-11-01 01:30:12 CST`; without a zone as the API writes it. None is empty."""
    return str(timestamp or "") if zone is None else _in_zone(str(timestamp or ""), zone, "seconds")


def _in_zone(timestamp: str, zone: tzinfo, timespec: str) -> str:
    """What is not a timestamp stays as it is."""
    try:
        moment = datetime.fromisoformat(timestamp).astimezone(zone)
    except (ValueError, OverflowError):
        return timestamp
    return f"{moment.replace(tzinfo=None).isoformat(' ', timespec)} {moment:%Z}"
