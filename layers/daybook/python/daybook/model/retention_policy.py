"""How long things are kept, as ISO 8601 durations on the calendar: two years after 29 February is 28 February."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import isodate
from msgspec import Struct

from daybook.core import timestamps

# What no entry has claimed by then never will be: a mailer posts what it sent within minutes.
PENDING_FOR = timedelta(days=7)


Period: TypeAlias = timedelta | isodate.Duration


LOGS = ("email", "sms", "push", "activity", "audit")


# What a policy is made of; `content` is that of e-mails.
DURATIONS = (*LOGS, "content", "grace")


def parse_period(text: str) -> Period | None:
    """Read `P2Y`, `P24M`, `P7D`; an empty text is for ever. ValueError where it is neither, or not positive."""
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
    """Period by log (and `content` for e-mail bodies), None for ever; `grace` for what arrives already expired."""

    periods: dict[str, Period | None]
    grace: Period

    def expiry(self, kind: str, occurred: datetime, written: datetime) -> int | None:
        """Epoch second at which a thing that occurred then and is written now expires; None for never.

        An import may bring what its period has outlived. It was asked for and is acknowledged, so it stays for the
        grace period instead of vanishing as it arrives.
        """
        period = self.periods[kind]
        if period is None:
            return None
        # On the calendar of UTC, whatever offset the caller wrote: the log shows and keeps the moment alone.
        expires = occurred.astimezone(UTC) + period
        if expires <= written:
            expires = written + self.grace
        return timestamps.epoch_seconds(expires)

    def expiry_after_hold(self, own: int, lifted: datetime) -> int:
        """Epoch second at which a thing expires whose hold was lifted then: its own, or after the grace where past."""
        return own if own > lifted.timestamp() else timestamps.epoch_seconds(lifted + self.grace)

    def content_expiry(self, kind: str, occurred: datetime, written: datetime) -> int | None:
        """The same for what is kept apart from an entry of that log: never longer than the entry itself."""
        ends = [self.expiry(kind, occurred, written)]
        if kind == "email":
            ends.append(self.expiry("content", occurred, written))
        return min((end for end in ends if end is not None), default=None)


def policy_of(durations: Mapping[str, str]) -> Policy:
    """The policy of these texts, by name as in DURATIONS.

    ValueError where one is not a period, or content or the grace would be for ever.
    """
    grace, content = parse_period(durations["grace"]), parse_period(durations["content"])
    if grace is None or content is None:
        raise ValueError("the grace and the content of e-mails cannot be for ever")
    return Policy({**{log: parse_period(durations[log]) for log in LOGS}, "content": content}, grace)


def is_expired(expires_at: int | None, now: datetime) -> bool:
    """Whether the clock has passed it, taken away by TTL or not."""
    return expires_at is not None and expires_at <= now.timestamp()
