"""Timestamps of the API in a time zone, with the zone's abbreviation: a clock may show a time twice."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo


def to_minute(timestamp: object, zone: tzinfo | None) -> str:
    """As `2026-11-01 01:30 CST`; without a zone in UTC, as `2026-11-01 07:30 UTC`. None is empty."""
    return _in_zone(str(timestamp or ""), zone or UTC, "minutes")


def to_second(timestamp: object, zone: tzinfo | None) -> str:
    """As `2026-11-01 01:30:12 CST`; without a zone in UTC, as `2026-11-01 07:30:12 UTC`. None is empty."""
    return _in_zone(str(timestamp or ""), zone or UTC, "seconds")


def zone_lines(zone: tzinfo | None, width: int | None) -> list[str]:
    """The zone's name in brackets, as `(America/Chicago)`. None is UTC.

    It is broken behind its slashes into lines of at most `width` characters, where its parts allow. None is one line.
    """
    if width is None:
        return [f"({zone or UTC})"]
    lines = [""]
    for part in f"({zone or UTC})".replace("/", "/\n").splitlines():
        if len(lines[-1] + part) > width:
            lines.append("")
        lines[-1] += part
    return [line for line in lines if line]


def _in_zone(timestamp: str, zone: tzinfo, timespec: str) -> str:
    """What is not a timestamp stays as it is."""
    try:
        moment = datetime.fromisoformat(timestamp).astimezone(zone)
    except (ValueError, OverflowError):
        return timestamp
    return f"{moment.replace(tzinfo=None).isoformat(' ', timespec)} {moment:%Z}"
