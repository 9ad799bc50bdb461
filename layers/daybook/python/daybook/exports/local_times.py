"""Instants in the time zone of an org, as files show them."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

_SECONDS = len("2026-11-22 17:10:03")


class LocalTimes:
    """Times in a zone: `2026-11-22 17:10:03 -06:00`. Their order as texts is that of the clock on the wall.

    So it is the order of time, but within the hour that the clock shows twice. To a spreadsheet they are texts.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def text(self, instant: str) -> str:
        """The local time, to the second, of an instant of RFC 3339. ValueError where it is none."""
        moment = datetime.fromisoformat(instant)
        try:
            return _text(moment, self._zone)
        except OverflowError:
            # The zone has no such time, as it is before the year 1 or after 9999 there.
            return _text(moment, UTC)


def _text(moment: datetime, zone: tzinfo) -> str:
    text = moment.astimezone(zone).isoformat(" ", "seconds")
    return f"{text[:_SECONDS]} {text[_SECONDS:]}"
