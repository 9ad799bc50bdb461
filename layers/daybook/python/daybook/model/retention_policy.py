"""Retention policies: ISO 8601 durations, added on the calendar. Two years after 29 February is 28 February."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import isodate
from msgspec import Struct

from daybook.core import timestamps

# How long delivery events wait for their entry: a mailer posts what it sent within minutes.
PENDING_FOR = timedelta(days=7)

# How long a message's other names are known: SES tells of opens and clicks for up to 60 days.
LINKED_FOR = timedelta(days=90)
Period: TypeAlias = timedelta | isodate.Duration
LOGS = ("email", "sms", "push", "activity", "audit")

# The names of a policy's durations; `content` is that of e-mails.
DURATIONS = (*LOGS, "content", "grace")


def parse_period(text: str) -> Period | None:
    """Parse `P2Y`, `P24M`, `P7D` (ISO 8601). An empty text means for ever: None. ValueError if it is not positive."""
    if not text:
        return None
    try:
        period: Period = isodate.parse_duration(text)
    except isodate.ISO8601Error as error:
        raise ValueError(f"{text!r} is not an ISO 8601 duration such as P2Y or P24M") from error
    if timestamps.EPOCH + period <= timestamps.EPOCH:
        raise ValueError(f"{text!r} is not a positive duration")
    return period


class Policy(Struct, frozen=True):
    """The period of each log, and of `content` for e-mail bodies; None means for ever.

    An entry that arrives already expired is kept for `grace`; the content of an e-mail is not.
    """

    periods: dict[str, Period | None]
    grace: Period

    def expiry(self, kind: str, occurred: datetime, written: datetime) -> int | None:
        """Epoch second at which what occurred at `occurred` and is written at `written` expires; None for never.

        An import may bring entries older than their period. They were accepted, so they stay for the grace period
        instead of vanishing at once.
        """
        period = self.periods[kind]
        if period is None:
            return None
        expires = _end(occurred, period)
        if expires <= written:
            expires = written + self.grace
        return timestamps.epoch_seconds(expires)

    def expiry_after_hold(self, own: int, lifted: datetime) -> int:
        """Epoch second of expiry after a hold was lifted: `own`, or the end of the grace where that is past."""
        return own if own > lifted.timestamp() else timestamps.epoch_seconds(lifted + self.grace)

    def content_expiry(self, kind: str, occurred: datetime, written: datetime) -> int | None:
        """As `expiry`, for content stored apart from its entry of that log: never later than the entry's own.

        The period of an e-mail's content is over when it is over, however late it was posted. The grace is for entries.
        """
        expiries = [self.expiry(kind, occurred, written)]
        if kind == "email" and (period := self.periods["content"]) is not None:
            expiries.append(timestamps.epoch_seconds(_end(occurred, period)))
        return min((expiry for expiry in expiries if expiry is not None), default=None)


def parse_policy(durations: Mapping[str, str]) -> Policy:
    """The policy with these durations (`parse_period`), by their names in DURATIONS.

    ValueError where one is not a duration, or `content` or `grace` would be for ever.
    """
    grace, content = parse_period(durations["grace"]), parse_period(durations["content"])
    if grace is None or content is None:
        raise ValueError("the grace and the content of e-mails cannot be for ever")
    return Policy({**{log: parse_period(durations[log]) for log in LOGS}, "content": content}, grace)


def _end(occurred: datetime, period: Period) -> datetime:
    """On the calendar of UTC, whatever offset the client wrote: the log stores only the instant."""
    return occurred.astimezone(UTC) + period


def is_expired(expires_at: int | None, now: datetime) -> bool:
    """Whether this epoch second has passed: TTL deletes an item only some time later (DynamoDB: within days)."""
    return expires_at is not None and expires_at <= now.timestamp()
