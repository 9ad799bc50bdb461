"""Instants of the API on the clock of a time zone, with the zone's abbreviation: a clock may show a time twice."""

from __future__ import annotations

from datetime import datetime, tzinfo


def minute(instant: object, zone: tzinfo | None) -> str:
    """To the minute; in UTC, and without saying so, where no zone is given."""
    if zone is None:
        return str(instant or "")[: len("2026-03-01T10:00")].replace("T", " ")
    return _on_the_clock(str(instant or ""), zone, "minutes")


def second(instant: object, zone: tzinfo | None) -> str:
    """To the second; as the API writes it where no zone is given."""
    return str(instant or "") if zone is None else _on_the_clock(str(instant or ""), zone, "seconds")


def _on_the_clock(instant: str, zone: tzinfo, exactness: str) -> str:
    """What is no instant stays as it is."""
    try:
        moment = datetime.fromisoformat(instant).astimezone(zone)
    except (ValueError, OverflowError):
        return instant
    return f"{moment.replace(tzinfo=None).isoformat(' ', exactness)} {moment:%Z}"
